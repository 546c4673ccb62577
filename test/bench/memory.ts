import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Capture, capture, MARKETS, type Market } from './captures.ts';
import { FULL_ARGUMENTS } from './full-path.ts';
import { hardwareLines } from './hardware.ts';
import { median } from './measure.ts';
import { runCli } from './processes.ts';
import { RepeatedCapture } from './repeated-capture.ts';

// `npm run memory [-- --times 5,50] [-- --market spot]`: does the memory of a replay grow with its tape?

const RATIO_MAX = 1.1;
const RSS_MAX_MB = 300;
/** Replays of each store; the heap's size when the collector happens to run differs by several MB from process to process. */
const REPLAYS = 3;
const STORES = ['journal', 'parquet'] as const;

type Store = (typeof STORES)[number];

interface Replay {
  readonly store: Store;
  /** Median of the replays. */
  readonly peakRssMb: number;
  readonly runHash: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? '');
}

function timesOption(): readonly [number, number] {
  const [few, many] = option('times', '5,50').split(',').map(Number);
  if (!Number.isSafeInteger(few) || !Number.isSafeInteger(many) || few! < 1 || many! <= few!) {
    throw new Error('--times needs two rising whole numbers, for example 5,50');
  }
  return [few!, many!];
}

function marketOption(): Market {
  const market = MARKETS.find((known) => known === option('market', 'spot'));
  if (market === undefined) throw new Error(`--market is one of ${MARKETS.join(', ')}`);
  return market;
}

/** Writes the repeated capture, imports and seals it, and replays it from both stores, each step in a process of its own. */
async function measure(repeated: RepeatedCapture, { venue, market }: Capture, times: number, folder: string): Promise<Replay[]> {
  mkdirSync(folder);
  const file = join(folder, 'capture.txt.gz');
  const frames = await repeated.write(file, times);
  const place = ['--data', folder];
  await runCli(['import', file, '--format', 'ns-lines', '--venue', venue, '--session', market, ...place]);
  rmSync(file);
  await runCli(['seal', market, ...place]);
  const replays: Replay[] = [];
  for (const store of STORES) replays.push(await replayAll(store, market, frames, place, `  ${String(times).padStart(3)} times`));
  rmSync(folder, { recursive: true, force: true });
  return replays;
}

async function replayAll(store: Store, market: Market, frames: number, place: readonly string[], label: string): Promise<Replay> {
  const peaks: number[] = [];
  let runHash = '';
  let elapsedMs = 0;
  for (let i = 0; i < REPLAYS; i++) {
    const run = await runCli(['replay', market, ...FULL_ARGUMENTS, '--from', store, ...place]);
    const result = checked(run.output as ReplayJson, frames);
    peaks.push(result.peakRssMb);
    runHash = result.runHash;
    elapsedMs = run.elapsedMs;
  }
  const peakRssMb = median(peaks);
  const range = `${Math.min(...peaks)}-${Math.max(...peaks)}`;
  say(`${label} from ${store.padEnd(7)} ${frames} frames, ${(elapsedMs / 1000).toFixed(1)} s, peak RSS ${peakRssMb} MB (${range})`);
  return { store, peakRssMb, runHash };
}

interface ReplayJson {
  readonly frames: number;
  readonly peakRssMb: number;
  readonly runHash: string;
  readonly lost: { readonly decodeFailures: number; readonly bookGaps: number };
}

/** A tape with holes would prove nothing: its books would be empty. */
function checked(result: ReplayJson, expected: number): ReplayJson {
  const { frames, lost } = result;
  if (frames !== expected || lost.decodeFailures !== 0 || lost.bookGaps !== 0) {
    throw new Error(`the repeated capture does not hold together: ${frames} of ${expected} frames, lost ${JSON.stringify(lost)}`);
  }
  return result;
}

function compare(store: Store, few: readonly Replay[], many: readonly Replay[]): void {
  const [a, b] = [few, many].map((replays) => replays.find((replay) => replay.store === store)!.peakRssMb) as [number, number];
  const ratio = b / a;
  const isFlat = ratio <= RATIO_MAX;
  const isSmall = Math.max(a, b) < RSS_MAX_MB;
  say(
    `${store.padEnd(7)} ${b} MB / ${a} MB = ${ratio.toFixed(3)} (at most ${RATIO_MAX}: ${isFlat ? 'met' : 'NOT MET'}), below ${RSS_MAX_MB} MB: ${isSmall ? 'met' : 'NOT MET'}`,
  );
  if (!isFlat || !isSmall) process.exitCode = 1;
}

async function main(): Promise<void> {
  const found = capture(marketOption());
  const [fewTimes, manyTimes] = timesOption();
  if (found === undefined) return say('skipped: the recorded captures are not beside the project (../shared/data/binance)');
  for (const line of hardwareLines().slice(0, 3)) say(line);
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-memory-'));
  try {
    const repeated = new RepeatedCapture(found);
    const few = await measure(repeated, found, fewTimes, join(folder, 'few'));
    const many = await measure(repeated, found, manyTimes, join(folder, 'many'));
    for (const store of STORES) compare(store, few, many);
    for (const replays of [few, many]) {
      if (new Set(replays.map((replay) => replay.runHash)).size !== 1) throw new Error('journal and Parquet gave different run hashes');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();

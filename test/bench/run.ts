import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Capture, capture, MARKETS, type Market } from './captures.ts';
import { FULL_ARGUMENTS } from './full-path.ts';
import { hardwareLines } from './hardware.ts';
import { runCase, runCli } from './processes.ts';
import { reportLines } from './report.ts';
import { type ColdRun, Results } from './results.ts';
import { writeTardisText } from './tardis-text.ts';

// `npm run bench [-- --quick] [-- --processes N]`: ours and the peer's cases in processes of their own, interleaved.

const PROCESSES = 5;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function processCount(): number {
  if (process.argv.includes('--quick')) return 1;
  const at = process.argv.indexOf('--processes');
  const count = at < 0 ? PROCESSES : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('--processes needs a whole number above 0');
  return count;
}

/** A capture with what the scans read: a journal of ours, a text file in the peer's layout. */
interface Prepared {
  readonly capture: Capture;
  readonly textFile: string;
}

async function prepare(market: Market, folder: string): Promise<Prepared | undefined> {
  const found = capture(market);
  if (found === undefined) return undefined;
  await importCapture(found, folder, market);
  const textFile = join(folder, `${market}.txt`);
  await writeTardisText(found, textFile);
  return { capture: found, textFile };
}

function importCapture({ files, venue }: Capture, dataDir: string, session: string): ReturnType<typeof runCli> {
  return runCli(['import', ...files, '--format', 'ns-lines', '--venue', venue, '--session', session, '--data', dataDir]);
}

/** Two processes, as a person types them: import, then replay to the last order. */
async function runCold({ capture: found }: Prepared, folder: string, session: string): Promise<ColdRun> {
  const imported = await importCapture(found, folder, session);
  const replayed = await runCli(['replay', session, ...FULL_ARGUMENTS, '--data', folder]);
  const { frames, fills, peakRssMb } = replayed.output as { readonly frames: number; readonly fills: number; readonly peakRssMb: number };
  return { frames, fills, importMs: imported.elapsedMs, replayMs: replayed.elapsedMs, peakRssMb };
}

async function measureRound(round: number, prepared: readonly Prepared[], folder: string, results: Results): Promise<void> {
  for (const one of prepared) {
    const { market } = one.capture;
    for (const kind of ['scan', 'decode', 'full']) {
      results.add('tapedeck', kind, market, await runCase('tapedeck', kind, market, folder));
      results.add('tardis', kind, market, await runCase('tardis', kind, market, one.textFile));
    }
    for (const kind of ['loop', 'full-loop']) results.add('tardis', kind, market, await runCase('tardis', kind, market, one.textFile));
    results.add('tapedeck', 'import', market, await runCase('tapedeck', 'import', market, folder));
    results.addCold(market, await runCold(one, folder, `${market}-${round}`));
  }
}

async function main(): Promise<void> {
  const processes = processCount();
  for (const line of hardwareLines()) say(line);
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-bench-'));
  try {
    const prepared: Prepared[] = [];
    for (const market of MARKETS) {
      const one = await prepare(market, folder);
      if (one !== undefined) prepared.push(one);
    }
    if (prepared.length === 0) return say('skipped: the recorded captures are not beside the project (../shared/data/binance)');
    const results = new Results(prepared.map((one) => one.capture.market));
    for (let round = 0; round < processes; round++) {
      process.stderr.write(`round ${round + 1} of ${processes}\n`);
      await measureRound(round, prepared, folder, results);
    }
    for (const line of reportLines(results, processes)) say(line);
    if (results.differences().length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();

import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DecodeResult } from './decode-measure.ts';
import { hardwareLines } from './hardware.ts';
import { median } from './measure.ts';

// `npm run bench:decoders [-- --processes N] [-- --venue kis]`: the production decoders channel by channel beside `JSON.parse` or `split`
// with the same extraction. Prints what was measured with, and a Markdown table a venue (`docs/decoders.md`).

const VENUES = ['binance', 'coincall', 'kis', 'kiwoom'] as const;
const PROCESSES = 5;
const REGISTER = new URL('./register.mjs', import.meta.url).href;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function processCount(): number {
  const count = Number(option('--processes') ?? PROCESSES);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('--processes needs a whole number above 0');
  return count;
}

function venuesWanted(): readonly string[] {
  const venue = option('--venue');
  if (venue === undefined) return VENUES;
  if (!VENUES.some((known) => known === venue)) throw new Error(`--venue must be one of ${VENUES.join(', ')}, not "${venue}"`);
  return [venue];
}

/** One process, which knows nothing of the others. */
function measureOnce(venue: string): readonly DecodeResult[] {
  const script = fileURLToPath(new URL(`./${venue}-decode.ts`, import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ['--import', REGISTER, script], { encoding: 'utf8' })) as readonly DecodeResult[];
}

function tableLines(venue: string, rounds: readonly (readonly DecodeResult[])[]): string[] {
  const first = rounds[0]!;
  const peer = first[0]!.peer;
  const rows = first.map(({ channel, bytes, redactNs }, index) => {
    const results = rounds.map((round) => round[index]!);
    const ratios = results.map(({ oursNs, peerNs }) => peerNs / oursNs);
    const ours = results.map(({ oursNs }) => oursNs);
    const redact = redactNs === undefined ? '' : microseconds(median(results.map((result) => result.redactNs!)));
    const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const speeds = `${microseconds(median(ours))} | ${microseconds(median(results.map(({ peerNs }) => peerNs)))}`;
    return `| ${channel} | ${bytes} | ${speeds} | ${median(ratios).toFixed(2)} | ${range} | ${redact} |`;
  });
  return [
    '',
    `${venue}:`,
    '',
    `| channel | bytes | ours µs | ${peer} µs | ratio | lowest–highest | redact µs |`,
    '| --- | --: | --: | --: | --: | --: | --: |',
    ...rows,
  ];
}

function microseconds(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(nanoseconds < 10_000 ? 2 : 1);
}

function main(): void {
  const processes = processCount();
  const venues = venuesWanted();
  const rounds = new Map<string, (readonly DecodeResult[])[]>(venues.map((venue) => [venue, []]));
  for (const line of hardwareLines().slice(0, 3)) say(line);
  say(`load      ${loadText()} before`);
  // Venues in turn, so that a busy minute of the machine does not fall on one of them.
  for (let round = 0; round < processes; round++) for (const venue of venues) rounds.get(venue)!.push(measureOnce(venue));
  say(`load      ${loadText()} after`);
  say(`method    medians of ${processes} processes, processor time a frame`);
  for (const [venue, results] of rounds) for (const line of tableLines(venue, results)) say(line);
}

function loadText(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}

main();

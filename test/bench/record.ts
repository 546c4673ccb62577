import { loadavg } from 'node:os';
import { capture } from './captures.ts';
import { hardwareLines } from './hardware.ts';
import type { Received, Receiver, SendOrder } from './record-case.ts';
import { frameMix, MIX_NAMES, type MixName, sentDigest } from './record-frames.ts';
import { receive } from './record-processes.ts';
import { type Pace, type RecordRun, recordReportLines } from './record-report.ts';

// `npm run bench:record [-- --quick] [-- --processes N]`: one recorder process beside a bare `ws` client on the same frames, in turn.

const PROCESSES = 5;
/** Frames of a run as fast as they are taken: the first third is for V8 to compile. */
const FULL_SPEED_FRAMES = 900_000;
const STEADY_RATE = 10_000;
const STEADY_FRAMES = 80_000;
const STEADY_WARMING_FRAMES = 30_000;
const RECEIVERS: readonly Receiver[] = ['bare', 'recorder'];

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

/** What was shed is counted and told; anything else that is missing or other than it was sent is the end of the bench. */
function checked(received: Received, send: SendOrder, digest: string): Received {
  const { recorded } = received;
  if (recorded === undefined) return received;
  const { frames, framesShed } = recorded;
  if (frames + framesShed !== send.frames || (framesShed === 0 && recorded.digest !== digest)) {
    throw new Error(`${frames} of ${send.frames} frames are on the tape, ${framesShed} were shed, digest ${recorded.digest} for ${digest}`);
  }
  return received;
}

async function measureRound(mix: MixName, digests: ReadonlyMap<string, string>): Promise<RecordRun[]> {
  const runs: RecordRun[] = [];
  const orders: readonly (readonly [Pace, SendOrder, number])[] = [
    ['full', { mix, style: 'frame-by-frame', frames: FULL_SPEED_FRAMES }, FULL_SPEED_FRAMES / 3],
    ['bulk', { mix, style: 'in-bulk', frames: FULL_SPEED_FRAMES }, FULL_SPEED_FRAMES / 3],
    ['steady', { mix, style: 'frame-by-frame', frames: STEADY_FRAMES, framesPerSecond: STEADY_RATE }, STEADY_WARMING_FRAMES],
  ];
  for (const [pace, send, warmingFrames] of orders) {
    for (const receiver of RECEIVERS) {
      const received = await receive(send, { receiver, warmingFrames, samplesLatency: pace === 'steady' });
      runs.push({ mix, pace, receiver, received: checked(received, send, digests.get(`${mix} ${send.frames}`)!) });
    }
  }
  return runs;
}

/** What the frames of each run must hash to on the tape. */
function expectedDigests(): ReadonlyMap<string, string> {
  return new Map(
    MIX_NAMES.flatMap((name) => {
      const mix = frameMix(name);
      return [FULL_SPEED_FRAMES, STEADY_FRAMES].map((frames) => [`${name} ${frames}`, sentDigest(mix, frames)] as const);
    }),
  );
}

async function main(): Promise<void> {
  const processes = processCount();
  for (const line of hardwareLines().slice(0, 3)) say(line);
  if (capture('spot') === undefined) return say('skipped: the recorded captures are not beside the project (../shared/data/binance)');
  say(`load      ${loadavg()[0]!.toFixed(1)} before the first run, this bench not counted`);
  const digests = expectedDigests();
  const runs: RecordRun[] = [];
  for (let round = 0; round < processes; round++) {
    process.stderr.write(`round ${round + 1} of ${processes}\n`);
    for (const mix of MIX_NAMES) runs.push(...(await measureRound(mix, digests)));
  }
  for (const line of recordReportLines(runs, processes)) say(line);
}

await main();

import { median } from './measure.ts';
import type { Received, Receiver } from './record-case.ts';
import { MIX_BYTES, MIX_NAMES, type MixName } from './record-frames.ts';

/** `full`: frame by frame, as fast as they are taken. `bulk`: the same without a sender worth the name. `steady`: 10,000 frames a second. */
export type Pace = 'full' | 'bulk' | 'steady';

/** One process. */
export interface RecordRun {
  readonly mix: MixName;
  readonly pace: Pace;
  readonly receiver: Receiver;
  readonly received: Received;
}

const RATIO_GOAL = 0.7;
const LOOP_P99_GOAL_MS = 50;

type Pick = (received: Received) => number;

/** The whole report; a goal that is missed is said, and is no failure. */
export function recordReportLines(runs: readonly RecordRun[], processes: number): string[] {
  return [
    `method    ${processes} processes a case, bare client and recorder in turn; median (lowest-highest)`,
    '          every run of the recorder was read back from its journal: count and SHA-256 of all frames as sent, but for what was shed',
    '          main is the time of the main thread on a processor: it hardly knows of other programs, frames a second do',
    ...sectionLines(runs, 'full', (bytes) => `as fast as they are taken, one send a frame, ${bytes} bytes on average`, fullLines),
    ...sectionLines(
      runs,
      'bulk',
      (bytes) => `the same from a sender that costs nothing (prepared bytes, 128 KiB a write), ${bytes} bytes`,
      bulkLines,
    ),
    ...sectionLines(runs, 'steady', (bytes) => `at 10,000 frames/s, one send a frame, ${bytes} bytes on average`, steadyLines),
    '',
    lossLine(runs),
  ];
}

function sectionLines(
  runs: readonly RecordRun[],
  pace: Pace,
  title: (bytes: number) => string,
  lines: (bare: readonly Received[], recorder: readonly Received[], mix: MixName) => string[],
): string[] {
  return MIX_NAMES.flatMap((mix) => {
    const of = (receiver: Receiver) =>
      runs.filter((run) => run.mix === mix && run.pace === pace && run.receiver === receiver).map(({ received }) => received);
    return ['', title(MIX_BYTES[mix]), ...lines(of('bare'), of('recorder'), mix)];
  });
}

function fullLines(bare: readonly Received[], recorder: readonly Received[], mix: MixName): string[] {
  const ratio = rateOf(recorder) / rateOf(bare);
  const loopP99Ms = median(recorder.map((received) => received.loopP99Ms));
  return [
    ...speedLines(bare, recorder, mix),
    mainLine(bare, recorder),
    `  recorder / bare ${ratio.toFixed(2)} (goal ${RATIO_GOAL}: ${met(ratio >= RATIO_GOAL)}), loop p99 ${loopP99Ms.toFixed(1)} ms (goal below ${LOOP_P99_GOAL_MS}: ${met(loopP99Ms < LOOP_P99_GOAL_MS)})`,
  ];
}

function bulkLines(bare: readonly Received[], recorder: readonly Received[], mix: MixName): string[] {
  return [
    ...speedLines(bare, recorder, mix),
    mainLine(bare, recorder),
    `  recorder / bare ${(rateOf(recorder) / rateOf(bare)).toFixed(2)}`,
  ];
}

function speedLines(bare: readonly Received[], recorder: readonly Received[], mix: MixName): string[] {
  const waiting = spread(recorder, ({ recorded }) => recorded!.waitingBytesPeak / 1e6, 0);
  return [
    `  bare      ${speed(bare)}`,
    `  recorder  ${speed(recorder)}`,
    `            ${((rateOf(recorder) * MIX_BYTES[mix]) / 1e6).toFixed(0)} MB/s of frames; waiting to be written at most ${waiting} MB; closed in ${spread(recorder, ({ recorded }) => recorded!.closedInMs, 0)} ms`,
  ];
}

/** What the two would be to each other if each had a processor of its own: the figure that other programs on the machine hardly move. */
function mainLine(bare: readonly Received[], recorder: readonly Received[]): string {
  const of = (received: readonly Received[]) => median(received.map(({ mainThreadNsPerFrame }) => mainThreadNsPerFrame)) / 1000;
  const [bareUs, recorderUs] = [of(bare), of(recorder)];
  return `  main thread a frame: bare ${bareUs.toFixed(2)} µs, recorder ${recorderUs.toFixed(2)} µs; bare / recorder ${(bareUs / recorderUs).toFixed(2)}`;
}

function speed(received: readonly Received[]): string {
  return [
    `${spread(received, ({ framesPerSecond }) => framesPerSecond / 1000, 0)} k frames/s`,
    `main ${spread(received, ({ mainThreadNsPerFrame }) => mainThreadNsPerFrame / 1000, 2)} µs`,
    `all threads ${spread(received, ({ cores }) => cores, 2)} cores`,
    `loop p99 ${spread(received, ({ loopP99Ms }) => loopP99Ms, 1)} ms`,
    `peak RSS ${spread(received, ({ peakRssMb }) => peakRssMb, 0)} MB`,
  ].join('   ');
}

function steadyLines(bare: readonly Received[], recorder: readonly Received[]): string[] {
  const perCent = (received: readonly Received[]) => spread(received, ({ cores }) => cores * 100, 1);
  const latency = (share: number) => spread(recorder, ({ recorded }) => percentile(recorded!.latenciesMs, share), 1);
  return [
    `  processor, all threads, per cent of one core: bare ${perCent(bare)}, recorder ${perCent(recorder)}`,
    `  from the receive time to the end of the write that followers see: p50 ${latency(0.5)} ms, p99 ${latency(0.99)} ms`,
    `  loop p99 ${spread(recorder, ({ loopP99Ms }) => loopP99Ms, 1)} ms, peak RSS ${spread(recorder, ({ peakRssMb }) => peakRssMb, 0)} MB`,
  ];
}

function lossLine(runs: readonly RecordRun[]): string {
  const recorded = runs.flatMap(({ received }) => received.recorded ?? []);
  const shed = recorded.reduce((sum, { framesShed }) => sum + framesShed, 0);
  const frames = recorded.reduce((sum, run) => sum + run.frames, 0);
  return `loss      ${shed} of ${frames + shed} frames in ${recorded.length} runs of the recorder (goal 0: ${met(shed === 0)})`;
}

function rateOf(received: readonly Received[]): number {
  return median(received.map(({ framesPerSecond }) => framesPerSecond));
}

function spread(received: readonly Received[], pick: Pick, decimals: number): string {
  const values = received.map(pick);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(decimals)} (${low.toFixed(decimals)}-${high.toFixed(decimals)})`;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

function met(isMet: boolean): string {
  return isMet ? 'met' : 'NOT MET';
}

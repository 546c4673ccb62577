/** Numbers of a result. Where two programs name the same number it must be the same: they did the same work. */
export type Check = Readonly<Record<string, number | string>>;

/** What one process says of one case, as one line of JSON on stdout. */
export interface Measurement {
  readonly frames: number;
  /** The first run of the process, before V8 has compiled anything. */
  readonly coldMs: number;
  /** Median of the last runs, when V8 has compiled and recompiled what it will. */
  readonly warmMs: number;
  readonly check: Check;
}

/** One run over all frames. */
export type Work = () => Promise<{ readonly frames: number; readonly check: Check }>;

/** Runs between the cold one and the warm ones: code is compiled, thrown away and compiled again for about half a million frames. */
const WARMING_RUNS = 4;
const WARM_RUNS = 5;

/**
 * Runs `work` cold, then until it is warm, then warm, and sees that it found the same each time. `proof` runs after the clock was read
 * for the last time: what is counted in it costs the measured code nothing.
 */
export async function measure(work: Work, proof?: () => Promise<Check>): Promise<Measurement> {
  const times: number[] = [];
  const first = await timed(work, times);
  for (let run = 0; run < WARMING_RUNS + WARM_RUNS; run++) {
    const { check } = await timed(work, times);
    if (JSON.stringify(check) !== JSON.stringify(first.check)) {
      throw new Error(`two runs over the same frames differ: ${JSON.stringify(first.check)} and ${JSON.stringify(check)}`);
    }
  }
  return {
    frames: first.frames,
    coldMs: times[0]!,
    warmMs: median(times.slice(-WARM_RUNS)),
    check: { ...first.check, ...(await proof?.()) },
  };
}

/**
 * No forced collection before a run: with every object of a run gone, V8 forgets the shapes its compiled code was made for, and each run
 * would begin by throwing that code away (2.5 times slower, ours and the peers'). A long tape never sees that.
 */
async function timed(work: Work, times: number[]): ReturnType<Work> {
  const startedAtMs = performance.now();
  const result = await work();
  times.push(performance.now() - startedAtMs);
  return result;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

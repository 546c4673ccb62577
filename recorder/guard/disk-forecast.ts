/** Growth is counted over this time: long enough for a burst to mean little, short enough to see a new feed. */
const WINDOW_MS = 10 * 60_000;
/** With less to go on nothing is said. */
const WINDOW_MIN_MS = 60_000;
const SAMPLES_MAX = 256;

interface Sample {
  readonly atMs: number;
  readonly freeBytes: number;
}

/** When a disk will be full, from what the last minutes took of it, whoever took it. */
export class DiskForecast {
  #samples: Sample[] = [];

  /** `atMs` of a clock that does not go back. */
  add(atMs: number, freeBytes: number): void {
    this.#samples.push({ atMs, freeBytes });
    const from = this.#samples.findIndex((sample) => sample.atMs >= atMs - WINDOW_MS);
    this.#samples = this.#samples.slice(Math.max(from, this.#samples.length - SAMPLES_MAX));
  }

  /** Bytes a second that the disk loses; 0 where it does not, or nothing can be said. */
  bytesPerSecond(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < WINDOW_MIN_MS) return 0;
    return Math.max(0, ((first.freeBytes - last.freeBytes) * 1000) / (last.atMs - first.atMs));
  }

  /** Milliseconds until nothing is left; `undefined` where that is not in sight. */
  fullInMs(): number | undefined {
    const rate = this.bytesPerSecond();
    const last = this.#samples.at(-1);
    return rate === 0 || last === undefined ? undefined : (last.freeBytes / rate) * 1000;
  }
}

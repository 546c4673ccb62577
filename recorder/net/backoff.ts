/** Random number in [0, 1). */
export type Random = () => number;

export interface BackoffOptions {
  readonly minMs: number;
  readonly maxMs: number;
  /** Attempts in an hour, above which every wait is the longest. */
  readonly attemptsPerHourMax: number;
  readonly random: Random;
}

const HOUR_MS = 3_600_000;

/**
 * How long to wait before the next attempt: between `minMs` and a ceiling that doubles with each failure up to `maxMs`, spread at random over
 * the whole of it (full jitter), so that many clients do not come back together. A storm is impossible: past the hour's budget the
 * waits are at least an hour's share of it each.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #attemptsAtMs: number[] = [];

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Counts an attempt that is made now. */
  attempt(nowMs: number): void {
    this.#attemptsAtMs = this.#attemptsAtMs.filter((atMs) => atMs > nowMs - HOUR_MS);
    this.#attemptsAtMs.push(nowMs);
  }

  /** True when this hour's attempts are used up. */
  isSpent(nowMs: number): boolean {
    return this.attemptsLastHour(nowMs) >= this.#options.attemptsPerHourMax;
  }

  attemptsLastHour(nowMs: number): number {
    return this.#attemptsAtMs.filter((atMs) => atMs > nowMs - HOUR_MS).length;
  }

  /** The wait after a failure, at least `atLeastMs` where the venue asks for it. */
  nextWaitMs(nowMs: number, atLeastMs = 0): number {
    const { minMs, maxMs, attemptsPerHourMax, random } = this.#options;
    const ceilingMs = Math.min(maxMs, minMs * 2 ** Math.min(30, this.#failures + 1));
    this.#failures += 1;
    // The rest of the hour is shared out evenly: a venue that comes back is found in minutes, not at the end of the hour.
    if (this.isSpent(nowMs)) return Math.max(maxMs, atLeastMs, HOUR_MS / attemptsPerHourMax);
    // Jitter is added to what the venue asks for: everybody was told the same number.
    return Math.max(minMs + random() * Math.max(0, ceilingMs - minMs), atLeastMs * (1 + random() / 3));
  }

  /** It worked for long enough: the next failure begins from the start. */
  succeed(): void {
    this.#failures = 0;
  }
}

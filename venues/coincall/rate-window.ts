/** Counts what happened in the last so many milliseconds: at most `max` may. */
export class RateWindow {
  readonly #max: number;
  readonly #windowMs: number;
  /** Times of what was let through, oldest first: at most `max`. */
  readonly #timesMs: number[] = [];

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Counts one; false, and not counted, when it is one too many. */
  take(nowMs: number): boolean {
    while (this.#timesMs.length > 0 && this.#timesMs[0]! <= nowMs - this.#windowMs) this.#timesMs.shift();
    if (this.#timesMs.length >= this.#max) return false;
    this.#timesMs.push(nowMs);
    return true;
  }
}

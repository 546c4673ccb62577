import type { Clock } from '#domain';

/** Calls of one key, one after the other and evenly spaced: a burst at the start of a second is what venues punish. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #spacingMs: number;
  #nextAtMs = 0;

  constructor(clock: Clock, callsPerSecondMax: number) {
    this.#clock = clock;
    this.#spacingMs = 1000 / callsPerSecondMax;
  }

  /** Resolves when it is this call's turn. */
  async turn(signal?: AbortSignal): Promise<void> {
    const nowMs = this.#nowMs();
    const startMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = startMs + this.#spacingMs;
    if (startMs > nowMs) await this.#clock.sleep(startMs - nowMs, signal);
  }

  /** No call begins before this long from now: the venue said that there were too many. */
  holdOff(waitMs: number): void {
    this.#nextAtMs = Math.max(this.#nextAtMs, this.#nowMs() + waitMs);
  }

  #nowMs(): number {
    return Number(this.#clock.monotonicNs()) / 1e6;
  }
}

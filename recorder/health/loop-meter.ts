/** The worst of this long is what counts. */
const WORST_FOR_MS = 60_000;

/** How long the event loop stood still, told by how late its ticks come. Monotonic milliseconds. */
export class LoopMeter {
  #delays: readonly { readonly atMs: number; readonly delayMs: number }[] = [];
  #lastTickMs: number;

  constructor(nowMs: number) {
    this.#lastTickMs = nowMs;
  }

  /** A tick that was due at `dueMs` came now. */
  ticked(dueMs: number, nowMs: number): void {
    this.#lastTickMs = nowMs;
    this.#delays = [...this.#delays, { atMs: nowMs, delayMs: nowMs - dueMs }].filter(({ atMs }) => nowMs - atMs < WORST_FOR_MS);
  }

  /** Since the last tick. */
  sinceTickMs(nowMs: number): number {
    return nowMs - this.#lastTickMs;
  }

  /** The latest tick of the last minute. */
  get worstMs(): number {
    return Math.max(0, ...this.#delays.map(({ delayMs }) => delayMs));
  }
}

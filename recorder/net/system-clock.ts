import type { Clock } from '#domain';

const NS_PER_MS = 1_000_000n;
/** The wall clock is looked at this often; between, it runs with the monotonic one, which has nanoseconds. */
const ALIGN_EVERY_NS = 1_000_000_000n;
/** A difference below this is the millisecond grain of the system's own clock. */
const STEP_MIN_NS = 2n * NS_PER_MS;
/** The longest wait a timer takes; longer ones are cut in pieces. */
const TIMER_MAX_MS = 2_000_000_000;

/**
 * The machine's clock. With a `scale` of 60 it runs sixty times as fast from its start on: wall time, monotonic time and waits.
 * `startAtNs` sets its wall time at the start (a scripted night); steps of the system's clock are then not followed. `sinceNs` says when that
 * start was, on `process.hrtime`, which all threads of a process share: clocks made with the same three show the same time.
 */
export function systemClock(options: SystemClockOptions = {}): Clock {
  return new SystemClock(options);
}

export interface SystemClockOptions {
  readonly scale?: number;
  readonly startAtNs?: bigint;
  readonly sinceNs?: bigint;
}

class SystemClock implements Clock {
  readonly #scale: number;
  readonly #followsSteps: boolean;
  readonly #startMonotonicNs: bigint;
  #wallAnchorNs: bigint;
  #monotonicAnchorNs: bigint;
  #alignAtNs: bigint;

  constructor({ scale = 1, startAtNs, sinceNs }: SystemClockOptions) {
    this.#startMonotonicNs = sinceNs ?? process.hrtime.bigint();
    this.#scale = scale;
    this.#followsSteps = scale === 1 && startAtNs === undefined;
    this.#wallAnchorNs = startAtNs ?? BigInt(Date.now()) * NS_PER_MS;
    this.#monotonicAnchorNs = startAtNs === undefined ? process.hrtime.bigint() : this.#startMonotonicNs;
    this.#alignAtNs = this.#monotonicAnchorNs + ALIGN_EVERY_NS;
  }

  wallNs(): bigint {
    const nowNs = process.hrtime.bigint();
    if (this.#followsSteps && nowNs >= this.#alignAtNs) this.#align(nowNs);
    return this.#wallAnchorNs + this.#scaled(nowNs - this.#monotonicAnchorNs);
  }

  monotonicNs(): bigint {
    return this.#scaled(process.hrtime.bigint() - this.#startMonotonicNs);
  }

  after(delayMs: number, action: () => void): () => void {
    const realMs = Math.max(0, delayMs) / this.#scale;
    if (realMs > TIMER_MAX_MS) {
      let cancel = this.after(TIMER_MAX_MS * this.#scale, () => {
        cancel = this.after(delayMs - TIMER_MAX_MS * this.#scale, action);
      });
      return () => cancel();
    }
    const timer = setTimeout(action, realMs);
    return () => clearTimeout(timer);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = () => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.after(delayMs, wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #scaled(elapsedNs: bigint): bigint {
    if (this.#scale === 1) return elapsedNs;
    return BigInt(Math.round(Number(elapsedNs) * this.#scale));
  }

  #align(nowNs: bigint): void {
    const systemNs = BigInt(Date.now()) * NS_PER_MS;
    const differenceNs = systemNs - (this.#wallAnchorNs + (nowNs - this.#monotonicAnchorNs));
    this.#alignAtNs = nowNs + ALIGN_EVERY_NS;
    if (differenceNs < STEP_MIN_NS && differenceNs > -STEP_MIN_NS) return;
    this.#wallAnchorNs = systemNs;
    this.#monotonicAnchorNs = nowNs;
  }
}

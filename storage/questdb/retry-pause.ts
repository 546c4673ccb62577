import { type Clock, type StopSignal, TapedeckError } from '#domain';
import type { QuestTrouble } from './quest-trouble.ts';

const RETRY_MS_FIRST = 250;
/** The pause before the next try doubles up to this. */
const RETRY_MS_MAX = 10_000;

export interface RetryOptions {
  readonly clock: Clock;
  /** How long troubles may go on with no progress between them. */
  readonly patienceMs: number;
  readonly signal?: StopSignal | undefined;
  readonly onTrouble?: ((trouble: QuestTrouble, retryMs: number) => void) | undefined;
}

/** The pauses between tries, and their end: `QUESTDB_UNREACHABLE` once nothing was got done for too long. */
export class RetryPause {
  readonly #options: RetryOptions;
  #troubledSinceNs: bigint | undefined;
  #retryMs = RETRY_MS_FIRST;
  troubles = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something was got done: whatever went wrong before is over. */
  progressed(): void {
    this.#troubledSinceNs = undefined;
    this.#retryMs = RETRY_MS_FIRST;
  }

  /** Waits before the next try. */
  async after(trouble: QuestTrouble): Promise<void> {
    const { clock, patienceMs, signal, onTrouble } = this.#options;
    this.troubles += 1;
    const nowNs = clock.monotonicNs();
    this.#troubledSinceNs ??= nowNs;
    const troubledMs = Number((nowNs - this.#troubledSinceNs) / 1_000_000n);
    if (troubledMs + this.#retryMs > patienceMs) {
      throw new TapedeckError(
        'QUESTDB_UNREACHABLE',
        `${trouble.message}; gave up after ${Math.round(troubledMs / 1000)} s, nothing is lost: run it again (tapedeck questdb doctor says more)`,
        { cause: trouble },
      );
    }
    onTrouble?.(trouble, this.#retryMs);
    await clock.sleep(this.#retryMs, signal);
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }
}

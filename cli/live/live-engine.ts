import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { assertNever, TapedeckError } from '#domain';
import type { SystemClockOptions } from '#recorder';
import type { LagReport } from '#replay';
import type { StrategyCommandOptions } from '../backtest-options.ts';
import type { Companion, RunningSession } from '../recording-work.ts';
import { type FollowedEntry, type LiveEnd, type LiveNews, type LiveOrder, STOP_ENGINE, type TradingAlert } from './live-order.ts';

export interface LiveEngineOptions {
  readonly strategy: StrategyCommandOptions;
  /** The id of the run; `live-SESSION` unless told. */
  readonly run: string | undefined;
  readonly clock: SystemClockOptions;
  readonly follow: readonly string[];
  readonly onFollowed: (entries: readonly FollowedEntry[]) => void;
  readonly onAlert: (alert: TradingAlert) => void;
  readonly onNote: (text: string) => void;
  /** The engine is done with a session. After a failure, which `onFailed` tells, it is not called. */
  readonly onEnd: (end: SessionEnd, dataDir: string) => Promise<void>;
  readonly onFailed: (error: TapedeckError) => void;
}

/** Delay of the recorder's event loop while the engine ran. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export type SessionEnd = LiveEnd & { readonly recorderLoop: LoopDelay };

/** How often the engine's thread is told how far the tape is durable, in ms. */
const DURABLE_EVERY_MS = 5;
/** Lag is logged this often, and only when there is some. */
const LAG_LOG_EVERY_MS = 10_000;
const LAG_WORTH_TELLING_US = 1_000_000;

/** The engine of one session in a thread of its own. It reads what was journalled; nothing it does can hold up the recorder. */
export class LiveEngine implements Companion {
  readonly #options: LiveEngineOptions;
  readonly #session: RunningSession;
  readonly #durable = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  /** Of the recorder's thread, which the engine must not hold up. */
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  #lagLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(session: RunningSession, options: LiveEngineOptions) {
    this.#options = options;
    this.#session = session;
    const { plan, pastRecords } = session;
    const order: LiveOrder = {
      dataDir: plan.dataDir,
      session: plan.session,
      run: runOf(options.run, plan.session),
      pastRecords,
      strategy: options.strategy,
      clock: options.clock,
      durable: this.#durable.buffer as SharedArrayBuffer,
      follow: options.follow,
    };
    this.#worker = new Worker(new URL('./engine-thread.js', import.meta.url), { workerData: order });
    this.#loop.enable();
    this.#timer = setInterval(() => this.#shareDurable(), DURABLE_EVERY_MS);
    this.#ended = this.#listen();
  }

  async closed(): Promise<void> {
    clearInterval(this.#timer);
    // Closed is durable, all of it.
    Atomics.store(this.#durable, 0, BigInt(this.#session.journal.records));
    await this.#ended;
  }

  async abandoned(): Promise<void> {
    clearInterval(this.#timer);
    this.#shareDurable();
    this.#worker.postMessage(STOP_ENGINE);
    await this.#ended;
  }

  #loopDelay(): LoopDelay {
    this.#loop.disable();
    const ms = (nanoseconds: number): number => Math.round(nanoseconds / 10_000) / 100;
    return { p50Ms: ms(this.#loop.percentile(50)), p99Ms: ms(this.#loop.percentile(99)), maxMs: ms(this.#loop.max) };
  }

  #shareDurable(): void {
    Atomics.store(this.#durable, 0, BigInt(this.#session.journal.durableRecords));
  }

  #listen(): Promise<void> {
    return new Promise((resolve) => {
      let end: LiveEnd | undefined;
      this.#worker.on('message', (news: LiveNews) => {
        if (news.kind === 'ended') end = news.end;
        else this.#hear(news);
      });
      this.#worker.on('error', (error) =>
        this.#options.onFailed(new TapedeckError('ENGINE_FAILED', `the engine's thread broke: ${error}`)),
      );
      this.#worker.on('exit', () => {
        const done =
          end === undefined
            ? Promise.resolve()
            : this.#options.onEnd({ ...end, recorderLoop: this.#loopDelay() }, this.#session.plan.dataDir);
        void done.catch((error: unknown) => this.#options.onFailed(asFailure(error))).then(resolve);
      });
    });
  }

  #hear(news: Exclude<LiveNews, { kind: 'ended' }>): void {
    const { onFollowed, onAlert, onNote, onFailed } = this.#options;
    switch (news.kind) {
      case 'resumed':
        onNote(`the run goes on: ${news.keptAudits} audits kept${news.cutAudits > 0 ? `, ${news.cutAudits} cut back to the tape` : ''}`);
        return;
      case 'caught-up':
        if (news.records > 0) onNote(`the engine is rebuilt from ${news.records} records`);
        return;
      case 'lag':
        this.#tellLag(news.lag);
        return;
      case 'followed':
        onFollowed(news.entries);
        return;
      case 'subscription':
        this.#subscribe(news);
        return;
      case 'alert':
        onAlert(news.alert);
        return;
      case 'failed':
        onFailed(new TapedeckError(news.code, `${news.message}; the recording goes on`, { exitCode: news.exitCode === 3 ? 3 : 1 }));
        return;
      default:
        assertNever(news);
    }
  }

  #subscribe({ action, venue, symbol }: Extract<LiveNews, { kind: 'subscription' }>): void {
    const { recording } = this.#session;
    try {
      if (action === 'watch') recording.watch(venue, symbol);
      else recording.unwatch(venue, symbol);
    } catch (error) {
      this.#options.onNote(`${action} ${symbol}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #tellLag({ recentMaxUs, doneRecords }: LagReport & { readonly doneRecords: number }): void {
    const behind = this.#session.journal.records - doneRecords;
    const nowMs = performance.now();
    if (recentMaxUs < LAG_WORTH_TELLING_US || nowMs - this.#lagLoggedMs < LAG_LOG_EVERY_MS) return;
    this.#lagLoggedMs = nowMs;
    this.#options.onNote(`the engine was ${(recentMaxUs / 1e6).toFixed(1)} s behind, and is ${behind} records; the recording is not`);
  }
}

/** The id of the run of a session. */
export function runOf(run: string | undefined, session: string): string {
  return run ?? `live-${session}`;
}

function asFailure(error: unknown): TapedeckError {
  if (error instanceof TapedeckError) return error;
  return new TapedeckError('ENGINE_FAILED', error instanceof Error ? error.message : String(error), { cause: error });
}

import { Worker } from 'node:worker_threads';
import type { TapeHealth } from '#domain';
import { MONITOR_STOP, type MonitorTask } from './monitor-task.ts';
import { warn } from './output.ts';

export interface MonitorSettings extends MonitorTask {
  /** Called about once a second while records come, and at the end. It must not throw. */
  readonly onHealth: (health: TapeHealth) => void;
}

export interface RunningMonitor {
  /** Resolves when it has ended: the session is closed and read to its end, it was stopped, or it died too often. */
  readonly ended: Promise<void>;
  /** Reads what is written by now, hands over the last health, and ends. May be called again. */
  stop(): Promise<void>;
}

/** A thread that died is started again after this, so often: the recording goes on in any case, and says what it lost. */
const RESTART_MS = 10_000;
const RESTARTS_MAX = 10;
/** How long `stop` waits for a thread that is behind; then it is ended where it is. */
const STOP_WAIT_MS = 10_000;

/** Starts the thread that reads the session's journal as it grows and says its health. The session must have a journal already. */
export function startMonitor(settings: MonitorSettings): RunningMonitor {
  return new Monitor(settings);
}

class Monitor implements RunningMonitor {
  readonly #settings: MonitorSettings;
  readonly ended: Promise<void>;
  #resolveEnded!: () => void;
  #worker: Worker | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #restarts = 0;
  #isStopping = false;

  constructor(settings: MonitorSettings) {
    this.#settings = settings;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restartTimer !== undefined) {
      clearTimeout(this.#restartTimer);
      this.#resolveEnded();
    }
    this.#worker?.postMessage(MONITOR_STOP);
    const cut = setTimeout(() => void this.#worker?.terminate(), STOP_WAIT_MS);
    await this.ended;
    clearTimeout(cut);
  }

  #start(): void {
    const { onHealth, ...task } = this.#settings;
    this.#restartTimer = undefined;
    // Without the options that the process was started with (loaders, conditions): they may not fit the built files.
    const worker = new Worker(new URL('./monitor-worker.js', import.meta.url), { workerData: task, execArgv: [] });
    this.#worker = worker;
    let failure: unknown;
    worker.on('message', onHealth);
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      this.#worker = undefined;
      if (failure === undefined || this.#isStopping) this.#resolveEnded();
      else this.#restart(failure);
    });
  }

  #restart(failure: unknown): void {
    const words = failure instanceof Error ? failure.message : String(failure);
    const isLast = this.#restarts >= RESTARTS_MAX;
    const next = isLast ? 'it is not started again' : `it is started again in ${RESTART_MS / 1000} s`;
    warn(`the monitor of ${this.#settings.session} ended: ${words}; the recording goes on without its numbers, ${next}`);
    if (isLast) return this.#resolveEnded();
    this.#restarts += 1;
    this.#restartTimer = setTimeout(() => this.#start(), RESTART_MS);
  }
}

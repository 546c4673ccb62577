import { Worker } from 'node:worker_threads';
import { assertNever, TapedeckError } from '#domain';
import { type SealResult, unlockSealing } from '#storage';
import type { SealCommand, SealNews, SealOrder } from './seal-news.ts';

type TellRows = (rows: number) => void;

/** How a session is sealed while it is recorded. */
export interface SealAheadOptions {
  readonly dataDir: string;
  readonly session: string;
  /** Asked before each step: false where the disk is needed for the journal. What waited is sealed with the next segment, or at the end. */
  readonly hasRoom: () => Promise<boolean>;
  /** Told at most once: nothing more is sealed before the session is closed, and all of it then. */
  readonly onFailure: (message: string) => void;
}

/**
 * Seals sessions in threads of their own, so that recording goes on: compressing and reading back a day takes minutes, in which the next window of a
 * schedule may begin. Of sessions that are closed one is sealed after the other; they wait without a limit of their own: there is one for each window
 * that has ended.
 */
export class BackgroundSeals {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when the session is sealed, after those that were asked for before; rejects with what `sealTape` throws. */
  seal(order: SealOrder, onProgress: TellRows = () => undefined): Promise<SealResult> {
    return this.#inTurn(() => new SealThread(order).sealed(onProgress));
  }

  /** Seals a session that is recorded from now on, as far as it is closed. */
  ahead(options: SealAheadOptions): SealAhead {
    return new SealAhead(options, (seal) => this.#inTurn(seal));
  }

  #inTurn(seal: () => Promise<SealResult>): Promise<SealResult> {
    const sealed = this.#last.then(seal);
    // One that fails does not keep the next from its turn.
    this.#last = sealed.catch(() => undefined);
    return sealed;
  }
}

/** The seal of one session that is recorded. Its thread begins with the first closed segment: a short session has none to seal ahead. */
export class SealAhead {
  readonly #options: SealAheadOptions;
  readonly #inTurn: (seal: () => Promise<SealResult>) => Promise<SealResult>;
  #thread: SealThread | undefined;
  /** The session is closed or given up, or sealing ahead failed. */
  #isOver = false;
  /** A thread that ends, and what it leaves. Never rejects. */
  #ending: Promise<void> = Promise.resolve();

  constructor(options: SealAheadOptions, inTurn: (seal: () => Promise<SealResult>) => Promise<SealResult>) {
    this.#options = options;
    this.#inTurn = inTurn;
  }

  /** So many segments of the session are closed and durable. Never throws, and costs the caller nothing. */
  segmentsClosed(segments: number): void {
    void this.#takeWithRoom(segments);
  }

  /** The session is closed: seals the rest, in turn with other sessions. Rejects with what `sealTape` throws. */
  finish(onProgress: TellRows): Promise<SealResult> {
    this.#isOver = true;
    const { dataDir, session } = this.#options;
    return this.#inTurn(async () => {
      await this.#ending;
      const thread = this.#thread ?? new SealThread({ dataDir, session });
      return thread.sealed(onProgress);
    });
  }

  /** The recording was given up: the thread ends where it is, and a later seal keeps the parts that were finished. */
  async abandon(): Promise<void> {
    this.#isOver = true;
    this.#ending = this.#end();
    await this.#ending;
  }

  async #takeWithRoom(segments: number): Promise<void> {
    const hasRoom = !this.#isOver && (await this.#options.hasRoom().catch(() => false));
    if (!hasRoom || this.#isOver) return;
    this.#thread ??= this.#begin();
    this.#thread.tell({ kind: 'segments-closed', segments });
  }

  #begin(): SealThread {
    const { dataDir, session } = this.#options;
    const thread = new SealThread({ dataDir, session, isOpen: true });
    thread.onAheadFailed = (message) => this.#failed(message);
    thread.onBroken = (message) => {
      if (this.#isOver) return;
      // Another thread seals the session when it is closed.
      this.#ending = this.#end();
      this.#failed(message);
    };
    return thread;
  }

  #failed(message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onFailure(message);
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread === undefined) return;
    await thread.stop();
    await unlockSealing(this.#options.dataDir, this.#options.session).catch(() => undefined);
  }
}

/** One thread that seals one session. */
class SealThread {
  readonly #session: string;
  readonly #isOpen: boolean;
  readonly #worker: Worker;
  readonly #ended: Promise<SealResult>;
  #onProgress: TellRows = () => undefined;
  /** Of an open session: it is not sealed ahead any more, the thread waits for the end. */
  onAheadFailed: (message: string) => void = () => undefined;
  /** The thread is no more, and has not sealed the session. */
  onBroken: (message: string) => void = () => undefined;

  constructor(order: SealOrder) {
    this.#session = order.session;
    this.#isOpen = order.isOpen === true;
    // Options of this process (a program on its command line, hooks) are not the thread's.
    this.#worker = new Worker(new URL('./seal-thread.js', import.meta.url), { workerData: order, execArgv: [] });
    this.#ended = this.#result();
    this.#ended.catch(() => undefined); // told by `sealed`, or by `onBroken`
  }

  tell(command: SealCommand): void {
    this.#worker.postMessage(command);
  }

  /** The session is closed: resolves when it is sealed. */
  sealed(onProgress: TellRows): Promise<SealResult> {
    this.#onProgress = onProgress;
    if (this.#isOpen) this.tell({ kind: 'session-closed' });
    return this.#ended;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #result(): Promise<SealResult> {
    return new Promise((resolve, reject) => {
      const broken = (how: string): void => {
        const message = `the thread that seals "${this.#session}" ${how}`;
        reject(new TapedeckError('SEAL_FAILED', message));
        this.onBroken(message);
      };
      this.#worker.on('message', (news: SealNews) => this.#hear(news, resolve, reject));
      this.#worker.on('error', (error) => broken(`broke: ${error}`));
      this.#worker.on('exit', () => broken('ended too early'));
    });
  }

  #hear(news: SealNews, resolve: (result: SealResult) => void, reject: (error: TapedeckError) => void): void {
    switch (news.kind) {
      case 'progress':
        return this.#onProgress(news.rows);
      case 'ahead-failed':
        return this.onAheadFailed(news.message);
      case 'sealed':
        return resolve(news.result);
      case 'failed':
        return reject(new TapedeckError(news.code, news.message, { exitCode: news.exitCode }));
      default:
        return assertNever(news);
    }
  }
}

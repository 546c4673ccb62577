import { Worker } from 'node:worker_threads';
import { assert } from '#domain';
import type { DigestAnswer, DigestRequest, DigestWorkerData } from './digest-messages.ts';
import type { DigestReader } from './file-digests.ts';
import type { ClosedSegment } from './segment-builder.ts';

/** A thread that was asked and told nothing for so long is given up. It tells of every piece it read (4 MiB: some milliseconds). */
const SILENCE_MAX_MS = 30_000;
const BESIDE = new URL('./digest-worker.js', import.meta.url);
// Node 20 cannot start a thread from TypeScript: from the sources it is the built one.
const WORKER_URL = import.meta.url.endsWith('.ts') ? new URL(BESIDE.href.replace(/\/storage\/([^/]+)$/, '/dist/storage/$1')) : BESIDE;

export interface DigestThreadOptions {
  /** The script of the thread. */
  readonly url?: URL;
  readonly silenceMaxMs?: number;
}

interface Waiting {
  readonly resolve: (answer: DigestAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** `FileDigests` on a thread of its own. Every call rejects once the thread failed, ended or fell silent; the files are as they were. */
export class DigestThread implements DigestReader {
  readonly #worker: Worker | undefined;
  readonly #onRead: (bytes: number) => void;
  readonly #silenceMaxMs: number;
  #waiting: Waiting | undefined;
  #silence: NodeJS.Timeout | undefined;
  #failure: unknown;

  /** Never throws: a thread that cannot be started rejects the first call. */
  constructor(journalDir: string, onRead: (bytes: number) => void, options: DigestThreadOptions = {}) {
    this.#onRead = onRead;
    this.#silenceMaxMs = options.silenceMaxMs ?? SILENCE_MAX_MS;
    try {
      this.#worker = this.#start(journalDir, options.url ?? WORKER_URL);
    } catch (error) {
      this.#fail(error);
    }
  }

  async advance(number: number, recordsEnd: number): Promise<void> {
    await this.#ask({ kind: 'advance', number, recordsEnd });
  }

  async close(number: number, recordsEnd: number): Promise<ClosedSegment> {
    const answer = await this.#ask({ kind: 'close', number, recordsEnd });
    assert(answer.kind === 'closed', 'a request to close is answered by what closes');
    return answer.closed;
  }

  async release(): Promise<void> {
    this.#fail(new Error('the thread is given up'));
    await this.#worker?.terminate();
  }

  #start(journalDir: string, url: URL): Worker {
    // Not the flags of this process: its loaders and inspector are nothing to the thread.
    const worker = new Worker(url, { workerData: { journalDir } satisfies DigestWorkerData, execArgv: [] });
    worker.on('message', (answer: DigestAnswer) => this.#take(answer));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`the thread ended with ${code}`)));
    worker.unref(); // a session that nobody closes keeps no process alive
    return worker;
  }

  #ask(request: DigestRequest): Promise<DigestAnswer> {
    assert(this.#waiting === undefined, 'the thread is asked one thing at a time');
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting = { resolve, reject };
      this.#listen();
      this.#worker!.postMessage(request);
    });
  }

  #take(answer: DigestAnswer): void {
    if (this.#failure !== undefined) return;
    if (answer.kind === 'failed') return this.#fail(new Error(answer.reason));
    if (answer.kind === 'read') {
      this.#onRead(answer.bytes);
      return this.#listen();
    }
    clearTimeout(this.#silence);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }

  /** The wait is a timer that keeps the process alive: an `await close()` must not be the end of a program. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fail(new Error(`the thread told nothing for ${this.#silenceMaxMs} ms`)), this.#silenceMaxMs);
  }

  #fail(error: unknown): void {
    clearTimeout(this.#silence);
    this.#failure ??= error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(this.#failure);
  }
}

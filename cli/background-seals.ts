import { Worker } from 'node:worker_threads';
import { assertNever, TapedeckError } from '#domain';
import type { SealResult } from '#storage';
import type { SealNews, SealOrder } from './seal-news.ts';

/**
 * Seals sessions in a thread of their own, one after the other, so that recording goes on: compressing and reading back a day takes minutes, in which the
 * next window of a schedule may begin. Sessions wait without a limit of their own: there is one for each window that has ended.
 */
export class BackgroundSeals {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves when the session is sealed, after those that were asked for before; rejects with what `sealTape` throws. */
  seal(order: SealOrder, onProgress: (rows: number) => void = () => undefined): Promise<SealResult> {
    const sealed = this.#last.then(() => sealInThread(order, onProgress));
    // One that fails does not keep the next from its turn.
    this.#last = sealed.catch(() => undefined);
    return sealed;
  }
}

function sealInThread(order: SealOrder, onProgress: (rows: number) => void): Promise<SealResult> {
  // Options of this process (a program on its command line, hooks) are not the thread's.
  const worker = new Worker(new URL('./seal-thread.js', import.meta.url), { workerData: order, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.on('message', (news: SealNews) => {
      switch (news.kind) {
        case 'progress':
          return onProgress(news.rows);
        case 'sealed':
          return resolve(news.result);
        case 'failed':
          return reject(new TapedeckError(news.code, news.message, { exitCode: news.exitCode }));
        default:
          return assertNever(news);
      }
    });
    worker.on('error', (error) => reject(new TapedeckError('SEAL_FAILED', `the thread that seals "${order.session}" broke: ${error}`)));
    worker.on('exit', () => reject(new TapedeckError('SEAL_FAILED', `the thread that seals "${order.session}" ended too early`)));
  });
}

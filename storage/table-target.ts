import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { OutputStream } from './table-types.ts';

/** A `Writable` with its errors kept for the next call, and its back-pressure as a promise. */
export class TableTarget {
  readonly #target: OutputStream;
  #error: Error | undefined;
  #draining: Promise<void> | undefined;

  constructor(target: OutputStream) {
    this.#target = target;
    target.on('error', (error) => {
      this.#error ??= error;
    });
    target.on('close', () => {
      if (!target.writableFinished) this.#error ??= new Error('the target was closed before everything was written');
    });
  }

  write(bytes: string | Uint8Array): void {
    if (this.#error === undefined) this.#target.write(bytes);
  }

  /** Resolves when the target's buffer is empty enough; throws what the target failed with. */
  async drain(): Promise<void> {
    if (this.#error === undefined && this.#target.writableNeedDrain) {
      this.#draining ??= this.#untilDrained();
      await this.#draining;
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** One wait for all who ask: a listener each would pile up. */
  #untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#target.off('drain', done);
        this.#target.off('close', done);
        this.#draining = undefined;
        resolve();
      };
      this.#target.on('drain', done);
      this.#target.on('close', done);
    });
  }

  /** Waits until everything is written; ends the target unless it is stdout, which belongs to the process. */
  async close(): Promise<void> {
    await this.drain();
    if (this.#target === process.stdout) {
      await new Promise<void>((resolve) => this.#target.write('', () => resolve()));
    } else {
      this.#target.end();
      // Rejects when the target was closed by somebody else, for which `end` would wait for ever.
      await finished(this.#target as Writable);
    }
    if (this.#error !== undefined) throw this.#error;
  }
}

import type { FileHandle } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { changed, type InputFile, readAt } from './input-file.ts';

/** Compressed bytes per step: deflate grows them at most 1,032 times, so one step gives at most 66 MiB. */
const STEP_BYTES = 64 * 1024;
/** What zlib says when a whole member was inflated and is not what its writer checked. */
const CHECKSUM_REASONS = ['incorrect data check', 'incorrect length check'];
/** Ever smaller pieces for the step that holds the damage, down to the byte where it is noticed. */
const SALVAGE_BYTES = [2048, 64, 1];
/** Large, so that a step seldom stops in the thread pool to ask the main thread for more room. */
const INFLATED_BYTES = 4 * 1024 * 1024;

/**
 * The content of a gzip file of one or more members. While the caller works on one step, the thread pool inflates the next.
 * Damage ends the content where it is noticed, to the byte; it is no error here, because what came before it can be kept.
 */
export class GzipChunks {
  readonly #handle: FileHandle;
  readonly #input: InputFile;
  readonly #steps = [Buffer.allocUnsafe(STEP_BYTES), Buffer.allocUnsafe(STEP_BYTES)];
  #inflater = new Inflater();
  #position = 0;
  #damage: string | undefined;
  #isDone = false;
  #ahead: Promise<readonly Buffer[] | undefined> | undefined;

  constructor(handle: FileHandle, input: InputFile) {
    this.#handle = handle;
    this.#input = input;
  }

  get bytesRead(): number {
    return this.#position;
  }

  get damage(): string | undefined {
    return this.#damage;
  }

  async next(): Promise<readonly Buffer[] | undefined> {
    const content = await (this.#ahead ?? this.#step());
    this.#ahead = undefined;
    if (content === undefined) return undefined;
    const ahead = this.#step();
    // The failure is thrown by the `next` that awaits it; until then it must not count as unhandled.
    ahead.catch(() => undefined);
    this.#ahead = ahead;
    return content;
  }

  async close(): Promise<void> {
    // A step in flight must not outlive its file handle; if it failed, there is nobody left to tell.
    await this.#ahead?.catch(() => undefined);
    this.#inflater.close();
    await this.#handle.close();
  }

  async #step(): Promise<readonly Buffer[] | undefined> {
    if (this.#isDone) return undefined;
    const piece = await this.#read(this.#position);
    if (piece.length === 0) return this.#finish();
    if (!(await this.#inflater.write(piece))) return this.#salvage(this.#position);
    this.#position += piece.length;
    if (this.#inflater.consumed < this.#position) await this.#skipPadding(this.#inflater.consumed);
    return this.#inflater.take();
  }

  async #finish(): Promise<readonly Buffer[] | undefined> {
    this.#isDone = true;
    if (this.#position !== this.#input.bytes) throw changed(this.#input);
    if (!(await this.#inflater.end())) this.#damage = `the file ends in the middle of a gzip member at byte ${this.#position}`;
    const rest = this.#inflater.take();
    return rest.length === 0 ? undefined : rest;
  }

  /** Behind the last member there may be zeros (tapes and block devices pad with them), and nothing else. */
  async #skipPadding(start: number): Promise<void> {
    this.#isDone = true;
    const { bytes } = this.#input;
    for (let position = start; position < bytes; position += STEP_BYTES) {
      const piece = await this.#read(position);
      const other = piece.findIndex((byte) => byte !== 0);
      if (other >= 0) {
        this.#damage = `zeros end the gzip data, but more bytes follow at byte ${position + other}; they cannot be read`;
        break;
      }
    }
    this.#position = bytes;
  }

  /**
   * The inflater drops the output of the step it fails in, so the file is inflated again up to that step, and the step in
   * ever smaller pieces: slow, but only damaged files pay, and the content ends at the same byte on every machine.
   */
  async #salvage(failedAt: number): Promise<readonly Buffer[]> {
    this.#isDone = true;
    const content: Buffer[] = [];
    let good = failedAt;
    for (const size of SALVAGE_BYTES) {
      await this.#restart(good);
      for (;;) {
        const piece = (await this.#read(good)).subarray(0, size);
        if (piece.length === 0 || !(await this.#inflater.write(piece))) break;
        good += piece.length;
        content.push(...this.#inflater.take());
      }
    }
    this.#position = good;
    const { reason } = this.#inflater;
    this.#damage = CHECKSUM_REASONS.includes(reason)
      ? `the gzip member that ends at byte ${good} fails its checksum (${reason}): what was read of it may be wrong, and nothing after it was read`
      : `the gzip data is damaged at byte ${good} (${reason}); nothing after it can be read`;
    return content;
  }

  /** A new inflater that has seen the file up to `end`, and whose content so far is known. */
  async #restart(end: number): Promise<void> {
    this.#inflater.close();
    this.#inflater = new Inflater();
    for (let position = 0; position < end; position += STEP_BYTES) {
      await this.#inflater.write((await this.#read(position)).subarray(0, end - position));
      this.#inflater.take();
    }
  }

  async #read(position: number): Promise<Buffer> {
    // Two buffers take turns by position: the inflater may still hold the one before.
    const buffer = this.#steps[Math.floor(position / STEP_BYTES) % 2]!;
    return buffer.subarray(0, await readAt(this.#handle, buffer, position));
  }
}

/** One `Gunzip` as a function from compressed bytes to content; the work is done in the thread pool. */
class Inflater {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: INFLATED_BYTES });
  #content: Buffer[] = [];
  #error: Error | undefined;
  #answer: ((isGood: boolean) => void) | undefined;

  constructor() {
    this.#gunzip.on('data', (chunk: Buffer) => this.#content.push(chunk));
    // A failed write gets no callback of its own: the event is the only sign.
    this.#gunzip.on('error', (error) => {
      this.#error = error;
      this.#answer?.(false);
    });
    // Not `end`, which comes early when zeros follow the last member.
    this.#gunzip.on('close', () => this.#answer?.(this.#error === undefined));
  }

  /** Bytes taken in so far; fewer than were written when the data ended before them. */
  get consumed(): number {
    return this.#gunzip.bytesWritten;
  }

  get reason(): string {
    return this.#error?.message ?? 'unknown reason';
  }

  /** Inflates the bytes; false when they are no gzip data. What was inflated waits in `take`. */
  write(bytes: Buffer): Promise<boolean> {
    if (this.#error !== undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#gunzip.write(bytes, (error) => resolve(error === undefined || error === null));
    });
  }

  /** Says that no more bytes come; false when the last member is not complete. */
  end(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#gunzip.end();
    });
  }

  take(): readonly Buffer[] {
    const content = this.#content;
    this.#content = [];
    return content;
  }

  close(): void {
    this.#gunzip.destroy();
  }
}

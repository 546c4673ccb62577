import type { FileHandle } from 'node:fs/promises';
import { GzipChunks } from './gzip-chunks.ts';
import { changed, type InputFile, READ_BYTES, readAt, reopenInput } from './input-file.ts';

/** The content of one input in pieces, read or inflated ahead of the caller. */
export interface ChunkSource {
  /** The next pieces of content, or `undefined` at the end. They are valid until the next call. */
  next(): Promise<readonly Buffer[] | undefined>;
  /** Bytes of the file taken in so far. */
  readonly bytesRead: number;
  /** After the end: why the content stops before its own end, or `undefined` when it is whole. */
  readonly damage: string | undefined;
  close(): Promise<void>;
}

export async function openChunks(input: InputFile): Promise<ChunkSource> {
  const handle = await reopenInput(input);
  return input.isGzip ? new GzipChunks(handle, input) : new PlainChunks(handle, input);
}

/** A plain file: two buffers take turns, so that one is read while the other is imported. */
class PlainChunks implements ChunkSource {
  readonly damage = undefined;
  readonly #handle: FileHandle;
  readonly #input: InputFile;
  #bytesRead = 0;
  #spare = Buffer.allocUnsafe(READ_BYTES);
  #ahead = Buffer.allocUnsafe(READ_BYTES);
  #reading: Promise<number> | undefined;

  constructor(handle: FileHandle, input: InputFile) {
    this.#handle = handle;
    this.#input = input;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  async next(): Promise<readonly Buffer[] | undefined> {
    const length = await (this.#reading ?? this.#read());
    if (length === 0 && this.#bytesRead !== this.#input.bytes) throw changed(this.#input);
    if (length === 0) return undefined;
    this.#bytesRead += length;
    const full = this.#ahead;
    this.#ahead = this.#spare;
    this.#spare = full;
    this.#reading = this.#read();
    return [full.subarray(0, length)];
  }

  async close(): Promise<void> {
    // A read in flight must not outlive its file handle; if it failed, there is nobody left to tell.
    await this.#reading?.catch(() => 0);
    await this.#handle.close();
  }

  #read(): Promise<number> {
    const reading = readAt(this.#handle, this.#ahead, this.#bytesRead);
    // The failure is thrown by the `next` that awaits it; until then it must not count as unhandled.
    reading.catch(() => 0);
    return reading;
  }
}

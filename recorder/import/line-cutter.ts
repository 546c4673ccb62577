import { TapedeckError } from '#domain';

/** A longer line is no frame of any venue: it stops the import, so that a wrong file cannot eat the memory. */
export const LINE_BYTES_MAX = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const CARRY_START = 64 * 1024;

/** Called for each line, without its newline; the bytes are valid until the call returns. */
export type LineHandler = (bytes: Buffer, start: number, end: number) => void;

/** Cuts chunks of one file into lines. A line within one chunk is not copied; one that spans chunks is put together once. */
export class LineCutter {
  readonly #onLine: LineHandler;
  readonly #lineBytesMax: number;
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;

  constructor(onLine: LineHandler, lineBytesMax = LINE_BYTES_MAX) {
    this.#onLine = onLine;
    this.#lineBytesMax = lineBytesMax;
  }

  push(chunk: Buffer): void {
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    if (this.#carried > 0 && end >= 0) {
      this.#keep(chunk, 0, end);
      this.#emitCarry();
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    const onLine = this.#onLine;
    while (end >= 0) {
      onLine(chunk, start, end);
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    if (start < chunk.length) this.#keep(chunk, start, chunk.length);
  }

  /** Hands out the last line when the file does not end in a newline. */
  finish(): void {
    if (this.#carried > 0) this.#emitCarry();
  }

  /** Takes the bytes after the last newline away, for a file that was cut off there. */
  takeRest(): Buffer {
    const rest = Buffer.from(this.#carry.subarray(0, this.#carried));
    this.#carried = 0;
    return rest;
  }

  #emitCarry(): void {
    const length = this.#carried;
    this.#carried = 0;
    this.#onLine(this.#carry, 0, length);
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#lineBytesMax) {
      throw new TapedeckError(
        'IMPORT_LINE_TOO_LONG',
        `a line has more than ${this.#lineBytesMax} bytes; is this a file of lines, and is it the format given?`,
        { exitCode: 2 },
      );
    }
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(CARRY_START, needed, Math.min(this.#carry.length * 2, this.#lineBytesMax)));
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    chunk.copy(this.#carry, this.#carried, start, end);
    this.#carried = needed;
  }
}

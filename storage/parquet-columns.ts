import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { type ColumnChunk, decompressPages, KeptBytes, type Page } from './parquet-pages.ts';

/** An int64 column of one row group; what it holds is valid until the next `decode`. */
export class Int64Column {
  readonly #kept = new KeptBytes();
  /** Two words a row, the low one first, as on every machine that Node runs on. */
  words = new Int32Array(0);

  decode(chunk: ColumnChunk): void {
    const { bytes, pages } = decompressPages(chunk, this.#kept);
    for (const { kind, values, start, end } of pages) {
      if (kind !== 'plain' || end - start !== values * 8) throw new Error(`column ${chunk.name} is not plain INT64`);
    }
    this.words = new Int32Array(bytes.buffer, 0, chunk.rows * 2);
  }

  /** The value of a row as a number; exact for safe integers. */
  number(row: number): number {
    return this.words[row * 2 + 1]! * 4_294_967_296 + (this.words[row * 2]! >>> 0);
  }
}

/** A column of plain bytes of one row group: the value of a row is `bytes[starts[row], ends[row])`, valid until the next `decode`. */
export class BytesColumn {
  readonly #kept = new KeptBytes();
  bytes = new Uint8Array(0);
  starts = new Int32Array(0);
  ends = new Int32Array(0);

  decode(chunk: ColumnChunk): void {
    const { bytes, pages } = decompressPages(chunk, this.#kept);
    this.bytes = bytes;
    if (this.starts.length < chunk.rows) {
      this.starts = new Int32Array(chunk.rows);
      this.ends = new Int32Array(chunk.rows);
    }
    let row = 0;
    for (const page of pages) {
      if (page.kind !== 'plain') throw new Error(`column ${chunk.name} has a dictionary, which plain bytes do not`);
      findValues(bytes, page, row, this.starts, this.ends);
      row += page.values;
    }
  }
}

// A byte order mark is part of the text, and what is no UTF-8 is damage.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A text column of one row group; a text that the file stores once is one object. Valid until the next `decode`. */
export class TextColumn {
  readonly #kept = new KeptBytes();
  #values: string[] = [];
  #indexes = new Uint32Array(0);
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);

  decode(chunk: ColumnChunk): void {
    const { bytes, pages } = decompressPages(chunk, this.#kept);
    if (this.#indexes.length < chunk.rows) this.#indexes = new Uint32Array(chunk.rows);
    let row = 0;
    let texts = 0;
    for (const page of pages) {
      if (page.kind === 'indexes') {
        readIndexes(bytes, page, this.#indexes.subarray(row, row + page.values), texts);
      } else {
        this.#readTexts(bytes, page, texts);
        if (page.kind === 'plain') for (let i = 0; i < page.values; i++) this.#indexes[row + i] = texts + i;
        texts += page.values;
      }
      if (page.kind !== 'dictionary') row += page.values;
    }
    this.#values.length = texts;
  }

  text(row: number): string {
    return this.#values[this.#indexes[row]!]!;
  }

  #readTexts(bytes: Uint8Array, page: Page, first: number): void {
    if (this.#starts.length < page.values) {
      this.#starts = new Int32Array(page.values);
      this.#ends = new Int32Array(page.values);
    }
    findValues(bytes, page, 0, this.#starts, this.#ends);
    for (let i = 0; i < page.values; i++) {
      const text = UTF8.decode(bytes.subarray(this.#starts[i], this.#ends[i]));
      // The same object as in the last row group, where it is the same text: comparing it costs nothing then.
      if (this.#values[first + i] !== text) this.#values[first + i] = text;
    }
  }
}

/** Indexes into `texts` texts: one byte of width, then runs and bit-packed groups. */
function readIndexes(bytes: Uint8Array<ArrayBuffer>, page: Page, into: Uint32Array, texts: number): void {
  const width = bytes[page.start]!;
  if (page.end === page.start || width > 24) throw new Error(`indexes of ${width} bits are impossible`);
  if (width === 0) {
    into.fill(0);
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset + page.start + 1, page.end - page.start - 1);
    readRleBitPackedHybrid({ view, offset: 0 }, width, into, view.byteLength);
  }
  for (let i = 0; i < into.length; i++) if (into[i]! >= texts) throw new Error(`index ${into[i]} is outside a dictionary of ${texts}`);
}

/** The places of PLAIN byte arrays: four bytes of length, then the bytes. */
function findValues(bytes: Uint8Array, page: Page, firstRow: number, starts: Int32Array, ends: Int32Array): void {
  let at = page.start;
  for (let row = firstRow; row < firstRow + page.values; row++) {
    if (at + 4 > page.end) throw new Error(`value ${row} begins outside its page`);
    const length = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
    if (length > page.end - at - 4) throw new Error(`value ${row} ends outside its page`);
    starts[row] = at + 4;
    at += 4 + length;
    ends[row] = at;
  }
  if (at !== page.end) throw new Error(`${page.end - at} bytes follow the last value of a page`);
}

import type { ChunkSource } from './chunk-source.ts';
import { LineCutter } from './line-cutter.ts';
import type { LineParser } from './line-parser.ts';
import type { LineSink } from './line-sink.ts';

/** How much content is parsed before the caller may wait for the disk: even lines of one byte stay far below the journal's backlog. */
const SLICE_BYTES = 256 * 1024;
/** Empty lines of one run that are noted one by one; a longer run ends in one note for the rest. */
const EMPTY_LINES_NOTED_MAX = 1000;

const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const NO_BYTES = Buffer.alloc(0);

/** Where the reader says which line it is at, before it hands the line over. */
export interface LineMarker extends LineSink {
  line: number;
}

/**
 * Reads the lines of one file. A CR before the newline belongs to the line ending, except in raw lines of a file whose first line has none.
 * A byte order mark at the start is dropped. Empty lines are dropped at the end of the file and malformed elsewhere.
 */
export class LineReader {
  readonly #parser: LineParser;
  readonly #sink: LineMarker;
  readonly #cutter = new LineCutter((bytes, start, end) => this.#onLine(bytes, start, end));
  #line = 0;
  #emptyLines = 0;
  #hasCarriageReturns: boolean;

  constructor(parser: LineParser, sink: LineMarker) {
    this.#parser = parser;
    this.#sink = sink;
    this.#hasCarriageReturns = !parser.hasRawLines;
    sink.line = 1;
    parser.beginFile();
  }

  get line(): number {
    return this.#line;
  }

  /** Reads the source to its end, or until `afterSlice`, awaited every few hundred KiB, returns false. */
  async read(source: ChunkSource, afterSlice: () => Promise<boolean>): Promise<void> {
    for (let chunks = await source.next(); chunks !== undefined; chunks = await source.next()) {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
          this.#cutter.push(chunk.subarray(at, at + SLICE_BYTES));
          if (!(await afterSlice())) return;
        }
      }
    }
    if (source.damage === undefined) this.#cutter.finish();
    else this.#endEarly(source.damage);
    await afterSlice();
  }

  /** What stands after the last newline of a damaged file is a part of a line: it must not pass for a frame. */
  #endEarly(damage: string): void {
    this.#sink.line = this.#line + 1;
    const rest = this.#cutter.takeRest();
    this.#sink.malformed(damage, rest, 0, rest.length);
  }

  #onLine(bytes: Buffer, start: number, end: number): void {
    this.#line += 1;
    if (this.#line === 1) {
      if (bytes.subarray(start, Math.min(end, start + 3)).equals(BYTE_ORDER_MARK)) start += 3;
      this.#hasCarriageReturns ||= bytes[end - 1] === CARRIAGE_RETURN;
    }
    if (this.#hasCarriageReturns && end > start && bytes[end - 1] === CARRIAGE_RETURN) end -= 1;
    if (start === end) {
      this.#emptyLines += 1;
      return;
    }
    if (this.#emptyLines > 0) this.#noteEmptyLines();
    this.#sink.line = this.#line;
    this.#parser.parse(bytes, start, end);
  }

  #noteEmptyLines(): void {
    const first = this.#line - this.#emptyLines;
    const noted = Math.min(this.#emptyLines, EMPTY_LINES_NOTED_MAX);
    const rest = this.#emptyLines - noted;
    this.#emptyLines = 0;
    for (let i = 0; i < noted; i++) {
      this.#sink.line = first + i;
      this.#sink.malformed('empty line', NO_BYTES, 0, 0);
    }
    if (rest === 0) return;
    this.#sink.line = first + noted;
    this.#sink.malformed(`${rest} more empty lines`, NO_BYTES, 0, 0);
  }
}

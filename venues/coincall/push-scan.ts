import { KeyTable } from '../json-keys.ts';
import { CLOSE_BRACE, COMMA, OPEN_BRACE, readJsonInteger, skipSpace, skipValue } from '../json-scan.ts';
import { type Layout, layoutOfCode } from './layout.ts';
import { type RecordReader, readTime } from './record-reader.ts';

const KEYS = new KeyTable(['dt', 'c', 'd', 'ts', 'p']);
const CODE = 0;
const DATA = 2;
const TIME = 3;

/**
 * The outside of a frame: `{"dt":5,"c":20,"d":…}`, with `ts` in some channels since 2024. One pass over the frame reads the records
 * too where `dt` comes before `d`, as on the wire. Of a repeated key the last counts.
 */
export class PushScan {
  /** -1 where there is no `dt`, NaN where it is no whole number. */
  code = -1;
  /** The time of the push, microseconds; NaN where there is none. */
  timeUs = Number.NaN;
  isTimeBad = false;
  hasData = false;
  /** How the records look; `undefined` where nobody decodes this channel. */
  layout: Layout | undefined;
  /** True when `d` is a record or a list of records. */
  hasRecords = false;
  /** Keys of the frame that nobody knows. */
  readonly unknownKeys: string[] = [];
  readonly #numbers = new Float64Array(2);
  #dataStart = -1;
  /** The `dt` whose layout the records were read by. */
  #readAs = -1;

  /** Scans `bytes[start, end)` and reads its records; false when it is no JSON object to its last byte. */
  scan(records: RecordReader, bytes: Uint8Array, start: number, end: number): boolean {
    this.code = -1;
    this.timeUs = Number.NaN;
    this.isTimeBad = false;
    this.hasData = false;
    this.hasRecords = false;
    this.layout = undefined;
    this.#readAs = -1;
    if (this.unknownKeys.length > 0) this.unknownKeys.length = 0;
    const open = skipSpace(bytes, start, end);
    if (open >= end || bytes[open] !== OPEN_BRACE) return false;
    const stop = this.#scanMembers(records, bytes, open, end);
    if (stop < 0 || (stop !== end && skipSpace(bytes, stop, end) !== end)) return false;
    this.layout = layoutOfCode(this.code);
    // Keys out of the usual order: the records were skipped, or read as those of another channel.
    if (this.hasData && this.code >= 0 && this.#readAs !== this.code) this.#readData(records, bytes, this.#dataStart, end);
    return true;
  }

  #scanMembers(records: RecordReader, bytes: Uint8Array, open: number, end: number): number {
    let at = skipSpace(bytes, open + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      const slot = KEYS.find(bytes, at, end);
      at = KEYS.valueStart;
      if (at < 0) return -1;
      let stop = -1;
      if (slot === DATA) stop = this.#readData(records, bytes, at, end);
      else if (slot === CODE) stop = this.#readCode(bytes, at, end);
      else if (slot === TIME) stop = this.#readTime(bytes, at, end);
      else if (slot < 0) this.unknownKeys.push(KEYS.unknownKey);
      if (stop < 0) stop = skipValue(bytes, at, end);
      at = stop < 0 ? end : skipSpace(bytes, stop, end);
      const next = at < end ? bytes[at]! : 0;
      if (next === CLOSE_BRACE) return at + 1;
      if (next !== COMMA) return -1;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  #readCode(bytes: Uint8Array, at: number, end: number): number {
    const stop = readJsonInteger(bytes, at, end, this.#numbers, 0);
    this.code = stop < 0 ? Number.NaN : this.#numbers[0]!;
    return stop;
  }

  #readTime(bytes: Uint8Array, at: number, end: number): number {
    const stop = readTime(bytes, at, end, this.#numbers, 1);
    this.isTimeBad = stop < 0;
    this.timeUs = stop < 0 ? Number.NaN : this.#numbers[1]!;
    return stop;
  }

  #readData(records: RecordReader, bytes: Uint8Array, at: number, end: number): number {
    this.hasData = true;
    this.#dataStart = at;
    this.hasRecords = false;
    const layout = layoutOfCode(this.code);
    this.#readAs = this.code;
    if (layout === undefined) return -1;
    const stop = records.read(layout, bytes, at, end);
    this.hasRecords = stop >= 0;
    return stop;
  }
}

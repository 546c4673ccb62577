import { readDecimal } from '../byte-number.ts';
import { readAmount } from '../json-amount.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  readJsonInteger,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from '../json-scan.ts';
import { FIELD, type Layout, SLOTS } from './layout.ts';
import { LevelStore } from './level-store.ts';
import { PERIOD_NAMES, readPeriod } from './period.ts';

/** A frame with more records than this is refused: the longest option chain has some hundreds, and a corrupt frame must not eat the memory. */
export const RECORDS_MAX = 4096;
/** The last millisecond whose microseconds are a safe integer (year 2255). */
export const TIME_MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
/** Longest name of an instrument, in characters. */
const SYMBOL_LENGTH_MAX = 64;
const RECORDS_START = 64;
const SPACE = 0x20;
const DELETE = 0x7f;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
/** Visible ASCII without quotes and backslashes. */
const SYMBOL_PATTERN = /^[!#-[\]-~]{1,64}$/;
/** 1 for the bytes of such a name. */
const SYMBOL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < DELETE && SYMBOL_PATTERN.test(String.fromCharCode(byte)) ? 1 : 0,
);
/** A record whose object is no object at all has this bit instead of a slot's. */
const NO_OBJECT = 1 << SLOTS;
const EXPECTED = [
  'a number, a text that holds one, or null',
  'a volatility',
  `milliseconds from 0 to ${TIME_MS_MAX}`,
  `a name of 1 to ${SYMBOL_LENGTH_MAX} visible ASCII characters`,
  `a period (${PERIOD_NAMES})`,
  'levels {"pr","sz"} with positive prices',
  'levels {"pr","sz"} with positive prices',
] as const;
const EXCERPT_BYTES = 40;
const NO_KEYS: readonly string[] = [];

/**
 * Reads the `d` of a push, one record or a list of them, by a layout: keys in any order, of a repeated key the last counts. A record that is
 * not what the layout wants is kept as bad, so that the others come out; only bytes that are no JSON stop it. Reused from frame to frame.
 */
export class RecordReader {
  count = 0;
  /** True where there were more than `RECORDS_MAX`. */
  hasTooMany = false;
  /** `SLOTS` numbers a record; NaN where a key was not there. */
  values = new Float64Array(RECORDS_START * SLOTS);
  readonly levels = new LevelStore();
  /** Keys of good records that the layout does not have. */
  readonly unknownKeys: string[] = [];
  /** Unknown keys inside the levels of the record that is being read: they count once its last list is known. */
  #bidKeys: readonly string[] = NO_KEYS;
  #askKeys: readonly string[] = NO_KEYS;
  /** The symbol's bytes in the frame; where it was written with escapes, `#symbolTexts` holds it. */
  #symbolStart = new Int32Array(RECORDS_START);
  #symbolEnd = new Int32Array(RECORDS_START);
  readonly #symbolTexts: string[] = [];
  /** First and past-the-last level of bids, then of asks. */
  #ranges = new Int32Array(RECORDS_START * 4);
  #seen = new Int32Array(RECORDS_START);
  #bad = new Int32Array(RECORDS_START);
  /** Where the last bad value of a record starts, and its slot. */
  #badAt = new Int32Array(RECORDS_START);
  #badSlot = new Int32Array(RECORDS_START);
  /** One bit for each slot that the fast lane read. */
  #plainSlots = 0;

  /** Reads what stands at `position`; returns the position after it, or -1 where it is no JSON object and no list. */
  read(layout: Layout, bytes: Uint8Array, position: number, end: number): number {
    this.count = 0;
    this.hasTooMany = false;
    this.levels.clear();
    if (this.unknownKeys.length > 0) this.unknownKeys.length = 0;
    if (this.#symbolTexts.length > 0) this.#symbolTexts.length = 0;
    if (position >= end) return -1;
    if (bytes[position] === OPEN_BRACE) return this.#readRecord(layout, bytes, position, end);
    return bytes[position] === OPEN_BRACKET ? this.#readList(layout, bytes, position, end) : -1;
  }

  #readList(layout: Layout, bytes: Uint8Array, position: number, end: number): number {
    let at = skipSpace(bytes, position + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACKET) return at + 1;
    for (;;) {
      if (this.count === RECORDS_MAX) this.hasTooMany = true;
      at = this.hasTooMany ? skipValue(bytes, at, end) : this.#readRecord(layout, bytes, at, end);
      if (at < 0) return -1;
      at = skipSpace(bytes, at, end);
      const next = at < end ? bytes[at]! : 0;
      if (next === CLOSE_BRACKET) return at + 1;
      if (next !== COMMA) return -1;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  #readRecord(layout: Layout, bytes: Uint8Array, position: number, end: number): number {
    if (this.count === this.#seen.length) this.#grow();
    const record = this.count++;
    const firstSlot = record * SLOTS;
    this.values.fill(Number.NaN, firstSlot, firstSlot + layout.keys.length);
    this.#bad[record] = 0;
    this.#seen[record] = 0;
    if (position >= end || bytes[position] !== OPEN_BRACE) {
      this.#bad[record] = NO_OBJECT;
      this.#badAt[record] = position;
      return skipValue(bytes, position, end);
    }
    const keysBefore = this.unknownKeys.length;
    this.#bidKeys = this.#askKeys = NO_KEYS;
    const stop = this.#readMembers(layout, record, bytes, position, end);
    if (this.isBad(layout, record)) this.unknownKeys.length = keysBefore;
    else if (this.#bidKeys !== NO_KEYS || this.#askKeys !== NO_KEYS) this.unknownKeys.push(...this.#bidKeys, ...this.#askKeys);
    return stop;
  }

  #readMembers(layout: Layout, record: number, bytes: Uint8Array, position: number, end: number): number {
    const table = layout.table;
    const firstSlot = record * SLOTS;
    let seen = 0;
    let bad = 0;
    let at = skipSpace(bytes, position + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      at = this.#readPlainNumbers(layout, firstSlot, bytes, at, end);
      seen |= this.#plainSlots;
      bad &= ~this.#plainSlots;
      const slot = table.find(bytes, at, end);
      at = table.valueStart;
      if (at < 0) return -1;
      let stop = -1;
      if (slot < 0) this.unknownKeys.push(table.unknownKey);
      else {
        const bit = 1 << slot;
        seen |= bit;
        const kind = layout.kinds[slot]!;
        stop =
          kind === FIELD.AMOUNT
            ? readAmount(bytes, at, end, this.values, firstSlot + slot)
            : this.#readField(kind, record, firstSlot + slot, bytes, at, end);
        if (stop >= 0) bad &= ~bit;
        else {
          bad |= bit;
          this.#badAt[record] = at;
          this.#badSlot[record] = slot;
        }
      }
      if (stop < 0) stop = skipValue(bytes, at, end);
      if (stop < 0) return -1;
      at = stop;
      let next = at < end ? bytes[at]! : 0;
      if (next <= SPACE) {
        at = skipSpace(bytes, at, end);
        next = at < end ? bytes[at]! : 0;
      }
      at++;
      if (next === CLOSE_BRACE) break;
      if (next !== COMMA) return -1;
      if (at < end && bytes[at]! <= SPACE) at = skipSpace(bytes, at, end);
    }
    this.#seen[record] = seen;
    this.#bad[record] = bad;
    return at;
  }

  /**
   * The fast lane: members in the venue's order whose values are plain numbers, with nothing between. Returns where the first other member
   * starts. It is a small loop of its own so that V8 puts what it calls into it.
   */
  #readPlainNumbers(layout: Layout, firstSlot: number, bytes: Uint8Array, position: number, end: number): number {
    const { table, kinds } = layout;
    const values = this.values;
    let read = 0;
    let at = position;
    for (;;) {
      const slot = table.guess(bytes, at, end);
      if (slot < 0 || kinds[slot]! > FIELD.VOLATILITY) break;
      const start = at + table.keyLength(slot);
      const isNegative = bytes[start] === MINUS;
      const digits = isNegative ? start + 1 : start;
      const stop = readDecimal(bytes, digits, end, values, firstSlot + slot);
      if (stop < 0 || stop >= end || bytes[stop] !== COMMA) break;
      // JSON numbers have no leading zeros.
      if (bytes[digits] === ZERO && stop > digits + 1 && bytes[digits + 1] !== DOT) break;
      if (isNegative) values[firstSlot + slot] = 0 - values[firstSlot + slot]!;
      else if (values[firstSlot + slot] === Number.MAX_VALUE) break; // as a volatility it is none
      table.accept(slot);
      read |= 1 << slot;
      at = stop + 1;
    }
    this.#plainSlots = read;
    return at < end && bytes[at]! <= SPACE ? skipSpace(bytes, at, end) : at;
  }

  #readField(reads: number, record: number, index: number, bytes: Uint8Array, at: number, end: number): number {
    const values = this.values;
    switch (reads) {
      case FIELD.TIME:
        return readTime(bytes, at, end, values, index);
      case FIELD.SYMBOL:
        return this.#readSymbol(record, bytes, at, end);
      case FIELD.PERIOD:
        return readPeriod(bytes, at, end, values, index);
      case FIELD.BIDS:
        this.#bidKeys = NO_KEYS;
        return this.#readLevels(4 * record, bytes, at, end);
      case FIELD.ASKS:
        this.#askKeys = NO_KEYS;
        return this.#readLevels(4 * record + 2, bytes, at, end);
      default: {
        const stop = readAmount(bytes, at, end, values, index);
        if (values[index] === Number.MAX_VALUE) values[index] = Number.NaN;
        return stop;
      }
    }
  }

  #readLevels(range: number, bytes: Uint8Array, at: number, end: number): number {
    const first = this.levels.count;
    const stop = this.levels.read(bytes, at, end);
    this.#ranges[range] = first;
    this.#ranges[range + 1] = this.levels.count;
    if (this.levels.unknownKeys.length > 0 && stop >= 0) this.#noteLevelKeys(range);
    return stop;
  }

  #noteLevelKeys(range: number): void {
    const isBids = (range & 2) === 0;
    const names = this.levels.unknownKeys.map((key) => `${isBids ? 'bids' : 'asks'}[].${key}`);
    if (isBids) this.#bidKeys = names;
    else this.#askKeys = names;
  }

  #readSymbol(record: number, bytes: Uint8Array, position: number, end: number): number {
    if (bytes[position] !== QUOTE) return -1;
    let at = position + 1;
    while (at < end && SYMBOL_BYTES[bytes[at]!] === 1) at++;
    if (at >= end) return -1;
    if (bytes[at] !== QUOTE) return this.#readUnusualSymbol(record, bytes, position, end);
    const length = at - position - 1;
    if (length === 0 || length > SYMBOL_LENGTH_MAX) return -1;
    this.#symbolStart[record] = position + 1;
    this.#symbolEnd[record] = at;
    if (this.#symbolTexts.length > record) this.#symbolTexts[record] = '';
    return at + 1;
  }

  #readUnusualSymbol(record: number, bytes: Uint8Array, position: number, end: number): number {
    const stop = skipString(bytes, position, end);
    if (stop < 0) return -1;
    const text = stringText(bytes, position + 1, stop - 1);
    if (!SYMBOL_PATTERN.test(text)) return -1;
    while (this.#symbolTexts.length < record) this.#symbolTexts.push('');
    this.#symbolTexts[record] = text;
    return stop;
  }

  isBad(layout: Layout, record: number): boolean {
    return this.#bad[record] !== 0 || (this.#seen[record]! & layout.required) !== layout.required;
  }

  /** What a bad record should have been, and what was found. */
  reason(layout: Layout, record: number, bytes: Uint8Array, end: number): string {
    const bad = this.#bad[record]!;
    const at = this.#badAt[record]!;
    if (bad === NO_OBJECT) return `expected an object as record ${record + 1}, found ${excerpt(bytes, at, end)}`;
    if (bad === 0) {
      const missing = layout.keys.find((_, slot) => (layout.required & ~this.#seen[record]! & (1 << slot)) !== 0);
      return `expected "${missing ?? ''}", found no such key`;
    }
    const slot = this.#badSlot[record]!;
    return `expected ${EXPECTED[layout.kinds[slot]!]!} for "${layout.keys[slot]!}", found ${excerpt(bytes, at, end)}`;
  }

  symbolStart(record: number): number {
    return this.#symbolStart[record]!;
  }

  symbolEnd(record: number): number {
    return this.#symbolEnd[record]!;
  }

  /** The symbol where its bytes in the frame are not its text; else empty. */
  symbolText(record: number): string {
    return this.#symbolTexts[record] ?? '';
  }

  /** First (0) and past-the-last (1) level of the bids, first (2) and past-the-last (3) of the asks. */
  levelBound(record: number, bound: number): number {
    return this.#ranges[4 * record + bound]!;
  }

  #grow(): void {
    const length = 2 * this.#seen.length;
    const values = new Float64Array(length * SLOTS);
    values.set(this.values);
    this.values = values;
    this.#symbolStart = larger(this.#symbolStart, length);
    this.#symbolEnd = larger(this.#symbolEnd, length);
    this.#ranges = larger(this.#ranges, 4 * length);
    this.#seen = larger(this.#seen, length);
    this.#bad = larger(this.#bad, length);
    this.#badAt = larger(this.#badAt, length);
    this.#badSlot = larger(this.#badSlot, length);
  }
}

/** Reads milliseconds as microseconds into `out[slot]`; NaN where there are none. */
export function readTime(bytes: Uint8Array, at: number, end: number, out: Float64Array, slot: number): number {
  // Thirteen digits are too many for one int32, but not for two: whole numbers have a lane of their own.
  let stop = readJsonInteger(bytes, at, end, out, slot);
  if (stop < 0) stop = readAmount(bytes, at, end, out, slot);
  const timeMs = out[slot]!;
  if (stop < 0 || Number.isNaN(timeMs)) return stop;
  out[slot] = timeMs * 1000;
  return timeMs >= 0 && timeMs <= TIME_MS_MAX && Math.floor(timeMs) === timeMs ? stop : -1;
}

/** What stands at a position, for a person. */
export function excerpt(bytes: Uint8Array, at: number, end: number): string {
  if (at >= end) return 'the end of the frame';
  const text = new TextDecoder().decode(bytes.subarray(at, Math.min(end, at + EXCERPT_BYTES)));
  return end - at > EXCERPT_BYTES ? `${text}…` : text;
}

function larger(values: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length);
  grown.set(values);
  return grown;
}

import { asciiText, readSignedDecimal } from '../byte-number.ts';
import { CARET } from './data-frame.ts';
import { isNothing, looseNumber, withoutBlanks } from './loose-number.ts';
import { ABSENT, COLUMNS_MAX, READ_CODE, READ_DATE, READ_FLAG, READ_NUMBER, READ_SYMBOL, READ_TIME, type RowLayout } from './row-layout.ts';

const ZERO = 0x30;
/** So many digits stay inside an int32. */
const WHOLE_DIGITS_MAX = 9;
const UPPER_A = 0x41;
const UPPER_N = 0x4e;
const UPPER_Y = 0x59;
const UPPER_Z = 0x5a;
const SECONDS_TO_US = 1_000_000;
const SYMBOL_BYTES_MAX = 20;
const QUOTED_MAX = 40;
/** No character of Korean takes more than three bytes. */
const QUOTED_BYTES = 3 * QUOTED_MAX;
const NULL = '(null)';
const DIGITS = /^\d{1,15}$/;
/** Texts are Korean; what is no UTF-8 reads as U+FFFD. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** What each kind of field should have been. */
const EXPECTED: Readonly<Record<number, string>> = {
  [READ_NUMBER]: 'a number',
  [READ_CODE]: 'a code',
  [READ_FLAG]: 'Y or N',
  [READ_TIME]: 'HHMMSS',
  [READ_DATE]: 'YYYYMMDD',
  [READ_SYMBOL]: 'a symbol',
};

/**
 * The fields of one record at a time, read by a layout. The frame's carets were counted before, so a record has at least as many
 * fields as its layout. Reused: everything is valid until the next `read`.
 */
export class RecordFields {
  /** By column; NaN for a text, an empty field, and one that cannot be read. Times are microseconds since midnight. `values[ABSENT]` is NaN. */
  readonly values = new Float64Array(COLUMNS_MAX).fill(Number.NaN);
  /** Where the fields stand that are no plain numbers. */
  readonly starts = new Int32Array(COLUMNS_MAX);
  readonly stops = new Int32Array(COLUMNS_MAX);
  /** Why the record is bad; empty when it is not. */
  problem = '';
  /** Fields that could not be read and do not make the record bad. */
  readonly unread: string[] = [];

  /** Reads the record at `position` and returns the position behind the caret after its last field (`end + 1` for the last record). */
  read(bytes: Uint8Array, position: number, end: number, layout: RowLayout): number {
    const { values, starts, stops } = this;
    const { reads } = layout;
    this.problem = '';
    if (this.unread.length > 0) this.unread.length = 0;
    let at = position;
    for (let column = 0; column < reads.length; column++) {
      const how = reads[column]!;
      if (how === READ_NUMBER) {
        // Most fields are short whole numbers: no call, and one store.
        let cursor = at;
        let whole = 0;
        for (; cursor < end; cursor++) {
          const digit = bytes[cursor]! ^ ZERO;
          if (digit > 9) break;
          whole = (Math.imul(whole, 10) + digit) | 0;
        }
        if ((cursor === end || bytes[cursor] === CARET) && cursor > at && cursor - at <= WHOLE_DIGITS_MAX) {
          values[column] = whole;
          at = cursor + 1;
          continue;
        }
        const next = readSignedDecimal(bytes, at, end, values, column);
        if (next >= 0 && (next === end || bytes[next] === CARET)) {
          at = next + 1;
          continue;
        }
      }
      const start = at;
      while (at < end && bytes[at] !== CARET) at++;
      starts[column] = start;
      stops[column] = at;
      values[column] = Number.NaN;
      if (!this.#readOther(bytes, start, at, column, how)) this.#note(bytes, layout, column);
      at++;
    }
    return at;
  }

  /** The text of a field that is no plain number, without blanks around it, `(null)` as empty. It makes a string: not for hot paths. */
  text(bytes: Uint8Array, column: number): string {
    if (column === ABSENT) return '';
    const text = withoutBlanks(DECODER.decode(bytes.subarray(this.starts[column]!, this.stops[column]!)));
    return text === NULL ? '' : text;
  }

  /** Everything but a plain number; false when the field is not what it should be. */
  #readOther(bytes: Uint8Array, start: number, stop: number, column: number, how: number): boolean {
    switch (how) {
      case READ_NUMBER:
        return start === stop || this.#readLoosely(bytes, start, stop, column);
      case READ_CODE:
        return start === stop || this.#readCode(bytes, start, stop, column);
      case READ_FLAG:
        return start === stop || this.#readFlag(bytes, start, stop, column);
      case READ_TIME:
        this.values[column] = timeOfDayUs(bytes, start, stop);
        return !Number.isNaN(this.values[column]);
      case READ_DATE:
        return start === stop || this.#readDate(bytes, start, stop, column);
      case READ_SYMBOL:
        return isSymbol(bytes, start, stop);
      default:
        return true;
    }
  }

  #readLoosely(bytes: Uint8Array, start: number, stop: number, column: number): boolean {
    const value = looseNumber(asciiText(bytes, start, stop));
    if (value !== undefined) this.values[column] = value;
    return value !== undefined;
  }

  #readCode(bytes: Uint8Array, start: number, stop: number, column: number): boolean {
    const first = bytes[start]!;
    if (stop - start === 1) {
      const digit = first ^ ZERO;
      if (digit <= 9) this.values[column] = digit;
      else if (first >= UPPER_A && first <= UPPER_Z) this.values[column] = first - UPPER_A + 10;
      if (!Number.isNaN(this.values[column])) return true;
    }
    const text = withoutBlanks(asciiText(bytes, start, stop));
    if (DIGITS.test(text)) this.values[column] = Number(text);
    return isNothing(text) || !Number.isNaN(this.values[column]);
  }

  #readFlag(bytes: Uint8Array, start: number, stop: number, column: number): boolean {
    const first = bytes[start]!;
    if (stop - start === 1 && (first === UPPER_Y || first === UPPER_N)) {
      this.values[column] = first === UPPER_Y ? 1 : 0;
      return true;
    }
    return isNothing(asciiText(bytes, start, stop));
  }

  #readDate(bytes: Uint8Array, start: number, stop: number, column: number): boolean {
    if (stop - start !== 8) return false;
    let value = 0;
    for (let at = start; at < stop; at++) {
      const digit = bytes[at]! ^ ZERO;
      if (digit > 9) return false;
      value = value * 10 + digit;
    }
    const month = Math.floor(value / 100) % 100;
    const day = value % 100;
    if (value < 19_000_000 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    this.values[column] = value;
    return true;
  }

  #note(bytes: Uint8Array, layout: RowLayout, column: number): void {
    const start = this.starts[column]!;
    const found = DECODER.decode(bytes.subarray(start, Math.min(this.stops[column]!, start + QUOTED_BYTES))).slice(0, QUOTED_MAX);
    const detail = `${layout.fields[column]!}: expected ${EXPECTED[layout.reads[column]!]!}, found "${found}"`;
    if (layout.isRequired[column] === 0) this.unread.push(detail);
    else if (this.problem === '') this.problem = detail;
  }
}

/** Microseconds since midnight of `HHMMSS`; NaN for anything else. */
export function timeOfDayUs(bytes: Uint8Array, start: number, stop: number): number {
  if (stop - start !== 6) return Number.NaN;
  const hours = twoDigits(bytes, start);
  const minutes = twoDigits(bytes, start + 2);
  const seconds = twoDigits(bytes, start + 4);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return Number.NaN;
  return (hours * 3_600 + minutes * 60 + seconds) * SECONDS_TO_US;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! ^ ZERO;
  const ones = bytes[at + 1]! ^ ZERO;
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

/** Visible ASCII: every code of the venue is. */
function isSymbol(bytes: Uint8Array, start: number, stop: number): boolean {
  if (start === stop || stop - start > SYMBOL_BYTES_MAX) return false;
  for (let at = start; at < stop; at++) {
    if (bytes[at]! <= 0x20 || bytes[at]! >= 0x7f) return false;
  }
  return true;
}

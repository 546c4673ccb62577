import { BOOK_LEVELS_MAX } from '#domain';
import { readDecimal } from '../byte-number.ts';
import { readAmount } from '../json-amount.ts';
import { KeyTable } from '../json-keys.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace, skipValue } from '../json-scan.ts';

const LEVELS_START = 256;
const LETTER_P = 0x70;
const LETTER_R = 0x72;
const LETTER_S = 0x73;
const LETTER_V = 0x76;
const LETTER_Z = 0x7a;
const PRICE_START_LENGTH = 6;
const KEYS = new KeyTable(['pr', 'sz', 'q', 'v']);
const PRICE = 0;

/**
 * Levels of the books of one frame, kept until the whole frame is known to be good. A level is `{"pr":…,"sz":…}` (or `q`, or `v` in
 * documents of May 2023), numbers or texts. Reused from frame to frame.
 */
export class LevelStore {
  count = 0;
  /** Price and size in turn. */
  values = new Float64Array(2 * LEVELS_START);
  /** Keys that nobody knows of the levels of the last list, in the order found. */
  readonly unknownKeys: string[] = [];
  readonly #fields = new Float64Array(4);

  clear(): void {
    this.count = 0;
  }

  /** Appends the levels of the list at `position`; returns the position after it, or -1. Prices must be positive, sizes not negative. */
  read(bytes: Uint8Array, position: number, end: number): number {
    if (this.unknownKeys.length > 0) this.unknownKeys.length = 0;
    if (position >= end || bytes[position] !== OPEN_BRACKET) return -1;
    let at = skipSpace(bytes, position + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACKET) return at + 1;
    let count = this.count;
    let values = this.values;
    for (;;) {
      if (2 * count === values.length) {
        if (count >= BOOK_LEVELS_MAX) return -1;
        values = this.#grow();
      }
      at = this.#readLevel(bytes, at, end, values, 2 * count);
      if (at < 0 || !(values[2 * count]! > 0 && values[2 * count + 1]! >= 0)) return -1;
      count++;
      if (at + 1 < end && bytes[at] === COMMA && bytes[at + 1] === OPEN_BRACE) {
        at++;
        continue;
      }
      at = skipSpace(bytes, at, end);
      const next = at < end ? bytes[at]! : 0;
      if (next === CLOSE_BRACKET) break;
      if (next !== COMMA) return -1;
      at = skipSpace(bytes, at + 1, end);
    }
    this.count = count;
    return at + 1;
  }

  /** `{"pr":"486.8","sz":"1"}` and `{"pr":"486.8","v":0.34}` as the venue writes them; every other spelling goes to the loose lane. */
  #readLevel(bytes: Uint8Array, position: number, end: number, values: Float64Array, slot: number): number {
    if (isPriceStart(bytes, position, end)) {
      let at = readDecimal(bytes, position + PRICE_START_LENGTH + 1, end, values, slot);
      const sizeStart = at < 0 ? -1 : sizeStartAfter(bytes, at, end);
      if (sizeStart >= 0) {
        if (bytes[sizeStart] === QUOTE) {
          at = readDecimal(bytes, sizeStart + 1, end, values, slot + 1);
          if (at >= 0 && at + 1 < end && bytes[at] === QUOTE && bytes[at + 1] === CLOSE_BRACE) return at + 2;
        } else {
          at = readAmount(bytes, sizeStart, end, values, slot + 1);
          if (at >= 0 && at < end && bytes[at] === CLOSE_BRACE && values[slot + 1]! >= 0) return at + 1;
        }
      }
    }
    return this.#readLooseLevel(bytes, position, end, values, slot);
  }

  #readLooseLevel(bytes: Uint8Array, position: number, end: number, values: Float64Array, slot: number): number {
    if (position >= end || bytes[position] !== OPEN_BRACE) return -1;
    const fields = this.#fields.fill(Number.NaN);
    let at = skipSpace(bytes, position + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACE) return -1;
    let bad = 0;
    for (;;) {
      const field = KEYS.find(bytes, at, end);
      at = KEYS.valueStart;
      if (at < 0) return -1;
      let stop = field < 0 ? -1 : readAmount(bytes, at, end, fields, field);
      if (field < 0) this.unknownKeys.push(KEYS.unknownKey);
      else if (stop < 0) bad |= 1 << field;
      else bad &= ~(1 << field);
      if (stop < 0) stop = skipValue(bytes, at, end);
      at = stop < 0 ? end : skipSpace(bytes, stop, end);
      const next = at < end ? bytes[at]! : 0;
      if (next === CLOSE_BRACE) break;
      if (next !== COMMA) return -1;
      at = skipSpace(bytes, at + 1, end);
    }
    if (bad !== 0) return -1;
    values[slot] = fields[PRICE]!;
    values[slot + 1] = sizeOf(fields);
    return at + 1;
  }

  #grow(): Float64Array<ArrayBuffer> {
    const larger = new Float64Array(2 * this.values.length);
    larger.set(this.values);
    this.values = larger;
    return larger;
  }
}

/** `sz`, else `q`, else `v`. */
function sizeOf(fields: Float64Array): number {
  for (let slot = PRICE + 1; slot < fields.length; slot++) if (!Number.isNaN(fields[slot]!)) return fields[slot]!;
  return Number.NaN;
}

/** `{"pr":"`. */
function isPriceStart(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at > PRICE_START_LENGTH &&
    bytes[at] === OPEN_BRACE &&
    bytes[at + 1] === QUOTE &&
    bytes[at + 2] === LETTER_P &&
    bytes[at + 3] === LETTER_R &&
    bytes[at + 4] === QUOTE &&
    bytes[at + 5] === COLON &&
    bytes[at + 6] === QUOTE
  );
}

/** Where the size starts after `","sz":` or `","v":`; -1 for anything else. */
function sizeStartAfter(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8 || bytes[at] !== QUOTE || bytes[at + 1] !== COMMA || bytes[at + 2] !== QUOTE) return -1;
  const letter = bytes[at + 3];
  if (letter === LETTER_V && bytes[at + 4] === QUOTE && bytes[at + 5] === COLON) return at + 6;
  const isSize = letter === LETTER_S && bytes[at + 4] === LETTER_Z && bytes[at + 5] === QUOTE && bytes[at + 6] === COLON;
  return isSize ? at + 7 : -1;
}

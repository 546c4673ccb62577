import { readDecimal, readInteger } from '../byte-number.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from '../json-scan.ts';
import { ABSENT, ITEM_CELL, NOT_TEXT, RowCells, TYPE_CELL } from './row-cells.ts';
import { FID_LIMIT, SLOT_OF_FID } from './slots.ts';

/** A frame with more rows than this is refused: the venue sends up to three, and a corrupt frame must not eat the memory. */
export const ROWS_MAX = 4096;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
/** FIDs are below 2^14. */
const FID_BITS = 14;
const FID_MASK = FID_LIMIT - 1;
/** Digits of the longest FID below `FID_LIMIT`, and the bytes of `"12345":"`. */
const FID_DIGITS_MAX = 5;
const FID_KEY_MAX = FID_DIGITS_MAX + 4;
/** Most digits that stay inside an int32. */
const WHOLE_DIGITS_MAX = 9;
const FAILED = -1;

/**
 * Where everything is in one frame. The frame is checked to its last byte before anything is said about it, because `type`
 * and `trnm` come last on the wire. Keys may come in any order, with white space and escapes; of a key that is repeated the
 * last one counts (as with `JSON.parse`). Positions are those of the bytes given to `scan`; -1 is "not that".
 */
export class FrameScan {
  readonly rows = new RowCells();
  /** The text of `trnm`; its start may be `ABSENT` or `NOT_TEXT`. */
  trnmStart = ABSENT;
  trnmStop = ABSENT;
  data: 'absent' | 'rows' | 'not-rows' | 'too-many' = 'absent';
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;

  /** Scans `bytes[start, end)`; false when it is no JSON object. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#end = end;
    this.trnmStart = ABSENT;
    this.data = 'absent';
    this.rows.clear();
    const open = skipSpace(bytes, start, end);
    if (open >= end || bytes[open] !== OPEN_BRACE) return false;
    const stop = this.#scanTop(open);
    return stop >= 0 && skipSpace(bytes, stop, end) === end;
  }

  #scanTop(open: number): number {
    let at = this.#first(open, CLOSE_BRACE);
    while (at >= 0) {
      const keyStop = skipString(this.#bytes, at, this.#end);
      const valueStart = this.#valueAfter(keyStop);
      const stop = valueStart < 0 ? FAILED : this.#scanTopValue(at, keyStop, valueStart);
      at = this.#next(stop, CLOSE_BRACE);
    }
    return closedAt(at);
  }

  #scanTopValue(keyStart: number, keyStop: number, valueStart: number): number {
    const bytes = this.#bytes;
    if (isKey(bytes, keyStart, keyStop, 'data')) {
      const isList = bytes[valueStart] === OPEN_BRACKET;
      this.data = isList ? 'rows' : 'not-rows';
      this.rows.clear();
      return isList ? this.#scanRows(valueStart) : skipValue(bytes, valueStart, this.#end);
    }
    const stop = this.#valueStop(valueStart);
    if (isKey(bytes, keyStart, keyStop, 'trnm')) {
      this.trnmStart = this.#textStart(valueStart);
      this.trnmStop = stop - 1;
    }
    return stop;
  }

  #scanRows(open: number): number {
    let at = this.#first(open, CLOSE_BRACKET);
    while (at >= 0) at = this.#next(this.#scanRow(at), CLOSE_BRACKET);
    return closedAt(at);
  }

  #scanRow(start: number): number {
    if (this.rows.count === ROWS_MAX) this.data = 'too-many';
    if (this.data === 'too-many') return skipValue(this.#bytes, start, this.#end);
    const isObject = start < this.#end && this.#bytes[start] === OPEN_BRACE;
    const row = this.rows.add(isObject);
    if (!isObject) return skipValue(this.#bytes, start, this.#end);
    let at = this.#first(start, CLOSE_BRACE);
    while (at >= 0) {
      const keyStop = skipString(this.#bytes, at, this.#end);
      const valueStart = this.#valueAfter(keyStop);
      const stop = valueStart < 0 ? FAILED : this.#scanRowValue(row, at, keyStop, valueStart);
      at = this.#next(stop, CLOSE_BRACE);
    }
    return closedAt(at);
  }

  #scanRowValue(row: number, keyStart: number, keyStop: number, valueStart: number): number {
    const bytes = this.#bytes;
    if (isKey(bytes, keyStart, keyStop, 'values')) {
      const isObject = bytes[valueStart] === OPEN_BRACE;
      this.rows.beginValues(row, isObject);
      if (isObject) return this.#scanValues(row, valueStart);
    }
    const stop = this.#valueStop(valueStart);
    if (isKey(bytes, keyStart, keyStop, 'type')) this.rows.put(row, TYPE_CELL, this.#textStart(valueStart), stop - 1);
    else if (isKey(bytes, keyStart, keyStop, 'item')) this.rows.put(row, ITEM_CELL, this.#textStart(valueStart), stop - 1);
    return stop;
  }

  /** The members of `values`. `"10":"-257750",` is the fast lane; every other spelling goes to `#scanMember`. */
  #scanValues(row: number, open: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const { starts, stops, numbers } = this.rows;
    const base = this.rows.base(row);
    let members = 0;
    let at = this.#first(open, CLOSE_BRACE);
    while (at >= 0) {
      const key = fidKeyAt(bytes, at, end);
      const slot = key < 0 ? FAILED : SLOT_OF_FID[key & FID_MASK]!;
      const start = at + (key >> FID_BITS);
      let stop = slot < 0 ? FAILED : numberStop(bytes, start, end, numbers, base + slot);
      if (stop < 0 && slot >= 0) {
        stop = plainStop(bytes, start, end);
        numbers[base + slot] = Number.NaN;
      }
      if (stop >= 0) {
        starts[base + slot] = start;
        stops[base + slot] = stop++;
      } else {
        stop = this.#scanMember(row, at);
      }
      members++;
      at = stop >= 0 && stop < end && bytes[stop] === COMMA && bytes[stop + 1] === QUOTE ? stop + 1 : this.#next(stop, CLOSE_BRACE);
    }
    this.rows.endValues(row, members);
    return closedAt(at);
  }

  /** One member of `values` in any spelling. */
  #scanMember(row: number, keyStart: number): number {
    const bytes = this.#bytes;
    const keyStop = skipString(bytes, keyStart, this.#end);
    const valueStart = this.#valueAfter(keyStop);
    const stop = valueStart < 0 ? FAILED : skipValue(bytes, valueStart, this.#end);
    if (stop < 0) return FAILED;
    const key = stringText(bytes, keyStart + 1, keyStop - 1);
    const slot = slotOfKey(key);
    if (slot < 0) this.rows.putUnknown(row, key);
    else this.rows.put(row, slot, this.#textStart(valueStart), stop - 1);
    return stop;
  }

  /** The position behind any value; nearly all of them are texts. */
  #valueStop(valueStart: number): number {
    const bytes = this.#bytes;
    const isText = valueStart < this.#end && bytes[valueStart] === QUOTE;
    return isText ? skipString(bytes, valueStart, this.#end) : skipValue(bytes, valueStart, this.#end);
  }

  #textStart(valueStart: number): number {
    return this.#bytes[valueStart] === QUOTE ? valueStart + 1 : NOT_TEXT;
  }

  /** The start of the value after a key that ends at `keyStop` (which may be -1). */
  #valueAfter(keyStop: number): number {
    if (keyStop < 0) return FAILED;
    const at = skipSpace(this.#bytes, keyStop, this.#end);
    return at < this.#end && this.#bytes[at] === COLON ? skipSpace(this.#bytes, at + 1, this.#end) : FAILED;
  }

  /** The start of the first item of the container that opens at `open`, or `closed(stop)` when it is empty. */
  #first(open: number, close: number): number {
    const at = skipSpace(this.#bytes, open + 1, this.#end);
    return at < this.#end && this.#bytes[at] === close ? closed(at + 1) : at;
  }

  /** After an item that ends at `stop` (-1: it is none): the start of the next item, `closed(stop)`, or -1. */
  #next(stop: number, close: number): number {
    if (stop < 0) return FAILED;
    const at = skipSpace(this.#bytes, stop, this.#end);
    if (at >= this.#end) return FAILED;
    if (this.#bytes[at] === close) return closed(at + 1);
    return this.#bytes[at] === COMMA ? skipSpace(this.#bytes, at + 1, this.#end) : FAILED;
  }
}

/** A position behind a closed container, told apart from the start of an item: below -1. */
function closed(stop: number): number {
  return -1 - stop;
}

/** The position that `closed` holds; -1 stays -1. */
function closedAt(result: number): number {
  return result === FAILED ? FAILED : -1 - result;
}

function slotOfKey(key: string): number {
  return /^[1-9]\d{0,4}$/.test(key) && Number(key) < FID_LIMIT ? SLOT_OF_FID[Number(key)]! : FAILED;
}

/**
 * Reads `"<FID>":"` at `at`: the FID in the low bits and the distance to the text behind it above them, or -1 when the member
 * does not begin like that.
 */
function fidKeyAt(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < FID_KEY_MAX || bytes[at] !== QUOTE || bytes[at + 1] === ZERO) return FAILED;
  let fid = 0;
  let next = at + 1;
  let digit = bytes[next]! ^ ZERO;
  while (digit <= 9 && next <= at + FID_DIGITS_MAX) {
    fid = (Math.imul(fid, 10) + digit) | 0;
    digit = bytes[++next]! ^ ZERO;
  }
  if (next === at + 1 || fid >= FID_LIMIT) return FAILED;
  if (bytes[next] !== QUOTE || bytes[next + 1] !== COLON || bytes[next + 2] !== QUOTE) return FAILED;
  return ((next + 3 - at) << FID_BITS) | fid;
}

/** The closing quote of a text that is `[+-]?\d+(\.\d+)?`, with its magnitude in `out[slot]`; -1 for every other text. */
function numberStop(bytes: Uint8Array, start: number, end: number, out: Float64Array, slot: number): number {
  const first = start < end ? bytes[start]! : QUOTE;
  const digits = first === PLUS || first === MINUS ? start + 1 : start;
  const limit = Math.min(end, digits + WHOLE_DIGITS_MAX);
  let whole = 0;
  let at = digits;
  for (; at < limit; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) break;
    whole = (Math.imul(whole, 10) + digit) | 0;
  }
  if (at === digits) return FAILED;
  if (at < end && bytes[at] === QUOTE) {
    out[slot] = whole;
    return at;
  }
  return longNumberStop(bytes, digits, end, out, slot);
}

/** Fractions, and whole numbers of many digits (values of a day): for those `readDecimal` would make a string. */
function longNumberStop(bytes: Uint8Array, digits: number, end: number, out: Float64Array, slot: number): number {
  let stop = readInteger(bytes, digits, end, out, slot);
  if (stop >= 0 && stop < end && bytes[stop] === QUOTE) return stop;
  stop = readDecimal(bytes, digits, end, out, slot);
  return stop >= 0 && stop < end && bytes[stop] === QUOTE ? stop : FAILED;
}

/** The closing quote of a text without escapes, or -1 when it has some or is no text. */
function plainStop(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at;
    if (byte < SPACE || byte === BACKSLASH) return FAILED;
    at++;
  }
  return FAILED;
}

/** True when the key whose quotes are at `start` and `stop - 1` reads as `name`. */
export function isKey(bytes: Uint8Array, start: number, stop: number, name: string): boolean {
  const length = stop - start - 2;
  if (length === name.length) {
    for (let i = 0; i < length; i++) {
      if (bytes[start + 1 + i] !== name.charCodeAt(i)) return false;
    }
    return true;
  }
  if (length < name.length || !bytes.subarray(start, stop).includes(BACKSLASH)) return false;
  return stringText(bytes, start + 1, stop - 1) === name;
}

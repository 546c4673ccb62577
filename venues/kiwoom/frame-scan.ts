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
import { FID_LIMIT, SLOT_OF_FID } from './fids.ts';
import { ABSENT, ITEM_CELL, NOT_TEXT, RowCells, TYPE_CELL } from './row-cells.ts';

/** A frame with more rows than this is refused: the venue sends up to three, and a corrupt frame must not eat the memory. */
export const ROWS_MAX = 4096;
const SPACE = 0x20;
const ZERO = 0x30;
/** Digits of the longest FID below `FID_LIMIT`. */
const FID_DIGITS_MAX = 5;
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
  /** What `#fidValueAt` found last. */
  #fid = 0;

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
    const stop = skipValue(bytes, valueStart, this.#end);
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
    const stop = skipValue(bytes, valueStart, this.#end);
    if (isKey(bytes, keyStart, keyStop, 'type')) this.rows.putCell(row, TYPE_CELL, this.#textStart(valueStart), stop - 1);
    else if (isKey(bytes, keyStart, keyStop, 'item')) this.rows.putCell(row, ITEM_CELL, this.#textStart(valueStart), stop - 1);
    return stop;
  }

  /** The members of `values`. `"10":"-257750",` is the fast lane; every other spelling goes to `#scanMember`. */
  #scanValues(row: number, open: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#first(open, CLOSE_BRACE);
    while (at >= 0) {
      const valueStart = this.#fidValueAt(at);
      const slot = valueStart < 0 ? FAILED : SLOT_OF_FID[this.#fid]!;
      const textStop = slot < 0 ? FAILED : plainStop(bytes, valueStart, end);
      let stop = textStop + 1;
      if (textStop >= 0) this.rows.putSlot(row, slot, valueStart, textStop);
      else stop = this.#scanMember(row, at);
      at = stop >= 0 && stop < end && bytes[stop] === COMMA && bytes[stop + 1] === QUOTE ? stop + 1 : this.#next(stop, CLOSE_BRACE);
    }
    return closedAt(at);
  }

  /** The start of the text after `"<FID>":"` at `at`, with the FID in `#fid`; -1 when the member does not begin like that. */
  #fidValueAt(at: number): number {
    const bytes = this.#bytes;
    const limit = Math.min(this.#end - 3, at + 1 + FID_DIGITS_MAX);
    if (at >= limit || bytes[at] !== QUOTE || bytes[at + 1] === ZERO) return FAILED;
    let fid = 0;
    let next = at + 1;
    let digit = bytes[next]! ^ ZERO;
    while (next < limit && digit <= 9) {
      fid = (Math.imul(fid, 10) + digit) | 0;
      digit = bytes[++next]! ^ ZERO;
    }
    if (next === at + 1 || fid >= FID_LIMIT) return FAILED;
    if (bytes[next] !== QUOTE || bytes[next + 1] !== COLON || bytes[next + 2] !== QUOTE) return FAILED;
    this.#fid = fid;
    return next + 3;
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
    else this.rows.putSlot(row, slot, this.#textStart(valueStart), stop - 1);
    return stop;
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

import { BOOK_LEVELS_MAX } from '#domain';
import { readDecimal } from '../byte-number.ts';
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, QUOTE, readQuotedDecimal, skipSpace, skipValue } from '../json-scan.ts';

const LEVELS_START = 1024;

/** The levels of one side of one frame, kept until the whole frame is known to be good. Reused from frame to frame. */
export class LevelList {
  count = 0;
  /** Price and size in turn. */
  values = new Float64Array(2 * LEVELS_START);
  /** True when a level held more than its price and size. */
  hasMore = false;

  /** Reads `[["price","size"],…]` at `position`; returns the position after it, or -1. Prices must be positive. */
  read(bytes: Uint8Array, position: number, end: number): number {
    this.count = 0;
    this.hasMore = false;
    if (position >= end || bytes[position] !== OPEN_BRACKET) return -1;
    let at = skipSpace(bytes, position + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACKET) return at + 1;
    let count = 0;
    let values = this.values;
    for (;;) {
      if (2 * count === values.length) {
        if (count === BOOK_LEVELS_MAX) return -1;
        values = this.#grow();
      }
      at = this.#readLevel(bytes, at, end, values, 2 * count);
      if (at < 0 || !(values[2 * count]! > 0)) return -1;
      count++;
      if (at + 1 < end && bytes[at] === COMMA && bytes[at + 1] === OPEN_BRACKET) {
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

  #readLevel(bytes: Uint8Array, position: number, end: number, values: Float64Array, slot: number): number {
    if (position + 1 < end && bytes[position] === OPEN_BRACKET && bytes[position + 1] === QUOTE) {
      let at = readDecimal(bytes, position + 2, end, values, slot);
      if (at >= 0 && at + 2 < end && bytes[at] === QUOTE && bytes[at + 1] === COMMA && bytes[at + 2] === QUOTE) {
        at = readDecimal(bytes, at + 3, end, values, slot + 1);
        if (at >= 0 && at + 1 < end && bytes[at] === QUOTE && bytes[at + 1] === CLOSE_BRACKET) return at + 2;
      }
    }
    return this.#readLooseLevel(bytes, position, end, values, slot);
  }

  /** A level with white space, escapes or elements after its size. */
  #readLooseLevel(bytes: Uint8Array, position: number, end: number, values: Float64Array, slot: number): number {
    if (position >= end || bytes[position] !== OPEN_BRACKET) return -1;
    let at = readQuotedDecimal(bytes, skipSpace(bytes, position + 1, end), end, values, slot);
    if (at < 0) return -1;
    at = skipSpace(bytes, at, end);
    if (at >= end || bytes[at] !== COMMA) return -1;
    at = readQuotedDecimal(bytes, skipSpace(bytes, at + 1, end), end, values, slot + 1);
    if (at < 0) return -1;
    at = skipSpace(bytes, at, end);
    while (at < end && bytes[at] === COMMA) {
      this.hasMore = true;
      at = skipValue(bytes, skipSpace(bytes, at + 1, end), end);
      if (at < 0) return -1;
      at = skipSpace(bytes, at, end);
    }
    return at < end && bytes[at] === CLOSE_BRACKET ? at + 1 : -1;
  }

  #grow(): Float64Array<ArrayBuffer> {
    const larger = new Float64Array(2 * this.values.length);
    larger.set(this.values);
    this.values = larger;
    return larger;
  }
}

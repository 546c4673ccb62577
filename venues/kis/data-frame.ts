import { asciiText } from '../byte-number.ts';

/**
 * The head of a data frame, `<flag>|<TR id>|<count>|<value>^<value>^…`, as both sides of the protocol need it. Positions are
 * into the frame's bytes; -1 where the bytes are no data frame.
 */

export const PIPE = 0x7c;
export const CARET = 0x5e;
const ZERO = 0x30;
const ONE = 0x31;
/** The flag and its pipe. */
const TR_START = 2;

/** True for `0|…` and `1|…`. */
export function isDataFrame(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > TR_START && bytes[start + 1] === PIPE && (bytes[start] === ZERO || bytes[start] === ONE);
}

/** True for `1|…`: a notice, whose values are encrypted on the wire. */
export function isNoticeFrame(bytes: Uint8Array, start: number, end: number): boolean {
  return isDataFrame(bytes, start, end) && bytes[start] === ONE;
}

/** The TR id of a data frame. */
export function trIdOf(bytes: Uint8Array, start: number, end: number): string {
  return asciiText(bytes, start + TR_START, stopAt(bytes, start + TR_START, end, PIPE));
}

/** Where the values begin: behind the third pipe. */
export function valuesStart(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let pipes = 0; pipes < 3; pipes++) {
    at = stopAt(bytes, at, end, PIPE) + 1;
    if (at > end) return -1;
  }
  return at;
}

/** The number of records the head promises; 0 where it promises none, NaN where it is no number. `values` is from `valuesStart`. */
export function recordCount(bytes: Uint8Array, values: number): number {
  let count = 0;
  let power = 1;
  let at = values - 2;
  for (; bytes[at] !== PIPE && power <= 1000; at--) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) return Number.NaN;
    count += digit * power;
    power *= 10;
  }
  return bytes[at] === PIPE ? count : Number.NaN;
}

/** The first value: the symbol in nearly every channel. */
export function firstValue(bytes: Uint8Array, values: number, end: number): string {
  return asciiText(bytes, values, stopAt(bytes, values, end, CARET));
}

/** The number of values from `values` to the end; a trailing caret is an empty last value. */
export function valueCount(bytes: Uint8Array, values: number, end: number): number {
  let count = 1;
  for (let at = values; at < end; at++) {
    if (bytes[at] === CARET) count++;
  }
  return count;
}

/** Where the last of `count` values (at least 1) that begin at `start` stops: its caret, or `end`. The next one begins behind the caret. */
export function valuesStop(bytes: Uint8Array, start: number, end: number, count: number): number {
  let stop = stopAt(bytes, start, end, CARET);
  for (let left = count; left > 1 && stop < end; left--) stop = stopAt(bytes, stop + 1, end, CARET);
  return stop;
}

function stopAt(bytes: Uint8Array, start: number, end: number, mark: number): number {
  let at = start;
  while (at < end && bytes[at] !== mark) at++;
  return at;
}

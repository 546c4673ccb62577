import { asciiText, readSignedDecimal } from './byte-number.ts';
import { asciiBytes, hasBytes, QUOTE, skipNumber, skipString, stringText } from './json-scan.ts';

const SPACE = 0x20;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const LOWER_N = 0x6e;
const NULL = asciiBytes('null');
const AMOUNT_TEXT = /^ *(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)? *$/;

/**
 * Reads a number however a loose venue writes it, as the nearest double into `out[slot]`: a JSON number, a text that holds one (blanks
 * around it allowed), or `null` or a blank text, which are NaN. A negative zero is read as 0. Returns the position after the
 * value, or -1 where it is none of these or too large for a double; then `out[slot]` is in any state, and the value may still be JSON.
 */
export function readAmount(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  if (position >= end) return -1;
  const first = bytes[position]!;
  if (first === QUOTE) return readAmountText(bytes, position, end, out, slot);
  if (first === LOWER_N) {
    out[slot] = Number.NaN;
    return hasBytes(bytes, position, end, NULL) ? position + NULL.length : -1;
  }
  const at = readSignedDecimal(bytes, position, end, out, slot);
  const digits = first === MINUS ? position + 1 : position;
  // JSON numbers have no leading zeros: `01` is refused by the slow lane.
  const isPlain =
    at >= 0 && (at >= end || (bytes[at]! | 0x20) !== LOWER_E) && !(bytes[digits] === ZERO && at > digits + 1 && bytes[digits + 1] !== DOT);
  return isPlain ? at : readUnusualAmount(bytes, position, end, out, slot);
}

function readAmountText(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  let at = readSignedDecimal(bytes, position + 1, end, out, slot);
  while (at >= 0 && at < end && bytes[at] === SPACE) at++;
  if (at >= 0 && at < end && bytes[at] === QUOTE) return at + 1;
  const stop = skipString(bytes, position, end);
  const match = stop < 0 ? null : AMOUNT_TEXT.exec(stringText(bytes, position + 1, stop - 1));
  if (match === null) return -1;
  return put(match[1] === undefined ? Number.NaN : Number(match[1]), out, slot) ? stop : -1;
}

/** Exponents, and numbers that end in the middle. */
function readUnusualAmount(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  const stop = skipNumber(bytes, position, end);
  return stop >= 0 && put(Number(asciiText(bytes, position, stop)), out, slot) ? stop : -1;
}

/** Puts the number unless it is infinite; -0 becomes 0. */
function put(value: number, out: Float64Array, slot: number): boolean {
  out[slot] = value + 0;
  return value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY;
}

/** The same for a value that `JSON.parse` gave: NaN for `null`, absent and blank; `undefined` for what is no number. */
export function amountOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  const match = typeof value === 'string' ? AMOUNT_TEXT.exec(value) : null;
  if (match === null) return undefined;
  const amount = match[1] === undefined ? Number.NaN : Number(match[1]) + 0;
  return Number.isFinite(amount) || Number.isNaN(amount) ? amount : undefined;
}

import { asciiText, readDecimal, readInteger, readSignedDecimal } from './byte-number.ts';

/**
 * Steps over JSON text (RFC 8259) in bytes. Every function takes a position and returns the position after what it stepped
 * over, or -1 where the bytes are not that; none reads at or past `end`, none keeps state. What is stepped over is checked
 * completely, so that a frame is taken exactly when `JSON.parse` would take it. Bytes from 0x80 are allowed inside strings
 * as they come: a broken UTF-8 sequence reads as U+FFFD.
 */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const NULL = asciiBytes('null');
const TRUE = asciiBytes('true');
const FALSE = asciiBytes('false');
/** 1 for bytes that may follow a backslash and need nothing more: `" \ / b f n r t`. */
const SIMPLE_ESCAPES = Uint8Array.from({ length: 256 }, (_, byte) => ('"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0));
/** 1 for bytes that a string may hold as they are. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0));
/** Containers whose kind fits one int32 of bits; deeper ones spill into an array. */
const MASK_DEPTH = 30;
/** A leading U+FEFF inside a string is a character, not a mark. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes of an ASCII text, to compare frames with. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** True when `literal` stands at `position`. */
export function hasBytes(bytes: Uint8Array, position: number, end: number, literal: Uint8Array): boolean {
  const length = literal.length;
  if (end - position < length) return false;
  for (let i = 0; i < length; i++) {
    if (bytes[position + i] !== literal[i]) return false;
  }
  return true;
}

/** The position of the first byte that is no JSON white space; `end` when there is none. Never -1. */
export function skipSpace(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte > SPACE || (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
    at++;
  }
  return at;
}

/** Steps over a string; `position` is its opening quote, and its content is `[position + 1, result - 1)`. */
export function skipString(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end || bytes[position] !== QUOTE) return -1;
  let at = position + 1;
  for (;;) {
    while (at < end && IS_PLAIN[bytes[at]!] === 1) at++;
    if (at >= end) return -1;
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] !== BACKSLASH) return -1;
    at = skipEscape(bytes, at + 1, end);
    if (at < 0) return -1;
  }
}

function skipEscape(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end) return -1;
  const byte = bytes[position]!;
  if (SIMPLE_ESCAPES[byte] === 1) return position + 1;
  if (byte !== LOWER_U || end - position < 5) return -1;
  for (let at = position + 1; at < position + 5; at++) {
    if (!isHexDigit(bytes[at]!)) return -1;
  }
  return position + 5;
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte ^ ZERO) <= 9 || (letter >= 0x61 && letter <= 0x66);
}

/** The text of string content `[start, stop)` that `skipString` accepted, escapes resolved. It makes a string: not for hot paths. */
export function stringText(bytes: Uint8Array, start: number, stop: number): string {
  const raw = DECODER.decode(bytes.subarray(start, stop));
  return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
}

/** Steps over a number. */
export function skipNumber(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  if (at < end && bytes[at] === MINUS) at++;
  const wholeStart = at;
  at = skipDigits(bytes, at, end);
  if (at === wholeStart || (bytes[wholeStart] === ZERO && at > wholeStart + 1)) return -1;
  if (at < end && bytes[at] === DOT) {
    const fractionStart = at + 1;
    at = skipDigits(bytes, fractionStart, end);
    if (at === fractionStart) return -1;
  }
  if (at < end && (bytes[at]! | 0x20) === LOWER_E) {
    at++;
    if (at < end && (bytes[at] === PLUS || bytes[at] === MINUS)) at++;
    const exponentStart = at;
    at = skipDigits(bytes, at, end);
    if (at === exponentStart) return -1;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  while (at < end && (bytes[at]! ^ ZERO) <= 9) at++;
  return at;
}

/** Steps over any value at `position` (no white space in front), however deep it nests. */
export function skipValue(bytes: Uint8Array, position: number, end: number): number {
  let at = position;
  let depth = 0;
  let kinds = 0; // one bit for each open container, the innermost lowest: 1 is an object
  let outerKinds: number[] | undefined;
  for (;;) {
    const byte = at < end ? bytes[at]! : 0;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth > 0 && depth % MASK_DEPTH === 0) {
        outerKinds ??= [];
        outerKinds.push(kinds);
        kinds = 0;
      }
      depth++;
      kinds = (kinds << 1) | (byte === OPEN_BRACE ? 1 : 0);
      at = skipSpace(bytes, at + 1, end);
      // The closing byte of either container is its opening byte + 2.
      if (at >= end || bytes[at] !== byte + 2) {
        if (byte === OPEN_BRACE) at = skipKey(bytes, at, end);
        if (at < 0) return -1;
        continue;
      }
    } else {
      at = skipScalar(bytes, at, end);
      if (at < 0) return -1;
      if (depth === 0) return at;
      at = skipSpace(bytes, at, end);
    }
    // After a value, or at the end of an empty container: close what closes here, then go on behind a comma.
    for (;;) {
      const isObject = (kinds & 1) === 1;
      const next = at < end ? bytes[at]! : 0;
      if (next === COMMA) {
        at = skipSpace(bytes, at + 1, end);
        if (isObject) at = skipKey(bytes, at, end);
        if (at < 0) return -1;
        break;
      }
      if (next !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return -1;
      at++;
      depth--;
      kinds >>= 1;
      if (depth === 0) return at;
      if (depth % MASK_DEPTH === 0) kinds = outerKinds!.pop()!;
      at = skipSpace(bytes, at, end);
    }
  }
}

/** Steps over a member's key, its colon and the white space up to the value. */
export function skipKey(bytes: Uint8Array, position: number, end: number): number {
  let at = skipString(bytes, position, end);
  if (at < 0) return -1;
  at = skipSpace(bytes, at, end);
  if (at >= end || bytes[at] !== COLON) return -1;
  return skipSpace(bytes, at + 1, end);
}

function skipScalar(bytes: Uint8Array, position: number, end: number): number {
  if (position >= end) return -1;
  const byte = bytes[position]!;
  if (byte === QUOTE) return skipString(bytes, position, end);
  if (byte === MINUS || (byte ^ ZERO) <= 9) return skipNumber(bytes, position, end);
  const literal = byte === 0x6e ? NULL : byte === 0x74 ? TRUE : FALSE;
  return hasBytes(bytes, position, end, literal) ? position + literal.length : -1;
}

/** Reads `true` as 1 and `false` as 0 into `out[slot]`. */
export function readBoolean(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  const isTrue = hasBytes(bytes, position, end, TRUE);
  if (!isTrue && !hasBytes(bytes, position, end, FALSE)) return -1;
  out[slot] = isTrue ? 1 : 0;
  return position + (isTrue ? 4 : 5);
}

/** Reads a JSON number whose value is a whole number from 0 to 2^53 − 1, however it is written (`1e3`, `7.0`, `-0`). */
export function readJsonInteger(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  const at = readInteger(bytes, position, end, out, slot);
  if (at >= 0) {
    const next = at < end ? bytes[at]! : 0;
    if (next !== DOT && (next | 0x20) !== LOWER_E) return at;
  }
  const stop = skipNumber(bytes, position, end);
  if (stop < 0) return -1;
  const value = Number(asciiText(bytes, position, stop));
  if (!Number.isSafeInteger(value) || value < 0) return -1;
  out[slot] = value + 0; // -0 becomes 0
  return stop;
}

/** Reads a JSON string that holds `\d+(\.\d+)?` and is finite as a double, such as `"0.0500"`. */
export function readQuotedDecimal(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  if (position >= end || bytes[position] !== QUOTE) return -1;
  const at = readDecimal(bytes, position + 1, end, out, slot);
  if (at >= 0 && at < end && bytes[at] === QUOTE) return at + 1;
  return readEscapedDecimal(bytes, position, end, out, slot, readDecimal);
}

/** As `readQuotedDecimal`, with a minus sign allowed. */
export function readQuotedSignedDecimal(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  if (position >= end || bytes[position] !== QUOTE) return -1;
  const at = readSignedDecimal(bytes, position + 1, end, out, slot);
  if (at >= 0 && at < end && bytes[at] === QUOTE) return at + 1;
  return readEscapedDecimal(bytes, position, end, out, slot, readSignedDecimal);
}

/** Digits may be written as escapes (`"\u0031.5"`); nobody does, so this may be slow. */
function readEscapedDecimal(
  bytes: Uint8Array,
  position: number,
  end: number,
  out: Float64Array,
  slot: number,
  read: typeof readDecimal,
): number {
  const stop = skipString(bytes, position, end);
  if (stop < 0 || !bytes.subarray(position, stop).includes(BACKSLASH)) return -1;
  const text = stringText(bytes, position + 1, stop - 1);
  // Characters past ASCII must not wrap around to digits.
  const plain = Uint8Array.from(text, (character) => Math.min(character.charCodeAt(0), 0xff));
  return read(plain, 0, plain.length, out, slot) === plain.length ? stop : -1;
}

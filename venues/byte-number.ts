import { powerOfTen } from '#domain';

const ZERO = 0x30;
const DOT = 0x2e;
const MINUS = 0x2d;
/** Most digits that `digits * 10 + digit` keeps inside an int32. */
const CHUNK_DIGITS = 9;
/** Below this a sum of whole numbers is exact, so one division by a power of ten gives the nearest double (10^22 and less are exact). */
const MANTISSA_LIMIT = Number.MAX_SAFE_INTEGER + 1;
/** 10^22 is the largest power of ten that is exact as a double. */
const EXACT_POWER_MAX = 22;
const POWERS = Float64Array.from({ length: CHUNK_DIGITS + 1 }, (_, exponent) => powerOfTen(exponent));

/**
 * Reads `\d+(\.\d+)?` at `position` as the nearest double, equal to `Number(text)` bit by bit, into `out[slot]`.
 * Returns the position after the last byte that belongs to it, or -1 (and leaves `out` in any state) where there is no such
 * number or it is too large for a double. The caller checks what follows. Leading zeros are allowed.
 */
export function readDecimal(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  let at = position;
  let whole = 0;
  // A byte xor 0x30 is at most 9 exactly for the digits. Whole and fraction stay int32 each: past int32, V8 falls back to doubles.
  for (; at < end; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) break;
    whole = (Math.imul(whole, 10) + digit) | 0;
  }
  const wholeDigits = at - position;
  if (wholeDigits === 0) return -1;
  if (at >= end || bytes[at] !== DOT) {
    if (wholeDigits > CHUNK_DIGITS) return readLongDecimal(bytes, position, at, out, slot);
    out[slot] = whole;
    return at;
  }
  const fractionStart = at + 1;
  at = fractionStart;
  let fraction = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) break;
    fraction = (Math.imul(fraction, 10) + digit) | 0;
  }
  const fractionDigits = at - fractionStart;
  if (fractionDigits === 0) return -1;
  if (wholeDigits > CHUNK_DIGITS || fractionDigits > CHUNK_DIGITS) return readLongDecimal(bytes, position, at, out, slot);
  const power = POWERS[fractionDigits]!;
  const mantissa = whole * power + fraction;
  if (mantissa >= MANTISSA_LIMIT) return readLongDecimal(bytes, position, at, out, slot);
  out[slot] = mantissa / power;
  return at;
}

/** As `readDecimal`, with a minus sign allowed in front. A negative zero is read as 0. */
export function readSignedDecimal(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  if (position >= end || bytes[position] !== MINUS) return readDecimal(bytes, position, end, out, slot);
  const next = readDecimal(bytes, position + 1, end, out, slot);
  if (next >= 0) out[slot] = 0 - out[slot]!;
  return next;
}

/**
 * Reads `0|[1-9]\d*` up to 2^53 − 1 at `position` into `out[slot]`, as JSON writes whole numbers that are not negative.
 * Returns the position after its last digit, or -1 where there is none or it is larger. The caller checks what follows.
 */
export function readInteger(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  let at = position;
  let high = 0;
  const highEnd = Math.min(end, position + CHUNK_DIGITS);
  for (; at < highEnd; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) break;
    high = (Math.imul(high, 10) + digit) | 0;
  }
  if (at === position || (bytes[position] === ZERO && at > position + 1)) return -1;
  if (at < position + CHUNK_DIGITS) {
    out[slot] = high;
    return at;
  }
  const lowStart = at;
  let low = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! ^ ZERO;
    if (digit > 9) break;
    low = (Math.imul(low, 10) + digit) | 0;
  }
  const lowDigits = at - lowStart;
  if (lowDigits > CHUNK_DIGITS) return -1;
  // A sum past 2^53 rounds to 2^53 or more, so it is never taken for a safe integer.
  const value = high * POWERS[lowDigits]! + low;
  if (value > Number.MAX_SAFE_INTEGER) return -1;
  out[slot] = value;
  return at;
}

/**
 * Numbers with more digits than two int32 hold. Digits that make a whole number below 2^53 are added up exactly as doubles; the others are
 * rare, so a string may be made.
 */
function readLongDecimal(bytes: Uint8Array, start: number, stop: number, out: Float64Array, slot: number): number {
  let mantissa = 0;
  let fractionStart = stop;
  for (let at = start; at < stop; at++) {
    if (bytes[at] === DOT) fractionStart = at + 1;
    else mantissa = mantissa * 10 + (bytes[at]! ^ ZERO);
  }
  // A sum past 2^53 is rounded to 2^53 or more, so it is never taken for an exact one.
  const fractionDigits = stop - fractionStart;
  if (mantissa < MANTISSA_LIMIT && fractionDigits <= EXACT_POWER_MAX) {
    out[slot] = mantissa / powerOfTen(fractionDigits);
    return stop;
  }
  const value = Number(asciiText(bytes, start, stop));
  if (!Number.isFinite(value)) return -1;
  out[slot] = value;
  return stop;
}

/** The bytes `[start, stop)` as text, one character a byte: right for ASCII. */
export function asciiText(bytes: Uint8Array, start: number, stop: number): string {
  let text = '';
  for (let at = start; at < stop; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

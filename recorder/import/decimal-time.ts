import type { TimeUnit } from './capture-options.ts';

const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_DIGITS_MAX = 19;
const BILLION = 1_000_000_000n;
/** Times further from the epoch than 2^62 ns (the years 1823 to 2116) are no receive times: the distance of two must fit an int64. */
const RECEIVE_TIME_NS_MAX = 4_611_686_018_427_387_903n;
/** Numbers of up to 9 digits are read in one go: nine digits and a factor of ten stay a small safe integer. */
const LOW_DIGITS = 9;

/** Decimal places of a unit that are whole nanoseconds. */
const UNIT_DIGITS: Readonly<Record<TimeUnit, number>> = { s: 9, ms: 6, us: 3, ns: 0 };
const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 10 }, (_, exponent) => 10n ** BigInt(exponent));

/** True for times that records can carry together with the distance to any other such time. */
export function isReceiveTime(nanoseconds: bigint): boolean {
  return nanoseconds <= RECEIVE_TIME_NS_MAX && nanoseconds >= -RECEIVE_TIME_NS_MAX;
}

/** The index of the first byte of `bytes[start, end)` that is no digit, or `end`. */
export function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i]! >= ZERO && bytes[i]! <= NINE) i++;
  return i;
}

/**
 * The digits `bytes[start, end)` as an int64 of nanoseconds, exactly; `undefined` for none, for more than 19 and for a
 * number that an int64 cannot hold. The caller has made sure that they are digits.
 */
export function digitsToNs(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const digits = end - start;
  if (digits < 1 || digits > INT64_DIGITS_MAX) return undefined;
  if (digits <= LOW_DIGITS) return BigInt(smallNumber(bytes, start, end));
  const split = end - LOW_DIGITS;
  const value = BigInt(smallNumber(bytes, start, split)) * BILLION + BigInt(smallNumber(bytes, split, end));
  return value <= INT64_MAX ? value : undefined;
}

/** A decimal number of `unit` as nanoseconds. `exact` says what to do with digits below a nanosecond: refuse them or cut them off. */
export function decimalToNs(
  bytes: Uint8Array,
  start: number,
  end: number,
  unit: TimeUnit,
  belowNanosecond: 'refuse' | 'cut',
): bigint | undefined {
  const wholeEnd = digitsEnd(bytes, start, end);
  if (wholeEnd === start) return undefined;
  if (wholeEnd === end) return scaled(bytes, start, wholeEnd, wholeEnd, wholeEnd, UNIT_DIGITS[unit]);
  const fraction = wholeEnd + 1;
  if (bytes[wholeEnd] !== POINT || fraction === end || digitsEnd(bytes, fraction, end) !== end) return undefined;
  const kept = Math.min(end, fraction + UNIT_DIGITS[unit]);
  if (belowNanosecond === 'refuse' && !areZeros(bytes, kept, end)) return undefined;
  return scaled(bytes, start, wholeEnd, fraction, kept, UNIT_DIGITS[unit]);
}

function scaled(
  bytes: Uint8Array,
  start: number,
  wholeEnd: number,
  fraction: number,
  fractionEnd: number,
  unitDigits: number,
): bigint | undefined {
  const whole = digitsToNs(bytes, start, wholeEnd);
  if (whole === undefined) return undefined;
  const fractionDigits = fractionEnd - fraction;
  const rest = fractionDigits === 0 ? 0 : smallNumber(bytes, fraction, fractionEnd);
  const value = whole * POWERS_OF_TEN[unitDigits]! + BigInt(rest) * POWERS_OF_TEN[unitDigits - fractionDigits]!;
  return isReceiveTime(value) ? value : undefined;
}

/** At most ten digits: below 2^53 by far. */
function smallNumber(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i]! - ZERO);
  return value;
}

function areZeros(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== ZERO) return false;
  return true;
}

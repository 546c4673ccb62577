import { HOUR_US, MINUTE_US, SECOND_US } from '#domain';
import { readDecimal } from '../byte-number.ts';
import { BACKSLASH, stringText } from '../json-scan.ts';

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const DELETE = 0x7f;
const QUOTED_MAX = 60;
/** Names of exchanges in FID 9081 and 2135, as the codes of FID 2134. */
const EXCHANGE_CODES: ReadonlyMap<string, number> = new Map([
  ['통합', 0],
  ['0', 0],
  ['KRX', 1],
  ['1', 1],
  ['NXT', 2],
  ['2', 2],
]);

/** What a text was read as. `empty` is a text of blanks only: the venue says nothing there. */
export const NUMBER = 0;
export const EMPTY = 1;
export const NO_NUMBER = 2;

/**
 * Reads field texts such as `-257750`, `+0.12`, ` 450`, ` `: blanks around are dropped, then `[+-]?\d+(\.\d+)?`.
 * After `read` returned `NUMBER`, `magnitude` and `sign` (1, -1, or 0 without a sign) hold it.
 */
export class FieldNumber {
  sign: 1 | -1 | 0 = 0;
  readonly #out = new Float64Array(1);

  get magnitude(): number {
    return this.#out[0]!;
  }

  /** With its sign; never -0. */
  get signed(): number {
    const value = this.#out[0]!;
    return this.sign < 0 ? 0 - value : value;
  }

  read(bytes: Uint8Array, start: number, stop: number): typeof NUMBER | typeof EMPTY | typeof NO_NUMBER {
    let at = start;
    while (at < stop && bytes[at] === SPACE) at++;
    this.sign = 0;
    if (at === stop) return EMPTY;
    const first = bytes[at]!;
    this.sign = first === PLUS ? 1 : first === MINUS ? -1 : 0;
    if (this.sign !== 0) at++;
    let next = readDecimal(bytes, at, stop, this.#out, 0);
    while (next >= 0 && next < stop && bytes[next] === SPACE) next++;
    if (next === stop) return NUMBER;
    return this.#readEscaped(bytes, start, stop);
  }

  /** Characters may be written as escapes (`\u0031`); nobody does, so this may be slow. */
  #readEscaped(bytes: Uint8Array, start: number, stop: number): typeof NUMBER | typeof EMPTY | typeof NO_NUMBER {
    if (!hasEscape(bytes, start, stop)) return NO_NUMBER;
    const plain = new TextEncoder().encode(stringText(bytes, start, stop));
    return hasEscape(plain, 0, plain.length) ? NO_NUMBER : this.read(plain, 0, plain.length);
  }
}

/** Microseconds since midnight of `HHMMSS`, blanks around dropped; NaN when it is none. */
export function readTimeOfDay(bytes: Uint8Array, start: number, stop: number): number {
  let first = start;
  let last = stop;
  while (first < last && bytes[first] === SPACE) first++;
  while (last > first && bytes[last - 1] === SPACE) last--;
  if (last - first !== 6) return hasEscape(bytes, first, last) ? readEscapedTime(bytes, first, last) : Number.NaN;
  const hour = twoDigits(bytes, first);
  const minute = twoDigits(bytes, first + 2);
  const second = twoDigits(bytes, first + 4);
  // `\u0031` alone has six bytes too; as a time it is too short, so that NaN is right for it.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  return hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
}

/** The code of an exchange's name; NaN when the text is none that is known. */
export function readExchange(bytes: Uint8Array, start: number, stop: number): number {
  return EXCHANGE_CODES.get(trimmed(stringText(bytes, start, stop))) ?? Number.NaN;
}

/** The code of a text that is one ASCII character, blanks around dropped; NaN for any other. */
export function readCharacter(bytes: Uint8Array, start: number, stop: number): number {
  const text = trimmed(stringText(bytes, start, stop));
  return text.length === 1 && text.charCodeAt(0) < 0x80 ? text.charCodeAt(0) : Number.NaN;
}

/** The text of string content `[start, stop)` without the blanks around it. Codes of one plain character make no new string. */
export function trimmedText(bytes: Uint8Array, start: number, stop: number): string {
  const first = start < stop ? bytes[start]! : SPACE;
  if (stop - start === 1 && first > SPACE && first < DELETE) return String.fromCharCode(first);
  return trimmed(stringText(bytes, start, stop));
}

/** Without the blanks (spaces only) around it. */
export function trimmed(text: string): string {
  return text.replace(/^ +| +$/g, '');
}

/** A text as messages quote it. */
export function quoted(text: string): string {
  return `"${text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text}"`;
}

export function hasEscape(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let at = start; at < stop; at++) {
    if (bytes[at] === BACKSLASH) return true;
  }
  return false;
}

function readEscapedTime(bytes: Uint8Array, start: number, stop: number): number {
  const plain = new TextEncoder().encode(stringText(bytes, start, stop));
  return hasEscape(plain, 0, plain.length) ? Number.NaN : readTimeOfDay(plain, 0, plain.length);
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! ^ ZERO;
  const ones = bytes[at + 1]! ^ ZERO;
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

import {
  asciiBytes,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  hasBytes,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  stringText,
} from '../json-scan.ts';
import type { SecretRange } from '../venue.ts';

/** Keys whose values are secrets or personal data, in lower case: the account number of notices, tokens and keys, account numbers of REST bodies. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  '9201',
  'token',
  'access_token',
  'appkey',
  'secretkey',
  'authorization',
  'acctno',
  'acnt_no',
]);
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const COMMA = 0x2c;
const ZERO = 0x30;
const ONE = 0x31;

/** How a REAL frame begins and ends on the wire. One spelled in another way is searched like any other frame. */
const REAL_START = asciiBytes('{"data":[{"values":{"');
const REAL_END = asciiBytes('}],"trnm":"REAL"}');
/**
 * The one secret of a REAL frame: rows of types `00` and `04` name the account, and may stand behind rows of a market. Without its
 * first quote, because the search looks at every byte that is like the first one: nines are rarer than quotes.
 */
const ACCOUNT_KEY_END = asciiBytes('9201"');
/** Of the runtime, for any `Uint8Array`. (Its `includes` would look for the key as one element of a plain `Uint8Array`.) */
const { indexOf } = Buffer.prototype;
const NOTHING: readonly SecretRange[] = [];

/**
 * Overwrites the secrets of a frame or body in place, with `0`, or with `1` where a bare number stands (JSON has no number `000`),
 * and returns their ranges in rising order. The length stays, and so does everything else.
 */
export function redactKiwoom(bytes: Uint8Array): readonly SecretRange[] {
  if (isMarketData(bytes)) return NOTHING;
  const ranges = secretRanges(bytes);
  for (const { start, end } of ranges) bytes.fill(bytes[start - 1] === QUOTE ? ZERO : ONE, start, end);
  return ranges;
}

function isMarketData(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length < REAL_START.length + REAL_END.length) return false;
  if (!hasBytes(bytes, 0, length, REAL_START) || !hasBytes(bytes, length - REAL_END.length, length, REAL_END)) return false;
  // The searches of the runtime read 2 kB in less than half a microsecond; looking at the rows one by one would take longer.
  // The venue writes no escapes here: a frame with one might spell the key with it.
  return indexOf.call(bytes, ACCOUNT_KEY_END) < 0 && indexOf.call(bytes, BACKSLASH) < 0;
}

/**
 * The ranges of `bytes` that hold secrets, in rising order: what is between the quotes of a secret key's text, the digits of
 * its number, and everything inside its list or object. It reads tokens, not grammar, so that a cut or malformed frame is
 * searched too: a text that is not closed is a secret up to the end of the frame.
 */
function secretRanges(bytes: Uint8Array): readonly SecretRange[] {
  const ranges: SecretRange[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== QUOTE) {
      at++;
      continue;
    }
    const stop = textStop(bytes, at + 1);
    const colon = skipSpace(bytes, stop + 1, bytes.length);
    if (colon < bytes.length && bytes[colon] === COLON && isSecretKey(bytes, at + 1, stop)) {
      at = addValue(bytes, skipSpace(bytes, colon + 1, bytes.length), ranges);
    } else {
      // Not past its end: in a malformed frame the quotes may be out of step, and the next one opens a key.
      at++;
    }
  }
  return ranges;
}

/** Adds the ranges of the value at `start` and returns the position after it. */
function addValue(bytes: Uint8Array, start: number, ranges: SecretRange[]): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
      at++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      // Above depth 0 it closes what holds the key: the value is missing.
      if (--depth < 0) return at;
      at++;
    } else if (byte === QUOTE) {
      const stop = textStop(bytes, at + 1);
      if (stop > at + 1) ranges.push({ start: at + 1, end: stop });
      at = stop + 1;
    } else if (byte === COMMA || byte === COLON || byte <= SPACE) {
      at++;
    } else {
      const stop = bareStop(bytes, at);
      ranges.push({ start: at, end: stop });
      at = stop;
    }
    if (depth === 0) return at;
  }
  return at;
}

/** The closing quote of the text that starts at `start`, or the end of the bytes. */
function textStop(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, bytes.length);
}

function bareStop(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && !isBareEnd(bytes[at]!)) at++;
  return at;
}

function isBareEnd(byte: number): boolean {
  return byte <= SPACE || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === QUOTE;
}

function isSecretKey(bytes: Uint8Array, start: number, stop: number): boolean {
  return SECRET_KEYS.has(keyText(bytes, start, stop).toLowerCase());
}

function keyText(bytes: Uint8Array, start: number, stop: number): string {
  try {
    return stringText(bytes, start, stop);
  } catch {
    return ''; // a broken escape: no key of the venue's
  }
}

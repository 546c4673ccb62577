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
  stringText,
} from './json-scan.ts';
import type { SecretRange } from './venue.ts';

const SPACE = 0x20;
const ZERO = 0x30;
const ONE = 0x31;

/**
 * Overwrites the values of these keys (lower case) in place at equal length and returns their ranges in rising order: what is between the
 * quotes of a text, the digits of a number, and everything inside a list or object. Texts become `0`, bare words `1` (JSON has no number
 * `000`). It reads tokens, not grammar, so that a cut or malformed frame is searched too, and JSON written inside a text: a text
 * that is not closed is a secret up to the end.
 */
export function overwriteJsonSecrets(bytes: Uint8Array, secretKeys: ReadonlySet<string>): readonly SecretRange[] {
  const ranges: SecretRange[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== QUOTE) {
      at++;
      continue;
    }
    // In JSON inside a text every quote has a backslash before it.
    const isInner = at > 0 && bytes[at - 1] === BACKSLASH;
    const stop = textStop(bytes, at + 1, isInner);
    const colon = skipSpace(bytes, stop + (isInner ? 2 : 1), bytes.length);
    if (colon < bytes.length && bytes[colon] === COLON && secretKeys.has(keyText(bytes, at + 1, stop).toLowerCase())) {
      at = overwriteValue(bytes, skipSpace(bytes, colon + 1, bytes.length), ranges);
    } else {
      // Not past its end: in a malformed frame the quotes may be out of step, and the next one opens a key.
      at++;
    }
  }
  return ranges;
}

/** Overwrites the value at `start`, adds its ranges, and returns the position after it. */
function overwriteValue(bytes: Uint8Array, start: number, ranges: SecretRange[]): number {
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
    } else if (byte === QUOTE || (byte === BACKSLASH && bytes[at + 1] === QUOTE)) {
      const isInner = byte === BACKSLASH;
      const textStart = at + (isInner ? 2 : 1);
      const stop = textStop(bytes, textStart, isInner);
      overwrite(bytes, textStart, stop, ZERO, ranges);
      at = stop + (isInner ? 2 : 1);
    } else if (byte === COMMA || byte === COLON || byte <= SPACE) {
      at++;
    } else {
      const stop = bareStop(bytes, at);
      overwrite(bytes, at, stop, ONE, ranges);
      at = stop;
    }
    if (depth === 0 && byte !== COMMA && byte !== COLON && byte > SPACE) return at;
  }
  return Math.min(at, bytes.length);
}

function overwrite(bytes: Uint8Array, start: number, end: number, filler: number, ranges: SecretRange[]): void {
  if (end <= start) return;
  bytes.fill(filler, start, end);
  ranges.push({ start, end });
}

/** Where the text that starts at `start` ends: its closing quote (for an inner text the backslash before it), or the end of the bytes. */
function textStop(bytes: Uint8Array, start: number, isInner: boolean): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE) {
    if (bytes[at] !== BACKSLASH) at++;
    else if (isInner && bytes[at + 1] === QUOTE) return at;
    else at += 2;
  }
  return Math.min(at, bytes.length);
}

function bareStop(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && !isBareEnd(bytes[at]!)) at++;
  return Math.max(at, start + 1);
}

function isBareEnd(byte: number): boolean {
  return byte <= SPACE || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === QUOTE || byte === BACKSLASH;
}

function keyText(bytes: Uint8Array, start: number, stop: number): string {
  try {
    return stringText(bytes, start, stop);
  } catch {
    return ''; // a broken escape: no key that anybody knows
  }
}

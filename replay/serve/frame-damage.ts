import { assertNever } from '#domain';

export type DamageKind = 'malformed' | 'invalid-utf8' | 'wrong-count' | 'oversized';

const SPACE = 0x20;
const PIPE = 0x7c;
const NINE = 0x39;
const ZERO = 0x30;
/** No UTF-8 sequence holds this byte. */
const NEVER_UTF8 = 0xff;
/** `0|H0STCNT0|003|…`: where the count may stand. */
const COUNT_SEARCH_BYTES = 64;

/**
 * A damaged copy of a frame; `undefined` where the frame cannot have this damage. `fraction` (0 to 1) says where.
 * `malformed` loses its end · `invalid-utf8` has a letter or digit overwritten with a byte that UTF-8 never holds · `wrong-count` names one record more
 * than it has (KIS `|003|` with two) · `oversized` is padded with spaces to `bytes`, which JSON allows.
 */
export function damageFrame(kind: DamageKind, frame: Uint8Array, fraction: number, bytes: number): Uint8Array | undefined {
  switch (kind) {
    case 'malformed':
      return frame.length < 2 ? undefined : frame.slice(0, 1 + Math.floor(fraction * (frame.length - 1)));
    case 'invalid-utf8':
      return withInvalidByte(frame, fraction);
    case 'wrong-count':
      return withCountRaised(frame);
    case 'oversized':
      return padded(frame, bytes);
    default:
      return assertNever(kind);
  }
}

function withInvalidByte(frame: Uint8Array, fraction: number): Uint8Array | undefined {
  const first = Math.floor(fraction * frame.length);
  for (let step = 0; step < frame.length; step++) {
    const at = (first + step) % frame.length;
    if (!isLetterOrDigit(frame[at]!)) continue;
    const damaged = frame.slice();
    damaged[at] = NEVER_UTF8;
    return damaged;
  }
  return undefined;
}

function isLetterOrDigit(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (letter >= 0x61 && letter <= 0x7a);
}

function withCountRaised(frame: Uint8Array): Uint8Array | undefined {
  const pipes: number[] = [];
  for (let at = 0; at < Math.min(frame.length, COUNT_SEARCH_BYTES) && pipes.length < 3; at++) {
    if (frame[at] === PIPE) pipes.push(at);
  }
  const [, before, after] = pipes;
  if (before === undefined || after === undefined || after === before + 1) return undefined;
  const digits = frame.subarray(before + 1, after);
  if (!digits.every((byte) => byte >= ZERO && byte <= NINE)) return undefined;
  const raised = String(Number(String.fromCharCode(...digits)) + 1).padStart(digits.length, '0');
  if (raised.length !== digits.length) return undefined;
  const damaged = frame.slice();
  for (let index = 0; index < raised.length; index++) damaged[before + 1 + index] = raised.charCodeAt(index);
  return damaged;
}

function padded(frame: Uint8Array, bytes: number): Uint8Array | undefined {
  if (bytes <= frame.length) return undefined;
  const damaged = new Uint8Array(bytes).fill(SPACE);
  damaged.set(frame);
  return damaged;
}

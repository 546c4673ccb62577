import { BACKSLASH, COLON, QUOTE, skipSpace, skipString, stringText } from './json-scan.ts';

const SPACE = 0x20;
/** Letters of the longest key that is compared as two int32. */
const PACKED_MAX = 8;
const TABLE_BITS = 7;
const MULTIPLIERS_MAX = 100_000;
const SPREAD = 0x9e37_79b1 | 0;

/**
 * Finds the keys of one kind of JSON object: a key of up to 8 ASCII letters is packed into two int32 while it is read, and looked
 * up without a string. The order of keys in the object does not matter.
 */
export class KeyTable {
  /** After `find`: where the value starts (white space skipped), or -1 where there was no key with a colon. */
  valueStart = -1;
  /** After `find` returned -1 for a key that the table does not have: its text. */
  unknownKey = '';
  readonly #slotOfKey: ReadonlyMap<string, number>;
  readonly #multiplier: number;
  readonly #low = new Int32Array(1 << TABLE_BITS);
  readonly #high = new Int32Array(1 << TABLE_BITS);
  readonly #slot = new Int8Array(1 << TABLE_BITS).fill(-1);

  /** At most 64 keys; a key's slot is its index. */
  constructor(keys: readonly string[]) {
    this.#slotOfKey = new Map(keys.map((key, slot) => [key, slot]));
    const packed = keys.map((key, slot) => ({ ...packedKey(key), slot })).filter(({ length }) => length <= PACKED_MAX);
    this.#multiplier = collisionFree(packed);
    for (const { low, high, slot } of packed) {
      const index = indexOf(low, high, this.#multiplier);
      this.#low[index] = low;
      this.#high[index] = high;
      this.#slot[index] = slot;
    }
  }

  /** The slot of the key at `position`, or -1; `valueStart` tells whether there was a key at all. */
  find(bytes: Uint8Array, position: number, end: number): number {
    if (position >= end || bytes[position] !== QUOTE) {
      this.valueStart = -1;
      return -1;
    }
    let low = 0;
    let high = 0;
    let at = position + 1;
    const packedEnd = Math.min(end, at + PACKED_MAX);
    for (; at < packedEnd; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) break;
      if (at - position <= 4) low = (low << 8) | byte;
      else high = (high << 8) | byte;
    }
    if (at + 1 >= end || bytes[at] !== QUOTE || bytes[at + 1] !== COLON) return this.#findSlowly(bytes, position, end);
    const index = indexOf(low, high, this.#multiplier);
    const slot = this.#slot[index]!;
    if (slot < 0 || this.#low[index] !== low || this.#high[index] !== high) return this.#findSlowly(bytes, position, end);
    at += 2;
    this.valueStart = at < end && bytes[at]! <= SPACE ? skipSpace(bytes, at, end) : at;
    return slot;
  }

  /** Keys that are long, unknown, or written with escapes or white space. */
  #findSlowly(bytes: Uint8Array, position: number, end: number): number {
    const keyEnd = skipString(bytes, position, end);
    const colon = keyEnd < 0 ? end : skipSpace(bytes, keyEnd, end);
    if (colon >= end || bytes[colon] !== COLON) {
      this.valueStart = -1;
      return -1;
    }
    this.valueStart = skipSpace(bytes, colon + 1, end);
    const key = stringText(bytes, position + 1, keyEnd - 1);
    const slot = this.#slotOfKey.get(key);
    if (slot === undefined) this.unknownKey = key;
    return slot ?? -1;
  }
}

interface PackedKey {
  readonly low: number;
  readonly high: number;
  readonly length: number;
}

/** Keys of different length never pack alike: no key holds a NUL. */
function packedKey(key: string): PackedKey {
  let low = 0;
  let high = 0;
  for (let i = 0; i < key.length; i++) {
    if (i < 4) low = (low << 8) | key.charCodeAt(i);
    else high = (high << 8) | key.charCodeAt(i);
  }
  return { low, high, length: key.length };
}

function indexOf(low: number, high: number, multiplier: number): number {
  return Math.imul(low ^ Math.imul(high, SPREAD), multiplier) >>> (32 - TABLE_BITS);
}

/** The first of many odd multipliers that gives each key its own place. */
function collisionFree(keys: readonly PackedKey[]): number {
  for (let attempt = 1; attempt <= MULTIPLIERS_MAX; attempt++) {
    const multiplier = Math.imul(attempt, SPREAD) | 1;
    if (new Set(keys.map(({ low, high }) => indexOf(low, high, multiplier))).size === keys.length) return multiplier;
  }
  throw new Error(`bug: no multiplier parts the ${keys.length} keys of a table`);
}

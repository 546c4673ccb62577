import { BACKSLASH, COLON, QUOTE, skipSpace, skipString, stringText } from './json-scan.ts';

const SPACE = 0x20;
/** Letters of the longest key that is compared as two int32. */
const PACKED_MAX = 8;
const TABLE_BITS = 7;
const MULTIPLIERS_MAX = 100_000;
const SPREAD = 0x9e37_79b1 | 0;

/** Keys that are guessed: with quotes and colon they fit the eight bytes of two int32. */
const GUESSED_KEY = /^\w{1,5}$/;
const GUESSED_BYTES = 8;

/**
 * Finds the keys of one kind of JSON object. Venues write keys in one order, so the key that followed the last one before is looked for
 * first; any other one of up to 8 ASCII letters is packed into two int32 while it is read, and looked up without a string. The order of
 * keys in the object changes how fast one is found, never what is.
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
  /** By slot: `"key":` as two int32, the first byte highest, which bits of them count, and how many bytes it has. */
  readonly #head: Int32Array;
  readonly #tail: Int32Array;
  readonly #tailMask: Int32Array;
  readonly #headMask: Int32Array;
  readonly #length: Uint8Array;
  /** By slot: the slot that came behind it the last time. */
  readonly #follower: Uint8Array;
  #last = 0;

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
    const guesses = keys.map(guessOf);
    this.#head = Int32Array.from(guesses, ({ head }) => head);
    this.#tail = Int32Array.from(guesses, ({ tail }) => tail);
    this.#headMask = Int32Array.from(guesses, ({ headMask }) => headMask);
    this.#tailMask = Int32Array.from(guesses, ({ tailMask }) => tailMask);
    this.#length = Uint8Array.from(guesses, ({ length }) => length);
    this.#follower = Uint8Array.from(keys, (_, slot) => (slot + 1) % keys.length);
  }

  /** The slot of the key that is expected next, where `"key":` stands at `position` exactly; else -1. Nothing is changed. */
  guess(bytes: Uint8Array, position: number, end: number): number {
    if (position + GUESSED_BYTES >= end) return -1;
    const slot = this.#follower[this.#last]!;
    const head = (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!;
    const tail = (bytes[position + 4]! << 24) | (bytes[position + 5]! << 16) | (bytes[position + 6]! << 8) | bytes[position + 7]!;
    return (head & this.#headMask[slot]!) === this.#head[slot]! && (tail & this.#tailMask[slot]!) === this.#tail[slot]! ? slot : -1;
  }

  /** How many bytes the `"key":` of a slot that `guess` gave has. */
  keyLength(slot: number): number {
    return this.#length[slot]!;
  }

  /** Goes on from a slot that `guess` gave: what is expected next is what followed it the last time. */
  accept(slot: number): void {
    this.#last = slot;
  }

  /** The slot of the key at `position`, or -1; `valueStart` tells whether there was a key at all. */
  find(bytes: Uint8Array, position: number, end: number): number {
    const guess = this.guess(bytes, position, end);
    if (guess >= 0) {
      this.accept(guess);
      const at = position + this.keyLength(guess);
      this.valueStart = bytes[at]! <= SPACE ? skipSpace(bytes, at, end) : at;
      return guess;
    }
    const slot = this.#findAny(bytes, position, end);
    if (slot >= 0) {
      this.#follower[this.#last] = slot;
      this.#last = slot;
    }
    return slot;
  }

  #findAny(bytes: Uint8Array, position: number, end: number): number {
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

interface Guess {
  readonly head: number;
  readonly tail: number;
  readonly headMask: number;
  readonly tailMask: number;
  readonly length: number;
}

function guessOf(key: string): Guess {
  // No bytes have bits outside an empty mask: what is long or not plain is never guessed.
  if (!GUESSED_KEY.test(key)) return { head: 1, tail: 1, headMask: 0, tailMask: 0, length: 0 };
  const text = `"${key}":`;
  const mask = '\u00ff'.repeat(text.length);
  return { head: word(text, 0), tail: word(text, 4), headMask: word(mask, 0), tailMask: word(mask, 4), length: text.length };
}

/** Four characters as one int32, the first highest; 0 where there is none. */
function word(text: string, from: number): number {
  let bits = 0;
  for (let at = from; at < from + 4; at++) bits = (bits << 8) | (at < text.length ? text.charCodeAt(at) : 0);
  return bits;
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

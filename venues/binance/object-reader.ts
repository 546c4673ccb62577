import {
  asciiBytes,
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  hasBytes,
  OPEN_BRACE,
  QUOTE,
  readBoolean,
  readJsonInteger,
  readQuotedDecimal,
  readQuotedSignedDecimal,
  skipSpace,
  skipString,
  skipValue,
  stringText,
} from '../json-scan.ts';
import { FIELD, type Layout } from './layout.ts';
import { LevelList } from './level-list.ts';

/** The last millisecond whose microseconds are a safe integer (year 2255). */
export const TIME_MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
/** Longest name of an instrument, in characters. */
export const SYMBOL_LENGTH_MAX = 64;
const SPACE = 0x20;
const DELETE = 0x7f;
/** Visible characters: no controls, spaces, quotes, backslashes, lone surrogates, byte order marks or replacement characters. */
const SYMBOL_PATTERN = /^[!#-[\]-~\u00a1-\ud7ff\ue000-\ufefe\uff00-\ufffc\u{10000}-\u{10ffff}]{1,64}$/u;
const SLOTS = 32;
const MARKET = asciiBytes('"MARKET"');
/** What a value should have been, by `FIELD`. */
const EXPECTED = [
  'the name of its event',
  `milliseconds from 0 to ${TIME_MS_MAX}`,
  'a whole number from 0 to 2^53 - 1',
  'a quoted decimal that is not negative',
  'a quoted decimal or an empty text',
  'true or false',
  `a name of 1 to ${SYMBOL_LENGTH_MAX} visible characters`,
  'a text',
  'levels ["price","size"] with positive prices',
  'levels ["price","size"] with positive prices',
  'an object',
  'a JSON value',
] as const;

/**
 * Reads one JSON object by a layout into numbered slots, keys in any order. It says nothing to anybody: what it read counts
 * only once the caller has seen the frame's end. Reused from frame to frame; strings are made only for what is unusual.
 */
export class ObjectReader {
  /** Values by slot; NaN where an optional key was not there. */
  readonly numbers = new Float64Array(SLOTS);
  readonly bids = new LevelList();
  readonly asks = new LevelList();
  /** Keys that the layout does not have, in the order found. */
  readonly unknownKeys: string[] = [];
  /** The symbol's bytes in the frame; where they are not plain ASCII, `symbolText` holds the text instead. */
  symbolStart = 0;
  symbolEnd = 0;
  symbolText = '';
  /** Where the value of an `OBJECT` field starts. */
  objectStart = 0;
  /** Why the last `read` returned -1. */
  reason = '';
  #keyEnd = 0;

  /** Reads the object at `position`; returns the position after it, or -1 and leaves the `reason`. */
  read(layout: Layout, bytes: Uint8Array, position: number, end: number): number {
    if (this.unknownKeys.length > 0) this.unknownKeys.length = 0;
    if (position >= end || bytes[position] !== OPEN_BRACE) return this.#fail(`expected an object, found ${excerpt(bytes, position, end)}`);
    for (let slot = layout.requiredCount; slot < layout.keys.length; slot++) this.numbers[slot] = Number.NaN;
    let at = skipSpace(bytes, position + 1, end);
    let seen = 0;
    if (at < end && bytes[at] === CLOSE_BRACE) return this.#missing(layout, seen);
    for (;;) {
      let slot = -1;
      // A key of one letter is `"k":`, and nearly all are.
      if (at + 3 < end && bytes[at] === QUOTE && bytes[at + 2] === QUOTE && bytes[at + 3] === COLON)
        slot = layout.slotOfByte[bytes[at + 1]!]!;
      if (slot >= 0) at += 4;
      else {
        slot = this.#readKey(layout, bytes, at, end);
        at = this.#keyEnd;
        if (at < 0) return this.#fail('expected a key and a colon, found other text');
      }
      if (at < end && bytes[at]! <= SPACE) at = skipSpace(bytes, at, end);
      if (slot < 0) {
        at = skipValue(bytes, at, end);
        if (at < 0) return this.#fail('expected a JSON value, found other text');
      } else {
        const bit = 1 << slot;
        if ((seen & bit) !== 0) return this.#fail(`expected "${layout.keys[slot]!}" once, found it again`);
        seen |= bit;
        const stop = this.#readValue(layout, slot, bytes, at, end);
        if (stop < 0) return this.#fail(wrongValue(layout, slot, bytes, at, end));
        at = stop;
      }
      let next = at < end ? bytes[at]! : 0;
      if (next <= SPACE) {
        at = skipSpace(bytes, at, end);
        next = at < end ? bytes[at]! : 0;
      }
      at++;
      if (next === CLOSE_BRACE) break;
      if (next !== COMMA) return this.#fail(`expected a comma or a closing brace, found ${excerpt(bytes, at - 1, end)}`);
      if (at < end && bytes[at]! <= SPACE) at = skipSpace(bytes, at, end);
    }
    return (seen & layout.required) === layout.required ? at : this.#missing(layout, seen);
  }

  #readValue(layout: Layout, slot: number, bytes: Uint8Array, at: number, end: number): number {
    const numbers = this.numbers;
    switch (layout.kinds[slot]) {
      case FIELD.DECIMAL:
        return readQuotedDecimal(bytes, at, end, numbers, slot);
      case FIELD.INTEGER:
        return readJsonInteger(bytes, at, end, numbers, slot);
      case FIELD.TIME: {
        const stop = readJsonInteger(bytes, at, end, numbers, slot);
        const timeMs = numbers[slot]!;
        numbers[slot] = timeMs * 1000;
        return timeMs <= TIME_MS_MAX ? stop : -1;
      }
      case FIELD.SYMBOL:
        return this.#readSymbol(bytes, at, end);
      case FIELD.EVENT:
        return readEvent(layout, bytes, at, end);
      case FIELD.BOOLEAN:
        return readBoolean(bytes, at, end, numbers, slot);
      case FIELD.BIDS:
        return this.#readLevels(this.bids, layout, slot, bytes, at, end);
      case FIELD.ASKS:
        return this.#readLevels(this.asks, layout, slot, bytes, at, end);
      case FIELD.MARKET_WORD:
        return readMarketWord(bytes, at, end, numbers, slot);
      case FIELD.RATE:
        return readRate(bytes, at, end, numbers, slot);
      case FIELD.OBJECT:
        this.objectStart = at;
        return skipValue(bytes, at, end);
      default:
        return skipValue(bytes, at, end);
    }
  }

  /** Returns the slot of the key at `position`, or -1 for a key the layout does not have; `#keyEnd` is after the colon, or -1. */
  #readKey(layout: Layout, bytes: Uint8Array, position: number, end: number): number {
    const keyEnd = skipString(bytes, position, end);
    const colon = keyEnd < 0 ? end : skipSpace(bytes, keyEnd, end);
    if (colon >= end || bytes[colon] !== COLON) {
      this.#keyEnd = -1;
      return -1;
    }
    this.#keyEnd = colon + 1;
    const key = stringText(bytes, position + 1, keyEnd - 1);
    const slot = layout.slotOfKey.get(key);
    if (slot === undefined) this.unknownKeys.push(key);
    return slot ?? -1;
  }

  #readSymbol(bytes: Uint8Array, position: number, end: number): number {
    if (position >= end || bytes[position] !== QUOTE) return -1;
    let at = position + 1;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === QUOTE) break;
      if (byte <= SPACE || byte >= DELETE || byte === BACKSLASH) return this.#readUnusualSymbol(bytes, position, end);
      at++;
    }
    const length = at - position - 1;
    if (at >= end || length === 0 || length > SYMBOL_LENGTH_MAX) return -1;
    this.symbolStart = position + 1;
    this.symbolEnd = at;
    this.symbolText = '';
    return at + 1;
  }

  #readUnusualSymbol(bytes: Uint8Array, position: number, end: number): number {
    const stop = skipString(bytes, position, end);
    if (stop < 0) return -1;
    const text = stringText(bytes, position + 1, stop - 1);
    if (!SYMBOL_PATTERN.test(text)) return -1;
    this.symbolText = text;
    return stop;
  }

  #readLevels(list: LevelList, layout: Layout, slot: number, bytes: Uint8Array, at: number, end: number): number {
    const stop = list.read(bytes, at, end);
    if (list.hasMore) this.unknownKeys.push(`${layout.keys[slot]!}[][2]`);
    return stop;
  }

  #missing(layout: Layout, seen: number): number {
    const slot = layout.keys.findIndex((_, index) => (layout.required & ~seen & (1 << index)) !== 0);
    return this.#fail(`expected "${layout.keys[slot]!}", found no such key`);
  }

  #fail(reason: string): number {
    this.reason = reason;
    return -1;
  }
}

function readEvent(layout: Layout, bytes: Uint8Array, at: number, end: number): number {
  if (hasBytes(bytes, at, end, layout.event)) return at + layout.event.length;
  const stop = skipString(bytes, at, end);
  if (stop < 0) return -1;
  return `"${stringText(bytes, at + 1, stop - 1)}"` === String.fromCharCode(...layout.event) ? stop : -1;
}

function readMarketWord(bytes: Uint8Array, at: number, end: number, numbers: Float64Array, slot: number): number {
  const stop = skipString(bytes, at, end);
  if (stop < 0) return -1;
  numbers[slot] = hasBytes(bytes, at, end, MARKET) || stringText(bytes, at + 1, stop - 1) === 'MARKET' ? 1 : 0;
  return stop;
}

function readRate(bytes: Uint8Array, at: number, end: number, numbers: Float64Array, slot: number): number {
  if (at + 1 < end && bytes[at] === QUOTE && bytes[at + 1] === QUOTE) {
    numbers[slot] = Number.NaN;
    return at + 2;
  }
  return readQuotedSignedDecimal(bytes, at, end, numbers, slot);
}

function wrongValue(layout: Layout, slot: number, bytes: Uint8Array, at: number, end: number): string {
  return `expected ${EXPECTED[layout.kinds[slot]!]!} for "${layout.keys[slot]!}", found ${excerpt(bytes, at, end)}`;
}

const EXCERPT_BYTES = 40;

/** What stands at a position, for a person. */
function excerpt(bytes: Uint8Array, at: number, end: number): string {
  if (at >= end) return 'the end of the frame';
  const text = new TextDecoder().decode(bytes.subarray(at, Math.min(end, at + EXCERPT_BYTES)));
  return end - at > EXCERPT_BYTES ? `${text}…` : text;
}

import { asciiBytes } from '../json-scan.ts';
import { CHANNEL } from './channel.ts';

/** What the value of a key must be. Numbers of reading kinds end in `ObjectReader.numbers`. */
export const FIELD = {
  /** The event's own name, as text. */
  EVENT: 0,
  /** Milliseconds since the epoch as a JSON whole number; read as microseconds. */
  TIME: 1,
  /** A JSON whole number from 0 to 2^53 − 1. */
  INTEGER: 2,
  /** A quoted decimal that is not negative. */
  DECIMAL: 3,
  /** A quoted decimal, or an empty text (read as NaN) where the venue has none. */
  RATE: 4,
  /** Read as 1 or 0. */
  BOOLEAN: 5,
  /** The instrument's name: 1 to 64 visible characters. */
  SYMBOL: 6,
  /** A text; read as 1 for `MARKET`, else 0. */
  MARKET_WORD: 7,
  BIDS: 8,
  ASKS: 9,
  /** An object that is read on its own afterwards; `starts` holds where it begins. */
  OBJECT: 10,
  /** Any JSON value, known and not used. */
  IGNORED: 11,
} as const;

export type FieldKind = (typeof FIELD)[keyof typeof FIELD];

/** How the object of one channel looks. A key has one slot: its index in the tables below. */
export interface Layout {
  readonly channel: number;
  readonly keys: readonly string[];
  readonly kinds: Uint8Array;
  /** The first slots must be there; the others may be. */
  readonly requiredCount: number;
  /** One bit for each slot that must be there. */
  readonly required: number;
  /** The value of `e` with its quotes. */
  readonly event: Uint8Array;
  /** Slot by the byte of a key of one letter; -1 where there is none. */
  readonly slotOfByte: Int8Array;
  readonly slotOfKey: ReadonlyMap<string, number>;
}

type Fields = Readonly<Record<string, FieldKind>>;

/** A bit mask holds one bit a slot, and stays a positive int32. */
const SLOTS_MAX = 31;

function layoutOf(channel: number, event: string, required: Fields, optional: Fields = {}): Layout {
  const keys = [...Object.keys(required), ...Object.keys(optional)];
  if (keys.length > SLOTS_MAX) throw new Error(`bug: a layout has at most ${SLOTS_MAX} keys, not ${keys.length}`);
  const slotOfByte = new Int8Array(256).fill(-1);
  keys.forEach((key, slot) => {
    if (key.length === 1) slotOfByte[key.charCodeAt(0)] = slot;
  });
  return {
    channel,
    keys,
    kinds: Uint8Array.from([...Object.values(required), ...Object.values(optional)]),
    requiredCount: Object.keys(required).length,
    required: (1 << Object.keys(required).length) - 1,
    event: asciiBytes(`"${event}"`),
    slotOfByte,
    slotOfKey: new Map(keys.map((key, slot) => [key, slot])),
  };
}

const { EVENT, TIME, INTEGER, DECIMAL, RATE, BOOLEAN, SYMBOL, MARKET_WORD, BIDS, ASKS, OBJECT, IGNORED } = FIELD;

// Keys that both markets have come first, so that a key has the same slot in both.
const TRADE = { e: EVENT, E: TIME, s: SYMBOL, t: INTEGER, p: DECIMAL, q: DECIMAL, T: TIME, m: BOOLEAN };
const QUOTE = { u: INTEGER, s: SYMBOL, b: DECIMAL, B: DECIMAL, a: DECIMAL, A: DECIMAL };
const DEPTH = { e: EVENT, E: TIME, s: SYMBOL, U: INTEGER, u: INTEGER, b: BIDS, a: ASKS };
const SNAPSHOT = { lastUpdateId: INTEGER, bids: BIDS, asks: ASKS };
const AGG_TRADE = { e: EVENT, E: TIME, s: SYMBOL, a: INTEGER, p: DECIMAL, q: DECIMAL, f: INTEGER, l: INTEGER, T: TIME, m: BOOLEAN };
const KLINE = { e: EVENT, E: TIME, s: SYMBOL, k: OBJECT };
const MARK_PRICE = { e: EVENT, E: TIME, s: SYMBOL, p: DECIMAL, i: DECIMAL, r: RATE, T: TIME };

/** The `k` object of a kline. */
export const KLINE_BAR_LAYOUT = layoutOf(
  CHANNEL.KLINE,
  '',
  { t: TIME, T: TIME, o: DECIMAL, h: DECIMAL, l: DECIMAL, c: DECIMAL, v: DECIMAL, q: DECIMAL, n: INTEGER, x: BOOLEAN },
  { s: IGNORED, i: IGNORED, f: IGNORED, L: IGNORED, V: IGNORED, Q: IGNORED, B: IGNORED },
);

/** Layouts by channel number. `b` and `a` of a spot trade are order ids that the venue sent until 2023. */
export const SPOT_LAYOUTS: readonly (Layout | undefined)[] = byChannel([
  layoutOf(CHANNEL.TRADE, 'trade', TRADE, { M: IGNORED, b: IGNORED, a: IGNORED }),
  layoutOf(CHANNEL.BOOK_TICKER, 'bookTicker', QUOTE),
  layoutOf(CHANNEL.DEPTH, 'depthUpdate', DEPTH),
  layoutOf(CHANNEL.DEPTH_SNAPSHOT, '', SNAPSHOT),
  layoutOf(CHANNEL.AGG_TRADE, 'aggTrade', AGG_TRADE, { M: IGNORED }),
  layoutOf(CHANNEL.KLINE, 'kline', KLINE),
]);

export const USDM_LAYOUTS: readonly (Layout | undefined)[] = byChannel([
  layoutOf(CHANNEL.TRADE, 'trade', TRADE, { X: MARKET_WORD }),
  layoutOf(CHANNEL.BOOK_TICKER, 'bookTicker', { ...QUOTE, T: TIME, e: EVENT, E: TIME }),
  layoutOf(CHANNEL.DEPTH, 'depthUpdate', { ...DEPTH, T: TIME, pu: INTEGER }),
  layoutOf(CHANNEL.DEPTH_SNAPSHOT, '', { ...SNAPSHOT, T: TIME, E: TIME }),
  layoutOf(CHANNEL.AGG_TRADE, 'aggTrade', AGG_TRADE),
  layoutOf(CHANNEL.MARK_PRICE, 'markPriceUpdate', MARK_PRICE, { P: RATE }),
  layoutOf(CHANNEL.KLINE, 'kline', KLINE),
]);

function byChannel(layouts: readonly Layout[]): readonly (Layout | undefined)[] {
  const table: (Layout | undefined)[] = Array.from({ length: 32 });
  for (const layout of layouts) table[layout.channel] = layout;
  return table;
}

/** Slots by key, for those who read what `ObjectReader` left: the order of the tables above. */
export const SLOT = {
  trade: slotsOf({ ...TRADE, X: MARKET_WORD }),
  quote: slotsOf({ ...QUOTE, T: TIME }),
  depth: slotsOf({ ...DEPTH, T: TIME, pu: INTEGER }),
  snapshot: slotsOf({ ...SNAPSHOT, T: TIME }),
  aggTrade: slotsOf(AGG_TRADE),
  kline: slotsOf(KLINE),
  bar: slotsOf({ t: TIME, T: TIME, o: DECIMAL, h: DECIMAL, l: DECIMAL, c: DECIMAL, v: DECIMAL, q: DECIMAL, n: INTEGER, x: BOOLEAN }),
  markPrice: slotsOf({ ...MARK_PRICE, P: RATE }),
} as const;

function slotsOf<T extends Fields>(fields: T): { readonly [K in keyof T]: number } {
  return Object.fromEntries(Object.keys(fields).map((key, slot) => [key, slot])) as { readonly [K in keyof T]: number };
}

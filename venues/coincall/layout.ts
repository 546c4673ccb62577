import { KeyTable } from '../json-keys.ts';
import { CODES_END, labelOfCode } from './channel.ts';

/** How the value of a key is read. */
export const FIELD = {
  /** As `readAmount`: a number, a text that holds one, or nothing (NaN). */
  AMOUNT: 0,
  /** A volatility as a fraction; the largest double, which the venue prints for none, is NaN. */
  VOLATILITY: 1,
  /** Milliseconds since the epoch as an amount, read as microseconds. */
  TIME: 2,
  /** The instrument's name: 1 to 64 visible ASCII characters. */
  SYMBOL: 3,
  /** A kline period, read as its number. */
  PERIOD: 4,
  BIDS: 5,
  ASKS: 6,
} as const;

export type FieldKind = (typeof FIELD)[keyof typeof FIELD];

/** Documents of May 2023 (`g1`) and those since July 2023 (`g2`): some keys are only in one of them. Decoders take both. */
export type Generation = 'g1' | 'g2';

interface Field {
  readonly kind: FieldKind;
  /** The name of its number in a reading; absent where it has a place in an event. */
  readonly reading?: string;
  /** Absent where both have it. */
  readonly generation?: Generation;
}

/** The channels whose decoder is written. */
export type DecodedLabel = 'orderBook' | 'lastTrade' | 'kline' | 'tOption' | 'bsInfo' | 'spotPrice';

/** How the record of one channel looks. A key has one slot: its index in `keys`, which are in the venue's order. */
export interface Layout {
  readonly label: DecodedLabel;
  readonly keys: readonly string[];
  readonly fields: readonly Field[];
  readonly kinds: Uint8Array;
  /** One bit for each slot that must be there. */
  readonly required: number;
  readonly table: KeyTable;
  /** Slots whose numbers go into a reading, and their names. */
  readonly readingSlots: readonly number[];
  readonly readingNames: readonly string[];
}

/** Numbers of one record; a bit mask holds one bit a slot and stays a positive int32. */
export const SLOTS = 31;

type Fields = Readonly<Record<string, Field>>;

const AMOUNT: Field = { kind: FIELD.AMOUNT };
const VOLATILITY: Field = { kind: FIELD.VOLATILITY };
const TIME: Field = { kind: FIELD.TIME };
const SYMBOL: Field = { kind: FIELD.SYMBOL };

function reading(name: string): Field {
  return { kind: FIELD.AMOUNT, reading: name };
}

function only(generation: Generation, field: Field): Field {
  return { ...field, generation };
}

const BOOK = { s: SYMBOL, asks: { kind: FIELD.ASKS }, bids: { kind: FIELD.BIDS }, ts: TIME } as const;

/** The size is `sz`, else `q`, else `v`. */
const TRADE = {
  sz: only('g2', AMOUNT),
  q: only('g2', AMOUNT),
  sd: AMOUNT,
  pr: AMOUNT,
  s: SYMBOL,
  v: only('g1', AMOUNT),
  ts: TIME,
} as const;

const KLINE = {
  high: AMOUNT,
  s: SYMBOL,
  low: AMOUNT,
  pe: { kind: FIELD.PERIOD },
  v: AMOUNT,
  close: AMOUNT,
  open: AMOUNT,
  ts: TIME,
} as const;

/** Sizes are `bs` and `as`, else `bv` and `av`. */
const CHAIN = {
  tv: only('g1', reading('tradeVolume')),
  mp: AMOUNT,
  lp: reading('lastPrice'),
  delta: AMOUNT,
  theta: AMOUNT,
  cp: reading('change'),
  biv: VOLATILITY,
  aiv: VOLATILITY,
  miv: only('g2', VOLATILITY),
  cr: reading('changeRate'),
  bs: only('g2', AMOUNT),
  as: only('g2', AMOUNT),
  s: SYMBOL,
  bv: only('g1', AMOUNT),
  v: only('g2', reading('volume')),
  av: only('g1', AMOUNT),
  ask: AMOUNT,
  v24: reading('volume24h'),
  oi: AMOUNT,
  upv: reading('upv'),
  up: AMOUNT,
  bid: AMOUNT,
  gamma: AMOUNT,
  vega: AMOUNT,
  ts: TIME,
} as const;

const PRICING = {
  tv: only('g1', reading('tradeVolume')),
  uv: only('g2', reading('volumeUsd')),
  rt: reading('timeToExpiryMs'),
  mp: AMOUNT,
  lp: reading('lastPrice'),
  ip: reading('indexPrice'),
  delta: AMOUNT,
  h: reading('high24h'),
  l: reading('low24h'),
  iv: VOLATILITY,
  theta: AMOUNT,
  cp: reading('change'),
  pr0: reading('dayOpen'),
  cr: reading('changeRate'),
  s: SYMBOL,
  uv24: reading('volumeUsd24h'),
  v: only('g2', reading('volume')),
  v24: reading('volume24h'),
  oi: AMOUNT,
  up: AMOUNT,
  gamma: AMOUNT,
  vega: AMOUNT,
  tva: only('g1', reading('tva')),
  ts: TIME,
} as const;

const TICKER = {
  pr: reading('price'),
  mp: reading('markPrice'),
  lp: only('g1', reading('lastPrice')),
  ip: reading('indexPrice'),
  h: reading('high24h'),
  l: reading('low24h'),
  cp: reading('change'),
  cr: reading('changeRate'),
  pr0: reading('dayOpen'),
  s: SYMBOL,
  cv: only('g1', reading('cv')),
  oi: only('g2', reading('openInterest')),
  uv24: reading('volumeUsd24h'),
  v24: reading('volume24h'),
  ts: only('g2', TIME),
} as const;

export const LAYOUTS: Readonly<Record<DecodedLabel, Layout>> = {
  orderBook: layoutOf('orderBook', BOOK, ['s', 'asks', 'bids']),
  lastTrade: layoutOf('lastTrade', TRADE, ['s', 'pr', 'ts']),
  kline: layoutOf('kline', KLINE, ['s', 'pe', 'ts', 'open', 'high', 'low', 'close']),
  tOption: layoutOf('tOption', CHAIN, ['s']),
  bsInfo: layoutOf('bsInfo', PRICING, ['s']),
  spotPrice: layoutOf('spotPrice', TICKER, ['s']),
};

/** Slots by key, for those who read what `RecordReader` left. */
export const SLOT = {
  orderBook: slotsOf(BOOK),
  lastTrade: slotsOf(TRADE),
  kline: slotsOf(KLINE),
  tOption: slotsOf(CHAIN),
  bsInfo: slotsOf(PRICING),
  spotPrice: slotsOf(TICKER),
} as const;

/** By `dt`: the layout of its channel, where that is decoded. */
const LAYOUT_OF_CODE: readonly (Layout | undefined)[] = Array.from({ length: CODES_END }, (_, code) => {
  const label = labelOfCode(code);
  return Object.hasOwn(LAYOUTS, label) ? LAYOUTS[label as DecodedLabel] : undefined;
});

/** The layout of the records of this `dt`; `undefined` where its decoder is not written, or nobody knows it. */
export function layoutOfCode(code: number): Layout | undefined {
  return code >= 0 ? LAYOUT_OF_CODE[code] : undefined;
}

function layoutOf<T extends Fields>(label: DecodedLabel, fields: T, required: readonly (keyof T & string)[]): Layout {
  const keys = Object.keys(fields);
  const list = Object.values(fields);
  if (keys.length > SLOTS) throw new Error(`bug: a layout has at most ${SLOTS} keys, not ${keys.length}`);
  const readings = list.flatMap(({ reading: name }, slot) => (name === undefined ? [] : [{ name, slot }]));
  return {
    label,
    keys,
    fields: list,
    kinds: Uint8Array.from(list, ({ kind }) => kind),
    required: required.reduce((mask, key) => mask | (1 << keys.indexOf(key)), 0),
    table: new KeyTable(keys),
    readingSlots: readings.map(({ slot }) => slot),
    readingNames: readings.map(({ name }) => name),
  };
}

function slotsOf<T extends Fields>(fields: T): { readonly [K in keyof T]: number } {
  return Object.fromEntries(Object.keys(fields).map((key, slot) => [key, slot])) as { readonly [K in keyof T]: number };
}

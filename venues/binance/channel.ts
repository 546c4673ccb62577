import { asciiBytes, hasBytes } from '../json-scan.ts';

/** Labels of Binance frames, by channel number. Those past `control` are told apart but not decoded yet. */
export const CHANNEL_LABELS = [
  '',
  'depth',
  'bookTicker',
  'trade',
  'aggTrade',
  'markPrice',
  'kline',
  'depthSnapshot',
  'control',
  'forceOrder',
  'partialDepth',
  'miniTicker',
  'ticker',
  'avgPrice',
  'continuousKline',
  'contractInfo',
  'compositeIndex',
  'assetIndex',
  'rpiDepth',
  'allMarkets',
] as const;

/** Numbers of the channels that code names; each is an index of `CHANNEL_LABELS`. */
export const CHANNEL = {
  UNKNOWN: 0,
  DEPTH: 1,
  BOOK_TICKER: 2,
  TRADE: 3,
  AGG_TRADE: 4,
  MARK_PRICE: 5,
  KLINE: 6,
  DEPTH_SNAPSHOT: 7,
  CONTROL: 8,
} as const;

type Label = (typeof CHANNEL_LABELS)[number];

interface KnownName {
  readonly bytes: Uint8Array;
  readonly channel: number;
}

/** What stands between the `@`s of a stream name. */
const STREAM_NAMES = namesByLength({
  depth: 'depth',
  bookTicker: 'bookTicker',
  trade: 'trade',
  aggTrade: 'aggTrade',
  markPrice: 'markPrice',
  forceOrder: 'forceOrder',
  miniTicker: 'miniTicker',
  ticker: 'ticker',
  avgPrice: 'avgPrice',
  contractInfo: 'contractInfo',
  compositeIndex: 'compositeIndex',
  assetIndex: 'assetIndex',
  rpiDepth: 'rpiDepth',
});
/** Beginnings of stream names that carry a parameter (`kline_1m`, `depth20`, `ticker_1h`). */
const STREAM_BEGINNINGS: readonly KnownName[] = [
  { bytes: asciiBytes('kline_'), channel: numberOf('kline') },
  { bytes: asciiBytes('continuousKline_'), channel: numberOf('continuousKline') },
  { bytes: asciiBytes('ticker_'), channel: numberOf('ticker') },
  { bytes: asciiBytes('depth'), channel: numberOf('partialDepth') },
];
/** Streams of all symbols at once that carry one object a frame, as the streams of one symbol do. */
const MARKET_STREAM_NAMES = namesByLength({ bookTicker: 'bookTicker', forceOrder: 'forceOrder', contractInfo: 'contractInfo' });
/** The `e` field of an event. */
const EVENT_NAMES = namesByLength({
  depthUpdate: 'depth',
  bookTicker: 'bookTicker',
  trade: 'trade',
  aggTrade: 'aggTrade',
  markPriceUpdate: 'markPrice',
  forceOrder: 'forceOrder',
  kline: 'kline',
  '24hrMiniTicker': 'miniTicker',
  '24hrTicker': 'ticker',
  '1hTicker': 'ticker',
  '4hTicker': 'ticker',
  '1dTicker': 'ticker',
  avgPrice: 'avgPrice',
  continuous_kline: 'continuousKline',
  contractInfo: 'contractInfo',
  compositeIndex: 'compositeIndex',
  assetIndexUpdate: 'assetIndex',
});

const ALL_MARKETS = numberOf('allMarkets');
const AT = 0x40;
const EXCLAMATION = 0x21;

/** The channel of the stream name `bytes[start, stop)`: `btcusdt@depth@100ms`, `!forceOrder@arr`. */
export function streamChannel(bytes: Uint8Array, start: number, stop: number): number {
  if (start < stop && bytes[start] === EXCLAMATION) {
    const known = channelOfName(MARKET_STREAM_NAMES, bytes, start + 1, nextAt(bytes, start + 1, stop));
    return known === CHANNEL.UNKNOWN ? ALL_MARKETS : known;
  }
  const at = nextAt(bytes, start, stop);
  return at === stop ? CHANNEL.UNKNOWN : streamNameChannel(bytes, at + 1, nextAt(bytes, at + 1, stop));
}

/** The channel of what stands between the `@`s of a stream name. */
export function streamNameChannel(bytes: Uint8Array, start: number, stop: number): number {
  const known = channelOfName(STREAM_NAMES, bytes, start, stop);
  if (known !== CHANNEL.UNKNOWN) return known;
  const beginning = STREAM_BEGINNINGS.find((name) => hasBytes(bytes, start, stop, name.bytes));
  return beginning === undefined ? CHANNEL.UNKNOWN : beginning.channel;
}

/** The channel of the event name `bytes[start, stop)`, the value of `e`. */
export function eventChannel(bytes: Uint8Array, start: number, stop: number): number {
  return channelOfName(EVENT_NAMES, bytes, start, stop);
}

function nextAt(bytes: Uint8Array, start: number, stop: number): number {
  let at = start;
  while (at < stop && bytes[at] !== AT) at++;
  return at;
}

function channelOfName(names: readonly (readonly KnownName[])[], bytes: Uint8Array, start: number, stop: number): number {
  const candidates = names[stop - start];
  if (candidates === undefined) return CHANNEL.UNKNOWN;
  for (let i = 0; i < candidates.length; i++) {
    if (hasBytes(bytes, start, stop, candidates[i]!.bytes)) return candidates[i]!.channel;
  }
  return CHANNEL.UNKNOWN;
}

function numberOf(label: Label): number {
  return CHANNEL_LABELS.indexOf(label);
}

/** Few names share a length, so a name costs one or two comparisons. */
function namesByLength(names: Readonly<Record<string, Label>>): readonly (readonly KnownName[])[] {
  const byLength: KnownName[][] = Array.from({ length: 24 }, () => []);
  for (const [name, label] of Object.entries(names)) byLength[name.length]!.push({ bytes: asciiBytes(name), channel: numberOf(label) });
  return byLength;
}

import type { SymbolId } from './symbols.ts';

/** The taker's side: 1 bought, -1 sold, 0 not told (call auctions, venues that do not say). */
export type Side = 1 | -1 | 0;

/**
 * `regular` continuous trading · `auction` a call auction · `off-book` not a market trade (insurance fund, block deal):
 * it is told, but stays out of candles and fills nothing.
 */
export type TradeCondition = 'regular' | 'auction' | 'off-book';

/**
 * How the deltas of a book join, by name; the engine holds the rules.
 * `replace`: every event is a whole snapshot. `binance-spot`: U = previous u + 1. `binance-futures`: pu = previous u.
 */
export type BookRule = 'replace' | 'binance-spot' | 'binance-futures';

export type StatusKind = 'phase' | 'volatility-interruption' | 'halt' | 'price-limit';
export type NoticeKind = 'order' | 'fill' | 'position' | 'balance';

/**
 * What a decoder says. Objects are reused: an event is valid until the callback that got it returns.
 * Numbers a venue does not give are NaN, never 0; texts it does not give are empty. Times are microseconds since the epoch
 * by the venue's clock (NaN when the frame names none); prices and sizes are the nearest double of what was printed.
 */
export type MarketEvent =
  | TradeEvent
  | QuoteEvent
  | BookEvent
  | BarEvent
  | OptionQuoteEvent
  | AuctionEvent
  | StatusEvent
  | ReadingEvent
  | NoticeEvent
  | FeedEvent;

export type MarketEventKind = MarketEvent['kind'];

/** Every event kind, in the order reports list them. */
export const MARKET_EVENT_KINDS = [
  'trade',
  'quote',
  'book',
  'bar',
  'option-quote',
  'auction',
  'status',
  'reading',
  'notice',
  'feed-lost',
  'feed-back',
] as const satisfies readonly MarketEventKind[];

export interface TradeEvent {
  readonly kind: 'trade';
  symbol: SymbolId;
  venueTimeUs: number;
  /** Positive. */
  price: number;
  /** Positive; the side is told apart. */
  size: number;
  side: Side;
  /** A number where it is a safe integer, else the venue's text; empty where there is none. */
  tradeId: number | string;
  /** The venue's traded volume of the day including this trade, for the volume audit; NaN where not sent. */
  cumulativeVolume: number;
  condition: TradeCondition;
}

export interface QuoteEvent {
  readonly kind: 'quote';
  symbol: SymbolId;
  venueTimeUs: number;
  bidPrice: number;
  bidSize: number;
  askPrice: number;
  askSize: number;
  /** The venue's book update id at this quote; NaN where there is none. */
  updateId: number;
}

/** Levels of one book message: the first `count` entries of each column. */
export interface BookLevels {
  count: number;
  /** 1 bid, -1 ask. */
  side: Int8Array;
  price: Float64Array;
  /** New size of the level; 0 removes it. */
  size: Float64Array;
  /** Orders at the level; NaN where not sent. */
  orders: Float64Array;
  /** Change of the size as the venue prints it; NaN where not sent. */
  change: Float64Array;
}

export interface BookTotals {
  bidSize: number;
  askSize: number;
  bidOrders: number;
  askOrders: number;
  bidSizeChange: number;
  askSizeChange: number;
  bidOrdersChange: number;
  askOrdersChange: number;
}

export interface BookEvent {
  readonly kind: 'book';
  symbol: SymbolId;
  venueTimeUs: number;
  isSnapshot: boolean;
  rule: BookRule;
  /** Binance `U`; NaN where there is none. */
  firstUpdateId: number;
  /** Binance `u`, `lastUpdateId` of a snapshot; NaN where there is none. */
  lastUpdateId: number;
  /** Binance futures `pu`; NaN where there is none. */
  previousUpdateId: number;
  readonly levels: BookLevels;
  readonly totals: BookTotals;
}

/** A venue's own candle. It may repeat, be revised, and be final only by a later one. */
export interface BarEvent {
  readonly kind: 'bar';
  symbol: SymbolId;
  intervalUs: number;
  openTimeUs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  value: number;
  trades: number;
  /** The venue says that this bar will not change any more. */
  isFinal: boolean;
  /** The venue sent it as history, not as it happened. */
  isHistory: boolean;
}

export interface OptionQuoteEvent {
  readonly kind: 'option-quote';
  symbol: SymbolId;
  venueTimeUs: number;
  /** Annual, as a fraction: 0.25 is 25 %. */
  impliedVolatility: number;
  bidImpliedVolatility: number;
  askImpliedVolatility: number;
  delta: number;
  gamma: number;
  theta: number;
  vega: number;
  rho: number;
  markPrice: number;
  underlyingPrice: number;
  openInterest: number;
  bidPrice: number;
  bidSize: number;
  askPrice: number;
  askSize: number;
}

export interface AuctionEvent {
  readonly kind: 'auction';
  symbol: SymbolId;
  venueTimeUs: number;
  expectedPrice: number;
  expectedSize: number;
}

export interface StatusEvent {
  readonly kind: 'status';
  /** -1 when the whole market is meant. */
  symbol: SymbolId;
  venueTimeUs: number;
  status: StatusKind;
  /** True when trading of the symbol is restricted from now on (VI on, halted, limit hit). */
  isRestricted: boolean;
  /** The venue's own code, kept raw. */
  code: string;
  /** The price the status is about (VI trigger, limit); NaN where there is none. */
  price: number;
}

/** Named numbers of any other channel; names are listed in the venue's README. */
export interface ReadingEvent {
  readonly kind: 'reading';
  /** -1 when a whole market is meant. */
  symbol: SymbolId;
  venueTimeUs: number;
  channel: string;
  /** As long as `values`: the nth name is that of the nth value. */
  readonly names: string[];
  readonly values: number[];
}

/** Own orders, fills, positions, balances, as the venue's own fields. */
export interface NoticeEvent {
  readonly kind: 'notice';
  notice: NoticeKind;
  symbol: SymbolId;
  venueTimeUs: number;
  readonly names: string[];
  readonly texts: string[];
}

/** From connection and gap records: data of this connection stopped, or came back. */
export interface FeedEvent {
  readonly kind: 'feed-lost' | 'feed-back';
  venue: string;
  connection: string;
  reason: string;
}

import type { BookRule, NoticeKind, Side, StatusKind, TradeCondition } from './event.ts';
import type { Instrument } from './instrument.ts';
import type { SymbolId } from './symbols.ts';

/**
 * What a decoder talks to: scalars and interned symbol ids, so that decoding allocates no object per level or event.
 * Absent numbers are NaN, absent texts are empty (see `MarketEvent` for units).
 * Between a `…Begin` and its `…End` only the methods of that group are called. A decoder that finds a frame bad in the
 * middle calls `decodeFailure`: events it already said stay said, a group that was begun is dropped.
 */
export interface EventSink {
  trade(
    symbol: SymbolId,
    venueTimeUs: number,
    price: number,
    size: number,
    side: Side,
    tradeId: number | string,
    cumulativeVolume: number,
    condition: TradeCondition,
  ): void;
  quote(
    symbol: SymbolId,
    venueTimeUs: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
    updateId: number,
  ): void;
  bookBegin(
    symbol: SymbolId,
    venueTimeUs: number,
    isSnapshot: boolean,
    rule: BookRule,
    firstUpdateId: number,
    lastUpdateId: number,
    previousUpdateId: number,
  ): void;
  /** `side` is 1 for a bid and -1 for an ask; size 0 removes the level. */
  bookLevel(side: 1 | -1, price: number, size: number, orders: number, change: number): void;
  bookTotals(
    bidSize: number,
    askSize: number,
    bidOrders: number,
    askOrders: number,
    bidSizeChange: number,
    askSizeChange: number,
    bidOrdersChange: number,
    askOrdersChange: number,
  ): void;
  bookEnd(): void;
  bar(
    symbol: SymbolId,
    intervalUs: number,
    openTimeUs: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    value: number,
    trades: number,
    isFinal: boolean,
    isHistory: boolean,
  ): void;
  optionQuote(
    symbol: SymbolId,
    venueTimeUs: number,
    impliedVolatility: number,
    bidImpliedVolatility: number,
    askImpliedVolatility: number,
    delta: number,
    gamma: number,
    theta: number,
    vega: number,
    rho: number,
    markPrice: number,
    underlyingPrice: number,
    openInterest: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
  ): void;
  auction(symbol: SymbolId, venueTimeUs: number, expectedPrice: number, expectedSize: number): void;
  status(symbol: SymbolId, venueTimeUs: number, status: StatusKind, isRestricted: boolean, code: string, price: number): void;
  readingBegin(symbol: SymbolId, venueTimeUs: number, channel: string): void;
  readingValue(name: string, value: number): void;
  readingEnd(): void;
  noticeBegin(notice: NoticeKind, symbol: SymbolId, venueTimeUs: number): void;
  noticeField(name: string, text: string): void;
  noticeEnd(): void;
  /** The tape's own masters say what the symbol is: it counts from here on, instead of what the venue would assume. May repeat. */
  instrument(symbol: SymbolId, instrument: Instrument): void;
  feedLost(venue: string, connection: string, reason: string): void;
  feedBack(venue: string, connection: string): void;
  /** The frame is of a channel we know how to read, and is not what that channel promises. `reason` says what was expected and found. */
  decodeFailure(channel: string, reason: string): void;
  /** The frame is of a channel whose decoder is not written yet: it is counted as such, never failed. */
  undecoded(channel: string): void;
  /** The frame was read, and held something the tables do not know: kept and reported, never refused. */
  drift(channel: string, detail: string): void;
}

import type { BookView } from './book.ts';
import type { Candle } from './candle.ts';
import type {
  AuctionEvent,
  BarEvent,
  BookEvent,
  FeedEvent,
  OptionQuoteEvent,
  QuoteEvent,
  ReadingEvent,
  StatusEvent,
  TradeEvent,
} from './event.ts';
import type { Instrument } from './instrument.ts';
import type { Fill, Order, OrderIntent, Position } from './order.ts';
import type { SymbolId } from './symbols.ts';

export type ParameterValue = number | string | boolean;
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** One parameter: its default gives its type, its doc is printed by `tapedeck`. Numbers may be bounded. */
export interface ParameterSpec {
  readonly default: ParameterValue;
  readonly doc: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
}

/** What a strategy file exports as `strategy`. */
export interface StrategyDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Makes a fresh strategy with no state from an earlier run. */
  create(parameters: Parameters): Strategy;
}

/**
 * The hooks of a strategy, all optional, all synchronous. What they get is read-only and valid until they return.
 * A hook must depend only on what it is given: no clock, randomness, files or network. `parity` finds the ones that do.
 */
export interface Strategy {
  /** Called once before the first record: ask for candles and timers here. */
  setup?(desk: Desk): void;
  onTrade?(trade: Readonly<TradeEvent>, desk: Desk): void;
  onQuote?(quote: Readonly<QuoteEvent>, desk: Desk): void;
  /** After the message was applied to `desk.book(symbol)`. */
  onBook?(book: Readonly<BookEvent>, desk: Desk): void;
  /** A candle that was asked for in `setup` closed. It is given once. */
  onCandle?(candle: Candle, desk: Desk): void;
  onBar?(bar: Readonly<BarEvent>, desk: Desk): void;
  onOptionQuote?(quote: Readonly<OptionQuoteEvent>, desk: Desk): void;
  onAuction?(auction: Readonly<AuctionEvent>, desk: Desk): void;
  onStatus?(status: Readonly<StatusEvent>, desk: Desk): void;
  onReading?(reading: Readonly<ReadingEvent>, desk: Desk): void;
  /** An order of ours changed its state: resting, filled, cancelled, rejected. */
  onOrder?(order: Readonly<Order>, desk: Desk): void;
  onFill?(fill: Readonly<Fill>, desk: Desk): void;
  /** Data was lost (`feed-lost`), came back (`feed-back`). */
  onGap?(gap: Readonly<FeedEvent>, desk: Desk): void;
  onTimer?(name: string, desk: Desk): void;
}

/**
 * The strategy's desk: what it can read and what it can ask for. Symbol -1, the whole market of a status or a reading, may be asked about
 * like any other: it has the name `*`, an unknown book and no position, and an order for it is refused.
 */
export interface Desk {
  /** Engine time in microseconds: the only clock there is. */
  readonly nowUs: number;
  /** Symbols seen so far, in order of first appearance. */
  readonly symbols: readonly SymbolId[];
  instrument(symbol: SymbolId): Instrument;
  /** The id of a symbol, or `undefined` while the tape has not shown it. */
  find(venue: string, symbol: string): SymbolId | undefined;
  book(symbol: SymbolId): BookView;
  position(symbol: SymbolId): Position;
  /** Orders of ours that are not done, in order of submission. */
  openOrders(symbol?: SymbolId): readonly Order[];
  /** Closed candles of a series asked for in `setup`, oldest first, at most the `history` asked for. */
  candles(symbol: SymbolId, interval: string): readonly Candle[];
  /** The forming candle: only what was received so far. */
  formingCandle(symbol: SymbolId, interval: string): Candle | undefined;
  /** The latest option quote of each symbol of a venue that had one. */
  optionChain(venue: string): ReadonlyMap<SymbolId, Readonly<OptionQuoteEvent>>;
  /** Asks for candles of every symbol (or of one). Only in `setup`. `history` is how many closed ones stay readable. */
  useCandles(
    interval: string,
    options?: { readonly symbol?: { readonly venue: string; readonly symbol: string }; readonly history?: number },
  ): void;
  /** Calls `onTimer(name)` once, at the first record whose engine time is at or after `atUs`. In `setup` there is no time yet (`nowUs` is −∞): name one of its own there. */
  setTimer(name: string, atUs: number): void;
  /** Hands an intent to risk. The order, if any, can fill from the next record on. */
  submit(intent: OrderIntent): void;
  cancel(orderId: number): void;
  /** In live mode the recorder subscribes; in replay it is an audit. */
  watch(venue: string, symbol: string): void;
  release(venue: string, symbol: string): void;
}

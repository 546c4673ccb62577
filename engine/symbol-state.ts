import type { Instrument, SymbolId, SymbolTable } from '#domain';
import type { CandleSeries } from './candle-series.ts';
import { OrderBook } from './order-book.ts';

/** What the engine knows of one symbol. */
export class SymbolState {
  readonly id: SymbolId;
  instrument: Instrument;
  readonly book: OrderBook;
  /** Candle series in the order they were asked for. */
  readonly series: CandleSeries[] = [];
  /** Connections this symbol's events came through: when one is lost, the symbol is. */
  readonly connections: string[] = [];
  /** Last trade price, else the mid of the last quote, else the last bar's close; NaN before any. */
  mark = Number.NaN;
  firstMark = Number.NaN;
  /** Mid of the last quote; NaN before the first. */
  quoteMid = Number.NaN;
  hasTraded = false;
  /** A trade that is older than this when it is told is history: candles judge it, orders and the mark do not see it. */
  tradeAgeMaxUs = Number.POSITIVE_INFINITY;
  /** Trading is restricted by the venue: VI (변동성완화장치), halt, price limit. */
  isRestricted = false;

  constructor(id: SymbolId, instrument: Instrument) {
    this.id = id;
    this.instrument = instrument;
    this.book = new OrderBook();
  }
}

/** What a whole market's event, symbol -1, is about. */
const WHOLE_MARKET: Instrument = { venue: '', symbol: '*', kind: 'unknown', currency: '', multiplier: 1 };

/** The states of all symbols of a tape, made when a symbol is first seen. */
export class SymbolStates {
  readonly #table: SymbolTable;
  readonly #instrumentOf: (venue: string, symbol: string) => Instrument;
  readonly #onNew: (state: SymbolState) => void;
  readonly #states: (SymbolState | undefined)[] = [];
  /** What the tape's masters said: kept apart, because a master lists thousands of symbols that never trade. */
  readonly #definitions = new Map<SymbolId, Instrument>();
  readonly #order: SymbolId[] = [];
  readonly #market = new SymbolState(-1, WHOLE_MARKET);

  constructor(table: SymbolTable, instrumentOf: (venue: string, symbol: string) => Instrument, onNew: (state: SymbolState) => void) {
    this.#table = table;
    this.#instrumentOf = instrumentOf;
    this.#onNew = onNew;
  }

  /** Ids in order of first appearance. */
  get ids(): readonly SymbolId[] {
    return this.#order;
  }

  /** The state of a symbol; for -1, a whole market, one that never trades and is in no list. */
  of(id: SymbolId): SymbolState {
    return this.#states[id] ?? this.#create(id);
  }

  /**
   * The tape's definition of a symbol counts from now on. Once money was booked in it (`isBooked`), its currency and multiplier stay:
   * a position is never revalued by a later master.
   */
  define(id: SymbolId, instrument: Instrument, isBooked: boolean): void {
    this.#definitions.set(id, instrument);
    const state = this.#states[id];
    if (state === undefined) return;
    const { currency, multiplier } = state.instrument;
    state.instrument = isBooked ? { ...instrument, currency, multiplier } : instrument;
  }

  forEach(visit: (state: SymbolState) => void): void {
    for (const id of this.#order) visit(this.#states[id]!);
  }

  #create(id: SymbolId): SymbolState {
    if (id < 0) return this.#market;
    const { venue, symbol } = this.#table.name(id);
    const state = new SymbolState(id, this.#definitions.get(id) ?? this.#instrumentOf(venue, symbol));
    this.#states[id] = state;
    this.#order.push(id);
    this.#onNew(state);
    return state;
  }
}

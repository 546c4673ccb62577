import type { BarEvent, BookView, Fill, Instrument, Order, OrderIntent, QuoteEvent, SymbolId, TradeEvent } from '#domain';
import type { FeeModel, FillModel, LatencyModel, QueueModel, SlippageModel } from './models/model.ts';
import { BookDepth, Depletion, QuoteDepth } from './order-depth.ts';
import { intentProblem } from './order-form.ts';
import { type Execution, Matching } from './order-matching.ts';
import { compact, OpenOrders } from './order-open.ts';
import { WorkingOrder } from './order-working.ts';

/** Who hears what the market did to our orders. Fills must be booked before `onFill` returns: reduce-only orders look at the position. */
export interface BrokerListener {
  /** `order` is the order after the fill. */
  onFill(fill: Fill, order: Order): void;
  /** The order is `resting`, `filled`, `cancelled` or `rejected` now. */
  onOrder(order: Order): void;
  /** Why an order was cancelled; called before its `onOrder`. */
  onCancel(orderId: number, reason: string): void;
  /** Why an order was rejected; called before its `onOrder`. */
  onRejection(orderId: number, reason: string): void;
}

/** What the broker asks of the engine. */
export interface BrokerContext {
  instrument(symbol: SymbolId): Instrument;
  /** Signed size of our position after all fills so far. */
  positionSize(symbol: SymbolId): number;
  /** The venue restricts trading of the symbol (VI 변동성완화장치, halt): orders rest, nothing fills. */
  isRestricted(symbol: SymbolId): boolean;
}

export interface BrokerModels {
  readonly latency: LatencyModel;
  readonly fees: FeeModel;
  readonly slippage: SlippageModel;
  readonly queue: QueueModel;
  readonly fill: FillModel;
}

const HAS_QUOTES = 1;
const HAS_TRADES = 2;
const NOTHING_TO_REDUCE = 'reduce-only: there is no position left to reduce';

/**
 * Fills our orders from the tape without moving it, and without looking ahead: an order submitted while record R was handled
 * reaches the market with the first later record at or after its latency, and meets only data received from that record on.
 *
 * Where a symbol's book is known, takers sweep the visible levels of the next book; else they fill at the next quote; else at the next
 * trade, up to its size; else at the open of the next final bar. Resting limit orders fill by the queue model. Stops are triggered by trades
 * (by quotes, then by the book, where the tape has none) and can fill from the record after. What we took of a visible level does not come
 * back before the tape changes that level. Auction prints count as trades; off-book prints fill and trigger nothing. An order ends filled, cancelled or rejected, or is still in `openOrders` at the end.
 *
 * Call `onRecord` once for each record before its events; `submit` and `cancel` after. With no open orders every method returns at once.
 */
export class PaperBroker {
  readonly #models: BrokerModels;
  readonly #listener: BrokerListener;
  readonly #context: BrokerContext;
  readonly #matching: Matching;
  readonly #bookDepth = new BookDepth();
  readonly #quoteDepth = new QuoteDepth();
  readonly #open = new OpenOrders();
  #travelling: WorkingOrder[] = [];
  #cancelling: WorkingOrder[] = [];
  readonly #depletions = new Map<SymbolId, Depletion>();
  readonly #books: (BookView | undefined)[] = [];
  #seen = new Uint8Array(64);
  #nextId = 1;
  #sequence = Number.NaN;
  /** Records so far: sequences of merged tapes do not rise together. */
  #records = 0;
  #nowUs = Number.NEGATIVE_INFINITY;

  constructor(models: BrokerModels, listener: BrokerListener, context: BrokerContext) {
    this.#models = models;
    this.#listener = listener;
    this.#context = context;
    const execution: Execution = {
      fill: (working, price, size, liquidity) => this.#fill(working, price, size, liquidity),
      rest: (working) => this.#rest(working),
      trigger: (working) => this.#trigger(working),
      positionSize: (symbol) => context.positionSize(symbol),
    };
    this.#matching = new Matching(execution, models);
  }

  /**
   * Takes an order that risk let through. `origin` is the rule that made it, or `strategy`; `midPrice` is kept for slippage (NaN when unknown).
   * An impossible order (see `intentProblem`) comes back rejected.
   */
  submit(intent: OrderIntent, origin: string, nowUs: number, sequence: number, midPrice: number): Order {
    const order: Order = {
      ...intent,
      id: this.#nextId++,
      submittedAtUs: nowUs,
      submittedAtSequence: sequence,
      origin,
      state: 'submitted',
      filledSize: 0,
    };
    const problem = intentProblem(intent);
    if (problem !== undefined) return this.#reject(order, problem);
    const working = new WorkingOrder(order, nowUs + this.#models.latency.orderLatencyUs(intent), this.#records, midPrice);
    this.#open.add(working);
    this.#travelling.push(working);
    return order;
  }

  /** Sends a cancel after an order; until it arrives the order can fill. Returns false when the order is not open or a cancel is on its way. */
  cancel(orderId: number, nowUs: number, reason = 'cancelled by the strategy'): boolean {
    const working = this.#open.get(orderId);
    if (working === undefined || !Number.isNaN(working.cancelAtUs)) return false;
    working.cancelAtUs = nowUs + this.#models.latency.cancelLatencyUs(working.order);
    working.cancelAfterRecord = this.#records;
    working.cancelReason = reason;
    this.#cancelling.push(working);
    return true;
  }

  /** Sends a cancel after every open order, or after those of one symbol; returns how many were sent. */
  cancelAll(nowUs: number, symbol?: SymbolId, reason?: string): number {
    let count = 0;
    for (const working of this.#open.values()) {
      if ((symbol === undefined || working.order.symbol === symbol) && this.cancel(working.order.id, nowUs, reason)) count++;
    }
    return count;
  }

  /** Orders that are not done, in order of submission. The array is made once per change: do not keep it. */
  openOrders(symbol?: SymbolId): readonly Order[] {
    return this.#open.views(symbol);
  }

  /** A new record: orders and cancels whose time has come reach the venue. Repeated calls for one record change nothing. */
  onRecord(sequence: number, nowUs: number): void {
    if (sequence !== this.#sequence) this.#records++;
    this.#sequence = sequence;
    this.#nowUs = nowUs;
    if (this.#open.count === 0) return;
    if (this.#travelling.length > 0) this.#arrive();
    if (this.#cancelling.length > 0) this.#applyCancels();
  }

  onTrade(trade: Readonly<TradeEvent>): void {
    if (trade.condition === 'off-book') return;
    const { symbol } = trade;
    this.#see(symbol, HAS_TRADES);
    const list = this.#fillable(symbol);
    if (list === undefined) return;
    this.#matching.triggerStops(list, trade.price, trade.price);
    this.#matching.matchTrade(list, trade, !this.#hasKnownBook(symbol) && !this.#has(symbol, HAS_QUOTES));
    compact(list);
  }

  onQuote(quote: Readonly<QuoteEvent>): void {
    const { symbol } = quote;
    this.#see(symbol, HAS_QUOTES);
    const list = this.#fillable(symbol);
    if (list === undefined) return;
    if (!this.#has(symbol, HAS_TRADES)) this.#matching.triggerStops(list, quote.askPrice, quote.bidPrice);
    if (!this.#hasKnownBook(symbol)) this.#matching.matchDepth(list, this.#quoteDepth.show(quote), this.#depletion(symbol));
    compact(list);
  }

  /** After a message was applied. The view must stay that symbol's book: it is asked later whether it is known. */
  onBook(symbol: SymbolId, book: BookView): void {
    if (this.#books[symbol] !== book) this.#keepBook(symbol, book);
    const list = this.#fillable(symbol);
    if (list === undefined || !book.isKnown) return;
    if (!this.#has(symbol, HAS_TRADES | HAS_QUOTES)) this.#matching.triggerStops(list, book.askPrice, book.bidPrice);
    this.#matching.matchDepth(list, this.#bookDepth.show(book), this.#depletion(symbol));
    compact(list);
  }

  /** A final bar of a symbol; used only where the tape has no book, quotes or trades of it. */
  onBar(bar: Readonly<BarEvent>): void {
    const { symbol } = bar;
    const list = this.#fillable(symbol);
    if (list === undefined || bar.isHistory || this.#has(symbol, HAS_TRADES | HAS_QUOTES) || this.#hasKnownBook(symbol)) return;
    this.#matching.matchBar(list, bar);
    compact(list);
  }

  #arrive(): void {
    const travelling = this.#travelling;
    this.#travelling = [];
    for (const working of travelling) {
      if (working.isDone) continue;
      if (working.liveAfterRecord < this.#records && this.#nowUs >= working.liveAtUs) this.#enterMarket(working);
      else this.#travelling.push(working);
    }
  }

  #enterMarket(working: WorkingOrder): void {
    this.#open.enterMarket(working);
    if (working.mode === 'armed') this.#setResting(working);
  }

  #applyCancels(): void {
    const cancelling = this.#cancelling;
    this.#cancelling = [];
    for (const working of cancelling) {
      if (working.isDone) continue;
      if (working.cancelAfterRecord < this.#records && this.#nowUs >= working.cancelAtUs) this.#cancelNow(working, working.cancelReason);
      else this.#cancelling.push(working);
    }
  }

  /** The orders that may fill now; `undefined` when there are none or the venue restricts the symbol. */
  #fillable(symbol: SymbolId): WorkingOrder[] | undefined {
    if (this.#open.count === 0) return undefined;
    const list = this.#open.atMarket(symbol);
    return list === undefined || this.#context.isRestricted(symbol) ? undefined : list;
  }

  #fill(working: WorkingOrder, price: number, wanted: number, liquidity: 'maker' | 'taker'): number {
    const { order } = working;
    const before = this.#context.positionSize(order.symbol);
    const size = order.reduceOnly === true ? Math.min(wanted, Math.max(0, -working.side * before)) : wanted;
    if (size === 0) {
      this.#cancelNow(working, NOTHING_TO_REDUCE);
      return 0;
    }
    working.reduce(size);
    this.#open.forgetViews();
    if (working.remaining === 0) this.#open.remove(working);
    this.#listener.onFill(this.#makeFill(working, price, size, liquidity), working.order);
    if (working.remaining === 0) this.#listener.onOrder(working.order);
    if (working.side * before < 0 && working.side * this.#context.positionSize(order.symbol) >= 0) this.#cancelReducers(working);
    return size;
  }

  #makeFill(working: WorkingOrder, price: number, size: number, liquidity: 'maker' | 'taker'): Fill {
    const { id, symbol, side } = working.order;
    const instrument = this.#context.instrument(symbol);
    const feeMinor = this.#models.fees.feeMinor(instrument, side, liquidity, price, size, this.#nowUs);
    const { midPrice } = working;
    return { orderId: id, symbol, side, price, size, liquidity, currency: instrument.currency, feeMinor, midPrice, timeUs: this.#nowUs };
  }

  /** A position that was closed has nothing left to reduce: the reduce-only orders against it go, those against its opposite stay. */
  #cancelReducers(closer: WorkingOrder): void {
    for (const working of this.#open.values()) {
      const { symbol, reduceOnly } = working.order;
      if (reduceOnly === true && symbol === closer.order.symbol && working.side === closer.side)
        this.#cancelNow(working, NOTHING_TO_REDUCE);
    }
  }

  #rest(working: WorkingOrder): void {
    if (working.mode === 'market' && this.#models.fill.marketRest === 'cancel') {
      this.#cancelNow(working, 'the visible liquidity was used up');
    } else {
      this.#setResting(working);
    }
  }

  #setResting(working: WorkingOrder): void {
    if (working.order.state === 'resting') return;
    working.moveTo('resting');
    this.#open.forgetViews();
    this.#listener.onOrder(working.order);
  }

  /** Takes the stop out of the market until the next record, where it comes back as what it became. */
  #trigger(working: WorkingOrder): void {
    working.isAtMarket = false;
    working.mode = working.order.kind === 'stop-limit' ? 'limit' : 'market';
    working.liveAtUs = this.#nowUs;
    working.liveAfterRecord = this.#records;
    this.#travelling.push(working);
  }

  #reject(order: Order, reason: string): Order {
    const rejected: Order = { ...order, state: 'rejected' };
    this.#listener.onRejection(order.id, reason);
    this.#listener.onOrder(rejected);
    return rejected;
  }

  #cancelNow(working: WorkingOrder, reason: string): void {
    working.moveTo('cancelled');
    this.#open.remove(working);
    this.#listener.onCancel(working.order.id, reason);
    this.#listener.onOrder(working.order);
  }

  #depletion(symbol: SymbolId): Depletion {
    const known = this.#depletions.get(symbol);
    if (known !== undefined) return known;
    const depletion = new Depletion();
    this.#depletions.set(symbol, depletion);
    return depletion;
  }

  #hasKnownBook(symbol: SymbolId): boolean {
    return symbol < this.#books.length && this.#books[symbol]?.isKnown === true;
  }

  #keepBook(symbol: SymbolId, book: BookView): void {
    while (this.#books.length <= symbol) this.#books.push(undefined);
    this.#books[symbol] = book;
  }

  #has(symbol: SymbolId, sources: number): boolean {
    return symbol < this.#seen.length && (this.#seen[symbol]! & sources) !== 0;
  }

  #see(symbol: SymbolId, source: number): void {
    if (symbol >= this.#seen.length) {
      const grown = new Uint8Array(Math.max(symbol + 1, this.#seen.length * 2));
      grown.set(this.#seen);
      this.#seen = grown;
    }
    this.#seen[symbol]! |= source;
  }
}

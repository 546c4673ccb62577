import {
  type AuditEntry,
  assertNever,
  type BarEvent,
  type BookEvent,
  type Candle,
  type FeedEvent,
  type Instrument,
  type MarketEvent,
  type Order,
  type OrderIntent,
  type Position,
  type QuoteEvent,
  type StatusEvent,
  type StepAudit,
  type Strategy,
  type SymbolId,
  type SymbolTable,
  type TapeRecord,
  type TradeEvent,
} from '#domain';
import { BarTracker } from './bar-tracker.ts';
import { CandleDesk } from './candle-desk.ts';
import type { CandleOutcome } from './candle-series.ts';
import { type DeskHost, EngineDesk } from './desk.ts';
import { type ClosedTrade, Ledger } from './ledger.ts';
import { tradeAgeMaxUs } from './models/fill.ts';
import { createModels, type ModelSettings, type Models } from './models/models.ts';
import { OptionChain } from './option-chain.ts';
import { type BrokerListener, PaperBroker } from './paper-broker.ts';
import { createRisk, type Risk, type RiskContext, type RiskSettings } from './risk/risk.ts';
import { type StrategyMessage, StrategyRunner } from './strategy-runner.ts';
import { type SymbolState, SymbolStates } from './symbol-state.ts';
import { TimerQueue } from './timer-queue.ts';

export interface EngineOptions {
  readonly symbols: SymbolTable;
  readonly instrumentOf: (venue: string, symbol: string) => Instrument;
  /** How long candles of a venue wait for late trades, microseconds. */
  readonly latenessOf: (venue: string) => number;
  /** Candles made of every symbol, besides those the strategy asks for. */
  readonly candles?: readonly string[];
  readonly strategy?: Strategy;
  readonly risk?: RiskSettings;
  readonly models?: ModelSettings;
  /** Starting cash in minor units by currency; without it accounts show profit and loss only. */
  readonly startMinor?: Readonly<Record<string, number>>;
  readonly onClosedTrade?: (trade: ClosedTrade) => void;
}

const STRATEGY = 'strategy';

/**
 * The deterministic core: one event in, what it changed out. Every step goes in this order:
 * advance time (candles close, timers fire) → the market's state and resting orders → ledger → strategy → risk → submit.
 * It reads no clock: engine time is the running maximum of the receive times of its records.
 */
export class Engine implements DeskHost, RiskContext {
  readonly symbols: SymbolTable;
  readonly states: SymbolStates;
  readonly candles: CandleDesk;
  readonly ledger: Ledger;
  readonly broker: PaperBroker;
  readonly models: Models;
  readonly risk: Risk;
  readonly optionChain = new OptionChain();
  readonly timers = new TimerQueue();
  nowUs = Number.NEGATIVE_INFINITY;
  /** Trades that were history when they were told (`tradeAgeMaxUs`): they filled nothing and moved no mark. */
  oldTradeCount = 0;
  readonly #runner: StrategyRunner;
  readonly #onClosedTrade: (trade: ClosedTrade) => void;
  readonly #onCandle = (candle: Candle): void => this.#candleClosed(candle);
  readonly #onFinalBar = (bar: Readonly<BarEvent>): void => this.#barFinal(bar);
  #bars = new BarTracker(Number.NEGATIVE_INFINITY);
  #entries: AuditEntry[] = [];
  #messages: StrategyMessage[] = [];
  #intents: OrderIntent[] = [];
  #tape = 0;
  #sequence = -1;
  #eventIndex = -1;
  #connection = '';
  /** Records so far over all tapes: sequences of merged tapes do not rise together. */
  #ordinal = 0;
  #isAdvanced = false;

  constructor(options: EngineOptions) {
    this.symbols = options.symbols;
    this.#onClosedTrade = options.onClosedTrade ?? (() => undefined);
    this.models = createModels(options.models ?? {});
    this.risk = createRisk(options.risk ?? {});
    this.candles = new CandleDesk(options.latenessOf);
    this.states = new SymbolStates(options.symbols, options.instrumentOf, (state) => {
      state.tradeAgeMaxUs = tradeAgeMaxUs(options.latenessOf(state.instrument.venue));
      this.candles.addSymbol(state);
    });
    this.ledger = new Ledger({ instrument: (symbol) => this.instrument(symbol), startMinor: options.startMinor ?? {} });
    this.broker = new PaperBroker(this.models, this.#brokerListener(), {
      instrument: (symbol) => this.instrument(symbol),
      positionSize: (symbol) => this.ledger.position(symbol).size,
      isRestricted: (symbol) => this.isRestricted(symbol),
    });
    for (const interval of options.candles ?? []) this.candles.use(interval, { history: 0, isForStrategy: false });
    const desk = new EngineDesk(this);
    this.#runner = new StrategyRunner(options.strategy ?? {}, desk);
    this.#runner.setup();
    desk.endSetup();
  }

  /** Names the record that the next steps belong to, and moves engine time to it. */
  beginRecord(record: TapeRecord, tape: number): void {
    if (record.receivedAtUs > this.nowUs) this.nowUs = record.receivedAtUs;
    this.#tape = tape;
    this.#sequence = record.sequence;
    this.#connection = record.connection;
    this.#eventIndex = -1;
    this.#ordinal += 1;
    this.#isAdvanced = false;
    if (this.#ordinal > 1) return;
    this.candles.begin(this.nowUs);
    this.#bars = new BarTracker(this.nowUs);
  }

  /** One event of the record, or `undefined` for a record without events: a step that only moves time. */
  step(event: MarketEvent | undefined): StepAudit | undefined {
    if (!this.#isAdvanced) this.#advance();
    if (event !== undefined) {
      this.#eventIndex += 1;
      this.#applyMarket(event);
    }
    if (this.#messages.length > 0) this.#deliverMessages();
    if (event !== undefined) this.#runner.tell(event, this.#sequence);
    this.#decide(event);
    this.ledger.checkBalance();
    return this.#entries.length === 0 ? undefined : this.#takeAudit();
  }

  /** Ends the tape: what still forms is closed as incomplete. The strategy is not told: nothing can fill any more. */
  finish(): StepAudit | undefined {
    this.#eventIndex = -1;
    this.candles.finish(this.nowUs, (candle) => this.#entries.push({ kind: 'candle', candle }));
    return this.#entries.length === 0 ? undefined : this.#takeAudit();
  }

  instrument(symbol: SymbolId): Instrument {
    return this.states.of(symbol).instrument;
  }

  /** The tape's masters say what the symbol is. */
  define(symbol: SymbolId, instrument: Instrument): void {
    this.states.define(symbol, instrument, this.ledger.hasBooked(symbol));
    this.ledger.redefine(symbol);
  }

  position(symbol: SymbolId): Position {
    return this.ledger.position(symbol);
  }

  mark(symbol: SymbolId): number {
    return this.states.of(symbol).mark;
  }

  equityMinor(currency: string): number {
    return this.ledger.equityMinor(currency);
  }

  openOrders(symbol?: SymbolId): readonly Order[] {
    return this.broker.openOrders(symbol);
  }

  isRestricted(symbol: SymbolId): boolean {
    return this.states.of(symbol).isRestricted;
  }

  wishOrder(intent: OrderIntent): void {
    this.#intents.push(intent);
  }

  wishCancel(orderId: number): void {
    this.broker.cancel(orderId, this.nowUs);
  }

  wishSubscription(action: 'watch' | 'release', venue: string, symbol: string): void {
    this.#entries.push({ kind: 'subscription', action, venue, symbol });
  }

  /** First of the step: candles close, timers fire, bars settle, orders whose latency has passed reach the market. */
  #advance(): void {
    this.#isAdvanced = true;
    const nowUs = this.nowUs;
    this.risk.onTime(this);
    if (nowUs >= this.candles.nextCloseUs) this.candles.advance(nowUs, this.#onCandle);
    while (this.timers.nextUs <= nowUs) {
      const name = this.timers.take();
      this.#entries.push({ kind: 'timer', name });
      this.#messages.push({ kind: 'timer', name });
    }
    this.broker.onRecord(this.#ordinal, nowUs);
    if (nowUs >= this.#bars.nextDueUs) this.#bars.advance(nowUs, this.#onFinalBar);
  }

  /** Second: the market's state changes, and resting orders meet it. */
  #applyMarket(event: MarketEvent): void {
    switch (event.kind) {
      case 'trade':
        return this.#applyTrade(event);
      case 'quote':
        return this.#applyQuote(event);
      case 'book':
        return this.#applyBook(event);
      case 'bar':
        this.#see(event.symbol);
        this.#bars.add(event, this.nowUs, this.#onFinalBar);
        return;
      case 'option-quote':
        return this.optionChain.update(this.#see(event.symbol).instrument.venue, event);
      case 'status':
        return this.#applyStatus(event);
      case 'auction':
      case 'reading':
        if (event.symbol >= 0) this.#see(event.symbol);
        return;
      case 'notice':
        return;
      case 'feed-lost':
      case 'feed-back':
        return this.#applyFeed(event);
      default:
        return assertNever(event);
    }
  }

  #see(symbol: SymbolId): SymbolState {
    const state = this.states.of(symbol);
    // Nearly always one connection a symbol: the first comparison decides.
    if (state.connections[0] !== this.#connection && !state.connections.includes(this.#connection))
      state.connections.push(this.#connection);
    return state;
  }

  #applyTrade(trade: TradeEvent): void {
    const state = this.#see(trade.symbol);
    if (state.series.length > 0) {
      const outcome = this.candles.onTrade(state, trade, this.nowUs, this.#onCandle);
      if (outcome !== 'counted') this.#reportUncounted(trade, outcome);
    }
    // Absent times compare as false: such a trade is taken to be of now.
    if (this.nowUs - trade.venueTimeUs > state.tradeAgeMaxUs) {
      this.oldTradeCount += 1;
      return;
    }
    state.hasTraded = true;
    if (trade.condition !== 'off-book') this.#setMark(state, trade.price);
    this.broker.onTrade(trade);
  }

  /** A trade that a candle did not take is never dropped in silence. */
  #reportUncounted(trade: TradeEvent, outcome: CandleOutcome): void {
    const { symbol, venueTimeUs, price, size } = trade;
    if (outcome === 'ignored') return;
    if (outcome === 'refused') {
      const reason = `a trade at ${price} has a venue time of ${venueTimeUs} µs: too far ahead of engine time to be a candle's`;
      this.#entries.push({ kind: 'rule', rule: 'candle-time', symbol, reason });
      return;
    }
    const interval = this.candles.lateIntervals();
    this.#entries.push({ kind: 'late-trade', symbol, interval, venueTimeUs, price, size });
  }

  #applyQuote(quote: QuoteEvent): void {
    const state = this.#see(quote.symbol);
    state.quoteMid = (quote.bidPrice + quote.askPrice) / 2;
    if (!state.hasTraded) this.#setMark(state, state.quoteMid);
    this.broker.onQuote(quote);
  }

  #applyBook(event: BookEvent): void {
    const { book } = this.#see(event.symbol);
    const wasKnown = book.isKnown;
    const outcome = book.apply(event);
    if (book.isKnown !== wasKnown || outcome === 'gap') {
      const state = book.isKnown ? 'known' : 'unknown';
      this.#entries.push({ kind: 'book', symbol: event.symbol, state, reason: outcome === 'gap' ? book.reason : outcome });
    }
    this.broker.onBook(event.symbol, book);
  }

  /** A venue's bar that will not change any more feeds candles and orders where the tape has no trades of the symbol. */
  #barFinal(bar: Readonly<BarEvent>): void {
    const state = this.states.of(bar.symbol);
    if (state.hasTraded) return;
    this.candles.onBar(state, bar, this.nowUs, this.#onCandle);
    this.#setMark(state, bar.close);
    this.broker.onBar(bar);
  }

  #applyStatus(event: StatusEvent): void {
    const { symbol, status, isRestricted, code } = event;
    this.#entries.push({ kind: 'status', symbol, status, isRestricted, code });
    if (symbol >= 0) {
      if (status !== 'phase') this.#restrict(this.#see(symbol), isRestricted);
    } else if (status === 'halt') {
      this.states.forEach((state) => {
        this.#restrict(state, isRestricted);
      });
    }
    this.risk.onStatus(event, this);
  }

  #restrict(state: SymbolState, isRestricted: boolean): void {
    if (state.isRestricted === isRestricted) return;
    state.isRestricted = isRestricted;
    this.candles.mark(state, 'halt', isRestricted, this.nowUs);
  }

  /** A lost connection makes every symbol that came through it unknown until its data is back. */
  #applyFeed(event: FeedEvent): void {
    const { venue, connection, reason } = event;
    const isLost = event.kind === 'feed-lost';
    this.#entries.push({ kind: 'feed', venue, connection, state: isLost ? 'lost' : 'back', reason });
    this.states.forEach((state) => {
      if (state.instrument.venue !== venue || !state.connections.includes(connection)) return;
      this.candles.mark(state, 'gap', isLost, this.nowUs);
      if (!isLost) return;
      const wasKnown = state.book.isKnown;
      state.book.invalidate(`feed lost: ${reason}`);
      if (wasKnown) this.#entries.push({ kind: 'book', symbol: state.id, state: 'unknown', reason: `feed lost: ${reason}` });
    });
  }

  #setMark(state: SymbolState, price: number): void {
    if (Number.isNaN(price)) return;
    state.mark = price;
    if (Number.isNaN(state.firstMark)) state.firstMark = price;
    this.ledger.mark(state.id, price);
  }

  #candleClosed(candle: Candle): void {
    this.#entries.push({ kind: 'candle', candle });
    if (this.#runner.hearsCandles && this.candles.isForStrategy(this.states.of(candle.symbol), candle.interval)) {
      this.#messages.push({ kind: 'candle', candle });
    }
  }

  #brokerListener(): BrokerListener {
    return {
      onFill: (fill, order) => {
        this.#entries.push({ kind: 'fill', fill });
        this.#messages.push({ kind: 'fill', fill });
        const trade = this.ledger.applyFill(fill, order.tag ?? '');
        this.risk.onFill(fill, this);
        if (trade !== undefined) this.#onClosedTrade(trade);
      },
      onOrder: (order) => {
        this.#entries.push({ kind: 'order', order });
        this.#messages.push({ kind: 'order', order });
      },
      onCancel: (orderId, reason) => this.#entries.push({ kind: 'cancel', orderId, reason }),
      onRejection: (orderId, reason) => this.#entries.push({ kind: 'rejection', orderId, reason }),
    };
  }

  /** Third: the strategy hears what happened, before the event itself. */
  #deliverMessages(): void {
    const messages = this.#messages;
    this.#messages = [];
    this.#runner.deliver(messages, this.#sequence);
  }

  /** Fourth and last: what risk rules do on their own, then what the strategy wants, let through or refused by name. */
  #decide(event: MarketEvent | undefined): void {
    if (event !== undefined && !isFeed(event) && event.symbol >= 0) this.#exit(event.symbol);
    if (this.#intents.length === 0) return;
    const intents = this.#intents;
    this.#intents = [];
    for (const intent of intents) this.#submit(intent, STRATEGY);
  }

  #exit(symbol: SymbolId): void {
    const actions = this.risk.exits(this, symbol);
    if (actions.length === 0) return;
    for (const action of actions) {
      this.#entries.push({ kind: 'rule', rule: action.rule, symbol: action.symbol, reason: action.reason });
      if (action.kind === 'exit') this.#submit(action.intent, action.rule);
      else if (action.kind === 'cancel') this.broker.cancel(action.orderId, this.nowUs, action.reason);
    }
  }

  #submit(intent: OrderIntent, origin: string): void {
    this.#entries.push({ kind: 'intent', intent, origin });
    const refusal = this.risk.check(intent, this);
    if (refusal !== undefined) {
      this.#entries.push({ kind: 'refusal', intent, rule: refusal.rule, reason: refusal.reason });
      return;
    }
    const { book, quoteMid } = this.states.of(intent.symbol);
    const midPrice = book.isKnown ? book.midPrice : quoteMid;
    const order = this.broker.submit(intent, origin, this.nowUs, this.#sequence, midPrice);
    if (order.state === 'submitted') this.#entries.push({ kind: 'order', order });
  }

  #takeAudit(): StepAudit {
    const entries = this.#entries;
    this.#entries = [];
    return { sequence: this.#sequence, tape: this.#tape, event: this.#eventIndex, timeUs: this.nowUs, entries };
  }
}

/** Told by kind, and not by `'symbol' in event`, which looks at every shape of event anew each time. */
function isFeed(event: MarketEvent): event is FeedEvent {
  return event.kind === 'feed-lost' || event.kind === 'feed-back';
}

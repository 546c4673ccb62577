import type { BarEvent, BookView, Fill, Instrument, Order, OrderIntent, QuoteEvent, TradeEvent } from '../../domain/index.ts';
import { Ledger } from '../../engine/ledger.ts';
import { createModels, type ModelSettings } from '../../engine/models/models.ts';
import { PaperBroker } from '../../engine/paper-broker.ts';

export const STOCK: Instrument = { venue: 'kiwoom', symbol: '005930', kind: 'stock', currency: 'KRW', multiplier: 1 };

type Levels = readonly (readonly [price: number, size: number])[];

/** A book given as its levels from the best outward. */
export class FixedBook implements BookView {
  isKnown = true;
  updateId = Number.NaN;
  bids: Levels = [];
  asks: Levels = [];

  get bidPrice(): number {
    return this.bids[0]?.[0] ?? Number.NaN;
  }
  get bidSize(): number {
    return this.bids[0]?.[1] ?? Number.NaN;
  }
  get askPrice(): number {
    return this.asks[0]?.[0] ?? Number.NaN;
  }
  get askSize(): number {
    return this.asks[0]?.[1] ?? Number.NaN;
  }
  get midPrice(): number {
    return (this.bidPrice + this.askPrice) / 2;
  }
  levelCount(side: 1 | -1): number {
    return this.#side(side).length;
  }
  depth(side: 1 | -1, levels: number): number {
    let sum = 0;
    for (const [, size] of this.#side(side).slice(0, levels)) sum += size;
    return sum;
  }
  walk(side: 1 | -1, visit: (price: number, size: number) => boolean): void {
    for (const [price, size] of this.#side(side)) if (!visit(price, size)) return;
  }
  sizeAt(side: 1 | -1, price: number): number {
    return this.#side(side).find((level) => level[0] === price)?.[1] ?? 0;
  }
  #side(side: 1 | -1): Levels {
    return side > 0 ? this.bids : this.asks;
  }
}

/** A broker with a ledger behind it; every event is a record of its own, one second after the one before unless told. */
export class BrokerDesk {
  readonly ledger = new Ledger({ instrument: () => this.instrument });
  readonly broker: PaperBroker;
  readonly log: string[] = [];
  readonly fills: Fill[] = [];
  readonly book = new FixedBook();
  readonly instrument: Instrument;
  readonly restricted = new Set<number>();
  nowUs = 0;
  sequence = 0;

  constructor(settings: ModelSettings = {}, instrument: Instrument = STOCK) {
    this.instrument = instrument;
    const latency = settings.latency ?? { orderUs: 0, cancelUs: 0 };
    this.broker = new PaperBroker(
      createModels({ fees: { model: 'none' }, ...settings, latency }),
      {
        onFill: (fill) => this.#onFill(fill),
        onOrder: (order) => this.log.push(`${order.id} ${order.state}`),
        onCancel: (orderId, reason) => this.log.push(`${orderId} cancel: ${reason}`),
        onRejection: (orderId, reason) => this.log.push(`${orderId} rejection: ${reason}`),
      },
      {
        instrument: () => this.instrument,
        positionSize: (symbol) => this.ledger.position(symbol).size,
        isRestricted: (symbol) => this.restricted.has(symbol),
      },
    );
    this.record();
  }

  #onFill(fill: Fill): void {
    this.fills.push(fill);
    this.log.push(`${fill.orderId} ${fill.liquidity} ${fill.size} @ ${fill.price}`);
    this.ledger.applyFill(fill);
    this.ledger.checkBalance();
  }

  submit(intent: Partial<OrderIntent>, midPrice = Number.NaN): Order {
    const full: OrderIntent = { symbol: 0, side: 'buy', kind: 'market', size: 1, ...intent };
    return this.broker.submit(full, 'strategy', this.nowUs, this.sequence, midPrice);
  }

  record(afterUs = 1_000_000): void {
    this.nowUs += afterUs;
    this.sequence++;
    this.broker.onRecord(this.sequence, this.nowUs);
  }

  trade(price: number, size = 1000, side: 1 | -1 | 0 = 0, over: Partial<TradeEvent> = {}, afterUs?: number): void {
    this.record(afterUs);
    this.tradeNow(price, size, side, over);
  }

  tradeNow(price: number, size = 1000, side: 1 | -1 | 0 = 0, over: Partial<TradeEvent> = {}): void {
    this.broker.onTrade({
      kind: 'trade',
      symbol: 0,
      venueTimeUs: this.nowUs,
      price,
      size,
      side,
      tradeId: '',
      cumulativeVolume: Number.NaN,
      condition: 'regular',
      ...over,
    });
  }

  quote(bidPrice: number, askPrice: number, bidSize = 1000, askSize = 1000): void {
    this.record();
    const quote: QuoteEvent = { kind: 'quote', symbol: 0, venueTimeUs: 0, bidPrice, bidSize, askPrice, askSize, updateId: Number.NaN };
    this.broker.onQuote(quote);
  }

  /** A new state of the whole book. */
  show(bids: Levels, asks: Levels): void {
    this.record();
    this.book.bids = bids;
    this.book.asks = asks;
    this.broker.onBook(0, this.book);
  }

  /** The minute bar that was open since the last one, received at its end. */
  bar(open: number, high: number, low: number, close: number, over: Partial<BarEvent> = {}): void {
    const openTimeUs = this.nowUs;
    this.record(60_000_000);
    const bar: BarEvent = {
      kind: 'bar',
      symbol: 0,
      intervalUs: 60_000_000,
      openTimeUs,
      open,
      high,
      low,
      close,
      volume: 1000,
      value: Number.NaN,
      trades: Number.NaN,
      isFinal: true,
      isHistory: false,
      ...over,
    };
    this.broker.onBar(bar);
  }

  /** What happened since the last call. */
  take(): string[] {
    return this.log.splice(0);
  }
}

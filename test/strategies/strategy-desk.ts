import type { BookEvent, BookView, Candle, Desk, OrderIntent, Parameters, Strategy, StrategyDefinition } from '../../domain/index.ts';

/** A definition's defaults with some values over them. */
export function parametersOf(definition: StrategyDefinition, over: Parameters = {}): Parameters {
  const defaults = Object.entries(definition.parameters).map(([name, spec]) => [name, spec.default] as const);
  return { ...Object.fromEntries(defaults), ...over };
}

/** Drives one strategy in one symbol; every intent is written down and fills at once when `fillsAtOnce`. */
export class StrategyDesk {
  readonly intents: OrderIntent[] = [];
  readonly cancelled: number[] = [];
  readonly candles: Candle[] = [];
  fillsAtOnce = true;
  held = 0;
  nowUs = 0;
  history = 0;
  readonly #strategy: Strategy;
  readonly #desk: Desk;
  #bids = 0;
  #asks = 0;
  isBookKnown = true;

  constructor(definition: StrategyDefinition, parameters: Parameters = {}) {
    this.#strategy = definition.create(parametersOf(definition, parameters));
    this.#desk = this.#createDesk();
    this.#strategy.setup?.(this.#desk);
  }

  /** A candle closed at this price. */
  close(price: number, interval = '1m'): void {
    this.nowUs += 60_000_000;
    const candle = { symbol: 0, interval, close: price } as Candle;
    this.candles.push(candle);
    this.#strategy.onCandle?.(candle, this.#desk);
  }

  /** The book holds these sizes in its top levels. */
  book(bids: number, asks: number, afterUs = 1_000_000): void {
    this.nowUs += afterUs;
    this.#bids = bids;
    this.#asks = asks;
    this.#strategy.onBook?.({ kind: 'book', symbol: 0 } as BookEvent, this.#desk);
  }

  /** What was wanted since the last call. */
  take(): string[] {
    return this.intents.splice(0).map(({ side, size, reduceOnly, tag }) => `${side} ${size}${reduceOnly === true ? ' reduce' : ''} ${tag}`);
  }

  #submit(intent: OrderIntent): void {
    this.intents.push(intent);
    if (this.fillsAtOnce) this.held += intent.side === 'buy' ? intent.size : -intent.size;
  }

  #createDesk(): Desk {
    const book = { depth: (side: 1 | -1) => (side > 0 ? this.#bids : this.#asks) };
    const desk = {
      position: () => ({ size: this.held }),
      openOrders: () => (this.fillsAtOnce ? [] : this.intents.map((intent, index) => ({ ...intent, id: index + 1, origin: 'strategy' }))),
      candles: () => this.candles.slice(-this.history),
      useCandles: (_interval: string, options: { history: number }) => {
        this.history = options.history;
      },
      submit: (intent: OrderIntent) => this.#submit(intent),
      cancel: (orderId: number) => this.cancelled.push(orderId),
      book: () => ({ ...book, isKnown: this.isBookKnown }) as unknown as BookView,
    };
    Object.defineProperty(desk, 'nowUs', { get: () => this.nowUs });
    return desk as unknown as Desk;
  }
}

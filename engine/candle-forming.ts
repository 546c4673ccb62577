import type { BarEvent, Candle, CandleFlag, SymbolId, TradeEvent } from '#domain';
import { ExactProductSum, ExactSum } from './exact-sum.ts';

/** A candle while trades or bars are added to it. Reused after it closed: `restart` it. */
export class FormingCandle {
  startUs = 0;
  endUs = 0;
  /** Engine time from which it is closed. */
  closesAtUs = 0;
  /** Where the last of its bars ended; -Infinity when it has none. */
  barsEndUs = Number.NEGATIVE_INFINITY;
  /** Trades counted one by one, not those that bars tell of. */
  tradeCount = 0;
  close = Number.NaN;
  #open = Number.NaN;
  #high = Number.NaN;
  #low = Number.NaN;
  #barsStartUs = Number.POSITIVE_INFINITY;
  /** Trades that bars tell of; NaN when one of them does not say. */
  #barTrades = 0;
  #hasVolume = true;
  #hasValue = true;
  readonly #volume = new ExactSum();
  readonly #value = new ExactProductSum();
  readonly #buyVolume = new ExactSum();

  get hasBars(): boolean {
    return this.barsEndUs !== Number.NEGATIVE_INFINITY;
  }

  /** Where the first of its bars began; Infinity when it has none. */
  get barsStartUs(): number {
    return this.#barsStartUs;
  }

  /** The nearest doubles of the exact sums so far. */
  get volume(): number {
    return this.#volume.toNumber();
  }

  get value(): number {
    return this.#value.toNumber();
  }

  restart(startUs: number, endUs: number, closesAtUs: number): this {
    this.startUs = startUs;
    this.endUs = endUs;
    this.closesAtUs = closesAtUs;
    this.barsEndUs = Number.NEGATIVE_INFINITY;
    this.tradeCount = 0;
    this.close = Number.NaN;
    this.#open = Number.NaN;
    this.#high = Number.NaN;
    this.#low = Number.NaN;
    this.#barsStartUs = Number.POSITIVE_INFINITY;
    this.#barTrades = 0;
    this.#hasVolume = true;
    this.#hasValue = true;
    this.#volume.clear();
    this.#value.clear();
    this.#buyVolume.clear();
    return this;
  }

  /** Open and close go by arrival: the first and the last trade added. */
  addTrade(trade: Readonly<TradeEvent>): void {
    const { price, size } = trade;
    this.#include(price, price);
    if (this.tradeCount === 0 && !this.hasBars) this.#open = price;
    this.close = price;
    this.tradeCount++;
    this.#volume.add(size);
    this.#value.add(price, size);
    if (trade.side === 1) this.#buyVolume.add(size);
  }

  /** Open and close go by the bars' own times, for polled bars may come in any order. */
  addBar(bar: Readonly<BarEvent>): void {
    const barEndUs = bar.openTimeUs + bar.intervalUs;
    this.#include(bar.high, bar.low);
    if (bar.openTimeUs < this.#barsStartUs) {
      this.#barsStartUs = bar.openTimeUs;
      this.#open = bar.open;
    }
    if (barEndUs > this.barsEndUs) {
      this.barsEndUs = barEndUs;
      this.close = bar.close;
    }
    this.#barTrades += bar.trades;
    if (Number.isFinite(bar.volume)) this.#volume.add(bar.volume);
    else this.#hasVolume = false;
    // Volume × close would be wrong: without the venue's own value there is none.
    if (Number.isFinite(bar.value)) this.#value.add(bar.value, 1);
    else this.#hasValue = false;
  }

  toCandle(symbol: SymbolId, interval: string, flags: readonly CandleFlag[]): Candle {
    // Bars do not say who bought.
    const hasBuyVolume = !this.hasBars;
    return {
      symbol,
      interval,
      openTimeUs: this.startUs,
      closeTimeUs: this.endUs,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.close,
      volume: this.#hasVolume ? this.#volume.toNumber() : Number.NaN,
      value: this.#hasValue ? this.#value.toNumber() : Number.NaN,
      buyVolume: hasBuyVolume ? this.#buyVolume.toNumber() : Number.NaN,
      trades: this.tradeCount + this.#barTrades,
      exact: {
        volume: this.#hasVolume ? this.#volume.toText() : '',
        value: this.#hasValue ? this.#value.toText() : '',
        buyVolume: hasBuyVolume ? this.#buyVolume.toText() : '',
      },
      flags,
    };
  }

  #include(high: number, low: number): void {
    // A comparison with NaN is false, so the first one is always taken.
    if (!(high <= this.#high)) this.#high = high;
    if (!(low >= this.#low)) this.#low = low;
  }
}

/** An interval in which nothing was traded: all four prices are the close before it. */
export function emptyCandle(
  symbol: SymbolId,
  interval: string,
  startUs: number,
  endUs: number,
  price: number,
  flags: readonly CandleFlag[],
): Candle {
  return {
    symbol,
    interval,
    openTimeUs: startUs,
    closeTimeUs: endUs,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    value: 0,
    buyVolume: 0,
    trades: 0,
    exact: { volume: '0', value: '0', buyVolume: '0' },
    flags,
  };
}

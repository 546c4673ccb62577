import type { SessionSums } from './market-moment.ts';

const NOTHING: SessionSums = {
  openPrice: Number.NaN,
  highPrice: Number.NaN,
  lowPrice: Number.NaN,
  lastPrice: Number.NaN,
  openedAtUs: Number.NaN,
  highAtUs: Number.NaN,
  lowAtUs: Number.NaN,
  volume: 0,
  value: 0,
  buyTrades: 0,
  sellTrades: 0,
  buyVolume: 0,
  sellVolume: 0,
};

/** Adds up the trades of a session. Volumes are counted in lots, so that they are exact. */
export class SessionTally {
  readonly #lotPower: number;
  #sums = NOTHING;
  #lots = 0;
  #buyLots = 0;
  #sellLots = 0;

  constructor(lotPower: number) {
    this.#lotPower = lotPower;
  }

  get sums(): SessionSums {
    return this.#sums;
  }

  clear(): void {
    this.#sums = NOTHING;
    this.#lots = 0;
    this.#buyLots = 0;
    this.#sellLots = 0;
  }

  /** The sums with this trade. */
  add(timeUs: number, price: number, lots: number, side: 1 | -1 | 0): SessionSums {
    const before = this.#sums;
    const isFirst = before.volume === 0;
    const isHigh = isFirst || price > before.highPrice;
    const isLow = isFirst || price < before.lowPrice;
    this.#lots += lots;
    if (side === 1) this.#buyLots += lots;
    if (side === -1) this.#sellLots += lots;
    this.#sums = {
      openPrice: isFirst ? price : before.openPrice,
      highPrice: isHigh ? price : before.highPrice,
      lowPrice: isLow ? price : before.lowPrice,
      lastPrice: price,
      openedAtUs: isFirst ? timeUs : before.openedAtUs,
      highAtUs: isHigh ? timeUs : before.highAtUs,
      lowAtUs: isLow ? timeUs : before.lowAtUs,
      volume: this.#lots / this.#lotPower,
      value: before.value + (price * lots) / this.#lotPower,
      buyTrades: before.buyTrades + (side === 1 ? 1 : 0),
      sellTrades: before.sellTrades + (side === -1 ? 1 : 0),
      buyVolume: this.#buyLots / this.#lotPower,
      sellVolume: this.#sellLots / this.#lotPower,
    };
    return this.#sums;
  }
}

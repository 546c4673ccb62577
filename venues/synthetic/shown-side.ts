import type { BookSide } from './book-side.ts';
import type { Listing } from './listing.ts';
import type { MarketLevel, MarketSide } from './market-moment.ts';

/** Nothing to show, as while a market is closed. */
export const EMPTY_SIDE: MarketSide = { levels: [], total: 0, totalOrders: 0, totalChange: 0 };

/** What the venue shows of one side of the book, with its changes against what it showed before. */
export class ShownSide {
  readonly #listing: Listing;
  readonly #power: number;
  #lots = new Map<number, number>();
  #total = 0;
  #side = EMPTY_SIDE;

  constructor(listing: Listing, lotPower: number) {
    this.#listing = listing;
    this.#power = lotPower;
  }

  get side(): MarketSide {
    return this.#side;
  }

  /** Levels outside of `[lowest, highest]` are not shown. */
  show(side: BookSide, lowest: number, highest: number): void {
    const { ladder, levels: levelsMax, lotsPerOrder } = this.#listing;
    const levels: MarketLevel[] = [];
    const shown = new Map<number, number>();
    let totalLots = 0;
    let totalOrders = 0;
    for (let i = 0; i < side.count && levels.length < levelsMax; i++) {
      const tick = side.ticks[i]!;
      const lots = side.lots[i]!;
      const price = ladder.priceOf(tick);
      if (!(price > 0 && price >= lowest && price <= highest)) continue;
      const orders = 1 + Math.floor((lots - 1) / lotsPerOrder);
      levels.push({ price, size: lots / this.#power, orders, change: (lots - (this.#lots.get(tick) ?? 0)) / this.#power });
      shown.set(tick, lots);
      totalLots += lots;
      totalOrders += orders;
    }
    this.#side = { levels, total: totalLots / this.#power, totalOrders, totalChange: (totalLots - this.#total) / this.#power };
    this.#lots = shown;
    this.#total = totalLots;
  }
}

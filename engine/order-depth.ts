import type { BookView, QuoteEvent } from '#domain';
import { subtractDecimals } from './order-decimals.ts';

/** What of a symbol's offers the tape shows right now, as matching needs it. `side` is 1 for bids and -1 for asks. */
export interface Depth {
  /** NaN when the side is empty. */
  bestPrice(side: 1 | -1): number;
  /** From the best price outward until `visit` returns false. */
  walk(side: 1 | -1, visit: (price: number, size: number) => boolean): void;
  /** Size at a price; 0 where the tape shows that nothing is there, NaN where it does not show that price. */
  visibleSize(side: 1 | -1, price: number): number;
}

/** A whole book: prices beyond the last visible level are not shown. Reused for each symbol. */
export class BookDepth implements Depth {
  #book: BookView | undefined = undefined;
  #side: 1 | -1 = 1;
  #price = Number.NaN;
  #isReached = false;
  readonly #reach = (price: number): boolean => {
    this.#isReached = this.#side * (this.#price - price) >= 0;
    return !this.#isReached;
  };

  show(book: BookView): this {
    this.#book = book;
    return this;
  }

  bestPrice(side: 1 | -1): number {
    return side > 0 ? this.#book!.bidPrice : this.#book!.askPrice;
  }

  walk(side: 1 | -1, visit: (price: number, size: number) => boolean): void {
    this.#book!.walk(side, visit);
  }

  visibleSize(side: 1 | -1, price: number): number {
    const size = this.#book!.sizeAt(side, price);
    if (size > 0) return size;
    this.#side = side;
    this.#price = price;
    this.#isReached = false;
    this.#book!.walk(side, this.#reach);
    return this.#isReached ? 0 : Number.NaN;
  }
}

/** One quote: a level a side, of unlimited size where the venue gives none. Reused for each quote. */
export class QuoteDepth implements Depth {
  #quote: Readonly<QuoteEvent> | undefined = undefined;

  show(quote: Readonly<QuoteEvent>): this {
    this.#quote = quote;
    return this;
  }

  bestPrice(side: 1 | -1): number {
    return side > 0 ? this.#quote!.bidPrice : this.#quote!.askPrice;
  }

  walk(side: 1 | -1, visit: (price: number, size: number) => boolean): void {
    const price = this.bestPrice(side);
    const size = side > 0 ? this.#quote!.bidSize : this.#quote!.askSize;
    if (!Number.isNaN(price)) visit(price, Number.isNaN(size) ? Number.POSITIVE_INFINITY : size);
  }

  visibleSize(side: 1 | -1, price: number): number {
    const best = this.bestPrice(side);
    if (price === best) return side > 0 ? this.#quote!.bidSize : this.#quote!.askSize;
    return side * (price - best) > 0 ? 0 : Number.NaN;
  }
}

interface Taken {
  readonly side: 1 | -1;
  readonly price: number;
  /** What the level showed when we took of it: another size means that the tape refreshed it. */
  readonly visible: number;
  size: number;
}

/** What we took of the levels a symbol shows, so that one book state cannot be eaten twice. */
export class Depletion {
  readonly #taken: Taken[] = [];

  /** What is left of a level that shows `visible`. */
  available(side: 1 | -1, price: number, visible: number): number {
    const taken = this.#find(side, price, visible);
    return taken === undefined ? visible : subtractDecimals(visible, taken.size);
  }

  take(side: 1 | -1, price: number, visible: number, size: number): void {
    if (visible === Number.POSITIVE_INFINITY) return;
    const taken = this.#find(side, price, visible);
    if (taken === undefined) this.#taken.push({ side, price, visible, size });
    else taken.size = subtractDecimals(taken.size, -size);
  }

  /** Forgets the levels that the tape has changed since; what stays is at most one entry per visible level. */
  refresh(depth: Depth): void {
    for (let i = this.#taken.length - 1; i >= 0; i--) {
      const { side, price, visible } = this.#taken[i]!;
      if (depth.visibleSize(side, price) !== visible) this.#taken.splice(i, 1);
    }
  }

  #find(side: 1 | -1, price: number, visible: number): Taken | undefined {
    for (const taken of this.#taken) {
      if (taken.side === side && taken.price === price && taken.visible === visible) return taken;
    }
    return undefined;
  }
}

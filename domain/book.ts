/** One symbol's order book as a strategy, a broker or a report reads it; valid until the callback returns. */
export interface BookView {
  /** False until the first snapshot, and after a gap until the next one. */
  readonly isKnown: boolean;
  /** Best prices and sizes; NaN when that side is empty or the book is unknown. */
  readonly bidPrice: number;
  readonly bidSize: number;
  readonly askPrice: number;
  readonly askSize: number;
  /** (bid + ask) / 2; NaN unless both sides are there. */
  readonly midPrice: number;
  /** The venue's id of the last message applied; NaN where there is none. */
  readonly updateId: number;
  /** How many levels a side has. */
  levelCount(side: 1 | -1): number;
  /** Sum of the sizes of the best `levels` levels of a side (1 bid, -1 ask), added exactly. */
  depth(side: 1 | -1, levels: number): number;
  /** Visits levels from the best outward until `visit` returns false. */
  walk(side: 1 | -1, visit: (price: number, size: number) => boolean): void;
  /** Size at a price; 0 where there is none. */
  sizeAt(side: 1 | -1, price: number): number;
}

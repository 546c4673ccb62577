const LEVELS_START = 16;

/**
 * Levels in one sorted column, best first: price and size of each level side by side, so that a change moves memory once.
 * Exact for any finite price; a change costs a search and a move of what lies behind.
 */
export class SortedLevels {
  /** 1 for asks, -1 for bids: `sign × price` rises along the column. */
  readonly #sign: number;
  /** The price of level i at 2i, its size at 2i + 1. */
  #column = new Float64Array(2 * LEVELS_START);
  #count = 0;

  constructor(sign: number) {
    this.#sign = sign;
  }

  get count(): number {
    return this.#count;
  }

  price(index: number): number {
    return this.#column[2 * index]!;
  }

  size(index: number): number {
    return this.#column[2 * index + 1]!;
  }

  /** Size at a price; 0 where there is none. */
  sizeAt(price: number): number {
    const index = this.#find(price);
    return index < this.#count && this.#column[2 * index] === price ? this.#column[2 * index + 1]! : 0;
  }

  /** Sets the size at a price; a size that is not above 0 removes the level. */
  set(price: number, size: number): void {
    const index = this.#find(price);
    const isThere = index < this.#count && this.#column[2 * index] === price;
    if (size > 0) {
      if (!isThere) this.#insert(index, price);
      this.#column[2 * index + 1] = size;
    } else if (isThere) {
      this.#column.copyWithin(2 * index, 2 * index + 2, 2 * this.#count);
      this.#count--;
    }
  }

  clear(): void {
    this.#count = 0;
  }

  /** Index of the first level that is not better than `price`. */
  #find(price: number): number {
    const column = this.#column;
    const rank = this.#sign * price;
    let low = 0;
    let high = this.#count;
    // Snapshots come best first: look at the end before searching.
    if (high === 0 || this.#sign * column[2 * high - 2]! < rank) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sign * column[2 * middle]! < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(index: number, price: number): void {
    if (2 * this.#count === this.#column.length) {
      const column = new Float64Array(2 * this.#column.length);
      column.set(this.#column);
      this.#column = column;
    }
    if (index < this.#count) this.#column.copyWithin(2 * index + 2, 2 * index, 2 * this.#count);
    this.#column[2 * index] = price + 0; // turns -0 into 0
    this.#count++;
  }
}

import type { BookEvent } from '#domain';
import type { LevelColumns } from './price-ladder.ts';

/** Deltas kept while a book waits for its snapshot; at either limit the buffer starts anew and says so. */
export const BOOK_BUFFER_MESSAGES_MAX = 16_384;
export const BOOK_BUFFER_LEVELS_MAX = 1 << 19;

const LEVELS_START = 1_024;

interface BufferedDelta {
  readonly firstUpdateId: number;
  readonly lastUpdateId: number;
  readonly start: number;
  readonly end: number;
}

/** Copies of the deltas that came before a book's snapshot: events are reused by their register, so they cannot be kept. */
export class BookDeltaBuffer {
  readonly #deltas: BufferedDelta[] = [];
  #sides = new Int8Array(0);
  #prices = new Float64Array(0);
  #sizes = new Float64Array(0);

  get count(): number {
    return this.#deltas.length;
  }

  /** `u` of the newest delta; NaN when there is none. */
  get lastUpdateId(): number {
    return this.#deltas.at(-1)?.lastUpdateId ?? Number.NaN;
  }

  /** `U` and `u` of one delta, oldest first. */
  delta(index: number): { readonly firstUpdateId: number; readonly lastUpdateId: number } {
    return this.#deltas[index]!;
  }

  canHold(event: Readonly<BookEvent>): boolean {
    return this.#deltas.length < BOOK_BUFFER_MESSAGES_MAX && this.#end() + event.levels.count <= BOOK_BUFFER_LEVELS_MAX;
  }

  push(event: Readonly<BookEvent>): void {
    const start = this.#end();
    const { count, side, price, size } = event.levels;
    const end = start + count;
    if (end > this.#prices.length) this.#grow(end);
    for (let level = 0; level < count; level++) {
      this.#sides[start + level] = side[level]!;
      this.#prices[start + level] = price[level]!;
      this.#sizes[start + level] = size[level]!;
    }
    this.#deltas.push({ firstUpdateId: event.firstUpdateId, lastUpdateId: event.lastUpdateId, start, end });
  }

  /** The levels of one delta, in the order they came; valid until the buffer changes. */
  levels(index: number): LevelColumns {
    const { start, end } = this.#deltas[index]!;
    return {
      count: end - start,
      side: this.#sides.subarray(start, end),
      price: this.#prices.subarray(start, end),
      size: this.#sizes.subarray(start, end),
    };
  }

  /** Forgets every delta and the memory they took. */
  clear(): void {
    if (this.#deltas.length === 0) return;
    this.#deltas.length = 0;
    this.#sides = new Int8Array(0);
    this.#prices = new Float64Array(0);
    this.#sizes = new Float64Array(0);
  }

  #end(): number {
    return this.#deltas.at(-1)?.end ?? 0;
  }

  #grow(needed: number): void {
    let length = Math.max(LEVELS_START, this.#prices.length);
    while (length < needed) length *= 2;
    const sides = new Int8Array(length);
    const prices = new Float64Array(length);
    const sizes = new Float64Array(length);
    sides.set(this.#sides);
    prices.set(this.#prices);
    sizes.set(this.#sizes);
    this.#sides = sides;
    this.#prices = prices;
    this.#sizes = sizes;
  }
}

import { assert, type BookLevels } from '#domain';
import type { ExactSum } from './exact-sum.ts';
import { gridOf } from './price-ladder-grid.ts';
import { SortedLevels } from './price-ladder-overflow.ts';

/** Slots of a window; both powers of two, at least 1,024 for the summary bits. At most 0.5 MiB a side. */
const WINDOW_SLOTS_MIN = 1_024;
const WINDOW_SLOTS_MAX = 65_536;
/** A side with fewer levels stays a sorted list, which is faster and smaller than a window. */
const WINDOW_LEVELS_MIN = 96;
/** What one level outside the window costs when it lies where the window should be, against one that is rightly far away. */
const NEAR_MISS_COST = 8;

/** What a ladder reads of a message's levels. */
export type LevelColumns = Pick<BookLevels, 'count' | 'side' | 'price' | 'size'>;

/**
 * One side of a book. Levels near the touch live in slots indexed by price tick, with a bit for each slot that is filled;
 * every other level (far away, or between two ticks) lives in an exact sorted overflow. Nothing is ever dropped: where a level
 * lives is a matter of speed only. The window moves and changes its tick when too many levels fall outside.
 */
export class PriceLadder {
  /** 1 for asks, -1 for bids: `sign × ticks` is lower for the better price. */
  readonly #sign: number;
  /** Prices on the grid are whole multiples of `tick` / `scale`; see `PriceGrid`. */
  #scale = 1;
  #tick = 1;
  #ticksPerPrice = 1;
  /** `sign × ticks` of slot 0. */
  #base = 0;
  #slots = 0;
  #sizes = new Float64Array(0);
  /** One bit a slot, and one bit for each word of those that is not 0. */
  #words = new Int32Array(0);
  #summary = new Int32Array(0);
  /** Slot of the best level of the window; `#slots` when it holds none. */
  #best = 0;
  #windowCount = 0;
  readonly #overflow: SortedLevels;
  #missCost = 0;

  /** `side` is 1 for bids and -1 for asks. */
  constructor(side: 1 | -1) {
    this.#sign = -side;
    this.#overflow = new SortedLevels(-side);
  }

  get count(): number {
    return this.#windowCount + this.#overflow.count;
  }

  /** The best price; NaN when there is no level. */
  get bestPrice(): number {
    const overflow = this.#overflow;
    if (this.#windowCount === 0) return overflow.count === 0 ? Number.NaN : overflow.price(0);
    const price = this.#priceAt(this.#best);
    return overflow.count > 0 && this.#sign * overflow.price(0) < this.#sign * price ? overflow.price(0) : price;
  }

  /** The size at the best price; NaN when there is no level. */
  get bestSize(): number {
    const overflow = this.#overflow;
    if (this.#windowCount === 0) return overflow.count === 0 ? Number.NaN : overflow.size(0);
    if (overflow.count > 0 && this.#sign * overflow.price(0) < this.#sign * this.#priceAt(this.#best)) return overflow.size(0);
    return this.#sizes[this.#best]!;
  }

  /** Sets the levels of one side of a message. A size that is not above 0 removes the level, also one that is not there. Prices are finite. */
  setLevels(levels: LevelColumns, side: 1 | -1): void {
    for (let level = 0; level < levels.count; level++) {
      if (levels.side[level] !== side) continue;
      const price = levels.price[level]!;
      const ticks = Math.round(price * this.#ticksPerPrice);
      const slot = this.#sign * ticks - this.#base;
      // The steps back are exact where they match: the price is the double nearest to that many ticks.
      const isOnGrid = (ticks * this.#tick) / this.#scale === price;
      if (isOnGrid && slot >= 0 && slot < this.#slots) this.#setSlot(slot, levels.size[level]!);
      else this.#setOutside(price, levels.size[level]!, isOnGrid && slot >= 0 ? 1 : NEAR_MISS_COST);
    }
  }

  /** Size at a price; 0 where there is none. */
  sizeAt(price: number): number {
    const ticks = Math.round(price * this.#ticksPerPrice);
    const slot = this.#sign * ticks - this.#base;
    const isInWindow = (ticks * this.#tick) / this.#scale === price && slot >= 0 && slot < this.#slots;
    if (!isInWindow) return this.#overflow.sizeAt(price);
    return (this.#words[slot >> 5]! & (1 << (slot & 31))) === 0 ? 0 : this.#sizes[slot]!;
  }

  clear(): void {
    this.#overflow.clear();
    this.#clearWindow();
  }

  /** Visits levels from the best outward until `visit` returns false. */
  walk(visit: (price: number, size: number) => boolean): void {
    const overflow = this.#overflow;
    let slot = this.#best;
    let far = 0;
    while (slot < this.#slots || far < overflow.count) {
      const price = slot < this.#slots ? this.#priceAt(slot) : Number.NaN;
      // A comparison with NaN is false, so an empty window leaves the overflow's turn.
      if (far < overflow.count && !(this.#sign * price < this.#sign * overflow.price(far))) {
        if (!visit(overflow.price(far), overflow.size(far))) return;
        far++;
      } else {
        if (!visit(price, this.#sizes[slot]!)) return;
        slot = this.#nextSlot(slot + 1);
      }
    }
  }

  /** Adds the sizes of the best `levels` levels to `sum`. */
  sumSizes(levels: number, sum: ExactSum): void {
    const overflow = this.#overflow;
    const overflowPrice = overflow.count === 0 ? Number.NaN : overflow.price(0);
    let slot = this.#best;
    let left = levels;
    // The common case: everything asked for lies in the window, before the first level outside.
    while (left > 0 && slot < this.#slots) {
      if (this.#sign * overflowPrice < this.#sign * this.#priceAt(slot)) break;
      sum.add(this.#sizes[slot]!);
      slot = this.#nextSlot(slot + 1);
      left--;
    }
    if (left > 0 && overflow.count > 0) this.#sumMixed(left, slot, sum);
  }

  #sumMixed(levels: number, slotStart: number, sum: ExactSum): void {
    const overflow = this.#overflow;
    let slot = slotStart;
    let far = 0;
    for (let left = levels; left > 0 && (slot < this.#slots || far < overflow.count); left--) {
      const price = slot < this.#slots ? this.#priceAt(slot) : Number.NaN;
      if (far < overflow.count && !(this.#sign * price < this.#sign * overflow.price(far))) {
        sum.add(overflow.size(far++));
      } else {
        sum.add(this.#sizes[slot]!);
        slot = this.#nextSlot(slot + 1);
      }
    }
  }

  /** The same double that `set` was given: it was stored only because these steps lead back to it. */
  #priceAt(slot: number): number {
    // Adding 0 turns -0 into 0.
    return (this.#sign * (slot + this.#base) * this.#tick) / this.#scale + 0;
  }

  #setSlot(slot: number, size: number): void {
    if (size > 0) {
      this.#sizes[slot] = size;
      if ((this.#words[slot >> 5]! & (1 << (slot & 31))) === 0) this.#fillSlot(slot);
    } else if ((this.#words[slot >> 5]! & (1 << (slot & 31))) !== 0) this.#emptySlot(slot);
  }

  #fillSlot(slot: number): void {
    const word = slot >> 5;
    this.#words[word]! |= 1 << (slot & 31);
    this.#summary[word >> 5]! |= 1 << (word & 31);
    this.#windowCount++;
    if (slot < this.#best) this.#best = slot;
  }

  #emptySlot(slot: number): void {
    const word = slot >> 5;
    const rest = this.#words[word]! ^ (1 << (slot & 31));
    this.#words[word] = rest;
    if (rest === 0) this.#summary[word >> 5]! ^= 1 << (word & 31);
    this.#windowCount--;
    if (slot === this.#best) this.#best = this.#nextSlot(slot + 1);
  }

  /** The first filled slot from `from` on, or the number of slots. */
  #nextSlot(from: number): number {
    if (from >= this.#slots) return this.#slots;
    let word = from >> 5;
    const rest = this.#words[word]! & (-1 << (from & 31));
    if (rest !== 0) return (word << 5) + lowestBit(rest);
    word++;
    for (let group = word >> 5; group < this.#summary.length; group++) {
      const words = group === word >> 5 ? this.#summary[group]! & (-1 << (word & 31)) : this.#summary[group]!;
      if (words === 0) continue;
      const found = (group << 5) + lowestBit(words);
      return (found << 5) + lowestBit(this.#words[found]!);
    }
    return this.#slots;
  }

  #setOutside(price: number, size: number, cost: number): void {
    assert(Number.isFinite(price), 'a decoder fails a frame in which a price is no finite number');
    this.#overflow.set(price, size);
    this.#missCost += cost;
    if (this.#missCost > 2 * (WINDOW_LEVELS_MIN + this.count) || (this.#slots === 0 && this.#overflow.count > WINDOW_LEVELS_MIN)) {
      this.#missCost = 0;
      this.#layOut();
    }
  }

  /** Moves the window to where the levels are now, if that differs from where it is. */
  #layOut(): void {
    const count = this.count;
    if (count < WINDOW_LEVELS_MIN) return;
    const prices = new Float64Array(count);
    const sizes = new Float64Array(count);
    let index = 0;
    this.walk((price, size) => {
      prices[index] = price;
      sizes[index++] = size;
      return true;
    });
    const near = Math.ceil(count * 0.75);
    const grid = gridOf(prices, near);
    const ticksPerPrice = grid.scale / grid.tick;
    const slots = windowSlots(Math.abs(prices[near - 1]! - prices[0]!) * ticksPerPrice);
    // A quarter of the window is left for prices better than the best one now.
    const base = Math.round(this.#sign * prices[0]! * ticksPerPrice) - slots / 4;
    const isSameGrid = grid.scale === this.#scale && grid.tick === this.#tick && slots === this.#slots;
    if (isSameGrid && Math.abs(base - this.#base) < slots / 8) return;
    this.clear();
    this.#scale = grid.scale;
    this.#tick = grid.tick;
    this.#ticksPerPrice = ticksPerPrice;
    this.#base = base;
    this.#resize(slots);
    for (let level = 0; level < count; level++) this.#place(prices[level]!, sizes[level]!);
  }

  #place(price: number, size: number): void {
    const ticks = Math.round(price * this.#ticksPerPrice);
    const slot = this.#sign * ticks - this.#base;
    if ((ticks * this.#tick) / this.#scale === price && slot >= 0 && slot < this.#slots) this.#setSlot(slot, size);
    else this.#overflow.set(price, size);
  }

  #resize(slots: number): void {
    if (slots !== this.#slots) {
      this.#slots = slots;
      this.#sizes = new Float64Array(slots);
      this.#words = new Int32Array(slots >> 5);
      this.#summary = new Int32Array(slots >> 10);
    }
    this.#best = slots;
  }

  #clearWindow(): void {
    // Sizes stay: only the bits say whether a slot is filled.
    if (this.#windowCount > 0) {
      this.#words.fill(0);
      this.#summary.fill(0);
    }
    this.#windowCount = 0;
    this.#best = this.#slots;
  }
}

function windowSlots(span: number): number {
  let slots = WINDOW_SLOTS_MIN;
  while (slots < WINDOW_SLOTS_MAX && slots < 2 * span) slots *= 2;
  return slots;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

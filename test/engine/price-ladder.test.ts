import { expect, test } from 'vitest';
import { ExactSum } from '../../engine/exact-sum.ts';
import { PriceLadder } from '../../engine/price-ladder.ts';
import { checkSeeds, type Random } from '../seeds.ts';

type Level = readonly [price: number, size: number];

/** The plain book that the ladder must equal after every change. */
class SortedBook {
  readonly #levels = new Map<number, number>();
  readonly #side: 1 | -1;

  constructor(side: 1 | -1) {
    this.#side = side;
  }

  set(price: number, size: number): void {
    if (size > 0) this.#levels.set(price + 0, size);
    else this.#levels.delete(price + 0);
  }

  clear(): void {
    this.#levels.clear();
  }

  sizeAt(price: number): number {
    return this.#levels.get(price) ?? 0;
  }

  get levels(): Level[] {
    return [...this.#levels].sort(([a], [b]) => this.#side * (b - a));
  }
}

/** Sets one level, among one of the other side that must not count. */
function setLevel(ladder: PriceLadder, side: 1 | -1, price: number, size: number): void {
  ladder.setLevels({ count: 2, side: Int8Array.of(-side, side), price: Float64Array.of(1, price), size: Float64Array.of(9, size) }, side);
}

function levelsOf(ladder: PriceLadder): Level[] {
  const levels: Level[] = [];
  ladder.walk((price, size) => levels.push([price, size]) > 0);
  return levels;
}

function checkSame(ladder: PriceLadder, book: SortedBook, depth: number): void {
  const levels = book.levels;
  expect(levelsOf(ladder)).toEqual(levels);
  expect(ladder.count).toBe(levels.length);
  expect([ladder.bestPrice, ladder.bestSize]).toEqual(levels[0] ?? [Number.NaN, Number.NaN]);
  const sum = new ExactSum();
  const wanted = new ExactSum();
  ladder.sumSizes(depth, sum);
  for (const [, size] of levels.slice(0, depth)) wanted.add(size);
  expect(sum.toText()).toBe(wanted.toText());
}

/** A market that walks, with levels far away, jumps, odd ticks and prices between ticks. */
function marketOf(random: Random): () => number {
  const tick = random.pick([1e-8, 0.0005, 0.01, 0.05, 0.1, 1, 250, 1e6]);
  const decimals = Math.max(0, Math.round(-Math.log10(tick)) + 1);
  const width = random.pick([20, 400, 5_000]);
  let middle = random.integer(0, 1_000_000);
  return () => {
    if (random.chance(0.1)) middle += random.integer(-width, width);
    if (random.chance(0.002)) middle = random.integer(0, 1_000_000);
    if (random.chance(0.01)) return random.pick([0, -0, 0.30000000000000004, 1e-8, 1e9, 1e300, 24_426.99, random.fraction()]);
    const ticks = random.chance(0.05) ? random.integer(0, 2_000_000) : middle + random.integer(-width, width);
    return Number((Math.abs(ticks) * tick).toFixed(decimals));
  };
}

test('a ladder equals a sorted map after every change, whatever the prices', () => {
  checkSeeds(40, (random) => {
    const side = random.pick([1, -1] as const);
    const ladder = new PriceLadder(side);
    const book = new SortedBook(side);
    const nextPrice = marketOf(random);
    const removals = random.pick([0.2, 0.5, 0.6]);
    for (let change = 0; change < 2_000; change++) {
      const price = random.chance(0.3) && ladder.count > 0 ? random.pick(levelsOf(ladder))[0] : nextPrice();
      const size = random.chance(removals) ? 0 : random.integer(1, 1_000_000) / 1000;
      setLevel(ladder, side, price, size);
      book.set(price, size);
      expect(ladder.sizeAt(price)).toBe(size);
      if (change % 25 === 0) checkSame(ladder, book, random.integer(0, 30));
      if (random.chance(0.0005)) {
        ladder.clear();
        book.clear();
      }
    }
    checkSame(ladder, book, 10);
  });
});

test('a ladder of many levels keeps those far away and those between ticks', () => {
  const ladder = new PriceLadder(1);
  const book = new SortedBook(1);
  for (let level = 0; level < 3_000; level++) {
    setLevel(ladder, 1, (6_168_599 - level) / 100, 1 + level);
    book.set((6_168_599 - level) / 100, 1 + level);
  }
  for (const price of [24_426.99, 0.01, 0, 61_685.12345678, 1e9]) {
    setLevel(ladder, 1, price, 0.5);
    book.set(price, 0.5);
  }
  checkSame(ladder, book, 3_005);
  expect(ladder.bestPrice).toBe(1e9);
});

test('removing a level that is not there changes nothing', () => {
  const ladder = new PriceLadder(-1);
  setLevel(ladder, -1, 100, 0);
  setLevel(ladder, -1, 101, 2);
  setLevel(ladder, -1, 100, 0);
  expect(levelsOf(ladder)).toEqual([[101, 2]]);
});

import { decimalsOf, powerOfTen, unitsOf } from '#domain';

/** Prices on the grid are whole multiples of `tick` / `scale`. */
export interface PriceGrid {
  /** 10^decimals. */
  readonly scale: number;
  /** Whole units of 10^-decimals. */
  readonly tick: number;
}

/** Prices with more digits after the point than this are on no grid. */
const GRID_DECIMALS_MAX = 15;
/** Above this a double can stand for two neighbouring units (see `exact-sum.ts`). */
const UNITS_MAX = 2_251_799_813_685_248;
/** A grid that leaves out at most one price in this many is coarse enough: one odd price must not make it useless for the others. */
const ODD_PRICES_ONE_IN = 8;
/** Finding a price's decimals is slow, and a hundred prices tell what a thousand would. */
const SAMPLE_MAX = 128;

/** The grid that the first `count` prices lie on, but for a few with more decimals than the others. */
export function gridOf(prices: Float64Array, count: number): PriceGrid {
  const decimals = commonDecimals(prices, count);
  let tick = 0;
  for (let index = 0; index < count && tick !== 1; index++) {
    const units = Math.abs(unitsOf(prices[index]!, decimals));
    if (units <= UNITS_MAX) tick = greatestCommonDivisor(tick, units);
  }
  return { scale: powerOfTen(decimals), tick: tick === 0 ? 1 : tick };
}

/** The fewest decimals that all but a few prices can be written with, judged by an even sample of them. */
function commonDecimals(prices: Float64Array, count: number): number {
  const counts = new Array<number>(GRID_DECIMALS_MAX + 2).fill(0);
  const step = Math.ceil(count / SAMPLE_MAX);
  let sampled = 0;
  for (let index = 0; index < count; index += step) {
    counts[Math.min(decimalsOf(prices[index]!), GRID_DECIMALS_MAX + 1)]!++;
    sampled++;
  }
  let decimals = 0;
  let covered = counts[0]!;
  while (decimals < GRID_DECIMALS_MAX && (sampled - covered) * ODD_PRICES_ONE_IN > sampled) covered += counts[++decimals]!;
  return decimals;
}

function greatestCommonDivisor(a: number, b: number): number {
  let high = a;
  let low = b;
  while (low !== 0) {
    const rest = high % low;
    high = low;
    low = rest;
  }
  return high;
}

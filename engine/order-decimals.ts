import { decimalsOf, powerOfTen, unitsOf } from '#domain';

const DECIMALS_EXACT_MAX = 15;

/** `a + b` as decimals: 0.1 + 0.2 is 0.3. NaN in, NaN out. Falls back to the float sum where the digits do not fit a safe integer. */
export function addDecimals(a: number, b: number): number {
  if (Number.isNaN(a + b)) return Number.NaN;
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  if (decimals > DECIMALS_EXACT_MAX) return a + b;
  const units = unitsOf(a, decimals) + unitsOf(b, decimals);
  return Number.isSafeInteger(units) ? units / powerOfTen(decimals) : a + b;
}

/** `a − b` as decimals: what is left of an order is exactly 0 when all of it was filled. */
export function subtractDecimals(a: number, b: number): number {
  return addDecimals(a, -b);
}

/** `share` of a size, cut down to whole steps of `decimals` digits, so that a share of 7 stocks is whole stocks. */
export function shareOfSize(size: number, share: number, decimals: number): number {
  if (share === 1 || size === Number.POSITIVE_INFINITY) return size;
  if (decimals > DECIMALS_EXACT_MAX) return size * share;
  const power = powerOfTen(decimals);
  // The tiny addition keeps 0.3 × 10 from being cut to 2 because 0.3 is a little less than three tenths.
  return Math.floor(size * power * share * (1 + 1e-12)) / power;
}

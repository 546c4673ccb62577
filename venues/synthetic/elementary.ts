/**
 * Exponential, logarithm and normal distribution from additions, multiplications and divisions alone: `Math.exp` and `Math.log` may differ in
 * the last digit between engines, and a market must be the same everywhere.
 */

/** ln 2 in two parts, of which the first has so few digits that its multiples are exact (fdlibm). */
const LN_2_HIGH = 0.6931471803691238;
const LN_2_LOW = 1.9082149292705877e-10;
const EXPONENT_MAX = 709;
const EXPONENT_MIN = -708;
const SERIES_TERMS = 17;
const INVERSE_SQRT_2_PI = 0.3989422804014327;
/** Farther out the distribution is 0 or 1 to the last digit of what is added to it. */
const NORMAL_REACH = 8;

/** e^x within 2e-15 of its size; 0 below -708, infinite above 709. */
export function exponential(x: number): number {
  if (x > EXPONENT_MAX) return Number.POSITIVE_INFINITY;
  if (x < EXPONENT_MIN) return 0;
  // e^x = 2^k e^r with |r| at most ln 2 / 2.
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN_2_HIGH - k * LN_2_LOW;
  let sum = 1;
  for (let n = SERIES_TERMS; n > 0; n--) sum = 1 + (r / n) * sum;
  return timesPowerOfTwo(sum, k);
}

/** ln x within 1e-15 + 3e-16 of its size, for x above 0; NaN for all others. */
export function logarithm(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return Number.NaN;
  let k = 0;
  let m = x;
  for (; m > Math.SQRT2; m /= 2) k += 1;
  for (; m < Math.SQRT2 / 2; m *= 2) k -= 1;
  // ln m = 2 artanh((m − 1) / (m + 1)), whose argument is at most 0.172.
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 2 * SERIES_TERMS + 1; n > 0; n -= 2) sum = sum * square + 1 / n;
  return k * Math.LN2 + 2 * s * sum;
}

/** The standard normal density. */
export function normalDensity(x: number): number {
  return INVERSE_SQRT_2_PI * exponential((-x * x) / 2);
}

/** The standard normal distribution, within 1e-14 (the series of G. Marsaglia, "Evaluating the Normal Distribution", 2004). */
export function normalDistribution(x: number): number {
  if (x >= NORMAL_REACH) return 1;
  if (x <= -NORMAL_REACH) return 0;
  const square = x * x;
  let sum = x;
  let before = 0;
  let term = x;
  for (let n = 3; sum !== before; n += 2) {
    before = sum;
    term *= square / n;
    sum += term;
  }
  return Math.min(1, Math.max(0, 0.5 + sum * normalDensity(x)));
}

function timesPowerOfTwo(value: number, exponent: number): number {
  let result = value;
  for (let k = exponent; k > 0; k--) result *= 2;
  for (let k = exponent; k < 0; k++) result /= 2;
  return result;
}

import { logarithm } from './elementary.ts';

/** How implied volatility depends on the strike. */
export interface SmileShape {
  /** Annual volatility at the money, as a fraction. */
  readonly level: number;
  /** Relative change with each deviation of the strike above the money; below 0 where the market fears a fall. */
  readonly skew: number;
  /** Relative change with the square of it. */
  readonly curvature: number;
}

const DEVIATIONS_MAX = 4;
const VOLATILITY_MIN = 0.03;

/** The implied volatility of a strike: a parabola in deviations from the money, flat beyond four of them. */
export function smileVolatility({ level, skew, curvature }: SmileShape, forward: number, strike: number, years: number): number {
  const deviations = logarithm(strike / forward) / (level * Math.sqrt(years));
  const m = Math.max(-DEVIATIONS_MAX, Math.min(DEVIATIONS_MAX, deviations));
  return Math.max(VOLATILITY_MIN, level * (1 + skew * m + curvature * m * m));
}

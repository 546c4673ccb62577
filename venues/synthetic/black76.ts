import { exponential, logarithm, normalDensity, normalDistribution } from './elementary.ts';

/** What an option's value depends on. */
export interface OptionTerms {
  readonly isCall: boolean;
  /** Price of the future of the same expiry. */
  readonly forward: number;
  readonly strike: number;
  /** Time to expiry, above 0. */
  readonly years: number;
  /** Annual, as a fraction, above 0. */
  readonly volatility: number;
  /** Annual and continuous, as a fraction. */
  readonly rate: number;
}

/** Value and sensitivities of one option on one unit of the future. */
export interface OptionValue {
  readonly price: number;
  /** Change with one point of the forward: 0 to 1 for calls, -1 to 0 for puts. */
  readonly delta: number;
  /** Change of delta with one point of the forward. */
  readonly gamma: number;
  /** Change in one calendar day. */
  readonly theta: number;
  /** Change with one percentage point of volatility. */
  readonly vega: number;
  /** Change with one percentage point of the rate, the forward held. */
  readonly rho: number;
}

const DAYS_A_YEAR = 365;
const PERCENT = 100;

/** Values a European option on a future (F. Black, "The pricing of commodity contracts", 1976). */
export function black76({ isCall, forward, strike, years, volatility, rate }: OptionTerms): OptionValue {
  const deviation = volatility * Math.sqrt(years);
  const d1 = logarithm(forward / strike) / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const discount = exponential(-rate * years);
  const sign = isCall ? 1 : -1;
  const hit = normalDistribution(sign * d1);
  const price = Math.max(0, discount * sign * (forward * hit - strike * normalDistribution(sign * d2)));
  const density = normalDensity(d1);
  return {
    price,
    delta: sign * discount * hit,
    gamma: (discount * density) / (forward * deviation),
    theta: (rate * price - (discount * forward * density * deviation) / (2 * years)) / DAYS_A_YEAR,
    vega: (discount * forward * density * Math.sqrt(years)) / PERCENT,
    rho: (-years * price) / PERCENT,
  };
}

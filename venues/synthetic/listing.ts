import type { PriceLadder } from './price-ladder.ts';

/** Where an instrument of the synthetic market trades, which decides its hours and who tells of it. */
export type Segment = 'kospi' | 'kosdaq' | 'krx-derivatives' | 'coincall-options' | 'coincall-futures';

/** One instrument of the synthetic market: what it is, and how it trades. */
export interface Listing {
  readonly segment: Segment;
  readonly kind: 'stock' | 'future' | 'option' | 'perpetual';
  readonly symbol: string;
  readonly name: string;
  /** Yesterday's close, from which the market starts. */
  readonly startPrice: number;
  readonly ladder: PriceLadder;
  /** Sizes are whole multiples of 10^-lotDecimals. */
  readonly lotDecimals: number;
  /** What an ordinary level of the book holds, in lots. */
  readonly typicalLots: number;
  /** What an ordinary order holds, for the order counts of levels. */
  readonly lotsPerOrder: number;
  /** Levels of each side that the venue shows. */
  readonly levels: number;
  readonly levelGapTicksMax: number;
  /** Mean time between two moments of an ordinary market. */
  readonly momentUs: number;
  /** It ceases to trade then; absent for what never does. */
  readonly expiryUs?: number;
  /** Of options. */
  readonly strike?: number;
  readonly optionType?: 'call' | 'put';
  /** Of derivatives of KRX: `202612`. */
  readonly maturity?: string;
  /** Open interest before the first trade. */
  readonly openInterest?: number;
  /** Something happens to it a minute after the market opens: its price jumps by more than a volatility interruption allows. */
  readonly hasNews?: boolean;
}

/** What the options' model says of one option now. */
export interface OptionNumbers {
  /** Annual, as a fraction. */
  readonly impliedVolatility: number;
  readonly delta: number;
  readonly gamma: number;
  /** Change in one day. */
  readonly theta: number;
  /** Change with one percentage point of volatility, and of the rate. */
  readonly vega: number;
  readonly rho: number;
  /** The model's price, not rounded. */
  readonly theoreticalPrice: number;
  /** Of the future of the same expiry. */
  readonly forwardPrice: number;
  readonly yearsLeft: number;
}

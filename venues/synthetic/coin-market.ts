import { civilTime, DAY_US, daysFromCivil, HOUR_US } from '#domain';
import { type RandomOf, strikesAround } from './krx-market.ts';
import { ListedInstrument } from './listed-instrument.ts';
import type { Listing } from './listing.ts';
import { evenLadder } from './price-ladder.ts';
import { ForwardPricing, MoodPricing, OptionPricing } from './pricing.ts';
import { SessionClock } from './session-clock.ts';
import type { SmileShape } from './volatility-smile.ts';

export interface CoinOptions {
  readonly startUs: number;
  /** Chains that expire while the market lasts are not listed. */
  readonly endUs: number;
  /** Strikes of each expiry; 0 leaves options out. */
  readonly strikes: number;
  readonly hasPerpetual: boolean;
}

const UNDERLYING = 'BTCUSD';
const START_PRICE = 61_800;
const STRIKE_STEP = 1_000;
const RATE = 0.03;
const SMILE: SmileShape = { level: 0.52, skew: -0.03, curvature: 0.03 };
const PRICE_MIN = 10;
/** Contracts expire at 08:00 UTC (documented). */
const EXPIRY_US = 8 * HOUR_US;
const FRIDAY = 5;
const THURSDAY = 4;
const WEEK_DAYS = 7;
const OPTION_MOMENT_US = 2_500_000;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** A perpetual future on a coin and chains of options on it, which never close: the next Friday's and that of four weeks later. */
export function coinInstruments(options: CoinOptions, randomOf: RandomOf): readonly ListedInstrument[] {
  const { startUs, endUs, strikes, hasPerpetual } = options;
  const coin = new MoodPricing(randomOf(UNDERLYING), START_PRICE);
  const clock = new SessionClock([['always', 'always']]);
  const listed: ListedInstrument[] = [];
  if (hasPerpetual) listed.push(new ListedInstrument(perpetualListing(), coin, clock, randomOf(`${UNDERLYING} trades`), startUs));
  for (const expiryUs of strikes === 0 ? [] : expiriesAfter(endUs)) {
    const forward = new ForwardPricing(coin, expiryUs, RATE);
    for (const strike of strikesAround(START_PRICE, STRIKE_STEP, strikes)) {
      for (const optionType of ['call', 'put'] as const) {
        const isCall = optionType === 'call';
        const pricing = new OptionPricing({ forward, isCall, strike, smile: SMILE, rate: RATE, priceMin: PRICE_MIN });
        pricing.advance(startUs);
        const listing = optionListing(expiryUs, strike, optionType, pricing.fairPrice);
        listed.push(new ListedInstrument(listing, pricing, clock, randomOf(listing.symbol), startUs));
      }
    }
  }
  return listed;
}

function expiriesAfter(timeUs: number): readonly number[] {
  const { year, month, day } = civilTime(timeUs);
  const today = daysFromCivil(year, month, day);
  // 1970-01-01, day 0, was a Thursday. A day that has begun is too near.
  const weekday = (today + 1 + THURSDAY) % WEEK_DAYS;
  const first = today + 1 + ((FRIDAY - weekday + WEEK_DAYS) % WEEK_DAYS);
  return [first, first + 4 * WEEK_DAYS].map((expiryDay) => expiryDay * DAY_US + EXPIRY_US);
}

function perpetualListing(): Listing {
  return {
    ...{ segment: 'coincall-futures', kind: 'perpetual', symbol: UNDERLYING, name: 'BTC-PERP', startPrice: START_PRICE },
    ...{ ladder: evenLadder(1, 1), lotDecimals: 3, typicalLots: 400, lotsPerOrder: 100, levels: 20, levelGapTicksMax: 40 },
    ...{ momentUs: 400_000, openInterest: 1_843 },
  };
}

function optionListing(expiryUs: number, strike: number, optionType: 'call' | 'put', fairPrice: number): Listing {
  const { year, month, day } = civilTime(expiryUs);
  const symbol = `${UNDERLYING}-${day}${MONTHS[month - 1]}${String(year % 100).padStart(2, '0')}-${strike}-${optionType === 'call' ? 'C' : 'P'}`;
  const ladder = evenLadder(5, 0);
  return {
    ...{ segment: 'coincall-options', kind: 'option', symbol, name: symbol, strike, optionType, expiryUs, ladder },
    ...{ startPrice: ladder.priceOf(ladder.tickBelow(fairPrice)), lotDecimals: 2, typicalLots: 120, lotsPerOrder: 40, levels: 10 },
    ...{ levelGapTicksMax: 3, momentUs: OPTION_MOMENT_US, openInterest: 90 + (strike / STRIKE_STEP) * 3 },
  };
}

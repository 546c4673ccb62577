import { nextMaturity } from './krx-calendar.ts';
import { ListedInstrument } from './listed-instrument.ts';
import type { Listing } from './listing.ts';
import { evenLadder, indexOptionLadder, krxLadder } from './price-ladder.ts';
import { ForwardPricing, MoodPricing, OptionPricing } from './pricing.ts';
import type { SeededRandom } from './random.ts';
import { SessionClock } from './session-clock.ts';
import type { SmileShape } from './volatility-smile.ts';

/** A stock of the synthetic market. */
export interface KrxStock {
  readonly code: string;
  readonly name: string;
  readonly segment: 'kospi' | 'kosdaq';
  /** Won. */
  readonly previousClose: number;
  readonly hasNews?: boolean;
}

export interface KrxOptions {
  readonly startUs: number;
  readonly stocks: readonly KrxStock[];
  /** Strikes of the option chain around the money, each with call and put; 0 leaves futures and options out. */
  readonly strikes: number;
}

/** Codes and names of real stocks; prices and everything that happens to them are made up. */
export const KRX_STOCKS: readonly KrxStock[] = [
  { code: '005930', name: '삼성전자', segment: 'kospi', previousClose: 71_500 },
  { code: '000660', name: 'SK하이닉스', segment: 'kospi', previousClose: 264_000 },
  { code: '035720', name: '카카오', segment: 'kospi', previousClose: 48_950 },
  { code: '247540', name: '에코프로비엠', segment: 'kosdaq', previousClose: 112_300, hasNews: true },
];

const INDEX_START = 412.35;
const STRIKE_STEP = 2.5;
/** Annual, net of dividends. */
const RATE = 0.021;
const SMILE: SmileShape = { level: 0.19, skew: -0.09, curvature: 0.025 };
const OPTION_PRICE_MIN = 0.02;
const OPTION_MOMENT_US = 1_600_000;
/** Options away from the money are quieter, by so much a strike. */
const QUIETER_PER_STRIKE = 0.35;

const STOCK_HOURS = [['krx-stock', 'day']] as const;
const DERIVATIVE_HOURS = [
  ['krx-derivatives', 'day'],
  ['krx-night', 'night'],
] as const;

/** Gives each instrument a generator of its own, so that one more of them changes nothing about the others. */
export type RandomOf = (symbol: string) => SeededRandom;

/** The stocks, then the future and the options on KOSPI 200. */
export function krxInstruments({ startUs, stocks, strikes }: KrxOptions, randomOf: RandomOf): readonly ListedInstrument[] {
  const listed = stocks.map((stock) => {
    const random = randomOf(stock.code);
    const pricing = new MoodPricing(random, stock.previousClose, stock.hasNews === true);
    return new ListedInstrument(stockListing(stock), pricing, new SessionClock(STOCK_HOURS), random, startUs);
  });
  return strikes === 0 ? listed : [...listed, ...derivatives(startUs, strikes, randomOf)];
}

function derivatives(startUs: number, strikes: number, randomOf: RandomOf): readonly ListedInstrument[] {
  const index = new MoodPricing(randomOf('KOSPI200'), INDEX_START);
  const quarter = nextMaturity(startUs, 'quarterly');
  const month = nextMaturity(startUs, 'monthly');
  const clock = () => new SessionClock(DERIVATIVE_HOURS);
  const futureCode = `A01${quarter.code}`;
  const future = new ListedInstrument(
    futureListing(futureCode, quarter.name, quarter.expiryUs),
    new ForwardPricing(index, quarter.expiryUs, RATE),
    clock(),
    randomOf(futureCode),
    startUs,
  );
  const forward = new ForwardPricing(index, month.expiryUs, RATE);
  const options = strikesAround(INDEX_START, STRIKE_STEP, strikes).flatMap((strike) =>
    (['call', 'put'] as const).map((optionType) => {
      const code = `${optionType === 'call' ? 'B' : 'C'}01${month.code}${String(Math.floor(strike)).padStart(3, '0')}`;
      const isCall = optionType === 'call';
      const pricing = new OptionPricing({ forward, isCall, strike, smile: SMILE, rate: RATE, priceMin: OPTION_PRICE_MIN });
      pricing.advance(startUs);
      const listing = optionListing(code, month.name, month.expiryUs, strike, optionType, pricing.fairPrice);
      return new ListedInstrument(listing, pricing, clock(), randomOf(code), startUs);
    }),
  );
  return [future, ...options];
}

/** So many strikes nearest to the money, from the lowest. */
export function strikesAround(money: number, step: number, count: number): readonly number[] {
  const lowest = Math.round(money / step) - Math.floor((count - 1) / 2);
  return Array.from({ length: count }, (_, index) => (lowest + index) * step);
}

function stockListing({ code, name, segment, previousClose, hasNews }: KrxStock): Listing {
  const typicalLots = Math.max(5, Math.floor(50_000_000 / previousClose));
  return {
    ...{ segment, kind: 'stock', symbol: code, name, startPrice: previousClose, ladder: krxLadder(), lotDecimals: 0 },
    ...{ typicalLots, lotsPerOrder: Math.max(1, Math.floor(typicalLots / 8)), levels: 10, levelGapTicksMax: 1 },
    ...{ momentUs: 500_000, hasNews: hasNews === true },
  };
}

function futureListing(symbol: string, maturity: string, expiryUs: number): Listing {
  return {
    ...{ segment: 'krx-derivatives', kind: 'future', symbol, name: `F ${maturity}`, maturity, expiryUs, startPrice: INDEX_START },
    ...{ ladder: evenLadder(5, 2), lotDecimals: 0, typicalLots: 24, lotsPerOrder: 3, levels: 5, levelGapTicksMax: 1 },
    ...{ momentUs: 350_000, openInterest: 271_843 },
  };
}

function optionListing(
  symbol: string,
  maturity: string,
  expiryUs: number,
  strike: number,
  optionType: 'call' | 'put',
  startPrice: number,
): Listing {
  const stepsAway = Math.abs(strike - INDEX_START) / STRIKE_STEP;
  const ladder = indexOptionLadder();
  return {
    ...{ segment: 'krx-derivatives', kind: 'option', symbol, strike, optionType, maturity, expiryUs, ladder },
    ...{ name: `${optionType === 'call' ? 'C' : 'P'} ${maturity} ${strike.toFixed(1)}` },
    ...{ startPrice: ladder.priceOf(ladder.tickBelow(startPrice)), lotDecimals: 0, typicalLots: 40, lotsPerOrder: 6 },
    ...{ levels: 5, levelGapTicksMax: 2, openInterest: 4_100 + 37 * Math.floor(strike) },
    ...{ momentUs: Math.floor(OPTION_MOMENT_US * (1 + QUIETER_PER_STRIKE * stepsAway)) },
  };
}

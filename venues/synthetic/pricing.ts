import { DAY_US, SECOND_US } from '#domain';
import { black76 } from './black76.ts';
import { exponential } from './elementary.ts';
import type { BookMood } from './instrument-book.ts';
import type { OptionNumbers } from './listing.ts';
import { MarketMood } from './mood.ts';
import type { PriceLadder } from './price-ladder.ts';
import type { SeededRandom } from './random.ts';
import { type SmileShape, smileVolatility } from './volatility-smile.ts';

/** What an instrument is worth, moment by moment. */
export interface Pricing extends BookMood {
  /** Times must not fall from call to call. */
  advance(timeUs: number): void;
  /** Trading begins: what the day brings is decided. */
  openSession(timeUs: number): void;
  /** Of options. */
  readonly option: OptionNumbers | undefined;
}

/** The longest time that passes for prices in one step: nights and weekends do not move them. */
const ELAPSED_SECONDS_MAX = 10;
const YEAR_US = 365 * DAY_US;
/** KRX: a day's price stays within 30 % of yesterday's close. */
export const PRICE_LIMIT_PERCENT = 30;

const NEWS_AFTER_US = 60 * SECOND_US;
const NEWS_LASTS_US = 45 * SECOND_US;
const NEWS_CHANGE = 0.125;

/** A price with a mood of its own: a stock, an index, a coin. Several instruments may follow one. */
export class MoodPricing implements Pricing {
  readonly option = undefined;
  readonly #mood: MarketMood;
  readonly #random: SeededRandom;
  readonly #hasNews: boolean;
  #timeUs = Number.NaN;
  /** What all news up to now made of the price. */
  #factor = 1;
  #newsAtUs = Number.NaN;
  #newsFactor = 1;

  constructor(random: SeededRandom, startPrice: number, hasNews = false) {
    this.#mood = new MarketMood(random, startPrice);
    this.#random = random;
    this.#hasNews = hasNews;
  }

  get fairPrice(): number {
    return this.#mood.fairPrice * this.#factor * this.#progress();
  }

  get activity(): number {
    return this.#isNews() ? this.#mood.activity + 3 : this.#mood.activity;
  }

  get lean(): number {
    return this.#isNews() ? Math.sign(this.#newsFactor - 1) : this.#mood.lean;
  }

  advance(timeUs: number): void {
    const seconds = Number.isNaN(this.#timeUs) ? 0 : Math.min(ELAPSED_SECONDS_MAX, (timeUs - this.#timeUs) / SECOND_US);
    this.#timeUs = timeUs;
    if (seconds > 0) this.#mood.advance(seconds, 1);
  }

  openSession(timeUs: number): void {
    if (!this.#hasNews) return;
    this.#factor *= this.#newsFactor;
    this.#newsFactor = this.#random.chance(0.5) ? 1 + NEWS_CHANGE : 1 / (1 + NEWS_CHANGE);
    this.#newsAtUs = timeUs + NEWS_AFTER_US + this.#random.integer(0, 15) * SECOND_US;
  }

  #isNews(): boolean {
    return this.#timeUs >= this.#newsAtUs && this.#timeUs < this.#newsAtUs + NEWS_LASTS_US;
  }

  #progress(): number {
    if (!(this.#timeUs > this.#newsAtUs)) return 1;
    return 1 + (this.#newsFactor - 1) * Math.min(1, (this.#timeUs - this.#newsAtUs) / NEWS_LASTS_US);
  }
}

/** Keeps a price so far within limits that both sides of the book are within them. */
export class LimitedPricing implements Pricing {
  readonly #pricing: Pricing;
  readonly #ladder: PriceLadder;
  #lowest = 0;
  #highest = Number.POSITIVE_INFINITY;

  constructor(pricing: Pricing, ladder: PriceLadder) {
    this.#pricing = pricing;
    this.#ladder = ladder;
  }

  get fairPrice(): number {
    return Math.max(this.#lowest, Math.min(this.#highest, this.#pricing.fairPrice));
  }

  get activity(): number {
    return this.#pricing.activity;
  }

  get lean(): number {
    return this.#pricing.lean;
  }

  get option(): OptionNumbers | undefined {
    return this.#pricing.option;
  }

  /** Both are prices of the ladder. */
  setLimits(lowest: number, highest: number): void {
    this.#lowest = lowest;
    this.#highest = this.#ladder.priceOf(this.#ladder.tickBelow(highest) - 1);
  }

  advance(timeUs: number): void {
    this.#pricing.advance(timeUs);
  }

  openSession(timeUs: number): void {
    this.#pricing.openSession(timeUs);
  }
}

/** What a future of one expiry is worth: the price of what it is on, carried to its expiry. */
export class ForwardPricing implements Pricing {
  readonly option = undefined;
  readonly #underlying: Pricing;
  readonly #expiryUs: number;
  readonly #rate: number;
  #timeUs = 0;

  /** `rate` is annual, continuous and net of dividends, as a fraction. */
  constructor(underlying: Pricing, expiryUs: number, rate: number) {
    this.#underlying = underlying;
    this.#expiryUs = expiryUs;
    this.#rate = rate;
  }

  get fairPrice(): number {
    return this.#underlying.fairPrice * exponential(this.#rate * this.yearsLeft);
  }

  get activity(): number {
    return this.#underlying.activity;
  }

  get lean(): number {
    return this.#underlying.lean;
  }

  get yearsLeft(): number {
    return Math.max(0, this.#expiryUs - this.#timeUs) / YEAR_US;
  }

  advance(timeUs: number): void {
    this.#timeUs = timeUs;
    this.#underlying.advance(timeUs);
  }

  openSession(): void {
    // What a future is on has hours of its own.
  }
}

export interface OptionPricingOptions {
  readonly forward: ForwardPricing;
  readonly isCall: boolean;
  readonly strike: number;
  readonly smile: SmileShape;
  readonly rate: number;
  /** No maker believes in less. */
  readonly priceMin: number;
}

/** A last minute is worth something: nobody divides by no time at all. */
const YEARS_MIN = (60 * SECOND_US) / YEAR_US;
/** How much a busy market raises all implied volatilities, at most. */
const ACTIVITY_MAX = 4;
const VOLATILITY_OF_ACTIVITY = 0.02;

/** What an option is worth by its forward and the smile. */
export class OptionPricing implements Pricing {
  readonly #options: OptionPricingOptions;
  #numbers: OptionNumbers | undefined;

  constructor(options: OptionPricingOptions) {
    this.#options = options;
  }

  get fairPrice(): number {
    return Math.max(this.#options.priceMin, this.#numbers?.theoreticalPrice ?? 0);
  }

  get activity(): number {
    return this.#options.forward.activity;
  }

  get lean(): number {
    return this.#options.isCall ? this.#options.forward.lean : -this.#options.forward.lean;
  }

  get option(): OptionNumbers | undefined {
    return this.#numbers;
  }

  advance(timeUs: number): void {
    const { forward, isCall, strike, smile, rate } = this.#options;
    forward.advance(timeUs);
    const years = Math.max(YEARS_MIN, forward.yearsLeft);
    const level = smile.level * (1 + VOLATILITY_OF_ACTIVITY * (Math.min(ACTIVITY_MAX, forward.activity) - 1));
    const volatility = smileVolatility({ ...smile, level }, forward.fairPrice, strike, years);
    const value = black76({ isCall, forward: forward.fairPrice, strike, years, volatility, rate });
    const { price, delta, gamma, theta, vega, rho } = value;
    const greeks = { delta, gamma, theta, vega, rho };
    this.#numbers = {
      impliedVolatility: volatility,
      ...greeks,
      theoreticalPrice: price,
      forwardPrice: forward.fairPrice,
      yearsLeft: years,
    };
  }

  openSession(): void {
    // See `ForwardPricing`.
  }
}

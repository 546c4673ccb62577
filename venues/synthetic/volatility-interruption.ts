import { MINUTE_US, SECOND_US } from '#domain';
import type { Interruption } from './market-moment.ts';
import type { SeededRandom } from './random.ts';

/**
 * Static volatility interruptions of KRX (정적 VI): a trade 10 % away from the reference (the last price of a call auction) stops continuous trading
 * for a call auction of two minutes and a random end of up to 30 seconds.
 */
const TRIGGER_PERCENT = 10;
const LASTS_US = 2 * MINUTE_US;
const RANDOM_END_SECONDS_MAX = 30;
const PERCENT = 100;

export class InterruptionRule {
  readonly #random: SeededRandom;
  #referencePrice = Number.NaN;
  #current: Interruption | undefined;
  #count = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** When the one that lasts will end; infinite when there is none. */
  get endsAtUs(): number {
    return this.#current?.releasedAtUs ?? Number.POSITIVE_INFINITY;
  }

  get isOn(): boolean {
    return this.#current !== undefined;
  }

  get referencePrice(): number {
    return this.#referencePrice;
  }

  /** A new day: what happened before does not count. */
  startDay(): void {
    this.#count = 0;
    this.#current = undefined;
    this.#referencePrice = Number.NaN;
  }

  setReference(price: number): void {
    this.#referencePrice = price;
  }

  /** Whether a trade at this price triggers one. The first price of a day is its own reference. */
  isTriggeredBy(price: number): boolean {
    if (Number.isNaN(this.#referencePrice)) this.#referencePrice = price;
    return Math.abs(price - this.#referencePrice) * PERCENT >= this.#referencePrice * TRIGGER_PERCENT;
  }

  begin(timeUs: number, price: number): Interruption {
    this.#count += 1;
    const referencePrice = this.#referencePrice;
    const direction = price > referencePrice ? 1 : -1;
    const startsAtUs = wholeSecond(timeUs);
    const releasedAtUs = startsAtUs + LASTS_US + this.#random.integer(1, RANDOM_END_SECONDS_MAX) * SECOND_US;
    this.#current = { isOn: true, price, referencePrice, direction, triggeredAtUs: startsAtUs, releasedAtUs, count: this.#count };
    return this.#current;
  }

  /** Ends the one that lasts, at its time or when the session does not wait for it. */
  end(timeUs: number): Interruption | undefined {
    if (this.#current === undefined) return undefined;
    const ended = { ...this.#current, isOn: false, releasedAtUs: wholeSecond(timeUs) };
    this.#current = undefined;
    return ended;
  }
}

function wholeSecond(timeUs: number): number {
  return Math.floor(timeUs / SECOND_US) * SECOND_US;
}

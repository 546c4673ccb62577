import { MINUTE_US, type OrderIntent } from '#domain';
import type { OpeningRule, RiskContext } from './rule.ts';

/**
 * Limits orders in any 60 seconds of engine time; an order exactly 60 seconds old no longer counts. Closing orders are counted
 * because the venue counts them, and never refused.
 */
export class OrdersPerMinute implements OpeningRule {
  readonly name = 'orders-per-minute';
  readonly #limit: number;
  /** Times of the last orders, a ring as long as the limit: only the oldest of them matters. */
  readonly #timesUs: Float64Array;
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#timesUs = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  }

  refusal(_intent: OrderIntent, context: RiskContext): string | undefined {
    if (context.nowUs - this.#timesUs[this.#next]! >= MINUTE_US) return undefined;
    return `${this.#limit} orders were sent in the last 60 s and the limit is ${this.#limit}`;
  }

  /** An intent was let through and becomes an order now. */
  count(nowUs: number): void {
    this.#timesUs[this.#next] = nowUs;
    this.#next = (this.#next + 1) % this.#limit;
  }
}

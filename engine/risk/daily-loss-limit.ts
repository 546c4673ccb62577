import { bookAmount, DAY_US, formatMoney, type JsonValue, type MinorUnits, type OrderIntent } from '#domain';
import type { OpeningRule, RiskContext } from './rule.ts';

interface Day {
  readonly limitMinor: MinorUnits;
  baselineMinor: MinorUnits;
  /** Last known equity: one that is no number changes nothing. */
  equityMinor: MinorUnits;
  /** What was lost when the limit was hit; NaN while it was not. */
  hitMinor: number;
}

/**
 * Limits the loss of a day, for each currency that has a limit: equity (realised and unrealised, minus fees) against the equity at the
 * reset time. A loss that reaches the limit refuses opening orders in that currency until the next reset, also when it is made good again.
 * An unknown mark leaves the last known one in the equity: missing prices never switch the limit off.
 */
export class DailyLossLimit implements OpeningRule {
  readonly name = 'daily-loss-limit';
  readonly #days = new Map<string, Day>();
  readonly #resetOffsetUs: number;
  #nextResetUs = Number.NEGATIVE_INFINITY;

  /** `limits` in whole currency units; the day starts at `resetTimeUs` after midnight of a zone `zoneOffsetUs` east of UTC. */
  constructor(limits: Readonly<Record<string, number>>, resetTimeUs: number, zoneOffsetUs: number) {
    this.#resetOffsetUs = resetTimeUs - zoneOffsetUs;
    for (const [currency, limit] of Object.entries(limits)) {
      const limitMinor = bookAmount([limit], currency, 'half-even');
      this.#days.set(currency, { limitMinor, baselineMinor: 0, equityMinor: 0, hitMinor: Number.NaN });
    }
  }

  /** Starts a new day at the first record at or after the reset time. */
  onTime(context: RiskContext): void {
    const { nowUs } = context;
    if (nowUs < this.#nextResetUs) return;
    const dayIndex = Math.floor((nowUs - this.#resetOffsetUs) / DAY_US);
    this.#nextResetUs = (dayIndex + 1) * DAY_US + this.#resetOffsetUs;
    for (const [currency, day] of this.#days) {
      day.baselineMinor = knownEquity(day, currency, context);
      day.hitMinor = Number.NaN;
    }
  }

  /** Says, once a day, that the limit of this currency was reached, and why. */
  watch(currency: string, context: RiskContext): string | undefined {
    const day = this.#days.get(currency);
    if (day === undefined || !Number.isNaN(day.hitMinor)) return undefined;
    const lossMinor = day.baselineMinor - knownEquity(day, currency, context);
    if (lossMinor < day.limitMinor) return undefined;
    day.hitMinor = lossMinor;
    return this.#reason(day, currency);
  }

  isHit(currency: string): boolean {
    const day = this.#days.get(currency);
    return day !== undefined && !Number.isNaN(day.hitMinor);
  }

  refusal(intent: OrderIntent, context: RiskContext): string | undefined {
    return this.hitReason(context.instrument(intent.symbol).currency);
  }

  hitReason(currency: string): string | undefined {
    const day = this.#days.get(currency);
    return day === undefined || Number.isNaN(day.hitMinor) ? undefined : this.#reason(day, currency);
  }

  /** The day's baseline, the equity last seen and the loss that hit the limit (null: not hit), in minor units by currency. */
  state(): JsonValue {
    const days = [...this.#days].map(([currency, { baselineMinor, equityMinor, hitMinor }]): [string, JsonValue] => [
      currency,
      { baselineMinor, equityMinor, hitMinor: Number.isNaN(hitMinor) ? null : hitMinor },
    ]);
    return Object.fromEntries(days);
  }

  #reason(day: Day, currency: string): string {
    const lost = `${formatMoney(day.hitMinor, currency)} ${currency}`;
    return `${lost} was lost since the reset and the limit is ${formatMoney(day.limitMinor, currency)} ${currency}`;
  }
}

function knownEquity(day: Day, currency: string, context: RiskContext): MinorUnits {
  const equityMinor = context.equityMinor(currency);
  if (!Number.isNaN(equityMinor)) day.equityMinor = equityMinor;
  return day.equityMinor;
}

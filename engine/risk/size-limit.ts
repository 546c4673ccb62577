import { bookAmount, formatMoney, type OrderIntent, plainDecimal } from '#domain';
import { valuePrice, worstPosition } from './exposure.ts';
import type { OpeningRule, RiskContext } from './rule.ts';

/** A limit in units of any instrument, and in money by currency (a currency that is not named has no limit). At the limit is allowed. */
export interface SizeLimit {
  readonly units?: number;
  readonly value?: Readonly<Record<string, number>>;
}

/** Limits one order. */
export function orderSizeRule(limit: SizeLimit): OpeningRule {
  return {
    name: 'order-size',
    refusal: (intent, context) => sizeRefusal(limit, intent.size, intent, context),
  };
}

/** Limits the position that would be there if every open order on the intent's side and the intent itself filled. */
export function positionSizeRule(limit: SizeLimit): OpeningRule {
  return {
    name: 'position-size',
    refusal: (intent, context) => sizeRefusal(limit, worstPosition(intent, context), intent, context),
  };
}

function sizeRefusal(limit: SizeLimit, size: number, intent: OrderIntent, context: RiskContext): string | undefined {
  const { symbol, currency, multiplier } = context.instrument(intent.symbol);
  if (limit.units !== undefined && size > limit.units) {
    return `${plainDecimal(size)} of ${symbol} is above the limit of ${plainDecimal(limit.units)}`;
  }
  const limitValue = limit.value?.[currency];
  if (limitValue === undefined) return undefined;
  const price = valuePrice(intent, context);
  // An unknown price must not switch the limit off.
  if (Number.isNaN(price)) return `no price of ${symbol} is known to hold against the limit of ${plainDecimal(limitValue)} ${currency}`;
  const value = bookAmount([Math.max(0, size), price, multiplier], currency, 'in-our-favour');
  if (value <= bookAmount([limitValue], currency, 'half-even')) return undefined;
  return `${plainDecimal(size)} of ${symbol} at ${plainDecimal(price)} is ${formatMoney(value, currency)} ${currency}, above the limit of ${plainDecimal(limitValue)} ${currency}`;
}

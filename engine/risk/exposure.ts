import { type OrderIntent, plainDecimal } from '#domain';
import { addDecimals, subtractDecimals } from '../order-decimals.ts';
import type { RiskContext } from './rule.ts';

/** 1 for a buy, -1 for a sell. */
export function directionOf(intent: OrderIntent): 1 | -1 {
  return intent.side === 'buy' ? 1 : -1;
}

/** The position in the intent's direction once every opening order on its side and the intent itself have filled. */
export function worstPosition(intent: OrderIntent, context: RiskContext): number {
  return positionAfter(intent, context, false);
}

function positionAfter(intent: OrderIntent, context: RiskContext, countsReducing: boolean): number {
  let size = addDecimals(directionOf(intent) * context.position(intent.symbol).size, intent.size);
  for (const order of context.openOrders(intent.symbol)) {
    if (order.side === intent.side && (countsReducing || order.reduceOnly !== true))
      size = addDecimals(size, subtractDecimals(order.size, order.filledSize));
  }
  return size;
}

/** Whether an intent can only make the position smaller: it says reduce-only, or the open position covers it and all orders on its side. */
export function isClosing(intent: OrderIntent, context: RiskContext): boolean {
  if (intent.reduceOnly === true) return true;
  return directionOf(intent) * context.position(intent.symbol).size < 0 && positionAfter(intent, context, true) <= 0;
}

/** The dearest price the intent may trade at as far as is known: its own limit or stop, or the mark; NaN while none is known. */
export function valuePrice(intent: OrderIntent, context: RiskContext): number {
  const mark = context.mark(intent.symbol);
  const own = intent.limitPrice ?? intent.stopPrice;
  if (own === undefined) return mark;
  return Number.isNaN(mark) ? own : Math.max(own, mark);
}

/** Four decimals are enough for a person to see why. */
export function readable(value: number): string {
  return plainDecimal(Math.round(value * 10_000) / 10_000);
}

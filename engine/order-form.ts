import { assertNever, type OrderIntent } from '#domain';

/** Why an intent cannot be an order at all, or `undefined`: it is of one symbol, sizes and prices are positive finite numbers, and only those the kind uses. */
export function intentProblem(intent: OrderIntent): string | undefined {
  if (!(intent.symbol >= 0)) return `an order is of one symbol, and ${intent.symbol} stands for a whole market`;
  if (!isPositive(intent.size)) return `the size must be above 0, not ${intent.size}`;
  switch (intent.kind) {
    case 'market':
      return refuse('limitPrice', intent.limitPrice, intent.kind) ?? refuse('stopPrice', intent.stopPrice, intent.kind);
    case 'limit':
      return demand('limitPrice', intent.limitPrice, intent.kind) ?? refuse('stopPrice', intent.stopPrice, intent.kind);
    case 'stop':
      return refuse('limitPrice', intent.limitPrice, intent.kind) ?? demand('stopPrice', intent.stopPrice, intent.kind);
    case 'stop-limit':
      return demand('limitPrice', intent.limitPrice, intent.kind) ?? demand('stopPrice', intent.stopPrice, intent.kind);
    default:
      return assertNever(intent.kind);
  }
}

function demand(name: string, price: number | undefined, kind: string): string | undefined {
  return price !== undefined && isPositive(price) ? undefined : `a ${kind} order needs a ${name} above 0, not ${price}`;
}

function refuse(name: string, price: number | undefined, kind: string): string | undefined {
  return price === undefined ? undefined : `a ${kind} order has no ${name}; it was given ${price}`;
}

function isPositive(value: number): boolean {
  return value > 0 && value < Number.POSITIVE_INFINITY;
}

import type { JsonValue, Order, Position, SymbolId } from '#domain';
import type { Engine } from './engine.ts';

/**
 * What the engine would go on from after the record it is at: positions, money, open orders and what the risk rules remember, as plain JSON.
 * Two engines that were shown the same records say the same.
 */
export function engineState(engine: Engine): { readonly [part: string]: JsonValue } {
  const nameOf = (symbol: SymbolId): string => {
    const { venue, symbol: code } = engine.symbols.name(symbol);
    return `${venue}:${code}`;
  };
  return {
    positions: engine.ledger.positions.filter(isUsed).map((position) => positionJson(position, nameOf)),
    accounts: engine.ledger.currencies.map((currency) => ({ ...engine.ledger.account(currency) })),
    openOrders: engine.openOrders().map((order) => orderJson(order, nameOf)),
    risk: engine.risk.state(nameOf),
  };
}

function isUsed({ size, realisedMinor, feesMinor }: Position): boolean {
  return size !== 0 || realisedMinor !== 0 || feesMinor !== 0;
}

function positionJson({ symbol, size, averagePrice, realisedMinor, feesMinor, currency }: Position, nameOf: (id: SymbolId) => string) {
  return {
    symbol: nameOf(symbol),
    size,
    averagePrice: Number.isNaN(averagePrice) ? null : averagePrice,
    realisedMinor,
    feesMinor,
    currency,
  };
}

function orderJson(
  { id, symbol, side, kind, size, filledSize, state, limitPrice, stopPrice, origin }: Order,
  nameOf: (id: SymbolId) => string,
) {
  return {
    id,
    symbol: nameOf(symbol),
    side,
    type: kind,
    size,
    filledSize,
    state,
    limitPrice: limitPrice ?? null,
    stopPrice: stopPrice ?? null,
    origin,
  };
}

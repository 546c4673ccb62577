import type { SymbolId } from '#domain';
import type { OpeningRule } from './rule.ts';

/** Limits how many symbols have a position or an order that may open one. Orders in a symbol that is among them already pass. */
export function maximumPositionsRule(limit: number, openSymbols: ReadonlySet<SymbolId>): OpeningRule {
  return {
    name: 'maximum-positions',
    refusal(intent, context) {
      if (openSymbols.has(intent.symbol)) return undefined;
      let count = openSymbols.size;
      const counted = new Set<SymbolId>();
      for (const { symbol, reduceOnly } of context.openOrders()) {
        if (reduceOnly === true || openSymbols.has(symbol) || counted.has(symbol)) continue;
        if (symbol === intent.symbol) return undefined;
        counted.add(symbol);
        count++;
      }
      if (count < limit) return undefined;
      return `${count} symbols are open or have opening orders and the limit is ${limit}`;
    },
  };
}

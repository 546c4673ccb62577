import type { Instrument, MinorUnits, Order, OrderIntent, Position, SymbolId } from '#domain';

/** What risk reads of the engine. */
export interface RiskContext {
  readonly nowUs: number;
  position(symbol: SymbolId): Position;
  /** The price positions are valued at; NaN while unknown. */
  mark(symbol: SymbolId): number;
  /** Start + realised + unrealised − fees, positions at their last known mark. */
  equityMinor(currency: string): MinorUnits;
  openOrders(symbol?: SymbolId): readonly Order[];
  isRestricted(symbol: SymbolId): boolean;
  instrument(symbol: SymbolId): Instrument;
}

/** Why an intent did not become an order; `reason` begins with the rule's name and holds its numbers. */
export interface Refusal {
  readonly rule: string;
  readonly reason: string;
}

/** What a rule does on its own. `note` only says that the rule was hit. */
export type RiskAction =
  | { readonly kind: 'exit'; readonly intent: OrderIntent; readonly rule: string; readonly symbol: SymbolId; readonly reason: string }
  | { readonly kind: 'cancel'; readonly orderId: number; readonly rule: string; readonly symbol: SymbolId; readonly reason: string }
  | { readonly kind: 'note'; readonly rule: string; readonly symbol: SymbolId; readonly reason: string };

/** Looks at intents that open or enlarge a position; the closing ones do not reach it. */
export interface OpeningRule {
  readonly name: string;
  /** Why the intent is refused (without the rule's name), or `undefined`. */
  refusal(intent: OrderIntent, context: RiskContext): string | undefined;
}

/** Looks at an open position whenever its mark may have moved. */
export interface ExitRule {
  readonly name: string;
  /** Why the position must be closed (without the rule's name), or `undefined`. NaN marks say nothing. */
  exitReason(position: Position, mark: number): string | undefined;
  /** The position was closed. */
  forget?(symbol: SymbolId): void;
}

import type { Candle } from './candle.ts';
import type { Fill, Order, OrderIntent } from './order.ts';
import type { SymbolId } from './symbols.ts';

/** What one step changed. A step that changed nothing has no audit. */
export interface StepAudit {
  /** Sequence of the record, and the index of its tape when several are merged. */
  readonly sequence: number;
  readonly tape: number;
  /** Index of the event within the record; -1 for the step that only moves time. */
  readonly event: number;
  readonly timeUs: number;
  readonly entries: readonly AuditEntry[];
}

/** In the order things happened within the step. */
export type AuditEntry =
  | { readonly kind: 'candle'; readonly candle: Candle }
  | {
      readonly kind: 'late-trade';
      readonly symbol: SymbolId;
      readonly interval: string;
      readonly venueTimeUs: number;
      readonly price: number;
      readonly size: number;
    }
  | { readonly kind: 'intent'; readonly intent: OrderIntent; readonly origin: string }
  | { readonly kind: 'refusal'; readonly intent: OrderIntent; readonly rule: string; readonly reason: string }
  | { readonly kind: 'order'; readonly order: Order }
  | { readonly kind: 'cancel'; readonly orderId: number; readonly reason: string }
  | { readonly kind: 'rejection'; readonly orderId: number; readonly reason: string }
  | { readonly kind: 'fill'; readonly fill: Fill }
  | { readonly kind: 'rule'; readonly rule: string; readonly symbol: SymbolId; readonly reason: string }
  | { readonly kind: 'book'; readonly symbol: SymbolId; readonly state: 'known' | 'unknown'; readonly reason: string }
  | { readonly kind: 'feed'; readonly venue: string; readonly connection: string; readonly state: 'lost' | 'back'; readonly reason: string }
  | { readonly kind: 'status'; readonly symbol: SymbolId; readonly status: string; readonly isRestricted: boolean; readonly code: string }
  | { readonly kind: 'subscription'; readonly action: 'watch' | 'release'; readonly venue: string; readonly symbol: string }
  | { readonly kind: 'timer'; readonly name: string };

export type AuditEntryKind = AuditEntry['kind'];

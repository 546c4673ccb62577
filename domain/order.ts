import type { SymbolId } from './symbols.ts';

export type OrderSide = 'buy' | 'sell';
export type OrderKind = 'market' | 'limit' | 'stop' | 'stop-limit';

/** What a strategy (or a risk rule that closes a position) wants. Risk decides whether it becomes an order. */
export interface OrderIntent {
  readonly symbol: SymbolId;
  readonly side: OrderSide;
  readonly kind: OrderKind;
  /** Positive, in units of the instrument. */
  readonly size: number;
  /** For `limit` and `stop-limit`. */
  readonly limitPrice?: number;
  /** For `stop` and `stop-limit`: becomes a market or limit order when a trade reaches it. */
  readonly stopPrice?: number;
  /** Never opens or turns a position: what is above the position is cut away. */
  readonly reduceOnly?: boolean;
  /** A word of the strategy's own, for the report's tables (entry tag, exit reason). */
  readonly tag?: string;
}

export type OrderState = 'submitted' | 'resting' | 'filled' | 'cancelled' | 'rejected';

/** What risk let through. */
export interface Order extends OrderIntent {
  /** From 1, in order of submission. */
  readonly id: number;
  readonly submittedAtUs: number;
  /** Sequence of the record that caused it: it can fill from the next record on. */
  readonly submittedAtSequence: number;
  /** The rule that made it, or `strategy`. */
  readonly origin: string;
  readonly state: OrderState;
  readonly filledSize: number;
}

/** What the market did to an order. Money is in minor units of `currency`. */
export interface Fill {
  readonly orderId: number;
  readonly symbol: SymbolId;
  readonly side: OrderSide;
  readonly price: number;
  readonly size: number;
  readonly liquidity: 'maker' | 'taker';
  readonly currency: string;
  readonly feeMinor: number;
  /** Mid price when the order was submitted, for slippage; NaN when the book was unknown. */
  readonly midPrice: number;
  readonly timeUs: number;
}

/** Our position in one symbol. */
export interface Position {
  readonly symbol: SymbolId;
  /** Above 0 long, below 0 short. */
  readonly size: number;
  /** Average price of what is open; NaN when flat. */
  readonly averagePrice: number;
  /** Profit booked by closing, before fees, in minor units. */
  readonly realisedMinor: number;
  readonly feesMinor: number;
  readonly currency: string;
}

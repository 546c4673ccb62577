import type { Order, OrderState } from '#domain';
import { subtractDecimals } from './order-decimals.ts';

/** `armed`: a stop that waits for its price. */
export type WorkingMode = 'armed' | 'market' | 'limit';

/** An open order as the broker works it; `order` is what everybody else sees, made new at each change. */
export class WorkingOrder {
  order: Order;
  readonly side: 1 | -1;
  mode: WorkingMode;
  /** Earliest engine time, and the record count it must be above, to reach the market. */
  liveAtUs: number;
  liveAfterRecord: number;
  remaining: number;
  readonly limitPrice: number;
  readonly stopPrice: number;
  /** Mid price at submission; NaN when unknown. */
  readonly midPrice: number;
  /** A limit order in the queue at its price; it had its first look at the market. */
  isQueued = false;
  /** Size in front of it at its price; infinite while the tape does not show that price. */
  sizeAhead = Number.POSITIVE_INFINITY;
  isDone = false;
  /** False while it travels, after a stop was triggered and until the next record, and when it is done. */
  isAtMarket = false;
  /** When a cancel reaches the venue; NaN while none was asked for. */
  cancelAtUs = Number.NaN;
  cancelAfterRecord = 0;
  cancelReason = '';

  constructor(order: Order, liveAtUs: number, record: number, midPrice: number) {
    this.order = order;
    this.side = order.side === 'buy' ? 1 : -1;
    this.mode = order.kind === 'stop' || order.kind === 'stop-limit' ? 'armed' : order.kind;
    this.liveAtUs = liveAtUs;
    this.liveAfterRecord = record;
    this.remaining = order.size;
    this.limitPrice = order.limitPrice ?? Number.NaN;
    this.stopPrice = order.stopPrice ?? Number.NaN;
    this.midPrice = midPrice;
  }

  /** Whether `price` is at our limit or better for us; always for a market order. */
  allows(price: number): boolean {
    return this.mode === 'market' || this.side * (this.limitPrice - price) >= 0;
  }

  /** Whether `price` has reached our stop. */
  triggersAt(price: number): boolean {
    return this.side * (price - this.stopPrice) >= 0;
  }

  /** Takes a filled size off what remains. */
  reduce(size: number): void {
    this.remaining = subtractDecimals(this.remaining, size);
    const filledSize = subtractDecimals(this.order.size, this.remaining);
    const state: OrderState = this.remaining === 0 ? 'filled' : this.order.state;
    this.order = { ...this.order, state, filledSize };
  }

  moveTo(state: OrderState): void {
    this.order = { ...this.order, state };
  }
}

/** Puts an order where the market would serve it: market orders first, then the better limit, then the earlier id; sides do not compete. */
export function insertByPriority(list: WorkingOrder[], added: WorkingOrder): void {
  let index = list.length;
  while (index > 0 && isServedBefore(added, list[index - 1]!)) index--;
  list.splice(index, 0, added);
}

function isServedBefore(added: WorkingOrder, other: WorkingOrder): boolean {
  if (added.side !== other.side) return false;
  if (added.mode !== 'limit' || other.mode !== 'limit') return added.mode === 'market' && other.mode !== 'market';
  return added.side * (added.limitPrice - other.limitPrice) > 0;
}

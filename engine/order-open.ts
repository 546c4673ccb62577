import type { Order, SymbolId } from '#domain';
import { insertByPriority, type WorkingOrder } from './order-working.ts';

const NO_ORDERS: readonly Order[] = [];

/** The orders that are not done: all of them in order of submission, and those at the market by symbol in order of priority. */
export class OpenOrders {
  readonly #byId = new Map<number, WorkingOrder>();
  readonly #atMarket: (WorkingOrder[] | undefined)[] = [];
  readonly #views = new Map<SymbolId, readonly Order[]>();
  #allViews: readonly Order[] | undefined = NO_ORDERS;
  /** A plain field: it is read for every market event. */
  count = 0;

  get(orderId: number): WorkingOrder | undefined {
    return this.#byId.get(orderId);
  }

  values(): IterableIterator<WorkingOrder> {
    return this.#byId.values();
  }

  add(working: WorkingOrder): void {
    this.#byId.set(working.order.id, working);
    this.count++;
    this.forgetViews();
  }

  /** Its place at the market is cleared by `compact`, so that a match in progress does not shift. */
  remove(working: WorkingOrder): void {
    working.isDone = true;
    working.isAtMarket = false;
    this.#byId.delete(working.order.id);
    this.count--;
    this.forgetViews();
  }

  enterMarket(working: WorkingOrder): void {
    const { symbol } = working.order;
    while (this.#atMarket.length <= symbol) this.#atMarket.push(undefined);
    const list = this.#atMarket[symbol] ?? [];
    this.#atMarket[symbol] = list;
    working.isAtMarket = true;
    insertByPriority(list, working);
  }

  /** The orders of a symbol at the market; `undefined` when there are none. */
  atMarket(symbol: SymbolId): WorkingOrder[] | undefined {
    const list = symbol < this.#atMarket.length ? this.#atMarket[symbol] : undefined;
    return list === undefined || list.length === 0 ? undefined : list;
  }

  /** What others see, in order of submission; made once per change. */
  views(symbol: SymbolId | undefined): readonly Order[] {
    if (this.count === 0) return NO_ORDERS;
    if (symbol === undefined) {
      this.#allViews ??= Array.from(this.#byId.values(), (working) => working.order);
      return this.#allViews;
    }
    const known = this.#views.get(symbol);
    if (known !== undefined) return known;
    const views: Order[] = [];
    for (const working of this.#byId.values()) if (working.order.symbol === symbol) views.push(working.order);
    this.#views.set(symbol, views);
    return views;
  }

  /** After an order changed. */
  forgetViews(): void {
    this.#allViews = undefined;
    if (this.#views.size > 0) this.#views.clear();
  }
}

/** Drops what has left the market, after a match. */
export function compact(list: WorkingOrder[]): void {
  let kept = 0;
  for (const working of list) if (working.isAtMarket) list[kept++] = working;
  if (kept < list.length) list.length = kept;
}

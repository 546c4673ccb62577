import { type BarEvent, decimalsOf, type SymbolId, type TradeEvent } from '#domain';
import type { FillModel, QueueModel, SlippageModel } from './models/model.ts';
import { subtractDecimals } from './order-decimals.ts';
import type { Depletion, Depth } from './order-depth.ts';
import type { WorkingOrder } from './order-working.ts';

/** What matching tells the broker. */
export interface Execution {
  /** Fills up to `size` at a price; returns what was filled, less where a reduce-only order has less to reduce. */
  fill(working: WorkingOrder, price: number, size: number, liquidity: 'maker' | 'taker'): number;
  /** A market or limit order had its first look at the market and something remains. */
  rest(working: WorkingOrder): void;
  /** A stop was reached: from the next record on it is a market or limit order. */
  trigger(working: WorkingOrder): void;
  /** Signed size of our position now. */
  positionSize(symbol: SymbolId): number;
}

export interface MatchingModels {
  readonly slippage: SlippageModel;
  readonly queue: QueueModel;
  readonly fill: FillModel;
}

/** Matches the orders of one symbol, given in order of priority, against one piece of market data. */
export class Matching {
  readonly #execution: Execution;
  readonly #models: MatchingModels;
  // The state of one walk over the levels; a field each, so that sweeping makes no closure.
  #order: WorkingOrder | undefined = undefined;
  #depletion: Depletion | undefined = undefined;
  #liquidity: 'maker' | 'taker' = 'taker';
  #touches = false;
  /** Printed size that is still ours to take. */
  #budget = 0;
  readonly #takeLevel = (price: number, size: number): boolean => this.#take(price, size);

  constructor(execution: Execution, models: MatchingModels) {
    this.#execution = execution;
    this.#models = models;
  }

  /** Stops that the last trade, or where a venue sends none the opposite best price, has reached. */
  triggerStops(list: readonly WorkingOrder[], buyPrice: number, sellPrice: number): void {
    for (const working of list) {
      if (working.mode !== 'armed' || !working.isAtMarket) continue;
      if (working.triggersAt(working.side > 0 ? buyPrice : sellPrice)) this.#execution.trigger(working);
    }
  }

  /** A book or a quote: takers sweep the opposite side, resting orders fill where it has come through them. */
  matchDepth(list: readonly WorkingOrder[], depth: Depth, depletion: Depletion): void {
    depletion.refresh(depth);
    for (const working of list) {
      if (working.mode === 'armed' || !working.isAtMarket) continue;
      if (working.isQueued) this.#crossQueued(working, depth, depletion);
      else this.#arriveAtDepth(working, depth, depletion);
    }
  }

  /** A print: resting orders fill by the queue model; where the tape shows nothing else, takers fill at its price. */
  matchTrade(list: readonly WorkingOrder[], trade: Readonly<TradeEvent>, isOnlySource: boolean): void {
    this.#budget = Number.NaN;
    for (const working of list) {
      if (working.mode === 'armed' || !working.isAtMarket) continue;
      if (working.isQueued) this.#queueTrade(working, trade);
      else if (isOnlySource) this.#arriveAtTrade(working, trade);
    }
  }

  /**
   * A final bar: first what fills at its open, then entries, then stops, then targets: the worse order of events.
   * A limit order is a target when it is reduce-only or against the position after the open.
   */
  matchBar(list: readonly WorkingOrder[], bar: Readonly<BarEvent>): void {
    this.#budget = Number.NaN;
    for (const working of list) if (working.mode === 'market' && canUseBar(working, bar)) this.#arriveAtBar(working, bar);
    const positionSize = this.#execution.positionSize(bar.symbol);
    const targets: WorkingOrder[] = [];
    for (const working of list) {
      if (working.mode !== 'limit' || !canUseBar(working, bar)) continue;
      if (working.order.reduceOnly === true || working.side * positionSize < 0) targets.push(working);
      else this.#limitInBar(working, bar);
    }
    for (const working of list) if (working.mode === 'armed' && canUseBar(working, bar)) this.#stopInBar(working, bar);
    for (const working of targets) if (canUseBar(working, bar)) this.#limitInBar(working, bar);
  }

  #arriveAtDepth(working: WorkingOrder, depth: Depth, depletion: Depletion): void {
    this.#sweep(working, depth, depletion, 'taker', true);
    if (!working.isAtMarket) return;
    if (working.mode === 'limit') {
      working.isQueued = true;
      working.sizeAhead = this.#models.queue.sizeAhead(depth.visibleSize(working.side, working.limitPrice));
    }
    this.#execution.rest(working);
  }

  #crossQueued(working: WorkingOrder, depth: Depth, depletion: Depletion): void {
    if (working.sizeAhead === Number.POSITIVE_INFINITY) {
      working.sizeAhead = this.#models.queue.sizeAhead(depth.visibleSize(working.side, working.limitPrice));
    }
    const gapToUs = working.side * (working.limitPrice - depth.bestPrice(working.side > 0 ? -1 : 1));
    if (gapToUs > 0 && this.#models.queue.accepts('book-through')) {
      this.#sweep(working, depth, depletion, 'maker', this.#models.queue.accepts('book-at'));
    } else if (gapToUs === 0 && this.#models.queue.accepts('book-at')) {
      this.#sweep(working, depth, depletion, 'maker', true);
    }
  }

  #sweep(working: WorkingOrder, depth: Depth, depletion: Depletion, liquidity: 'maker' | 'taker', touches: boolean): void {
    this.#order = working;
    this.#depletion = depletion;
    this.#liquidity = liquidity;
    this.#touches = touches;
    depth.walk(working.side > 0 ? -1 : 1, this.#takeLevel);
  }

  #take(price: number, visible: number): boolean {
    const working = this.#order!;
    if (!working.allows(price) || (!this.#touches && price === working.limitPrice)) return false;
    const side = working.side > 0 ? -1 : 1;
    const available = this.#depletion!.available(side, price, visible);
    if (available > 0) {
      const ourPrice = this.#liquidity === 'maker' ? working.limitPrice : this.#takerPrice(working, price);
      const filled = this.#execution.fill(working, ourPrice, Math.min(available, working.remaining), this.#liquidity);
      if (filled > 0) this.#depletion!.take(side, price, visible, filled);
    }
    return working.isAtMarket;
  }

  #takerPrice(working: WorkingOrder, price: number): number {
    const slipped = this.#models.slippage.takerPrice(working.side, price);
    return working.allows(slipped) ? slipped : working.limitPrice;
  }

  #queueTrade(working: WorkingOrder, trade: Readonly<TradeEvent>): void {
    const through = working.side * (working.limitPrice - trade.price);
    if (through > 0) {
      if (this.#models.queue.accepts('trade-through')) this.#fillPrinted(working, trade.size, trade.size, working.limitPrice, 'maker');
      return;
    }
    // A taker on our own side took the opposite queue at this price: that does not move ours.
    if (through < 0 || trade.side === working.side || !this.#models.queue.accepts('trade-at')) return;
    const ahead = working.sizeAhead;
    working.sizeAhead = trade.size >= ahead ? 0 : subtractDecimals(ahead, trade.size);
    if (trade.size > ahead) this.#fillPrinted(working, subtractDecimals(trade.size, ahead), trade.size, working.limitPrice, 'maker');
  }

  /**
   * Without a book a limit order takes what a buyer (for our buy) found at a better or equal price, as that was on offer; anything
   * else that goes through it fills it at its own price.
   */
  #arriveAtTrade(working: WorkingOrder, trade: Readonly<TradeEvent>): void {
    const isTaker = working.mode === 'market' || (trade.side === working.side && working.allows(trade.price));
    if (isTaker) this.#fillPrinted(working, trade.size, trade.size, this.#takerPrice(working, trade.price), 'taker');
    if (!working.isAtMarket) return;
    if (working.mode === 'limit') {
      working.isQueued = true;
      working.sizeAhead = this.#models.queue.sizeAhead(Number.NaN);
      this.#execution.rest(working);
      if (!isTaker) this.#queueTrade(working, trade);
    } else {
      this.#execution.rest(working);
    }
  }

  #arriveAtBar(working: WorkingOrder, bar: Readonly<BarEvent>): void {
    this.#fillPrinted(working, barVolume(bar), barVolume(bar), this.#takerPrice(working, bar.open), 'taker');
    if (working.isAtMarket) this.#execution.rest(working);
  }

  #limitInBar(working: WorkingOrder, bar: Readonly<BarEvent>): void {
    const volume = barVolume(bar);
    const extreme = working.side > 0 ? bar.low : bar.high;
    const through = working.side * (working.limitPrice - extreme);
    if (!working.isQueued && working.allows(bar.open)) {
      this.#fillPrinted(working, volume, volume, this.#takerPrice(working, bar.open), 'taker');
    } else if (this.#models.queue.accepts('trade-through') && (through > 0 || (through === 0 && this.#models.queue.accepts('book-at')))) {
      this.#fillPrinted(working, volume, volume, working.limitPrice, 'maker');
    }
    if (!working.isAtMarket || working.isQueued) return;
    working.isQueued = true;
    this.#execution.rest(working);
  }

  #stopInBar(working: WorkingOrder, bar: Readonly<BarEvent>): void {
    if (!working.triggersAt(working.side > 0 ? bar.high : bar.low)) return;
    if (working.order.kind === 'stop-limit') {
      this.#execution.trigger(working);
      return;
    }
    const price = working.triggersAt(bar.open) ? bar.open : working.stopPrice;
    this.#fillPrinted(working, barVolume(bar), barVolume(bar), this.#models.slippage.takerPrice(working.side, price), 'taker');
    // What the bar's volume did not fill is a market order from the next record on.
    if (working.isAtMarket) this.#execution.trigger(working);
  }

  /** Fills from a print: at most `reachable` of it, and at most what our other orders left of our part of its `printed` size. */
  #fillPrinted(working: WorkingOrder, reachable: number, printed: number, price: number, liquidity: 'maker' | 'taker'): void {
    const decimals = Math.max(decimalsOf(working.order.size), Number.isFinite(printed) ? decimalsOf(printed) : 0);
    if (Number.isNaN(this.#budget)) this.#budget = this.#models.fill.printedPart(printed, decimals);
    const reached = this.#models.fill.printedPart(reachable, decimals);
    const size = Math.min(working.remaining, this.#budget, reached);
    if (!(size > 0)) return;
    const filled = this.#execution.fill(working, price, size, liquidity);
    if (Number.isFinite(this.#budget)) this.#budget = subtractDecimals(this.#budget, filled);
  }
}

/** A bar fills only orders that were there when it opened: its high and low may lie before them. */
function canUseBar(working: WorkingOrder, bar: Readonly<BarEvent>): boolean {
  return working.isAtMarket && bar.openTimeUs >= working.order.submittedAtUs;
}

function barVolume(bar: Readonly<BarEvent>): number {
  return Number.isNaN(bar.volume) ? Number.POSITIVE_INFINITY : bar.volume;
}

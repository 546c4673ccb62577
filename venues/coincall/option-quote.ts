import type { EventSink, SymbolId } from '#domain';
import { type Layout, SLOT } from './layout.ts';

const CHAIN = SLOT.tOption;
const PRICING = SLOT.bsInfo;

/** Says one row of an option chain; `values[first]` is its first slot. */
export function sayChainQuote(sink: EventSink, symbol: SymbolId, timeUs: number, values: Float64Array, first: number): void {
  const bidPrice = values[first + CHAIN.bid]!;
  const askPrice = values[first + CHAIN.ask]!;
  // A price of 0 is an empty side.
  const hasBid = bidPrice > 0;
  const hasAsk = askPrice > 0;
  sink.optionQuote(
    symbol,
    timeUs,
    values[first + CHAIN.miv]!,
    values[first + CHAIN.biv]!,
    values[first + CHAIN.aiv]!,
    values[first + CHAIN.delta]!,
    values[first + CHAIN.gamma]!,
    values[first + CHAIN.theta]!,
    values[first + CHAIN.vega]!,
    Number.NaN,
    values[first + CHAIN.mp]!,
    values[first + CHAIN.up]!,
    values[first + CHAIN.oi]!,
    hasBid ? bidPrice : Number.NaN,
    hasBid ? firstOf(values[first + CHAIN.bs]!, values[first + CHAIN.bv]!) : Number.NaN,
    hasAsk ? askPrice : Number.NaN,
    hasAsk ? firstOf(values[first + CHAIN.as]!, values[first + CHAIN.av]!) : Number.NaN,
  );
}

/** Says the pricing of one contract; it has no best prices. */
export function sayPricing(sink: EventSink, symbol: SymbolId, timeUs: number, values: Float64Array, first: number): void {
  sink.optionQuote(
    symbol,
    timeUs,
    values[first + PRICING.iv]!,
    Number.NaN,
    Number.NaN,
    values[first + PRICING.delta]!,
    values[first + PRICING.gamma]!,
    values[first + PRICING.theta]!,
    values[first + PRICING.vega]!,
    Number.NaN,
    values[first + PRICING.mp]!,
    values[first + PRICING.up]!,
    values[first + PRICING.oi]!,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  );
}

/** Says the numbers of a record that have no place in an event, those that are there; nothing where there is none. */
export function sayReading(
  sink: EventSink,
  channel: string,
  symbol: SymbolId,
  timeUs: number,
  layout: Layout,
  values: Float64Array,
  first: number,
): void {
  const { readingSlots, readingNames } = layout;
  let hasBegun = false;
  for (let i = 0; i < readingSlots.length; i++) {
    const value = values[first + readingSlots[i]!]!;
    if (Number.isNaN(value)) continue;
    if (!hasBegun) sink.readingBegin(symbol, timeUs, channel);
    hasBegun = true;
    sink.readingValue(readingNames[i]!, value);
  }
  if (hasBegun) sink.readingEnd();
}

function firstOf(newer: number, older: number): number {
  return Number.isNaN(newer) ? older : newer;
}

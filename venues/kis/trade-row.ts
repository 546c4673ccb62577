import type { EventSink, Side, SymbolId, TradeCondition } from '#domain';
import { type RowContext, type RowSayer, sayReading } from './row.ts';
import type { RowLayout } from './row-layout.ts';

/** `CNTG_CLS_CODE`, `CCLD_DVSN`: who took, or that nobody did. */
const BUYER = 1;
const AUCTION = 3;
const SELLER = 5;
/** Second digit of `NEW_MKOP_CLS_CODE`: negotiated block and basket trades, which no order of the market meets. */
const BLOCK = 2;
const BASKET = 3;

/**
 * Says one trade record of a stock, future or option: the trade when it has a price and a size above 0, the best prices when
 * there is one (a side without a price is NaN), for an option its quote with greeks, and a reading with every other number.
 */
export class TradeRow implements RowSayer {
  readonly #context: RowContext;

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, layout: RowLayout, suffix: string, receivedAtUs: number): string {
    const { sink, fields, symbols, dates } = this.#context;
    const { values, starts, stops } = fields;
    const symbol = symbols.read(bytes, starts[layout.symbol]!, stops[layout.symbol]!, suffix);
    const venueTimeUs = dates.timeUs(values[layout.date]!, values[layout.time]!, receivedAtUs);
    const hasPrint = values[layout.price]! > 0 && values[layout.size]! > 0;
    if (hasPrint) this.#sayTrade(sink, layout, symbol, venueTimeUs);
    this.#sayQuotes(sink, layout, symbol, venueTimeUs);
    sayReading(this.#context, layout, symbol, venueTimeUs, !hasPrint);
    return '';
  }

  #sayTrade(sink: EventSink, layout: RowLayout, symbol: SymbolId, venueTimeUs: number): void {
    const { values } = this.#context.fields;
    const price = values[layout.price]!;
    const size = values[layout.size]!;
    const tradeClass = values[layout.tradeClass]!;
    if (!Number.isNaN(tradeClass) && tradeClass !== BUYER && tradeClass !== SELLER && tradeClass !== AUCTION) {
      this.#context.drifts.note(layout.channel, `${layout.fields[layout.tradeClass]!} ${tradeClass} is not in the table`);
    }
    const side: Side = tradeClass === BUYER ? 1 : tradeClass === SELLER ? -1 : 0;
    sink.trade(symbol, venueTimeUs, price, size, side, '', values[layout.volume]!, conditionOf(tradeClass, values[layout.operation]!));
  }

  #sayQuotes(sink: EventSink, layout: RowLayout, symbol: SymbolId, venueTimeUs: number): void {
    const { values } = this.#context.fields;
    const { bids, asks } = layout;
    const bid = priceOrNaN(values[bids.price[0]!]!);
    const ask = priceOrNaN(values[asks.price[0]!]!);
    const bidSize = bid > 0 ? values[bids.size[0]!]! : Number.NaN;
    const askSize = ask > 0 ? values[asks.size[0]!]! : Number.NaN;
    if (bid > 0 || ask > 0) sink.quote(symbol, venueTimeUs, bid, bidSize, ask, askSize, Number.NaN);
    if (!layout.isOption) return;
    sink.optionQuote(
      symbol,
      venueTimeUs,
      values[layout.volatility]! / 100,
      Number.NaN,
      Number.NaN,
      values[layout.delta]!,
      values[layout.gamma]!,
      values[layout.theta]!,
      values[layout.vega]!,
      values[layout.rho]!,
      values[layout.theory]!,
      Number.NaN,
      values[layout.openInterest]!,
      bid,
      bidSize,
      ask,
      askSize,
    );
  }
}

/** No price is printed as 0. */
function priceOrNaN(price: number): number {
  return price > 0 ? price : Number.NaN;
}

function conditionOf(tradeClass: number, operation: number): TradeCondition {
  const kind = operation >= 10 ? operation % 10 : 0;
  if (kind === BLOCK || kind === BASKET) return 'off-book';
  return tradeClass === AUCTION ? 'auction' : 'regular';
}

import type { OptionQuoteEvent, SymbolId } from '#domain';

const EMPTY: ReadonlyMap<SymbolId, Readonly<OptionQuoteEvent>> = new Map();

/**
 * The latest option quote of each symbol, by venue, symbols in order of first quote. Events are reused, so their values are copied.
 *
 * A venue tells an option in several channels (a chain, a pricing), each with part of the numbers: what an event does not carry (NaN)
 * keeps the last value known. The best prices and sizes belong together: an event with one of the four tells all four, so that a side
 * which is empty now does not show the price it had.
 */
export class OptionChain {
  readonly #venues = new Map<string, Map<SymbolId, OptionQuoteEvent>>();

  /** Takes over what the quote carries; the copy of a symbol is one object for good, its values change. */
  update(venue: string, quote: Readonly<OptionQuoteEvent>): void {
    let quotes = this.#venues.get(venue);
    if (quotes === undefined) {
      quotes = new Map();
      this.#venues.set(venue, quotes);
    }
    const known = quotes.get(quote.symbol);
    if (known === undefined) quotes.set(quote.symbol, { ...quote });
    else takeOver(known, quote);
  }

  /** A live view: what later quotes change shows in it. Empty for a venue without option quotes. */
  of(venue: string): ReadonlyMap<SymbolId, Readonly<OptionQuoteEvent>> {
    return this.#venues.get(venue) ?? EMPTY;
  }
}

function takeOver(known: OptionQuoteEvent, quote: Readonly<OptionQuoteEvent>): void {
  known.venueTimeUs = given(quote.venueTimeUs, known.venueTimeUs);
  known.impliedVolatility = given(quote.impliedVolatility, known.impliedVolatility);
  known.bidImpliedVolatility = given(quote.bidImpliedVolatility, known.bidImpliedVolatility);
  known.askImpliedVolatility = given(quote.askImpliedVolatility, known.askImpliedVolatility);
  known.delta = given(quote.delta, known.delta);
  known.gamma = given(quote.gamma, known.gamma);
  known.theta = given(quote.theta, known.theta);
  known.vega = given(quote.vega, known.vega);
  known.rho = given(quote.rho, known.rho);
  known.markPrice = given(quote.markPrice, known.markPrice);
  known.underlyingPrice = given(quote.underlyingPrice, known.underlyingPrice);
  known.openInterest = given(quote.openInterest, known.openInterest);
  if (!hasSides(quote)) return;
  known.bidPrice = quote.bidPrice;
  known.bidSize = quote.bidSize;
  known.askPrice = quote.askPrice;
  known.askSize = quote.askSize;
}

function given(value: number, known: number): number {
  return Number.isNaN(value) ? known : value;
}

function hasSides({ bidPrice, bidSize, askPrice, askSize }: Readonly<OptionQuoteEvent>): boolean {
  return !(Number.isNaN(bidPrice) && Number.isNaN(bidSize) && Number.isNaN(askPrice) && Number.isNaN(askSize));
}

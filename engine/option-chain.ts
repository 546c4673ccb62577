import type { OptionQuoteEvent, SymbolId } from '#domain';

const EMPTY: ReadonlyMap<SymbolId, Readonly<OptionQuoteEvent>> = new Map();

/** The latest option quote of each symbol, by venue, symbols in order of first quote. Events are reused, so their values are copied. */
export class OptionChain {
  readonly #venues = new Map<string, Map<SymbolId, OptionQuoteEvent>>();

  /** Keeps the quote as the latest of its symbol; the copy of a symbol is one object for good, its values change. */
  update(venue: string, quote: Readonly<OptionQuoteEvent>): void {
    let quotes = this.#venues.get(venue);
    if (quotes === undefined) {
      quotes = new Map();
      this.#venues.set(venue, quotes);
    }
    const known = quotes.get(quote.symbol);
    if (known === undefined) quotes.set(quote.symbol, { ...quote });
    else Object.assign(known, quote);
  }

  /** A live view: what later quotes change shows in it. Empty for a venue without option quotes. */
  of(venue: string): ReadonlyMap<SymbolId, Readonly<OptionQuoteEvent>> {
    return this.#venues.get(venue) ?? EMPTY;
  }
}

import { assert, type MarketEvent, SymbolTable, type TapeRecord } from '#domain';
import { Engine } from '#engine';
import type { ServedBook, ServedMarket, Venue } from '#venues';
import { TapePlayer } from '../tape-player.ts';
import { instrumentOf, latenessOf } from '../venue-lookup.ts';
import { type FirstBooks, firstBookKey } from './first-books.ts';
import { RecordedAnswers } from './recorded-answers.ts';

/** What the tape has said up to now, of all its venues: books, last prices, REST answers. It follows the tape record by record. */
export class MarketOfTape {
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #firstBooks: FirstBooks;
  #now: MarketMoment;

  constructor(venues: ReadonlyMap<string, Venue>, firstBooks: FirstBooks) {
    this.#venues = venues;
    this.#firstBooks = firstBooks;
    this.#now = new MarketMoment(venues);
  }

  visit(record: TapeRecord): void {
    this.#now.visit(record);
  }

  /** The tape starts over: nothing was said yet. */
  reset(): void {
    this.#now = new MarketMoment(this.#venues);
  }

  /** The market of one venue; it stays valid over `reset`. */
  view(venue: string): ServedMarket {
    const now = () => this.#now;
    const firstBooks = this.#firstBooks;
    return {
      get nowUs() {
        return now().nowUs;
      },
      symbols: () => [...new Set([...now().symbols(venue), ...firstBooks.symbols(venue)])],
      // A snapshot from a little later serves as well as one from now: the client waits for the deltas to catch up with it.
      book: (symbol) => now().book(venue, symbol, () => firstBooks.books.get(firstBookKey(venue, symbol))),
      lastPrice: (symbol) => {
        const price = now().lastPrice(venue, symbol);
        return Number.isNaN(price) ? (firstBooks.prices.get(firstBookKey(venue, symbol)) ?? Number.NaN) : price;
      },
      recorded: (endpoint, meta) => now().recorded(venue, endpoint, meta),
    };
  }
}

/** One pass over the tape up to one record. */
class MarketMoment {
  readonly #symbols = new SymbolTable();
  readonly #engine: Engine;
  readonly #player: TapePlayer;
  readonly #lastPrices: number[] = [];
  /** Venue time of the last book message of a symbol that came. */
  readonly #bookTimesUs: number[] = [];
  /** Symbols whose book was known once: from then on it is theirs alone. */
  readonly #hadBook: boolean[] = [];
  readonly #answers = new Map<string, RecordedAnswers>();

  constructor(venues: ReadonlyMap<string, Venue>) {
    this.#engine = new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(venues, venue, symbol),
      latenessOf: (venue) => latenessOf(venues, venue),
    });
    this.#player = new TapePlayer(this.#engine, venues, this.#symbols, { onEvent: (event) => this.#onEvent(event) });
  }

  get nowUs(): number {
    return this.#engine.nowUs;
  }

  visit(record: TapeRecord): void {
    this.#player.visit(record, 0);
    if (record.kind !== 'http-response') return;
    let answers = this.#answers.get(record.venue);
    if (answers === undefined) {
      answers = new RecordedAnswers();
      this.#answers.set(record.venue, answers);
    }
    answers.note(record);
  }

  symbols(venue: string): readonly string[] {
    const symbols: string[] = [];
    for (let id = 0; id < this.#symbols.size; id++) {
      const name = this.#symbols.name(id);
      if (name.venue === venue) symbols.push(name.symbol);
    }
    return symbols;
  }

  book(venue: string, symbol: string, first: () => ServedBook | undefined): ServedBook | undefined {
    const id = this.#symbols.find(venue, symbol);
    if (id === undefined || this.#hadBook[id] !== true) return first();
    const { book } = this.#engine.states.of(id);
    if (!book.isKnown) return undefined;
    return {
      lastUpdateId: book.updateId,
      venueTimeUs: this.#bookTimesUs[id] ?? Number.NaN,
      bids: levelsOf((visit) => book.walk(1, visit)),
      asks: levelsOf((visit) => book.walk(-1, visit)),
    };
  }

  lastPrice(venue: string, symbol: string): number {
    const id = this.#symbols.find(venue, symbol);
    return id === undefined ? Number.NaN : (this.#lastPrices[id] ?? Number.NaN);
  }

  recorded(venue: string, endpoint: string, meta: Readonly<Record<string, unknown>>): Uint8Array | undefined {
    return this.#answers.get(venue)?.find(endpoint, meta);
  }

  #onEvent(event: MarketEvent): void {
    if (event.kind === 'trade' && event.condition !== 'off-book') this.#lastPrices[event.symbol] = event.price;
    if (event.kind !== 'book') return;
    const { symbol, venueTimeUs } = event;
    assert(symbol >= 0, 'a book is of a symbol');
    // A spot snapshot tells no time: the delta before it does, which is close.
    if (!Number.isNaN(venueTimeUs)) this.#bookTimesUs[symbol] = venueTimeUs;
    if (this.#hadBook[symbol] !== true && this.#engine.states.of(symbol).book.isKnown) this.#hadBook[symbol] = true;
  }
}

function levelsOf(walk: (visit: (price: number, size: number) => boolean) => void): readonly (readonly [number, number])[] {
  const levels: (readonly [number, number])[] = [];
  walk((price, size) => {
    levels.push([price, size]);
    return true;
  });
  return levels;
}

import { type BookEvent, EventRegister, SymbolTable, type Tape, TapeRecord, type TradeEvent } from '#domain';
import { createTapeDecoder, type ServedBook, type Venue } from '#venues';

/** Records that are looked through ahead of the first frame; recorders ask for snapshots right after they subscribed. */
export const LOOK_AHEAD_RECORDS_MAX = 20_000;

/** The books and prices that a client may be given before the tape has come to its first ones, and the symbols that were seen on the way. */
export interface FirstBooks {
  /** By `firstBookKey`. */
  readonly books: ReadonlyMap<string, ServedBook>;
  /** Price of the first trade, by `firstBookKey`: a venue always has a last price, and clients take a symbol without one for unknown. */
  readonly prices: ReadonlyMap<string, number>;
  symbols(venue: string): readonly string[];
}

export function firstBookKey(venue: string, symbol: string): string {
  return `${venue}\u0000${symbol}`;
}

/**
 * Finds the first snapshot of every symbol whose book comes in deltas, near the start of the tape: clients ask for a snapshot before they subscribe, and
 * a served tape stands still until they did. Books that come whole need none: the first message is one.
 */
export async function findFirstBooks(tape: Tape, venues: ReadonlyMap<string, Venue>): Promise<FirstBooks> {
  const symbols = new SymbolTable();
  const books = new Map<string, ServedBook>();
  const prices = new Map<string, number>();
  const register = new EventRegister({
    onEvent: (event) => {
      if (event.kind === 'trade' && event.condition !== 'off-book') notePrice(event);
      if (event.kind !== 'book' || !event.isSnapshot || event.rule === 'replace') return;
      const { venue, symbol } = symbols.name(event.symbol);
      const key = firstBookKey(venue, symbol);
      if (!books.has(key)) books.set(key, servedBook(event));
    },
    onDecodeFailure: () => undefined,
    onUndecoded: () => undefined,
    onDrift: () => undefined,
  });
  function notePrice({ symbol, price }: TradeEvent): void {
    const name = symbols.name(symbol);
    const key = firstBookKey(name.venue, name.symbol);
    if (!prices.has(key)) prices.set(key, price);
  }
  await lookAhead(tape, createTapeDecoder(venues, register, symbols));
  const names = Array.from({ length: symbols.size }, (_, id) => symbols.name(id));
  return { books, prices, symbols: (venue) => names.filter((name) => name.venue === venue).map(({ symbol }) => symbol) };
}

async function lookAhead(tape: Tape, decoder: ReturnType<typeof createTapeDecoder>): Promise<void> {
  const record = new TapeRecord();
  let records = 0;
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      decoder.decode(record);
      records += 1;
      if (records === LOOK_AHEAD_RECORDS_MAX) return;
    }
  }
}

function servedBook(event: BookEvent): ServedBook {
  const { count, side, price, size } = event.levels;
  const bids: (readonly [number, number])[] = [];
  const asks: (readonly [number, number])[] = [];
  for (let i = 0; i < count; i++) (side[i] === 1 ? bids : asks).push([price[i]!, size[i]!]);
  return {
    lastUpdateId: event.lastUpdateId,
    venueTimeUs: event.venueTimeUs,
    bids: bids.sort(([left], [right]) => right - left),
    asks: asks.sort(([left], [right]) => left - right),
  };
}

import { type BookEvent, EventRegister, SymbolTable, type Tape, TapeRecord } from '#domain';
import { createTapeDecoder, type ServedBook, type Venue } from '#venues';

/** Records that are looked through ahead of the first frame; recorders ask for snapshots right after they subscribed. */
export const LOOK_AHEAD_RECORDS_MAX = 20_000;

/** The books that a client may be given before the tape has come to its first snapshot, and the symbols that were seen on the way. */
export interface FirstBooks {
  /** By `firstBookKey`. */
  readonly books: ReadonlyMap<string, ServedBook>;
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
  const register = new EventRegister({
    onEvent: (event) => {
      if (event.kind !== 'book' || !event.isSnapshot || event.rule === 'replace') return;
      const { venue, symbol } = symbols.name(event.symbol);
      const key = firstBookKey(venue, symbol);
      if (!books.has(key)) books.set(key, servedBook(event));
    },
    onDecodeFailure: () => undefined,
    onUndecoded: () => undefined,
    onDrift: () => undefined,
  });
  await lookAhead(tape, createTapeDecoder(venues, register, symbols));
  const names = Array.from({ length: symbols.size }, (_, id) => symbols.name(id));
  return { books, symbols: (venue) => names.filter((name) => name.venue === venue).map(({ symbol }) => symbol) };
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

import type { BookEvent, Tape, TradeEvent } from '#domain';
import { tapeEvents } from '#replay';
import { VENUES } from '#venues';
import { OrderBook } from '../../../engine/order-book.ts';
import type { SaidLevel } from './client-process.ts';

export interface StoryLevels {
  readonly bids: readonly SaidLevel[];
  readonly asks: readonly SaidLevel[];
}

export interface StoryTrade extends Readonly<Omit<TradeEvent, 'symbol'>> {
  /** Of the record that said it. */
  readonly sequence: number;
  readonly symbol: string;
}

/** One book message as the decoder said it. */
export interface StoryBook extends StoryLevels {
  /** Of the record that said it. */
  readonly sequence: number;
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly isSnapshot: boolean;
  readonly lastUpdateId: number;
}

/** What our decoder reads from a tape: what any client of it must have seen. */
export interface TapeStory {
  readonly trades: readonly StoryTrade[];
  readonly books: readonly StoryBook[];
  /** The rebuilt book after each update, best `levels` of each side, by the id of the update; for tapes of one symbol whose venue numbers them. */
  readonly booksById: ReadonlyMap<number, StoryLevels>;
}

/** Reads a tape of one venue. */
export async function readStory(tape: Tape, levels = Number.POSITIVE_INFINITY): Promise<TapeStory> {
  const trades: StoryTrade[] = [];
  const books: StoryBook[] = [];
  const events: BookEvent[] = [];
  for await (const { sequence, name, event } of tapeEvents(tape, VENUES)) {
    const symbol = name?.symbol ?? '';
    if (event.kind === 'trade') trades.push({ ...event, sequence, symbol });
    if (event.kind !== 'book') continue;
    const { venueTimeUs, isSnapshot, lastUpdateId } = event;
    books.push({ sequence, symbol, venueTimeUs, isSnapshot, lastUpdateId, ...levelsOf(event) });
    events.push(event);
  }
  return { trades, books, booksById: rebuilt(events, levels) };
}

/** The best levels of a whole book. */
export function best({ bids, asks }: StoryLevels, levels: number): StoryLevels {
  return {
    bids: [...bids].sort(([left], [right]) => right - left).slice(0, levels),
    asks: [...asks].sort(([left], [right]) => left - right).slice(0, levels),
  };
}

/**
 * The book after every update. The first snapshot is taken before all deltas, as a client of a served tape gets it: it then shows each
 * delta that follows, also those that came to the recorder before the snapshot did.
 */
function rebuilt(events: readonly BookEvent[], levels: number): ReadonlyMap<number, StoryLevels> {
  const books = new Map<number, StoryLevels>();
  const first = events.find(({ isSnapshot, lastUpdateId }) => isSnapshot && !Number.isNaN(lastUpdateId));
  if (first === undefined) return books;
  const book = new OrderBook();
  for (const event of [first, ...events]) {
    book.apply(event);
    if (book.isKnown) books.set(book.updateId, bestOf(book, levels));
  }
  return books;
}

function levelsOf({ levels }: BookEvent): StoryLevels {
  const [bids, asks]: [SaidLevel[], SaidLevel[]] = [[], []];
  for (let i = 0; i < levels.count; i++) (levels.side[i] === 1 ? bids : asks).push([levels.price[i]!, levels.size[i]!]);
  return { bids, asks };
}

function bestOf(book: OrderBook, levels: number): StoryLevels {
  const side = (which: 1 | -1): readonly SaidLevel[] => {
    const found: SaidLevel[] = [];
    book.walk(which, (price, size) => found.push([price, size]) < levels);
    return found;
  };
  return { bids: side(1), asks: side(-1) };
}

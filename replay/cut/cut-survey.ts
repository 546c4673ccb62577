import {
  assertNever,
  type BookEvent,
  type EventListener,
  EventRegister,
  type Instrument,
  type MarketEvent,
  type SymbolId,
  SymbolTable,
  type TapeRecord,
} from '#domain';
import { Engine } from '#engine';
import { createTapeDecoder, type Decoder, type Venue } from '#venues';
import { instrumentOf, latenessOf } from '../venue-lookup.ts';
import { AskedRequests } from './asked-requests.ts';
import { BookStarts, type CutBook } from './book-starts.ts';
import { ConnectionLives } from './connection-life.ts';
import type { CutRange } from './cut-range.ts';
import { SaidHistory } from './said-history.ts';
import { SequenceSet } from './sequence-set.ts';
import { WantedSymbols } from './wanted-symbols.ts';

/** Frames and bodies of the range that stay out, by reason. */
export interface LeftOut {
  /** They are about other symbols, or about none (acknowledgements, heartbeats, masters that say nothing new). */
  readonly others: number;
  /** No decoder reads their channel. */
  readonly undecoded: number;
  /** They are not what their channel promises: nobody can tell whom they are about. */
  readonly failed: number;
}

/**
 * The first look at a tape that is to be cut: plays it from its first record to the end of the range, and notes which records belong to the
 * cut. Its memory grows with what is wanted of the tape, by a few bytes a record and never by a payload.
 */
export class CutSurvey implements EventListener {
  /** What belongs to the cut. */
  readonly kept = new SequenceSet();
  /** Those before the range that books are made of: they say the same in the cut as on the tape. */
  readonly bookRecords = new SequenceSet();
  readonly history = new SaidHistory();
  readonly requests = new AskedRequests();
  readonly wanted: WantedSymbols;
  readonly range: CutRange;
  readonly leftOut = { others: 0, undecoded: 0, failed: 0 };
  /** Earlier records that came along for decoders that say only what is new. */
  warmUpRecords = 0;
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #symbols = new SymbolTable();
  readonly #decoder: Decoder;
  /** Knows which books are known. */
  readonly #engine: Engine;
  readonly #lives = new ConnectionLives();
  readonly #books = new BookStarts();
  /** What masters said last of each wanted symbol. */
  readonly #definitions = new Map<SymbolId, string>();
  /** Records of the range that are about a whole market. */
  readonly #marketWide: { readonly venue: string; readonly sequence: number }[] = [];
  #record!: TapeRecord;
  #isInRange = false;
  // What the record said so far.
  readonly #said = new Set<SymbolId>();
  #isMarketWide = false;
  #defines = false;
  #isFailed = false;
  #isUndecoded = false;

  constructor(venues: ReadonlyMap<string, Venue>, range: CutRange, names: readonly string[] | undefined) {
    this.#venues = venues;
    this.range = range;
    this.wanted = new WantedSymbols(this.#symbols, names);
    this.#decoder = createTapeDecoder(venues, new EventRegister(this), this.#symbols);
    this.#engine = new Engine({
      symbols: this.#symbols,
      instrumentOf: (venue, symbol) => instrumentOf(venues, venue, symbol),
      latenessOf: (venue) => latenessOf(venues, venue),
    });
  }

  /** The `visit` of `drive`. */
  readonly visit = (record: TapeRecord): void => {
    const place = this.range.place(record);
    if (place === 'after') return;
    if (place === 'within' && !this.#isInRange) {
      this.#isInRange = true;
      this.#books.checkKnown((symbol) => this.#engine.states.of(symbol).book.isKnown);
    }
    this.#decode(record);
    this.#choose(record);
  };

  /** Ends the survey: what could not be told while the tape was read. Throws SYMBOL_NOT_ON_TAPE. */
  finish(where: string): void {
    this.wanted.checkAllSeen(where);
    for (const sequence of this.#books.sequences()) {
      this.bookRecords.add(sequence);
      this.kept.add(sequence);
    }
    for (const sequence of this.#lives.kept()) this.kept.add(sequence);
    for (const { venue, sequence } of this.#marketWide) {
      if (!this.#lives.hasVenue(venue)) this.leftOut.others += 1;
      else this.kept.add(sequence);
    }
  }

  /** An earlier record comes along, so that what follows says the same; false when it did already. */
  warmUp(sequence: number): boolean {
    if (!this.kept.add(sequence)) return false;
    this.warmUpRecords += 1;
    return true;
  }

  books(): CutBook[] {
    return this.#books.books((id) => this.wanted.text(id));
  }

  onEvent(event: MarketEvent): void {
    this.#engine.step(event);
    if (!('symbol' in event)) return; // of a connection
    if (event.symbol < 0) this.#isMarketWide = true;
    if (!this.wanted.has(event.symbol)) return;
    this.#said.add(event.symbol);
    if (event.kind === 'book') this.#noteBook(event);
  }

  /** A master is worth its size once: repeats that say nothing new of a wanted symbol stay out. */
  onInstrument(symbol: SymbolId, instrument: Instrument): void {
    if (!this.wanted.has(symbol)) return;
    const text = JSON.stringify(instrument);
    if (this.#definitions.get(symbol) === text) return;
    this.#definitions.set(symbol, text);
    this.#defines = true;
  }

  onDecodeFailure(): void {
    this.#isFailed = true;
  }

  onUndecoded(): void {
    this.#isUndecoded = true;
  }

  onDrift(): void {}

  #noteBook(event: Readonly<BookEvent>): void {
    const { book } = this.#engine.states.of(event.symbol);
    this.#books.add(event, book, this.#record.sequence, this.#isInRange);
  }

  #decode(record: TapeRecord): void {
    this.#record = record;
    if (this.#said.size > 0) this.#said.clear();
    this.#isMarketWide = this.#defines = this.#isFailed = this.#isUndecoded = false;
    this.#engine.beginRecord(record, 0);
    this.#decoder.decode(record);
  }

  #choose(record: TapeRecord): void {
    switch (record.kind) {
      case 'tick':
        if (this.#isInRange) this.kept.add(record.sequence);
        return;
      case 'connected':
      case 'disconnected':
      case 'gap':
        this.#lives.note(record, this.#isInRange);
        return;
      case 'http-request':
        this.requests.note(record);
        return;
      case 'frame-in':
      case 'http-response':
        this.#chooseInbound(record);
        return;
      // What was sent over a socket means nothing to a decoder; the session gets an opening and a close of its own.
      case 'frame-out':
      case 'session-open':
      case 'note':
      case 'session-close':
        return;
      default:
        assertNever(record.kind);
    }
  }

  #chooseInbound(record: TapeRecord): void {
    if (record.kind === 'http-response' && (this.#said.size > 0 || this.#defines || this.#isMarketWide)) this.requests.link(record);
    if (this.#defines || (this.#isInRange && this.#said.size > 0)) this.#keep(record);
    else if (!this.#isInRange) this.#noteHistory(record);
    else if (this.#isMarketWide) this.#marketWide.push({ venue: record.venue, sequence: record.sequence });
    else if (this.#isFailed) this.leftOut.failed += 1;
    else if (this.#isUndecoded) this.leftOut.undecoded += 1;
    else this.leftOut.others += 1;
  }

  #keep(record: TapeRecord): void {
    this.kept.add(record.sequence);
    this.#lives.keep(record);
    if (this.#isInRange) for (const symbol of this.#said) this.wanted.see(symbol);
  }

  #noteHistory(record: TapeRecord): void {
    for (const symbol of this.#said) this.history.add(historyKey(record, this.#venues, this.wanted.text(symbol)), record.sequence);
  }
}

/** What a record is one of: see `SaidHistory`. */
export function historyKey(record: TapeRecord, venues: ReadonlyMap<string, Venue>, symbol: string): string {
  const channel = venues.get(record.venue)?.channelOf(record.bytes, record.start, record.end) ?? '';
  return `${record.kind} ${record.venue} ${channel} ${symbol}`;
}

import { assertNever, type EventSink, isInbound, type SymbolTable, type TapeRecord } from '#domain';
import type { Decoder, Venue } from './venue.ts';

/**
 * Decodes a whole tape: hands each record of a venue to that venue's decoder (made when the venue first appears), and says
 * `feedLost` for `disconnected` and `gap` records (once until it is back) and `feedBack` for the `connected` that follows. The venue's decoder sees
 * a connection record before it is said to the sink. Frames of a venue that is not in `venues` are counted as undecoded.
 */
export function createTapeDecoder(venues: ReadonlyMap<string, Venue>, sink: EventSink, symbols: SymbolTable): Decoder {
  return new TapeDecoder(venues, sink, symbols);
}

class TapeDecoder implements Decoder {
  readonly #venues: ReadonlyMap<string, Venue>;
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  /** By venue id; `undefined` for a venue that nobody knows. */
  readonly #decoders = new Map<string, Decoder | undefined>();
  /** Connections that lost data and did not come back, by venue and connection. */
  readonly #lost = new Set<string>();
  /** Connections that were ended because nobody wanted them. */
  readonly #ended = new Set<string>();
  // Most tapes hold long runs of one venue, whose id is one string object: comparing it costs a pointer comparison.
  #lastVenue = '';
  #lastDecoder: Decoder | undefined;

  constructor(venues: ReadonlyMap<string, Venue>, sink: EventSink, symbols: SymbolTable) {
    this.#venues = venues;
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    switch (record.kind) {
      case 'frame-in':
      case 'frame-out':
      case 'http-request':
      case 'http-response':
        this.#hand(record);
        return;
      case 'connected':
      case 'disconnected':
      case 'gap':
        this.#hand(record);
        this.#sayFeed(record);
        return;
      // Records of the session itself: they mean nothing to a venue.
      case 'session-open':
      case 'tick':
      case 'note':
      case 'session-close':
        return;
      default:
        assertNever(record.kind);
    }
  }

  #hand(record: TapeRecord): void {
    const decoder = record.venue === this.#lastVenue && this.#lastDecoder !== undefined ? this.#lastDecoder : this.#find(record.venue);
    if (decoder !== undefined) decoder.decode(record);
    else if (isInbound(record.kind)) this.#sink.undecoded('');
  }

  #find(id: string): Decoder | undefined {
    let decoder = this.#decoders.get(id);
    if (decoder === undefined && !this.#decoders.has(id)) {
      decoder = this.#venues.get(id)?.createDecoder(this.#sink, this.#symbols);
      this.#decoders.set(id, decoder);
    }
    this.#lastVenue = id;
    this.#lastDecoder = decoder;
    return decoder;
  }

  #sayFeed(record: TapeRecord): void {
    const key = `${record.venue}\u0000${record.connection}`;
    if (record.kind !== 'connected') {
      // The gap record that a recorder writes before it is connected again says more of a loss that is known already.
      if (record.kind === 'gap' && this.#lost.has(key)) return;
      const meta = metaOf(record);
      // Nobody wanted it any more: nothing is missed until it is wanted again.
      if (meta.expected === true) {
        this.#ended.add(key);
        return;
      }
      this.#sink.feedLost(record.venue, record.connection, typeof meta.reason === 'string' ? meta.reason : record.kind);
      // Frames of one channel were shed and the connection never went down: lost and back in one.
      if (typeof meta.channel === 'string') this.#sink.feedBack(record.venue, record.connection);
      else this.#lost.add(key);
    } else if (this.#lost.delete(key)) {
      this.#sink.feedBack(record.venue, record.connection);
    } else if (this.#ended.delete(key)) {
      // What was known before the pause is stale.
      this.#sink.feedLost(record.venue, record.connection, 'it was not wanted for a time');
      this.#sink.feedBack(record.venue, record.connection);
    }
  }
}

/** The members of the record's meta; none where it is no JSON object. */
function metaOf(record: TapeRecord): Readonly<Record<string, unknown>> {
  try {
    const meta: unknown = JSON.parse(record.meta);
    if (typeof meta === 'object' && meta !== null) return meta as Readonly<Record<string, unknown>>;
  } catch {
    // A meta that is no JSON has nothing to say; `verify` reports it.
  }
  return {};
}

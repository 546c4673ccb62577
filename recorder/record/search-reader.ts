import { EventRegister, type ReadingEvent, SymbolTable, type TapeRecord } from '#domain';
import type { Decoder, SearchChange, SearchRooms, Venue } from '#venues';
import type { SearchRoom } from './search-room.ts';

/** Tells rooms what condition searches found, from the frames of the tape as the production decoder reads them. */
export class SearchReader {
  readonly #searches: SearchRooms;
  readonly #rooms: readonly SearchRoom[];
  readonly #symbols = new SymbolTable();
  readonly #decoder: Decoder;
  #changes: SearchChange[] = [];

  constructor(venue: Venue, searches: SearchRooms, rooms: readonly SearchRoom[]) {
    this.#searches = searches;
    this.#rooms = rooms;
    const sink = new EventRegister({
      onEvent: (event) => {
        if (event.kind === 'reading') this.#hear(event);
      },
      // What else a frame says, good or bad, is the replay's business.
      onDecodeFailure: () => undefined,
      onUndecoded: () => undefined,
      onDrift: () => undefined,
    });
    this.#decoder = venue.createDecoder(sink, this.#symbols);
  }

  /** Reads a frame of one of the labels of searches. */
  read(record: TapeRecord, nowMs: number): void {
    this.#changes = [];
    this.#decoder.decode(record);
    const whole = this.#searches.wholeResultOf(record.bytes, record.start, record.end);
    if (whole !== undefined) {
      const codes = this.#changes.flatMap(({ search, code, isIn }) => (search === whole && isIn ? [code] : []));
      for (const room of this.#rooms) if (room.search === whole) room.replace(codes, nowMs);
      return;
    }
    for (const change of this.#changes) this.#apply(change, nowMs);
  }

  #hear({ channel, symbol, names, values }: ReadingEvent): void {
    const change = this.#searches.changeOf(channel, this.#symbols.name(symbol).symbol, names, values);
    if (change !== undefined) this.#changes.push(change);
  }

  #apply({ search, code, isIn }: SearchChange, nowMs: number): void {
    for (const room of this.#rooms) {
      if (room.search !== search) continue;
      if (isIn) room.enter(code);
      else room.leave(code, nowMs);
    }
  }
}

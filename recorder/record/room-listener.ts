import { type Clock, TapeRecord } from '#domain';
import type { Venue, VenueRooms } from '#venues';
import type { ChainMarket } from './chain-market.ts';
import type { RecordFollower } from './followed-journal.ts';
import type { TellRecorder } from './observer.ts';
import { wallMs } from './rest-caller.ts';
import type { SearchReader } from './search-reader.ts';

/** Frames a second that are read for the money: enough to know it, too few to slow the recording down. */
export const PRICE_FRAMES_PER_SECOND_MAX = 50;

export interface RoomListenerOptions {
  readonly venue: Venue;
  readonly rooms: VenueRooms;
  /** Absent where no room and no poll is about options. */
  readonly market: ChainMarket | undefined;
  /** Absent where no room shows a search. */
  readonly searches: SearchReader | undefined;
  readonly clock: Clock;
  readonly tell: TellRecorder;
}

type ReadRecord = (record: TapeRecord) => void;

/** Picks the few records out of a venue's tape that rooms learn from; every other costs a look at its label. */
export class RoomListener implements RecordFollower {
  readonly #options: RoomListenerOptions;
  readonly #record = new TapeRecord();
  #pricesLeft = PRICE_FRAMES_PER_SECOND_MAX;

  constructor(options: RoomListenerOptions) {
    this.#options = options;
    this.#record.venue = options.venue.id;
  }

  /** Called each second. */
  tick(): void {
    this.#pricesLeft = this.#options.market === undefined ? 0 : PRICE_FRAMES_PER_SECOND_MAX;
  }

  follow(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    connection: string,
    kind: 'frame-in' | 'http-response',
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const read = kind === 'frame-in' ? this.#readerOfFrame(bytes, start, end) : this.#readerOfAnswer(meta);
    if (read === undefined) return;
    const record = this.#record;
    record.setTimesNs(receivedAtNs, monotonicNs);
    record.connection = connection;
    record.kind = kind;
    record.meta = meta;
    record.bytes = bytes;
    record.start = start;
    record.end = end;
    try {
      read(record);
    } catch (error) {
      // Decoders promise not to throw; the recording must go on even so, and the bug must not be silent.
      this.#options.tell({ kind: 'note', message: `bug: the rooms of ${record.venue} threw while they read a frame: ${String(error)}` });
    }
  }

  #readerOfFrame(bytes: Uint8Array, start: number, end: number): ReadRecord | undefined {
    const { venue, rooms, searches } = this.#options;
    if (searches === undefined && this.#pricesLeft <= 0) return undefined;
    const label = venue.channelOf(bytes, start, end);
    if (searches !== undefined && rooms.searches?.labels.has(label) === true) return this.#readSearch;
    if (this.#pricesLeft <= 0 || rooms.chains?.priceLabels.has(label) !== true) return undefined;
    this.#pricesLeft -= 1;
    return this.#readPrice;
  }

  #readerOfAnswer(meta: string): ReadRecord | undefined {
    const { rooms, market } = this.#options;
    if (market === undefined) return undefined;
    const { endpoint, path } = requestOf(meta);
    if (rooms.chains?.masterEndpoints.has(endpoint) === true) return (record) => this.#readMasters(`${endpoint} ${path}`, record);
    return rooms.chains?.priceEndpoints.has(endpoint) === true ? this.#readPrice : undefined;
  }

  readonly #readSearch: ReadRecord = (record) => {
    this.#options.searches?.read(record, wallMs(this.#options.clock));
  };

  readonly #readPrice: ReadRecord = (record) => {
    this.#options.market?.readPrices(record, wallMs(this.#options.clock));
  };

  #readMasters(request: string, record: TapeRecord): void {
    const { market, tell } = this.#options;
    if (market === undefined || market.readMasters(request, record) || !market.hasList) return;
    tell({ kind: 'note', message: `${record.venue}: new masters (${request}) list no option; the rooms go on with those before` });
  }
}

/** What an answer was asked with, from the meta of its record. */
function requestOf(meta: string): { readonly endpoint: string; readonly path: string } {
  try {
    const value = JSON.parse(meta) as { readonly endpoint?: unknown; readonly path?: unknown } | null;
    return { endpoint: String(value?.endpoint ?? ''), path: String(value?.path ?? '') };
  } catch {
    return { endpoint: '', path: '' }; // Our own meta is JSON; what is not names no request.
  }
}

import { isInbound, isOutbound, type TapeRecord } from '#domain';
import { binanceSpot, binanceSpotProtocol, binanceUsdm, binanceUsdmProtocol } from './binance/index.ts';
import { coincallFutures, coincallOptions } from './coincall/index.ts';
import { csv } from './csv/index.ts';
import { kiwoom } from './kiwoom/index.ts';
import type { VenueProtocol } from './protocol.ts';
import type { Venue } from './venue.ts';

/** Every venue that can be decoded, one line each: adding one is adding its line. */
const ALL: readonly Venue[] = [
  binanceSpot, //
  binanceUsdm,
  kiwoom,
  coincallOptions,
  coincallFutures,
  csv,
];

/** The same by id, as records name them, in the order of the list. */
export const VENUES: ReadonlyMap<string, Venue> = new Map(ALL.map((venue) => [venue.id, venue]));

/** Every venue that can be recorded over the wire, one line each. */
const ALL_PROTOCOLS: readonly VenueProtocol[] = [
  binanceSpotProtocol, //
  binanceUsdmProtocol,
];

/** The same by venue id. */
export const PROTOCOLS: ReadonlyMap<string, VenueProtocol> = new Map(ALL_PROTOCOLS.map((protocol) => [protocol.venue, protocol]));

export function venueById(id: string): Venue | undefined {
  return VENUES.get(id);
}

/** The channel of a record that holds a frame or a REST body, by its venue; empty for all others. */
export function channelLabel(record: TapeRecord): string {
  if (!isInbound(record.kind) && !isOutbound(record.kind)) return '';
  return VENUES.get(record.venue)?.channelOf(record.bytes, record.start, record.end) ?? '';
}

import { isInbound, isOutbound, type TapeRecord } from '#domain';
import { binanceSpot, binanceSpotProtocol, binanceUsdm, binanceUsdmProtocol, createBinanceServer } from './binance/index.ts';
import {
  coincallFutures,
  coincallFuturesProtocol,
  coincallFuturesServer,
  coincallOptions,
  coincallOptionsProtocol,
  coincallOptionsServer,
} from './coincall/index.ts';
import { csv } from './csv/index.ts';
import { kis, kisProtocol, kisServer } from './kis/index.ts';
import { kiwoom, kiwoomProtocol, kiwoomServer } from './kiwoom/index.ts';
import type { VenueProtocol } from './protocol.ts';
import type { ServerProtocol } from './server-protocol.ts';
import type { Venue } from './venue.ts';

/** Every venue that can be decoded, one line each: adding one is adding its line. */
const ALL: readonly Venue[] = [
  binanceSpot, //
  binanceUsdm,
  kis,
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
  kisProtocol,
  kiwoomProtocol,
  coincallOptionsProtocol,
  coincallFuturesProtocol,
];

/** The same by venue id. */
export const PROTOCOLS: ReadonlyMap<string, VenueProtocol> = new Map(ALL_PROTOCOLS.map((protocol) => [protocol.venue, protocol]));

/** Every venue that `serve` can be, one line each. */
const ALL_SERVERS: readonly ServerProtocol[] = [
  createBinanceServer('binance-spot'), //
  createBinanceServer('binance-usdm'),
  kisServer,
  kiwoomServer,
  coincallOptionsServer,
  coincallFuturesServer,
];

/** The same by venue id. */
export const SERVERS: ReadonlyMap<string, ServerProtocol> = new Map(ALL_SERVERS.map((server) => [server.venue, server]));

export function venueById(id: string): Venue | undefined {
  return VENUES.get(id);
}

/** The channel of a record that holds a frame or a REST body, by its venue; empty for all others. */
export function channelLabel(record: TapeRecord): string {
  if (!isInbound(record.kind) && !isOutbound(record.kind)) return '';
  return VENUES.get(record.venue)?.channelOf(record.bytes, record.start, record.end) ?? '';
}

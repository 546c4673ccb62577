import { type EventSink, SECOND_US, type SymbolTable } from '#domain';
import type { Venue } from '../venue.ts';
import { CoincallDecoder } from './decode.ts';
import { type CoincallVenueId, instrumentOf } from './instrument.ts';
import { channelOf } from './label.ts';
import { redact } from './redact.ts';

export {
  type CoincallBar,
  type CoincallBook,
  type CoincallChainRow,
  type CoincallLevel,
  type CoincallPricing,
  type CoincallTicker,
  type CoincallTrade,
  encodeBar,
  encodeBook,
  encodeChain,
  encodeConfig,
  encodeError,
  encodeHeartbeatReply,
  encodeInstruments,
  encodePricing,
  encodeServerTime,
  encodeSubscribeReply,
  encodeTicker,
  encodeTrades,
} from './encode.ts';
export type { CoincallVenueId } from './instrument.ts';
export type { Generation } from './layout.ts';

/** Options on coins, quoted and settled in dollars. */
export const coincallOptions: Venue = venueOf('coincall-options');
/** Perpetual futures on coins. */
export const coincallFutures: Venue = venueOf('coincall-futures');

function venueOf(id: CoincallVenueId): Venue {
  return {
    id,
    channelOf,
    createDecoder: (sink: EventSink, symbols: SymbolTable) => new CoincallDecoder(id, sink, symbols),
    instrument: (symbol: string) => instrumentOf(id, symbol),
    redact,
    decoderVersion: 1,
    latenessUs: 2 * SECOND_US,
  };
}

export { coincallFuturesProtocol, coincallOptionsProtocol } from './protocol.ts';
export { coincallFuturesServer, coincallOptionsServer } from './server.ts';

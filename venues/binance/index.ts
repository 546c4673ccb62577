import { type EventSink, SECOND_US, type SymbolTable } from '#domain';
import type { Venue } from '../venue.ts';
import { BinanceDecoder, type BinanceVenueId } from './decode.ts';
import { channelOf } from './envelope.ts';
import { instrumentOf } from './instrument.ts';

export type { BinanceVenueId } from './decode.ts';
export { type BinanceEncoder, createBinanceEncoder } from './encode.ts';
export { binanceSpotProtocol, binanceUsdmProtocol } from './protocol.ts';
export { createBinanceServer } from './server.ts';

export const binanceSpot: Venue = venueOf('binance-spot');
export const binanceUsdm: Venue = venueOf('binance-usdm');

function venueOf(id: BinanceVenueId): Venue {
  return {
    id,
    channelOf,
    createDecoder: (sink: EventSink, symbols: SymbolTable) => new BinanceDecoder(id, sink, symbols),
    instrument: (symbol: string) => instrumentOf(id, id === 'binance-spot', symbol),
    decoderVersion: 1,
    latenessUs: 2 * SECOND_US,
  };
}

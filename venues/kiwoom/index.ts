import { KST_OFFSET_US } from '#domain';
import type { Venue } from '../venue.ts';
import { kiwoomChannelOf } from './channel.ts';
import { createKiwoomDecoder } from './decode.ts';
import { KIWOOM_VENUE, kiwoomInstrument } from './instrument.ts';
import { redactKiwoom } from './redact.ts';

export {
  encodeLoginReply,
  encodePing,
  encodeQuotes,
  encodeRegistrationReply,
  encodeTrades,
  type KiwoomQuote,
  type KiwoomTrade,
} from './encode.ts';
export { encodeBooks, type KiwoomBook, type KiwoomLevel } from './encode-book.ts';
export {
  encodeConditionChanges,
  encodePhases,
  encodeVolatility,
  type KiwoomConditionChange,
  type KiwoomPhase,
  type KiwoomVolatility,
} from './encode-status.ts';
export { encodeStock, encodeStockList, type KiwoomStock } from './encode-stock.ts';

export { kiwoomProtocol } from './protocol.ts';
export { kiwoomServer } from './server.ts';

/** Kiwoom Securities REST API, websocket. Korean stocks; the suffix `_NX` or `_AL` of a symbol names the exchange. */
export const kiwoom: Venue = {
  id: KIWOOM_VENUE,
  channelOf: kiwoomChannelOf,
  createDecoder: createKiwoomDecoder,
  instrument: (symbol) => kiwoomInstrument(symbol),
  redact: (bytes) => redactKiwoom(bytes),
  decoderVersion: 1,
  latenessUs: 2_000_000,
  dayOffsetUs: KST_OFFSET_US,
};

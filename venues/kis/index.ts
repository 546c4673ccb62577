import { KST_OFFSET_US } from '#domain';
import type { Venue } from '../venue.ts';
import { kisChannelOf } from './channel.ts';
import { createKisDecoder } from './decode.ts';
import { kisInstrument } from './instrument.ts';
import { redactKis } from './redact.ts';
import { KIS_VENUE } from './venue-symbols.ts';

export { acknowledgementText, pingPongText, rejectionText } from './control-frames.ts';
export {
  encodeBooks,
  encodeExpectedPrices,
  encodeNotice,
  encodeStatuses,
  encodeTrades,
  type KisBook,
  type KisExpectedPrice,
  type KisLevel,
  type KisOptionNumbers,
  type KisStatus,
  type KisTrade,
  type LayoutChoice,
} from './encode.ts';
export type { NamedNumbers } from './encode-field.ts';
export {
  encodeDerivativeBars,
  encodeDerivativeBook,
  encodeDerivativePrice,
  encodeFuturesBoard,
  encodeOptionBoard,
  encodeStockBars,
  type KisBar,
  type KisBoardFuture,
  type KisBoardOption,
  type KisDerivativeBook,
  type KisDerivativePrice,
} from './encode-rest.ts';
export { kisProtocol } from './protocol.ts';
export { kisServer } from './server.ts';

/** Korea Investment & Securities, Open API: websocket frames and REST bodies. A suffix `_NX` or `_UN` of a symbol names the exchange. */
export const kis: Venue = {
  id: KIS_VENUE,
  channelOf: kisChannelOf,
  createDecoder: createKisDecoder,
  instrument: kisInstrument,
  redact: (bytes) => redactKis(bytes),
  decoderVersion: 1,
  latenessUs: 2_000_000,
  dayOffsetUs: KST_OFFSET_US,
};

import { type Instrument, KST_OFFSET_US } from '#domain';
import type { Venue } from '../venue.ts';
import { kiwoomChannelOf } from './channel.ts';
import { createKiwoomDecoder, KIWOOM_VENUE } from './decode.ts';

export { encodeLoginReply, encodePing, encodeRegistrationReply, encodeTrades, type KiwoomTrade } from './encode.ts';
export { overwriteSecrets, redactFrame, type SecretRange } from './redact.ts';

/** Kiwoom Securities REST API, websocket. Korean stocks; the suffix `_NX` or `_AL` of a symbol names the exchange. */
export const kiwoom: Venue = {
  id: KIWOOM_VENUE,
  channelOf: kiwoomChannelOf,
  createDecoder: createKiwoomDecoder,
  instrument,
  latenessUs: 2_000_000,
  dayOffsetUs: KST_OFFSET_US,
};

function instrument(symbol: string): Instrument {
  return { venue: KIWOOM_VENUE, symbol, kind: 'stock', currency: 'KRW', multiplier: 1 };
}

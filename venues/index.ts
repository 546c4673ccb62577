export { type BinanceEncoder, type BinanceVenueId, binanceSpot, binanceUsdm, createBinanceEncoder } from './binance/index.ts';
export { type CsvConnectionMeta, type CsvHeader, csv, csvBarClock, csvBarTime, parseCsvHeader } from './csv/index.ts';
export {
  encodeLoginReply,
  encodePing,
  encodeRegistrationReply,
  encodeTrades,
  type KiwoomTrade,
  kiwoom,
  overwriteSecrets,
  redactFrame,
} from './kiwoom/index.ts';
export {
  type Cipher,
  CONTROL,
  type Credentials,
  DATA,
  type FrameSignal,
  type Grant,
  type GrantRule,
  type Grants,
  type PollRule,
  type PollSettings,
  type RestLimits,
  type RestRequest,
  type RestResponse,
  type RestVerdict,
  type SocketLimits,
  type SocketProtocol,
  type SocketSession,
  type SocketSettings,
  type Subscription,
  subscriptionKey,
  UNKNOWN,
  type VenueHosts,
  type VenueProtocol,
} from './protocol.ts';
export { channelLabel, VENUES, venueById } from './registry.ts';
export {
  createSyntheticMarket,
  cryptoPair,
  evenLadder,
  KRX_TICK_SIZES,
  krxLadder,
  krxStock,
  type PriceLadder,
  type SyntheticMarket,
  type SyntheticMarketOptions,
  type SyntheticStep,
  type SyntheticSymbol,
} from './synthetic/index.ts';
export { createTapeDecoder } from './tape-decoder.ts';
export type {
  ProtocolFaults,
  ServedBook,
  ServedMarket,
  ServerAction,
  ServerProtocol,
  ServerRequest,
  ServerResponse,
  ServerSession,
  ServerSettings,
  VenueServer,
} from './server-protocol.ts';
export type { Decoder, SecretRange, Venue } from './venue.ts';
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
  type SecretRange,
} from './kiwoom/index.ts';
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
export type { Decoder, Venue } from './venue.ts';

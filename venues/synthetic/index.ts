export { KRX_STOCKS, type KrxStock } from './krx-market.ts';
export type { Listing, OptionNumbers, Segment } from './listing.ts';
export {
  createSyntheticMarket,
  cryptoPair,
  krxStock,
  type SyntheticMarket,
  type SyntheticMarketOptions,
  type SyntheticStep,
  type SyntheticSymbol,
} from './market.ts';
export type {
  Interruption,
  MarketLevel,
  MarketMoment,
  MarketSession,
  MarketSide,
  MarketTrade,
  SessionSums,
  TradingPhase,
} from './market-moment.ts';
export { evenLadder, krxLadder, type PriceLadder } from './price-ladder.ts';
export { createSyntheticWorld, type SyntheticWorld, type SyntheticWorldOptions, type WorldPart } from './world.ts';

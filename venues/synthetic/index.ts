export {
  createSyntheticMarket,
  cryptoPair,
  krxStock,
  type SyntheticMarket,
  type SyntheticMarketOptions,
  type SyntheticStep,
  type SyntheticSymbol,
} from './market.ts';
export { evenLadder, KRX_TICK_SIZES, krxLadder, type PriceLadder } from './price-ladder.ts';

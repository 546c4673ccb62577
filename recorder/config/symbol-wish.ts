import { kisWishes } from './kis-config.ts';
import { kiwoomWishes } from './kiwoom-config.ts';
import { symbolWishes } from './symbol-config.ts';
import type { Wish } from './wish.ts';

/** Codes of KRX derivatives: since 2025 A is a future, B a call, C a put; before, 1, 2 and 3 with a letter for the year. */
const DERIVATIVE = /^(?:[A-C]|[1-3]\d{2}[A-Z])/;

/** What a venue would be asked for if the configuration named just this symbol, with the channels it has by default: its trades and its book. */
export function symbolWish(venue: string, symbol: string): readonly Wish[] {
  switch (venue) {
    case 'kis':
      return kisWishes(DERIVATIVE.test(symbol) ? { derivatives: [{ code: symbol }] } : { stocks: [{ code: symbol }] }).wishes;
    case 'kiwoom':
      return kiwoomWishes({ stocks: [{ code: symbol }] }).wishes;
    default:
      return symbolWishes(venue, { symbols: [{ symbol }] }).wishes;
  }
}

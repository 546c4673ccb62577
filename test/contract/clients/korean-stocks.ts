import { civilTime, KST_OFFSET_US, SECOND_US } from '#domain';
import { krxStock } from '#venues';
import { encodeBooks as encodeKisBooks, encodeTrades as encodeKisTrades, kis } from '../../../venues/kis/index.ts';
import { encodeBooks as encodeKiwoomBooks, encodeTrades as encodeKiwoomTrades, kiwoom } from '../../../venues/kiwoom/index.ts';
import type { TapeEncoder } from './synthetic-tape.ts';

/** Two stocks of KRX, with the price they start at. */
const START_PRICES: ReadonlyMap<string, number> = new Map([
  ['005930', 77_900],
  ['000660', 201_500],
]);

export const STOCKS: readonly string[] = [...START_PRICES.keys()];

/** KIS at today's widths. */
export const KIS_STOCKS: TapeEncoder = {
  venue: kis.id,
  symbols: stocksOf(kis.id),
  timeGrainUs: SECOND_US,
  trades: (trades) => encodeKisTrades('H0STCNT0', trades),
  book: (book) => encodeKisBooks('H0STASP0', [book]),
};

/** Kiwoom, whose prices carry a sign: above or below where the stock started. */
export const KIWOOM_STOCKS: TapeEncoder = {
  venue: kiwoom.id,
  symbols: stocksOf(kiwoom.id),
  timeGrainUs: SECOND_US,
  trades: (trades) => encodeKiwoomTrades(trades.map((trade) => ({ ...trade, previousClose: START_PRICES.get(trade.symbol)! }))),
  book: (book) => encodeKiwoomBooks([{ ...book, previousClose: START_PRICES.get(book.symbol)! }]),
};

// Invented; clients of KIS check only their lengths, and so does the server.
export const KIS_KEYS = { appKey: 'TAPE'.repeat(9), appSecret: 'reel'.repeat(45) };

/** `HHMMSS` in Korea, as both venues print it. */
export function koreanTime(venueTimeUs: number): string {
  const { hour, minute, second } = civilTime(venueTimeUs + KST_OFFSET_US);
  return [hour, minute, second].map((part) => String(part).padStart(2, '0')).join('');
}

function stocksOf(venue: string): TapeEncoder['symbols'] {
  return [...START_PRICES].map(([symbol, startPrice]) => krxStock(symbol, startPrice, venue));
}

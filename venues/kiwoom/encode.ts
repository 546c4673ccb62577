import { plainDecimal } from '#domain';
import type { FieldEntry } from './channel-table.ts';
import { type NamedNumbers, namedText, numberText, priceText, realFrame, rowText, signText, timeOfDayText } from './encode-row.ts';
import { QUOTE, TRADE } from './fids.ts';

/** One trade as the venue would send it. */
export interface KiwoomTrade {
  /** With the exchange's suffix where it has one: `005930`, `005930_NX`, `005930_AL`. */
  readonly symbol: string;
  /** Microseconds since the epoch; the venue prints whole seconds of Korean time without a date. */
  readonly venueTimeUs: number;
  readonly price: number;
  readonly size: number;
  /** The taker's; 0 prints no sign, as in call auctions. */
  readonly side: 1 | -1 | 0;
  readonly cumulativeVolume: number;
  /** Yesterday's close, which decides the signs of prices; without it prices have no sign, as if they were equal to it. */
  readonly previousClose?: number;
  /** Any other numbers of the row by their names in a reading; what is left out is printed as an empty text. */
  readonly readings?: NamedNumbers;
}

/** The best prices of both sides. The venue sends neither sizes nor a time. */
export interface KiwoomQuote {
  readonly symbol: string;
  readonly bidPrice: number;
  readonly askPrice: number;
  /** As in `KiwoomTrade`. */
  readonly previousClose?: number;
}

const ENCODER = new TextEncoder();
const PRICE_NAMES = new Set(['price', 'open_price', 'high_price', 'low_price', 'ask_price', 'bid_price']);

/** A REAL frame with one `0B` row for each trade. */
export function encodeTrades(trades: readonly KiwoomTrade[]): Uint8Array {
  return realFrame(trades.map((trade) => rowText(TRADE, trade.symbol, (entry) => tradeText(trade, entry))));
}

/** A REAL frame with one `0C` row for each quote. */
export function encodeQuotes(quotes: readonly KiwoomQuote[]): Uint8Array {
  const priceOf = (quote: KiwoomQuote, { name }: FieldEntry) => (name === 'ask_price' ? quote.askPrice : quote.bidPrice);
  return realFrame(quotes.map((quote) => rowText(QUOTE, quote.symbol, (entry) => priceText(priceOf(quote, entry), quote.previousClose))));
}

export function encodeLoginReply(returnCode: number, message: string): Uint8Array {
  const extra = returnCode === 0 ? { sor_yn: 'Y' } : {};
  return ENCODER.encode(JSON.stringify({ trnm: 'LOGIN', return_code: returnCode, return_msg: message, ...extra }));
}

export function encodeRegistrationReply(trnm: 'REG' | 'REMOVE', returnCode: number, message: string): Uint8Array {
  return ENCODER.encode(JSON.stringify({ trnm, return_code: returnCode, return_msg: message }));
}

export function encodePing(): Uint8Array {
  return ENCODER.encode('{"trnm":"PING"}');
}

function tradeText(trade: KiwoomTrade, entry: FieldEntry): string {
  if (entry.reads === 'time') return timeOfDayText(trade.venueTimeUs);
  if (entry.name === 'signed_size') return `${signText(trade.side)}${plainDecimal(trade.size)}`;
  if (entry.name === 'price') return priceText(trade.price, trade.previousClose);
  if (entry.name === 'cumulative_volume') return numberText(entry, trade.cumulativeVolume);
  const value = trade.readings?.[entry.name];
  if (PRICE_NAMES.has(entry.name) && value !== undefined && !Number.isNaN(value)) return priceText(value, trade.previousClose);
  return namedText(entry, trade.readings, '');
}

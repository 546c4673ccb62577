import type { Instrument } from '#domain';
import type { Venue } from '../venue.ts';
import { CSV_CHANNEL, CSV_VENUE, createCsvDecoder } from './decode.ts';

export { type CsvHeader, type CsvLayout, parseCsvHeader } from './columns.ts';
export type { CsvConnectionMeta } from './connection.ts';
export { csvBarClock, csvBarTime } from './decode.ts';

/** Files of bars that other people made. Every line is a frame; nothing is late, because every bar is final. */
export const csv: Venue = {
  id: CSV_VENUE,
  channelOf: () => CSV_CHANNEL,
  createDecoder: createCsvDecoder,
  instrument,
  decoderVersion: 1,
  latenessUs: 0,
};

/** Longest first, so that `BTCFDUSD` is not read as one in USD. */
const QUOTE_CURRENCIES = ['FDUSD', 'USDT', 'USDC', 'BUSD', 'USD', 'KRW'] as const;

/** A file names no currency: pairs tell it by their last letters, six digits are a Korean stock, all else is counted in USD. */
function instrument(symbol: string): Instrument {
  if (/^\d{6}$/.test(symbol)) return { venue: CSV_VENUE, symbol, kind: 'stock', currency: 'KRW', multiplier: 1 };
  const quote = QUOTE_CURRENCIES.find((currency) => symbol.length > currency.length && symbol.endsWith(currency));
  if (quote !== undefined) return { venue: CSV_VENUE, symbol, kind: 'spot', currency: quote, multiplier: 1 };
  return { venue: CSV_VENUE, symbol, kind: 'unknown', currency: 'USD', multiplier: 1 };
}

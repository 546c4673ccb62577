import { assert, civilTime, KST_OFFSET_US, plainDecimal } from '#domain';
import { TRADE_FIDS, type TradeFid } from './fids.ts';

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
  readonly readings?: { readonly [name: string]: number };
}

const ENCODER = new TextEncoder();
const PRICE_NAMES = new Set(['price', 'open_price', 'high_price', 'low_price', 'ask_price', 'bid_price']);
const TIME_OF_DAY_NAMES = new Set(['upper_limit_hhmmss', 'lower_limit_hhmmss', 'open_hhmmss', 'high_time_raw', 'low_hhmmss']);
const EXCHANGE_NAMES = ['통합', 'KRX', 'NXT'];

/** A REAL frame with one `0B` row for each trade, keys in the order of the wire. */
export function encodeTrades(trades: readonly KiwoomTrade[]): Uint8Array {
  return ENCODER.encode(`{"data":[${trades.map(tradeRow).join(',')}],"trnm":"REAL"}`);
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

function tradeRow(trade: KiwoomTrade): string {
  const values = TRADE_FIDS.map((entry) => `"${entry.fid}":${JSON.stringify(fieldText(trade, entry))}`);
  return `{"values":{${values.join(',')}},"type":"0B","name":"주식체결","item":${JSON.stringify(trade.symbol)}}`;
}

function fieldText(trade: KiwoomTrade, entry: TradeFid): string {
  if (entry.reads === 'time') return timeOfDayText(trade.venueTimeUs);
  if (entry.name === 'signed_size') return `${signText(trade.side)}${plainDecimal(trade.size)}`;
  const value = numberOf(trade, entry.name);
  if (value === undefined || Number.isNaN(value)) return '';
  if (entry.reads === 'exchange') return EXCHANGE_NAMES[value] ?? String(value);
  if (PRICE_NAMES.has(entry.name)) return `${signText(value - (trade.previousClose ?? value))}${plainDecimal(value)}`;
  if (TIME_OF_DAY_NAMES.has(entry.name)) return plainDecimal(value).padStart(6, '0');
  return plainDecimal(value);
}

function numberOf(trade: KiwoomTrade, name: string): number | undefined {
  if (name === 'price') return trade.price;
  if (name === 'cumulative_volume') return trade.cumulativeVolume;
  return trade.readings?.[name];
}

function signText(sign: number): string {
  if (sign === 0) return '';
  return sign > 0 ? '+' : '-';
}

function timeOfDayText(venueTimeUs: number): string {
  const { hour, minute, second, microsecond } = civilTime(venueTimeUs + KST_OFFSET_US);
  assert(microsecond === 0, `Kiwoom prints whole seconds, not ${venueTimeUs} µs`);
  return [hour, minute, second].map((part) => String(part).padStart(2, '0')).join('');
}

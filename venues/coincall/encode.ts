import { assert, type Instrument, plainDecimal } from '#domain';
import type { CoincallVenueId } from './instrument.ts';
import { type DecodedLabel, FIELD, type Generation, LAYOUTS, type Layout } from './layout.ts';
import { periodName } from './period.ts';

/** A whole book; bids from the highest price, asks from the lowest. Times are microseconds since the epoch, whole milliseconds. */
export interface CoincallBook {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly bids: readonly CoincallLevel[];
  readonly asks: readonly CoincallLevel[];
}

export interface CoincallLevel {
  readonly price: number;
  readonly size: number;
}

export interface CoincallTrade {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly price: number;
  readonly size: number;
  /** The taker's. */
  readonly side: 1 | -1;
}

export interface CoincallBar {
  readonly symbol: string;
  /** One of the venue's periods, `m1` to `quarter`. */
  readonly intervalUs: number;
  readonly openTimeUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** What `bsInfo` tells of one contract. NaN is not sent. */
export interface CoincallPricing {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly impliedVolatility: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
  readonly markPrice: number;
  readonly underlyingPrice: number;
  readonly openInterest: number;
  /** Other numbers by their names in a reading; those that the generation does not have are not sent. */
  readonly readings: Readonly<Record<string, number>>;
}

/** A row of an option chain. NaN prices are an empty side, other NaN is not sent; `impliedVolatility` is in documents since 2025 only. */
export interface CoincallChainRow extends CoincallPricing {
  readonly bidImpliedVolatility: number;
  readonly askImpliedVolatility: number;
  readonly bidPrice: number;
  readonly bidSize: number;
  readonly askPrice: number;
  readonly askSize: number;
}

/** The futures ticker that the venue calls `spotPrice`. The documents of May 2023 print no time: it is not sent in `g1`. */
export interface CoincallTicker {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly readings: Readonly<Record<string, number>>;
}

const OPTION_CODES: Readonly<Record<DecodedLabel, number>> = { kline: 2, bsInfo: 3, tOption: 4, orderBook: 5, lastTrade: 6, spotPrice: 30 };
const FUTURES_CODES: Readonly<Record<DecodedLabel, number>> = { ...OPTION_CODES, kline: 31, orderBook: 32, lastTrade: 33 };

/** Values by the key of a record; `undefined` and NaN are not sent. */
type Values = Readonly<Record<string, number | string | undefined>>;

export function encodeBook(venue: CoincallVenueId, generation: Generation, book: CoincallBook): string {
  const sizeOf = (size: number): string => (generation === 'g1' ? `"v":${plainDecimal(size)}` : `"sz":"${plainDecimal(size)}"`);
  const list = (levels: readonly CoincallLevel[]): string =>
    `[${levels.map(({ price, size }) => `{"pr":"${plainDecimal(price)}",${sizeOf(size)}}`).join(',')}]`;
  const data = `{"s":${JSON.stringify(book.symbol)},"asks":${list(book.asks)},"bids":${list(book.bids)},"ts":${milliseconds(book.venueTimeUs)}}`;
  return push(venue, 'orderBook', data);
}

/** One list, the newest trade first as the venue sends them: give them in order of time. */
export function encodeTrades(venue: CoincallVenueId, generation: Generation, trades: readonly CoincallTrade[]): string {
  const rows = [...trades].reverse().map(({ symbol, venueTimeUs, price, size, side }) => {
    const sd = side === 1 ? 1 : 2;
    const amount = plainDecimal(size);
    const isFirst = generation === 'g1';
    const values = { sd, s: symbol, pr: isFirst ? price : plainDecimal(price), v: size, q: amount, ts: milliseconds(venueTimeUs) };
    return recordText(LAYOUTS.lastTrade, generation, values);
  });
  return push(venue, 'lastTrade', `[${rows.join(',')}]`);
}

export function encodeBar(venue: CoincallVenueId, bar: CoincallBar): string {
  const { symbol: s, open, high, low, close, volume: v, openTimeUs, intervalUs } = bar;
  const pe = periodName(intervalUs, openTimeUs);
  assert(pe !== undefined, `Coincall has no period of ${intervalUs} µs`);
  return push(venue, 'kline', recordText(LAYOUTS.kline, 'g2', { s, pe, open, high, low, close, v, ts: milliseconds(openTimeUs) }));
}

export function encodePricing(generation: Generation, pricing: CoincallPricing): string {
  const values = { ...pricingValues(pricing), iv: pricing.impliedVolatility };
  return push('coincall-options', 'bsInfo', recordText(LAYOUTS.bsInfo, generation, values, pricing.readings));
}

/** Rows of one chain: calls and puts of one expiry. */
export function encodeChain(generation: Generation, rows: readonly CoincallChainRow[]): string {
  const texts = rows.map((row) => {
    const { bidPrice, bidSize, askPrice, askSize } = row;
    const [bid, bs] = Number.isNaN(bidPrice) ? [0, 0] : [bidPrice, bidSize];
    const [ask, as] = Number.isNaN(askPrice) ? [0, 0] : [askPrice, askSize];
    const ivs = { miv: row.impliedVolatility, biv: row.bidImpliedVolatility, aiv: row.askImpliedVolatility };
    return recordText(LAYOUTS.tOption, generation, { ...pricingValues(row), ...ivs, bid, ask, bs, as, bv: bs, av: as }, row.readings);
  });
  return push('coincall-options', 'tOption', `[${texts.join(',')}]`);
}

export function encodeTicker(generation: Generation, ticker: CoincallTicker): string {
  const values = { s: ticker.symbol, ts: generation === 'g1' ? undefined : milliseconds(ticker.venueTimeUs) };
  return push('coincall-futures', 'spotPrice', recordText(LAYOUTS.spotPrice, generation, values, ticker.readings));
}

/** The answer to `{"action":"heartbeat"}`. */
export function encodeHeartbeatReply(): string {
  return '{"c":11,"rc":1}';
}

/** What the venue was seen to answer (2025-08-23): capitals, no payload. `failed` is what a published client looks for. */
export function encodeSubscribeReply(action: 'subscribe' | 'unSubscribe', dataType: string, result: 'success' | 'failed'): string {
  return JSON.stringify({ action: action.toUpperCase(), dataType, result });
}

/** No document shows the form of an error on a socket; this is that of REST, with the documented text `too many request`. */
export function encodeError(code: number, message: string): string {
  return JSON.stringify({ code, msg: message, i18nArgs: null, data: null });
}

/** The REST body of the instruments. Those of futures carry no price or size steps: the public configuration does. */
export function encodeInstruments(venue: CoincallVenueId, instruments: readonly Instrument[]): string {
  return bodyText(instruments.map(venue === 'coincall-options' ? optionRow : futureRow));
}

/** The REST body of the public configuration, as far as futures are in it: price and size steps by symbol. */
export function encodeConfig(futures: readonly Instrument[]): string {
  const rows = futures.map(({ symbol, currency, tickSize, lotSize }) => [
    symbol,
    { symbol, settle: currency, tickSize, minQty: lotSize, base: baseOf(symbol) },
  ]);
  return bodyText({ optionConfig: {}, futuresConfig: Object.fromEntries(rows) });
}

/** The REST body of `GET /time`. */
export function encodeServerTime(nowUs: number): string {
  return bodyText({ serverTime: milliseconds(nowUs) });
}

function bodyText(data: unknown): string {
  return JSON.stringify({ code: 0, msg: 'Success', i18nArgs: null, data });
}

function optionRow({ symbol, expiryUs = 0, strike, lotSize, tickSize }: Instrument): unknown {
  const expirationTimestamp = milliseconds(expiryUs);
  return { baseCurrency: baseOf(symbol), expirationTimestamp, strike, symbolName: symbol, isActive: true, minQty: lotSize, tickSize };
}

function futureRow({ symbol, currency }: Instrument): unknown {
  const base = baseOf(symbol);
  return { ticker_id: `${base}-${currency}`, base_currency: base, quote_currency: currency, product_type: 'Perpetual' };
}

/** `BTC` of `BTCUSD` and `BTCUSD-4JUL23-27000-C`. */
function baseOf(symbol: string): string {
  return symbol.replace(/USD(?:-.*)?$/, '');
}

function pricingValues(pricing: CoincallPricing): Values {
  const { symbol: s, delta, gamma, theta, vega, markPrice: mp, underlyingPrice: up, openInterest: oi } = pricing;
  return { s, delta, gamma, theta, vega, mp, up, oi, ts: milliseconds(pricing.venueTimeUs) };
}

/** The record in the venue's order of keys. */
function recordText(layout: Layout, generation: Generation, values: Values, readings: Readonly<Record<string, number>> = {}): string {
  const members = layout.keys.flatMap((key, slot) => {
    const field = layout.fields[slot]!;
    if (field.generation !== undefined && field.generation !== generation) return [];
    const value = field.reading === undefined ? values[key] : readings[field.reading];
    if (value === undefined || Number.isNaN(value)) return [];
    const isAmount = field.kind === FIELD.AMOUNT || field.kind === FIELD.VOLATILITY;
    return [`"${key}":${typeof value === 'number' && isAmount ? plainDecimal(value) : JSON.stringify(value)}`];
  });
  return `{${members.join(',')}}`;
}

function push(venue: CoincallVenueId, label: DecodedLabel, data: string): string {
  return `{"dt":${(venue === 'coincall-options' ? OPTION_CODES : FUTURES_CODES)[label]},"c":20,"d":${data}}`;
}

function milliseconds(timeUs: number): number {
  assert(
    timeUs >= 0 && Number.isSafeInteger(timeUs) && timeUs % 1000 === 0,
    `Coincall tells times in whole milliseconds, not ${timeUs} µs`,
  );
  return timeUs / 1000;
}

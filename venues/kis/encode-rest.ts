import { type KisLevel, type KisOptionNumbers, percentOf } from './encode.ts';
import { dateText, type NamedNumbers, numberOrZero, numberText, readingText, timeText } from './encode-field.ts';
import { DERIVATIVE_BARS_KEYS, DERIVATIVE_PRICE_KEYS, FUTURES_BOARD_KEYS, OPTION_BOARD_KEYS, STOCK_BARS_KEYS } from './rest-layouts.ts';

/** A bar of one minute or another interval. */
export interface KisBar {
  /** Microseconds since the epoch. */
  readonly openTimeUs: number;
  /** Hours past midnight are counted on from the date on which the night session began. */
  readonly isPastMidnight?: boolean;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Value of the day up to this bar. */
  readonly dayValue: number;
}

/** One option of a board. */
export interface KisBoardOption {
  readonly symbol: string;
  readonly strike: number;
  readonly option: KisOptionNumbers;
  readonly bidPrice?: number;
  readonly bidSize?: number;
  readonly askPrice?: number;
  readonly askSize?: number;
  /** ATM, ITM or OTM. */
  readonly moneyness?: string;
  readonly readings?: NamedNumbers;
}

/** One future of a board. */
export interface KisBoardFuture {
  readonly symbol: string;
  readonly name: string;
  readonly bidPrice?: number;
  readonly askPrice?: number;
  readonly readings?: NamedNumbers;
}

/** The answer about one future or option. */
export interface KisDerivativePrice {
  readonly name: string;
  /** `YYYYMMDD`. */
  readonly lastTradeDate: string;
  /** For options. */
  readonly option?: KisOptionNumbers;
  /** Codes, names and values of indices, at most two. */
  readonly indices?: readonly { readonly code: string; readonly name: string; readonly price: number }[];
  readonly readings?: NamedNumbers;
}

/** Five levels of a future or option. */
export interface KisDerivativeBook {
  readonly venueTimeUs: number;
  readonly bids: readonly KisLevel[];
  readonly asks: readonly KisLevel[];
}

const ENCODER = new TextEncoder();
const DAY_HOURS = 24;
const DAY_US = 86_400_000_000;
const DEPTH = 5;

/** Minute bars of a stock (`FHKST03010200`, `FHKST03010230`), given oldest first and printed newest first. */
export function encodeStockBars(bars: readonly KisBar[], head: NamedNumbers = {}): Uint8Array {
  return answer({ output1: readingRow(STOCK_BARS_KEYS, head, {}), output2: barRows(bars, 'stck') });
}

/** The same of a future or option (`FHKIF03020200`). */
export function encodeDerivativeBars(bars: readonly KisBar[], head: NamedNumbers = {}): Uint8Array {
  return answer({ output1: readingRow(DERIVATIVE_BARS_KEYS, head, {}), output2: barRows(bars, 'futs') });
}

/** The option board of one maturity (`FHPIF05030100`). */
export function encodeOptionBoard(calls: readonly KisBoardOption[], puts: readonly KisBoardOption[]): Uint8Array {
  return answer({ output1: calls.map(boardOption), output2: puts.map(boardOption) });
}

/** The board of futures (`FHPIF05030200`). */
export function encodeFuturesBoard(futures: readonly KisBoardFuture[]): Uint8Array {
  const rows = futures.map(({ symbol, name, bidPrice, askPrice, readings }) =>
    readingRow(FUTURES_BOARD_KEYS, readings, {
      futs_shrn_iscd: symbol,
      hts_kor_isnm: name,
      futs_bidp: numberOrZero(bidPrice),
      futs_askp: numberOrZero(askPrice),
    }),
  );
  return answer({ output1: rows });
}

/** The price of one future or option (`FHMIF10000000`). */
export function encodeDerivativePrice({ name, lastTradeDate, option, indices = [], readings }: KisDerivativePrice): Uint8Array {
  const known = { hts_kor_isnm: name, futs_last_tr_date: lastTradeDate, ...(option === undefined ? {} : optionMembers(option)) };
  const rows = indices.map((index) => ({
    bstp_cls_code: index.code,
    hts_kor_isnm: index.name,
    bstp_nmix_prpr: numberText(index.price),
    prdy_vrss_sign: '3',
    bstp_nmix_prdy_vrss: '0.00',
    bstp_nmix_prdy_ctrt: '0.00',
  }));
  return answer({ output1: readingRow(DERIVATIVE_PRICE_KEYS, readings, known), output2: rows[0] ?? {}, output3: rows[1] ?? {} });
}

/** The book of one future or option (`FHMIF10010000`). */
export function encodeDerivativeBook({ venueTimeUs, bids, asks }: KisDerivativeBook): Uint8Array {
  const column = (stem: string, side: readonly KisLevel[], textOf: (level: KisLevel | undefined) => string) =>
    Object.fromEntries(Array.from({ length: DEPTH }, (_, index) => [`${stem}${index + 1}`, textOf(side[index])]));
  const total = (side: readonly KisLevel[], what: 'size' | 'orders') =>
    numberText(side.reduce((sum, level) => sum + (level[what] ?? 0), 0));
  const price = (level?: KisLevel) => numberOrZero(level?.price);
  const size = (level?: KisLevel) => numberOrZero(level?.size);
  const orders = (level?: KisLevel) => numberOrZero(level?.orders);
  const output2 = {
    ...column('futs_askp', asks, price),
    ...column('futs_bidp', bids, price),
    ...column('askp_rsqn', asks, size),
    ...column('bidp_rsqn', bids, size),
    ...column('askp_csnu', asks, orders),
    ...column('bidp_csnu', bids, orders),
    total_askp_rsqn: total(asks, 'size'),
    total_bidp_rsqn: total(bids, 'size'),
    total_askp_csnu: total(asks, 'orders'),
    total_bidp_csnu: total(bids, 'orders'),
    aspr_acpt_hour: timeText(venueTimeUs),
  };
  return answer({ output1: {}, output2 });
}

function barRows(bars: readonly KisBar[], product: 'stck' | 'futs'): readonly Readonly<Record<string, string>>[] {
  return bars.toReversed().map((bar) => ({
    stck_bsop_date: dateText(bar.isPastMidnight === true ? bar.openTimeUs - DAY_US : bar.openTimeUs),
    stck_cntg_hour: bar.isPastMidnight === true ? pastMidnight(timeText(bar.openTimeUs)) : timeText(bar.openTimeUs),
    [`${product}_prpr`]: numberText(bar.close),
    [`${product}_oprc`]: numberText(bar.open),
    [`${product}_hgpr`]: numberText(bar.high),
    [`${product}_lwpr`]: numberText(bar.low),
    cntg_vol: numberText(bar.volume),
    acml_tr_pbmn: numberText(bar.dayValue),
  }));
}

function pastMidnight(time: string): string {
  return `${Number(time.slice(0, 2)) + DAY_HOURS}${time.slice(2)}`;
}

function boardOption(row: KisBoardOption): Readonly<Record<string, string>> {
  return readingRow(OPTION_BOARD_KEYS, row.readings, {
    acpr: numberText(row.strike),
    optn_shrn_iscd: row.symbol,
    atm_cls_name: row.moneyness ?? '',
    optn_bidp: numberOrZero(row.bidPrice),
    optn_askp: numberOrZero(row.askPrice),
    shnu_rsqn: numberOrZero(row.bidSize),
    seln_rsqn: numberOrZero(row.askSize),
    ...optionMembers(row.option),
  });
}

function optionMembers(option: KisOptionNumbers): Readonly<Record<string, string>> {
  return {
    hts_ints_vltl: numberText(percentOf(option.impliedVolatility)),
    delta_val: numberText(option.delta),
    gama: numberText(option.gamma),
    theta: numberText(option.theta),
    vega: numberText(option.vega),
    rho: numberText(option.rho),
    hts_thpr: numberText(option.theoreticalPrice),
    hts_otst_stpl_qty: numberText(option.openInterest),
  };
}

function readingRow(
  keys: readonly string[],
  readings: NamedNumbers | undefined,
  known: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const textOf = (key: string) => (Object.hasOwn(known, key) ? known[key]! : readingText(key.toUpperCase(), readings));
  return Object.fromEntries(keys.map((key) => [key, textOf(key)]));
}

function answer(outputs: Readonly<Record<string, unknown>>): Uint8Array {
  return ENCODER.encode(JSON.stringify({ ...outputs, rt_cd: '0', msg_cd: 'MCA00000', msg1: '정상처리 되었습니다.' }));
}

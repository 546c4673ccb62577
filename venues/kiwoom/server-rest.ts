import { plainDecimal } from '#domain';
import type { ServedMarket, ServerRequest, ServerResponse } from '../server-protocol.ts';
import { EXCHANGE_SUFFIX } from './channel-rules.ts';
import { encodeStock, encodeStockList } from './encode-stock.ts';
import { kstText } from './kst-text.ts';
import { STOCK_INFORMATION_PATH, STOCK_MARKETS } from './masters.ts';
import { parseReply, textOf } from './reply.ts';
import { type IssuedTokens, json, restError } from './server-tokens.ts';

const SERVICES = '/api/dostk/';
const MARKET_CONDITION_PATH = `${SERVICES}mrkcond`;
const SECOND_MS = 1_000;
const BOOK_LEVELS = 10;
const DONE = { return_code: 0, return_msg: '정상적으로 처리되었습니다' };
const DATE_DIGITS = 8;
const ENCODER = new TextEncoder();

interface ServedCall {
  readonly path: string;
  /** The one input that it cannot do without. */
  readonly input: string;
  answer(value: string, market: ServedMarket, page: number): ServerResponse;
}

/** The calls that are served, by `api-id`: adding one is adding its line. */
const CALLS: Readonly<Record<string, ServedCall>> = {
  ka10001: { path: STOCK_INFORMATION_PATH, input: 'stk_cd', answer: basicInformation },
  ka10004: { path: MARKET_CONDITION_PATH, input: 'stk_cd', answer: book },
  ka10099: { path: STOCK_INFORMATION_PATH, input: 'mrkt_tp', answer: stockList },
  ka10100: { path: STOCK_INFORMATION_PATH, input: 'stk_cd', answer: stock },
};

export interface RestDesk {
  readonly market: ServedMarket;
  readonly tokens: IssuedTokens;
  /** Of one `api-id` and app key. */
  readonly callsPerSecondMax: number;
}

/** Answers the venue's services from the tape, with the checks and the allowance of the venue. */
export class ServedCalls {
  readonly #desk: RestDesk;
  /** Times of the last calls, no more than the allowance of them, by app key and `api-id`. */
  readonly #times = new Map<string, number[]>();

  constructor(desk: RestDesk) {
    this.#desk = desk;
  }

  /** `undefined` when the path is none of the services. */
  answer(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    if (!request.path.startsWith(SERVICES)) return undefined;
    const apiId = request.headers['api-id'] ?? '';
    if (apiId === '') return restError(1501);
    const call = Object.hasOwn(CALLS, apiId) ? CALLS[apiId]! : undefined;
    if (call === undefined) return restError(1505, `API ID=${apiId}`);
    if (call.path !== request.path) return restError(1504, `API ID=${apiId}, URI=${request.path}`);
    const owner = this.#ownerOf(request.headers.authorization, nowMs);
    if (typeof owner !== 'string') return owner;
    if (this.#isTooOften(`${apiId}|${owner}`, nowMs)) {
      return restError(1700, `유량=${this.#desk.callsPerSecondMax}, API ID=${apiId}`);
    }
    const body = parseReply(ENCODER.encode(request.body));
    if (body === undefined) return restError(1517, '파라미터=body 실패사유=JSON');
    const value = textOf(body[call.input]);
    if (value === '') return restError(1511, `필수입력 파라미터=${call.input}`);
    return call.answer(value, this.#desk.market, pageOf(request.headers));
  }

  #ownerOf(authorization: string | undefined, nowMs: number): string | ServerResponse {
    if (authorization === undefined || authorization === '') return restError(1513);
    const [, scheme, token] = /^(\S+)(?: +(\S*))?$/.exec(authorization) ?? [];
    if (scheme === undefined) return restError(1514);
    if (scheme.toLowerCase() !== 'bearer') return restError(1515);
    if (token === undefined || token === '') return restError(1516);
    return this.#desk.tokens.ownerOf(token, nowMs) ?? restError(8005);
  }

  /** A call is too many when the allowance was used up in the second before it. Refused calls do not count. */
  #isTooOften(key: string, nowMs: number): boolean {
    const times = this.#times.get(key) ?? [];
    if (times.length >= this.#desk.callsPerSecondMax) {
      if (nowMs - times[0]! < SECOND_MS) return true;
      times.shift();
    }
    times.push(nowMs);
    this.#times.set(key, times);
    return false;
  }
}

/** The key of the next page is its number. */
function pageOf(headers: Readonly<Record<string, string>>): number {
  const page = headers['cont-yn'] === 'Y' ? Number(headers['next-key']) : 1;
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}

/** The pages that the tape holds, byte for byte; else the stocks that it shows, all in the first market. */
function stockList(value: string, market: ServedMarket, page: number): ServerResponse {
  if (!Object.values(STOCK_MARKETS).includes(value)) return restError(1901, `시장구분=${value}`);
  const pageBody = (number: number) => market.recorded('stock-list', { apiId: 'ka10099', market: value, page: number });
  const recorded = pageBody(page);
  if (recorded !== undefined) {
    const hasMore = pageBody(page + 1) !== undefined;
    return body(recorded, hasMore ? { 'cont-yn': 'Y', 'next-key': String(page + 1) } : {});
  }
  const symbols = value === STOCK_MARKETS.kospi ? market.symbols() : [];
  const codes = new Set(symbols.map((symbol) => symbol.replace(EXCHANGE_SUFFIX, '')).filter((code) => code !== ''));
  return body(encodeStockList([...codes].map((code) => shownStock(code, symbols))));
}

function stock(value: string, market: ServedMarket): ServerResponse {
  const recorded = market.recorded('stock', { apiId: 'ka10100', symbol: value });
  if (recorded !== undefined) return body(recorded);
  const symbols = market.symbols();
  if (!isShown(value, symbols)) return restError(1902, `종목코드=${value}`);
  return body(encodeStock(shownStock(value, symbols)));
}

function basicInformation(value: string, market: ServedMarket): ServerResponse {
  if (!isShown(value, market.symbols())) return restError(1902, `종목코드=${value}`);
  const price = market.lastPrice(value);
  return json(200, { stk_cd: value, stk_nm: '', cur_prc: Number.isNaN(price) ? '' : plainDecimal(price), ...DONE }, LAST_PAGE);
}

/** Ten levels of each side, the best called `fpr`; prices without a sign, since the tape may not tell the previous close. */
function book(value: string, market: ServedMarket): ServerResponse {
  const now = market.book(value);
  if (now === undefined && !isShown(value, market.symbols())) return restError(1902, `종목코드=${value}`);
  const fields: Record<string, string> = {
    bid_req_base_tm: now === undefined || Number.isNaN(now.venueTimeUs) ? '' : kstText(now.venueTimeUs / 1000).slice(DATE_DIGITS),
  };
  for (const [side, levels = []] of [
    ['sel', now?.asks],
    ['buy', now?.bids],
  ] as const) {
    let total = 0;
    for (let level = 1; level <= BOOK_LEVELS; level++) {
      const [price, size] = levels[level - 1] ?? [0, 0];
      const name = level === 1 ? `${side}_fpr` : `${side}_${level}th_pre`;
      fields[`${name}_bid`] = plainDecimal(price);
      fields[`${name}_req`] = plainDecimal(size);
      total += size;
    }
    fields[`tot_${side}_req`] = plainDecimal(total);
  }
  return json(200, { ...fields, ...DONE }, LAST_PAGE);
}

function isShown(code: string, symbols: readonly string[]): boolean {
  return symbols.some((symbol) => symbol === code || symbol.replace(EXCHANGE_SUFFIX, '') === code);
}

/** Nothing but the code is known of it; the name stays empty rather than invented. */
function shownStock(code: string, symbols: readonly string[]) {
  return { code, name: '', isOnNxt: symbols.includes(`${code}_NX`) };
}

const LAST_PAGE = { 'cont-yn': 'N', 'next-key': '' };

function body(bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): ServerResponse {
  return { status: 200, headers: { 'content-type': 'application/json;charset=UTF-8', ...LAST_PAGE, ...headers }, body: bytes };
}

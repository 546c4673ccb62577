import { plainDecimal } from '#domain';
import type { ServedBook, ServedMarket, ServerRequest, ServerResponse } from '../server-protocol.ts';
import { encodeError, encodeServerTime } from './encode.ts';
import type { CoincallVenueId } from './instrument.ts';
import { REST_PATHS } from './masters.ts';
import { RateWindow } from './rate-window.ts';
import { builtChain, builtConfig, builtInstruments, builtSymbols } from './server-lists.ts';

const WINDOW_MS = 2_000;
const CONFIG_CALLS_MAX = 10;
const BOOK_CALLS_MAX = 30;
const OPTION_LEVELS_MAX = 100;
const FUTURES_LEVELS_MAX = 150;
const DEPTHS: readonly number[] = [1, 10, 20, 50, 100];

type Levels = ServedBook['bids'];

/** Answers the market calls as of now: what the tape recorded last for the same question, else what its market knows. */
export class CoincallRest {
  readonly #venue: CoincallVenueId;
  readonly #market: ServedMarket;
  /** By address at the venue; here everybody has the same one. */
  readonly #configCalls = new RateWindow(CONFIG_CALLS_MAX, WINDOW_MS);
  readonly #bookCalls = new RateWindow(BOOK_CALLS_MAX, WINDOW_MS);

  constructor(venue: CoincallVenueId, market: ServedMarket) {
    this.#venue = venue;
    this.#market = market;
  }

  /** `undefined`: no path of this product. Signed calls are answered without a look at their signature: what is here is public. */
  answer({ method, path, query }: ServerRequest, nowMs: number): ServerResponse | undefined {
    if (method !== 'GET') return undefined;
    if (path === REST_PATHS.time) return ok(encodeServerTime(this.#nowMs(nowMs) * 1_000));
    if (path === REST_PATHS.config) return this.#configCalls.take(nowMs) ? this.#recordedOr('config', {}, () => this.#config()) : tooMany();
    return this.#venue === 'coincall-options' ? this.#option(path, query, nowMs) : this.#future(path, query, nowMs);
  }

  #option(path: string, query: Readonly<Record<string, string>>, nowMs: number): ServerResponse | undefined {
    const [, call, name = ''] = OPTION_CALL.exec(path) ?? [];
    switch (call) {
      case 'getInstruments':
        return this.#recordedOr('instruments', { base: name }, () => builtInstruments(this.#venue, this.#market.symbols(), name));
      case 'get/v1':
        return this.#chain(name, query.endTime);
      case 'order/orderbook/v1':
        return this.#book(name, nowMs, OPTION_LEVELS_MAX);
      case 'trade/lasttrade/v1':
        return this.#lastTrades(name, nowMs);
      case 'market/kline/history/v1':
        return this.#recordedOr('kline', { symbol: name }, () => success([]));
      default:
        return undefined;
    }
  }

  #future(path: string, query: Readonly<Record<string, string>>, nowMs: number): ServerResponse | undefined {
    if (path === REST_PATHS.futuresInstruments) {
      return this.#recordedOr('instruments', {}, () => builtInstruments(this.#venue, this.#market.symbols()));
    }
    if (path === REST_PATHS.futuresSymbols) return this.#recordedOr('symbols', {}, () => success(builtSymbols(this.#market)));
    if (path === '/open/futures/market/orderbook') return this.#pairedBook(query, nowMs);
    const [, call, name = ''] = FUTURES_CALL.exec(path) ?? [];
    switch (call) {
      case 'order/orderbook/v1':
        return this.#book(name, nowMs, FUTURES_LEVELS_MAX);
      case 'trade/lasttrade/v1':
        return this.#lastTrades(name, nowMs);
      case 'market/kline/history/v2':
        return this.#recordedOr('kline', { symbol: name }, () => success([]));
      default:
        return undefined;
    }
  }

  #config(): string {
    return builtConfig(this.#venue, this.#market.symbols());
  }

  /** The chain of one expiry, or of all where the client names none. */
  #chain(underlying: string, endTime: string | undefined): ServerResponse {
    const question = { symbol: underlying, ...(endTime === undefined ? {} : { end: endTime }) };
    return this.#recordedOr('option-chain', question, () => success(builtChain(this.#market, underlying, endTime)));
  }

  #book(symbol: string, nowMs: number, levelsMax: number): ServerResponse {
    if (!this.#bookCalls.take(nowMs)) return tooMany();
    const book = this.#market.book(symbol);
    if (book === undefined) return noBook(symbol);
    const side = (levels: Levels) =>
      levels.slice(0, levelsMax).map(([price, size]) => ({ size: plainDecimal(size), price: plainDecimal(price) }));
    return ok(success({ symbol, asks: side(book.asks), bids: side(book.bids) }));
  }

  /** The one book call that names the future `BTC-USD`. */
  #pairedBook({ symbol: ticker = '', depth }: Readonly<Record<string, string>>, nowMs: number): ServerResponse {
    if (!this.#bookCalls.take(nowMs)) return tooMany();
    const levelsMax = depth === undefined ? OPTION_LEVELS_MAX : Number(depth);
    if (!DEPTHS.includes(levelsMax)) return ok(encodeError(400, `depth must be one of ${DEPTHS.join(', ')}`));
    const book = this.#market.book(ticker.replace('-', ''));
    if (book === undefined) return noBook(ticker);
    const side = (levels: Levels) => levels.slice(0, levelsMax).map(([price, size]) => [plainDecimal(price), plainDecimal(size)]);
    const timestamp = Number.isFinite(book.venueTimeUs) ? Math.floor(book.venueTimeUs / 1_000) : this.#nowMs(nowMs);
    return ok(success({ ticker_id: ticker, timestamp, bids: side(book.bids), asks: side(book.asks) }));
  }

  /** The market knows the last price alone: its row has size 0. None before the first trade. */
  #lastTrades(symbol: string, nowMs: number): ServerResponse {
    return this.#recordedOr('last-trades', { symbol }, () => {
      const price = this.#market.lastPrice(symbol);
      const rows = Number.isNaN(price) ? [] : [{ price: plainDecimal(price), qty: '0', time: this.#nowMs(nowMs), tradeSide: 1 }];
      return success(rows);
    });
  }

  #recordedOr(endpoint: string, question: Readonly<Record<string, string>>, build: () => string): ServerResponse {
    return ok(this.#market.recorded(endpoint, question) ?? build());
  }

  /** The tape's time; the server's before the tape has one. */
  #nowMs(nowMs: number): number {
    const { nowUs } = this.#market;
    return Math.floor(nowUs > 0 && Number.isFinite(nowUs) ? nowUs / 1_000 : nowMs);
  }
}

const NAME = '([A-Z0-9.-]{1,64})';
const OPTION_CALL = new RegExp(
  `^/open/option/(getInstruments|get/v1|order/orderbook/v1|trade/lasttrade/v1|market/kline/history/v1)/${NAME}$`,
);
const FUTURES_CALL = new RegExp(`^/open/futures/(order/orderbook/v1|trade/lasttrade/v1|market/kline/history/v2)/${NAME}$`);

/** The envelope of every good answer. */
function success(data: unknown): string {
  return JSON.stringify({ code: 0, msg: 'Success', i18nArgs: null, data });
}

function ok(body: Uint8Array | string): ServerResponse {
  return { status: 200, headers: { 'content-type': 'application/json;charset=UTF-8' }, body };
}

function tooMany(): ServerResponse {
  return { ...ok(encodeError(429, 'too many request')), status: 429 };
}

/** The venue always has one; the tape lost it, or did not come to it yet. */
function noBook(symbol: string): ServerResponse {
  return { ...ok(encodeError(503, `the book of ${symbol} is not known at this moment of the tape; try again`)), status: 503 };
}

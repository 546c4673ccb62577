import { plainDecimal } from '#domain';
import type { ServedBook, ServedMarket, ServerRequest, ServerResponse } from '../server-protocol.ts';
import type { BinanceVenueId } from './decode.ts';
import { EXCHANGE_INFO } from './exchange-info.ts';
import { symbolInfo, wantedSymbols, withSymbols } from './server-exchange-info.ts';
import { printed, SPOT_DECIMALS, stepsOf } from './server-numbers.ts';

/** REST of the two markets where they differ. */
interface RestRules {
  readonly root: string;
  readonly weightPerMinuteMax: number;
  readonly depthLimitDefault: number;
  readonly depthLimitMax: number;
  /** USD-M takes these limits only; spot takes any up to the largest. */
  readonly depthLimits?: readonly number[];
  /** `[limit, weight]`: what a depth call of at most this limit weighs. */
  readonly depthWeights: readonly (readonly [limit: number, weight: number])[];
  readonly exchangeInfoWeight: number;
}

const RULES: Readonly<Record<BinanceVenueId, RestRules>> = {
  'binance-spot': {
    root: '/api/v3/',
    weightPerMinuteMax: 6_000,
    depthLimitDefault: 100,
    depthLimitMax: 5_000,
    depthWeights: [
      [100, 5],
      [500, 25],
      [1_000, 50],
      [5_000, 250],
    ],
    exchangeInfoWeight: 20,
  },
  'binance-usdm': {
    root: '/fapi/v1/',
    weightPerMinuteMax: 2_400,
    depthLimitDefault: 500,
    depthLimitMax: 1_000,
    depthLimits: [5, 10, 20, 50, 100, 500, 1_000],
    depthWeights: [
      [50, 2],
      [100, 5],
      [500, 10],
      [1_000, 20],
    ],
    exchangeInfoWeight: 1,
  },
};

const MINUTE_MS = 60_000;

type Parameters = Readonly<Record<string, string>>;

/** Answers the public REST calls from the served market. Weights are counted by the minute, as the venue counts them. */
export class BinanceRest {
  readonly #venue: BinanceVenueId;
  readonly #rules: RestRules;
  readonly #market: ServedMarket;
  readonly #weightMax: number;
  #minute = -1;
  #weight = 0;

  constructor(venue: BinanceVenueId, market: ServedMarket, options: Readonly<Record<string, string>>) {
    this.#venue = venue;
    this.#rules = RULES[venue];
    this.#market = market;
    this.#weightMax = Number(options.weightPerMinute ?? this.#rules.weightPerMinuteMax);
  }

  answer(request: ServerRequest, nowMs: number): ServerResponse | undefined {
    const call = this.#call(request.path);
    if (call === undefined) return undefined;
    if (request.method !== 'GET') return this.#failure(405, -1000, 'Request method is not supported');
    if (!this.#spend(this.#weightOf(call, request.query), nowMs)) {
      const message = `Too much request weight used; current limit is ${this.#weightMax} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`;
      return this.#failure(429, -1003, message, { 'retry-after': '60' });
    }
    switch (call) {
      case 'ping':
        return this.#json({});
      case 'time':
        return this.#json({ serverTime: this.#timeMs(nowMs) });
      case 'exchangeInfo':
        return this.#exchangeInfo(request.query, nowMs);
      case 'depth':
        return this.#depth(request.query, nowMs);
      default:
        return this.#ticker(call, request.query, nowMs);
    }
  }

  /** `depth` of `/api/v3/depth`; `undefined` for what is no call of this venue that we answer. */
  #call(path: string): string | undefined {
    const { root } = this.#rules;
    const name = path.startsWith(root) ? path.slice(root.length) : '';
    return ['ping', 'time', 'exchangeInfo', 'depth', 'ticker/price', 'ticker/bookTicker'].includes(name) ? name : undefined;
  }

  #depth(query: Parameters, nowMs: number): ServerResponse {
    const found = this.#symbol(query);
    if (typeof found !== 'string') return found;
    const limit = this.#depthLimit(query.limit);
    if (limit === undefined) return this.#failure(400, -4021, `'${query.limit}' is not valid depth limit.`);
    const book = this.#market.book(found);
    // The real venue always has a book; the tape lost it, or did not come to it yet.
    if (book === undefined) return this.#failure(503, -1008, 'The book of this symbol is not known at this moment of the tape; try again.');
    const decimals = this.#venue === 'binance-spot' ? { price: SPOT_DECIMALS, size: SPOT_DECIMALS } : stepsOf(book);
    const levels = (side: ServedBook['bids']) =>
      side.slice(0, limit).map(([price, size]) => [printed(price, decimals.price), printed(size, decimals.size)]);
    const times =
      this.#venue === 'binance-spot' ? {} : { E: this.#timeMs(nowMs), T: millisecondsOf(book.venueTimeUs, this.#timeMs(nowMs)) };
    return this.#json({ lastUpdateId: book.lastUpdateId, ...times, bids: levels(book.bids), asks: levels(book.asks) });
  }

  #depthLimit(text: string | undefined): number | undefined {
    const { depthLimitDefault, depthLimitMax, depthLimits } = this.#rules;
    if (text === undefined) return depthLimitDefault;
    const limit = Number(text);
    if (!Number.isSafeInteger(limit) || limit < 1) return undefined;
    if (depthLimits !== undefined) return depthLimits.includes(limit) ? limit : undefined;
    return Math.min(limit, depthLimitMax);
  }

  #ticker(call: string, query: Parameters, nowMs: number): ServerResponse {
    const one = query.symbol === undefined ? undefined : this.#symbol(query);
    if (one !== undefined && typeof one !== 'string') return one;
    const symbols = one === undefined ? this.#market.symbols() : [one];
    const of = call === 'ticker/price' ? (symbol: string) => this.#price(symbol, nowMs) : (symbol: string) => this.#bookTicker(symbol);
    const rows = symbols.flatMap((symbol) => of(symbol) ?? []);
    if (one !== undefined && rows.length === 0) return this.#failure(503, -1008, 'Nothing of this symbol came on the tape yet; try again.');
    return this.#json(one === undefined ? rows : rows[0]);
  }

  #price(symbol: string, nowMs: number): Readonly<Record<string, unknown>> | undefined {
    const price = this.#market.lastPrice(symbol);
    if (Number.isNaN(price)) return undefined;
    return this.#venue === 'binance-spot'
      ? { symbol, price: printed(price, SPOT_DECIMALS) }
      : { symbol, price: plainDecimal(price), time: this.#timeMs(nowMs) };
  }

  #bookTicker(symbol: string): Readonly<Record<string, unknown>> | undefined {
    const book = this.#market.book(symbol);
    const [bid, ask] = [book?.bids[0], book?.asks[0]];
    if (bid === undefined || ask === undefined) return undefined;
    const decimals = this.#venue === 'binance-spot' ? SPOT_DECIMALS : 0;
    const [bidPrice, bidQty, askPrice, askQty] = [bid[0], bid[1], ask[0], ask[1]].map((value) => printed(value, decimals));
    return { symbol, bidPrice, bidQty, askPrice, askQty };
  }

  #exchangeInfo(query: Parameters, nowMs: number): ServerResponse {
    const wanted = wantedSymbols(query);
    const recorded = this.#market.recorded(EXCHANGE_INFO, {});
    if (recorded !== undefined && wanted === undefined) return { status: 200, headers: this.#headers(), body: recorded };
    const picked = recorded === undefined || wanted === undefined ? undefined : withSymbols(recorded, wanted);
    if (picked !== undefined) return this.#json(picked);
    const known = this.#market.symbols();
    const unknown = wanted?.find((symbol) => !known.includes(symbol));
    if (unknown !== undefined) return this.#failure(400, -1121, 'Invalid symbol.');
    const symbols = (wanted ?? known).map((symbol) => symbolInfo(this.#venue, symbol, this.#market.book(symbol)));
    const rateLimits = [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: this.#weightMax }];
    return this.#json({ timezone: 'UTC', serverTime: this.#timeMs(nowMs), rateLimits, exchangeFilters: [], symbols });
  }

  /** The symbol asked for, or the venue's refusal. */
  #symbol(query: Parameters): string | ServerResponse {
    const { symbol } = query;
    if (symbol === undefined || symbol === '') {
      return this.#failure(400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
    }
    return this.#market.symbols().includes(symbol) ? symbol : this.#failure(400, -1121, 'Invalid symbol.');
  }

  #weightOf(call: string, query: Parameters): number {
    if (call === 'exchangeInfo') return this.#rules.exchangeInfoWeight;
    if (call !== 'depth') return query.symbol === undefined && call.startsWith('ticker') ? 2 : 1;
    const limit = this.#depthLimit(query.limit) ?? 1;
    return this.#rules.depthWeights.find(([most]) => limit <= most)?.[1] ?? 1;
  }

  #spend(weight: number, nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#weight = 0;
    }
    this.#weight += weight;
    return this.#weight <= this.#weightMax;
  }

  /** The venue's clock is the tape's; before its first record, ours. */
  #timeMs(nowMs: number): number {
    return millisecondsOf(this.#market.nowUs, nowMs);
  }

  #json(value: unknown): ServerResponse {
    return { status: 200, headers: this.#headers(), body: JSON.stringify(value) };
  }

  #failure(status: number, code: number, msg: string, headers: Readonly<Record<string, string>> = {}): ServerResponse {
    return { status, headers: { ...this.#headers(), ...headers }, body: JSON.stringify({ code, msg }) };
  }

  #headers(): Readonly<Record<string, string>> {
    return { 'content-type': 'application/json;charset=UTF-8', 'x-mbx-used-weight-1m': String(this.#weight) };
  }
}

function millisecondsOf(timeUs: number, otherwise: number): number {
  return Number.isFinite(timeUs) ? Math.floor(timeUs / 1000) : otherwise;
}

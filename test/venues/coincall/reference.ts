import type { EventSink, SymbolId, SymbolTable, TapeRecord } from '#domain';

/** The Coincall decoder of pushes written to be read: `JSON.parse`, and one small function per channel. The byte scanner must say the same. */

type JsonObject = Readonly<Record<string, unknown>>;
type Numbers = Readonly<Record<string, number>>;

const MINUTE_US = 60_000_000;
const TIME_MS_MAX = 9_007_199_254_740;

const CHANNELS: Readonly<Record<number, string>> = {
  ...{ 2: 'kline', 3: 'bsInfo', 4: 'tOption', 5: 'orderBook', 6: 'lastTrade', 7: 'accountBalance', 8: 'fillSignal', 11: 'order' },
  ...{ 12: 'position', 15: 'trade', 19: 'allPositions', 20: 'blockTrade', 22: 'blockTradeDetail', 23: 'blockTradePublic' },
  ...{ 24: 'lastTradeV2', 27: 'positionEvent', 28: 'rfqMaker', 30: 'spotPrice', 31: 'kline', 32: 'orderBook', 33: 'lastTrade' },
  ...{ 34: 'fillSignal', 35: 'order', 36: 'position', 38: 'trade', 43: 'lastTradeV2', 44: 'premiumIndex', 46: 'positionEvent' },
  ...{ 129: 'rfqTaker', 130: 'rfqQuote', 131: 'quoteReceived' },
};

/** Names in readings by key. */
const READINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tOption: { tv: 'tradeVolume', lp: 'lastPrice', cp: 'change', cr: 'changeRate', v: 'volume', v24: 'volume24h', upv: 'upv' },
  bsInfo: {
    ...{ tv: 'tradeVolume', uv: 'volumeUsd', rt: 'timeToExpiryMs', lp: 'lastPrice', ip: 'indexPrice', h: 'high24h', l: 'low24h' },
    ...{ cp: 'change', pr0: 'dayOpen', cr: 'changeRate', uv24: 'volumeUsd24h', v: 'volume', v24: 'volume24h', tva: 'tva' },
  },
  spotPrice: {
    ...{ pr: 'price', mp: 'markPrice', lp: 'lastPrice', ip: 'indexPrice', h: 'high24h', l: 'low24h', cp: 'change', cr: 'changeRate' },
    ...{ pr0: 'dayOpen', cv: 'cv', oi: 'openInterest', uv24: 'volumeUsd24h', v24: 'volume24h' },
  },
};
const GREEKS = ['delta', 'gamma', 'theta', 'vega', 'mp', 'up', 'oi'];
/** Keys that hold an amount, in each channel. */
const AMOUNTS: Readonly<Record<string, readonly string[]>> = {
  orderBook: [],
  lastTrade: ['sz', 'q', 'v', 'sd', 'pr'],
  kline: ['high', 'low', 'open', 'close', 'v'],
  tOption: [...Object.keys(READINGS.tOption!), ...GREEKS, 'bs', 'as', 'bv', 'av', 'ask', 'bid', 'biv', 'aiv', 'miv'],
  bsInfo: [...Object.keys(READINGS.bsInfo!), ...GREEKS, 'iv'],
  spotPrice: Object.keys(READINGS.spotPrice!),
};
const OTHER_KEYS: Readonly<Record<string, readonly string[]>> = { orderBook: ['asks', 'bids'], kline: ['pe'] };
const VOLATILITIES = ['biv', 'aiv', 'miv', 'iv'];
const PERIODS: Readonly<Record<string, number>> = {
  ...{ m1: 1, m5: 5, m15: 15, m30: 30, h1: 60, h4: 240, d1: 1440, w1: 10_080 },
};

class Refusal extends Error {}

export class ReferenceDecoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: string;
  readonly #reported = new Set<string>();
  /** How often each trade was said. */
  readonly #said = new Map<string, number>();

  constructor(venue: string, sink: EventSink, symbols: SymbolTable) {
    this.#venue = venue;
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(record.payload());
    try {
      this.#frame(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#sink.decodeFailure('', error.message);
    }
  }

  #frame(text: string): void {
    if (text === 'ping' || text === 'pong') return;
    if (text.length <= 200 && /^too many requests?\b/i.test(text)) return this.#sink.drift('error', text);
    const frame = parse(text);
    if (!isObject(frame)) throw new Refusal('no object');
    if (Object.hasOwn(frame, 'dt')) this.#push(frame);
    else this.#control(frame, text);
  }

  #control(frame: JsonObject, text: string): void {
    const label = controlLabel(frame);
    if (label === '') return this.#sink.undecoded('');
    const isFine =
      label === 'heartbeat'
        ? frame.rc === undefined || frame.rc === 1
        : label === 'subscribe' || label === 'unsubscribe'
          ? frame.result === undefined || frame.result === 'success'
          : label !== 'error' && frame.code === 0;
    if (!isFine) this.#sink.drift(label, text.slice(0, 300));
  }

  #push(frame: JsonObject): void {
    const code = frame.dt;
    if (typeof code !== 'number' || !Number.isSafeInteger(code) || code < 0) throw new Refusal('no dt');
    const channel = CHANNELS[code] ?? '';
    if (!Object.hasOwn(AMOUNTS, channel)) {
      this.#sink.undecoded(channel);
      if (channel === '') this.#note('', `unknown dt ${code + 0}`);
      return;
    }
    const pushTimeUs = timeOf(frame.ts);
    const rows = Array.isArray(frame.d) ? frame.d : [frame.d];
    if (!Array.isArray(frame.d) && !isObject(frame.d)) throw new Refusal('no records');
    if (pushTimeUs === undefined || rows.length > 4096) throw new Refusal('no records');
    const keys = Object.keys(frame).filter((key) => !['dt', 'c', 'd', 'ts', 'p'].includes(key));
    for (const row of channel === 'lastTrade' ? this.#forwards(rows) : rows) this.#record(channel, row, pushTimeUs);
    for (const row of rows) if (fieldsOf(channel, row) !== undefined) keys.push(...unknownKeys(channel, row));
    for (const key of keys.sort()) this.#note(channel, `unknown key "${key}"`);
  }

  /** The rows in order of time: newest first unless the first good one is older than the last. */
  #forwards(rows: readonly unknown[]): readonly unknown[] {
    const times = rows.flatMap((row) => fieldsOf('lastTrade', row)?.ts ?? []);
    const firstUs = times.find((time) => !Number.isNaN(time)) ?? Number.NaN;
    return firstUs < times.at(-1)! ? rows : [...rows].reverse();
  }

  #note(channel: string, fullDetail: string): void {
    const detail = fullDetail.slice(0, 200);
    const key = JSON.stringify([channel, detail]);
    if (this.#reported.has(key) || this.#reported.size >= 1000) return;
    this.#reported.add(key);
    this.#sink.drift(channel, detail);
  }

  #record(channel: string, row: unknown, pushTimeUs: number): void {
    const fields = fieldsOf(channel, row);
    if (fields === undefined) return this.#sink.decodeFailure(channel, 'no such record');
    const record = row as JsonObject;
    const symbol = this.#symbols.intern(this.#venue, String(record.s));
    const timeUs = Number.isNaN(fields.ts) ? pushTimeUs : fields.ts!;
    if (channel === 'orderBook') this.#book(symbol, timeUs, record);
    else if (channel === 'lastTrade') this.#trade(symbol, fields);
    else if (channel === 'kline') this.#bar(symbol, String(record.pe), fields);
    else {
      if (channel === 'tOption') this.#chainQuote(symbol, timeUs, fields);
      if (channel === 'bsInfo') this.#pricing(symbol, timeUs, fields);
      this.#reading(channel, symbol, timeUs, fields);
    }
  }

  #book(symbol: SymbolId, timeUs: number, record: JsonObject): void {
    this.#sink.bookBegin(symbol, timeUs, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    for (const [price, size] of levelsOf(record.bids)!) this.#sink.bookLevel(1, price, size, Number.NaN, Number.NaN);
    for (const [price, size] of levelsOf(record.asks)!) this.#sink.bookLevel(-1, price, size, Number.NaN, Number.NaN);
    this.#sink.bookEnd();
  }

  /** As in a multiset: a list gives what it holds more than the lists before it. */
  #trade(symbol: SymbolId, { pr, sz, q, v, sd, ts }: Numbers): void {
    const price = pr!;
    const size = [sz, q, v].find((amount) => !Number.isNaN(amount)) ?? Number.NaN;
    const isSide = Number.isNaN(sd) || sd === 1 || sd === 2;
    if (!(price > 0 && size > 0) || Number.isNaN(ts) || !isSide) return this.#sink.decodeFailure('lastTrade', 'no trade');
    const side = sd === 1 ? 1 : sd === 2 ? -1 : 0;
    const key = JSON.stringify([symbol, ts, price, size, side]);
    const inList = (this.#inList.get(key) ?? 0) + 1;
    this.#inList.set(key, inList);
    if (inList <= (this.#said.get(key) ?? 0)) return;
    this.#said.set(key, inList);
    this.#sink.trade(symbol, ts!, price, size, side, '', Number.NaN, 'regular');
  }
  #inList = new Map<string, number>();

  /** To be called between frames. */
  nextFrame(): void {
    this.#inList = new Map();
  }

  #bar(symbol: SymbolId, period: string, { open, high, low, close, v, ts }: Numbers): void {
    if ([open, high, low, close, ts].some((number) => Number.isNaN(number))) return this.#sink.decodeFailure('kline', 'no bar');
    const interval = intervalUs(period, ts!);
    this.#sink.bar(symbol, interval, ts!, open!, high!, low!, close!, v!, Number.NaN, Number.NaN, false, false);
  }

  #chainQuote(symbol: SymbolId, timeUs: number, f: Numbers): void {
    const [bid, bidSize] = f.bid! > 0 ? [f.bid!, Number.isNaN(f.bs) ? f.bv! : f.bs!] : [Number.NaN, Number.NaN];
    const [ask, askSize] = f.ask! > 0 ? [f.ask!, Number.isNaN(f.as) ? f.av! : f.as!] : [Number.NaN, Number.NaN];
    const greeks = [f.delta!, f.gamma!, f.theta!, f.vega!] as const;
    this.#sink.optionQuote(symbol, timeUs, f.miv!, f.biv!, f.aiv!, ...greeks, Number.NaN, f.mp!, f.up!, f.oi!, bid, bidSize, ask, askSize);
  }

  #pricing(symbol: SymbolId, timeUs: number, f: Numbers): void {
    const none = Number.NaN;
    this.#sink.optionQuote(
      ...([symbol, timeUs, f.iv!, none, none, f.delta!, f.gamma!, f.theta!, f.vega!, none, f.mp!, f.up!, f.oi!] as const),
      ...([none, none, none, none] as const),
    );
  }

  #reading(channel: string, symbol: SymbolId, timeUs: number, fields: Numbers): void {
    const readings = READINGS[channel]!;
    const found = ORDER[channel]!.filter((key) => Object.hasOwn(readings, key) && !Number.isNaN(fields[key]));
    if (found.length === 0) return;
    this.#sink.readingBegin(symbol, timeUs, channel);
    for (const key of found) this.#sink.readingValue(readings[key]!, fields[key]!);
    this.#sink.readingEnd();
  }
}

/** Readings come in the order in which the venue prints their keys. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  tOption: ['tv', 'lp', 'cp', 'cr', 'v', 'v24', 'upv'],
  bsInfo: ['tv', 'uv', 'rt', 'lp', 'ip', 'h', 'l', 'cp', 'pr0', 'cr', 'uv24', 'v', 'v24', 'tva'],
  spotPrice: ['pr', 'mp', 'lp', 'ip', 'h', 'l', 'cp', 'cr', 'pr0', 'cv', 'oi', 'uv24', 'v24'],
};

/** The amounts and the time of a good record, NaN where there is none; `undefined` for a bad one. */
function fieldsOf(channel: string, row: unknown): Numbers | undefined {
  if (!isObject(row) || typeof row.s !== 'string' || !/^[!-~]{1,64}$/.test(row.s) || /["\\]/.test(row.s)) return undefined;
  const fields: Record<string, number> = {};
  for (const key of AMOUNTS[channel]!) {
    const amount = amountOf(row[key]);
    if (amount === undefined) return undefined;
    fields[key] = VOLATILITIES.includes(key) && amount === Number.MAX_VALUE ? Number.NaN : amount;
  }
  const timeUs = timeOf(row.ts);
  if (timeUs === undefined) return undefined;
  const required = { lastTrade: ['pr', 'ts'], kline: ['pe', 'ts', 'open', 'high', 'low', 'close'] }[channel] ?? [];
  if (required.some((key) => !Object.hasOwn(row, key))) return undefined;
  if (channel === 'kline' && Number.isNaN(intervalUs(row.pe, 0))) return undefined;
  if (channel === 'orderBook' && (levelsOf(row.bids) === undefined || levelsOf(row.asks) === undefined)) return undefined;
  return { ...fields, ts: timeUs };
}

function unknownKeys(channel: string, row: unknown): readonly string[] {
  const record = row as JsonObject;
  const known = ['s', 'ts', ...AMOUNTS[channel]!, ...(OTHER_KEYS[channel] ?? [])];
  const keys = Object.keys(record).filter((key) => !known.includes(key));
  for (const list of channel === 'orderBook' ? (['bids', 'asks'] as const) : []) {
    for (const level of record[list] as readonly JsonObject[]) {
      keys.push(...Object.keys(level).flatMap((key) => (['pr', 'sz', 'q', 'v'].includes(key) ? [] : [`${list}[].${key}`])));
    }
  }
  return keys;
}

function levelsOf(list: unknown): readonly (readonly [number, number])[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const levels = list.map((level) => {
    if (!isObject(level)) return undefined;
    const [price, ...sizes] = [level.pr, level.sz, level.q, level.v].map(amountOf);
    if (price === undefined || sizes.includes(undefined)) return undefined;
    const size = sizes.find((amount) => !Number.isNaN(amount)) ?? Number.NaN;
    return price > 0 && size >= 0 ? ([price, size] as const) : undefined;
  });
  return levels.includes(undefined) ? undefined : (levels as (readonly [number, number])[]);
}

function intervalUs(period: unknown, openUs: number): number {
  if (typeof period !== 'string') return Number.NaN;
  if (Object.hasOwn(PERIODS, period)) return PERIODS[period]! * MINUTE_US;
  if (period !== 'mn1' && period !== 'quarter') return Number.NaN;
  const open = new Date(openUs / 1000);
  const end = new Date(open);
  end.setUTCMonth(open.getUTCMonth() + (period === 'mn1' ? 1 : 3));
  return end.getTime() * 1000 - openUs;
}

function timeOf(value: unknown): number | undefined {
  const timeMs = amountOf(value);
  if (timeMs === undefined || Number.isNaN(timeMs)) return timeMs;
  return Number.isInteger(timeMs) && timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs * 1000 : undefined;
}

function amountOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'string') {
    const text = value.replace(/^ +| +$/g, '');
    if (text === '') return Number.NaN;
    return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? amountOf(Number(text)) : undefined;
  }
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined;
}

function controlLabel(frame: JsonObject): string {
  const has = (key: string): boolean => Object.hasOwn(frame, key);
  if (has('action')) {
    const action = typeof frame.action === 'string' ? frame.action.toLowerCase() : '';
    return ['subscribe', 'unsubscribe', 'heartbeat'].includes(action) ? action : '';
  }
  if (frame.c === 11 || has('ping') || has('pong')) return 'heartbeat';
  if (has('code') && (has('data') || has('msg'))) return bodyLabel(frame.data);
  return has('error') || has('msg') || has('message') ? 'error' : '';
}

function bodyLabel(data: unknown): string {
  const sample = Array.isArray(data) ? data[0] : data;
  if (!isObject(sample)) return 'rest';
  const has = (key: string): boolean => Object.hasOwn(sample, key);
  if (has('serverTime')) return 'server-time';
  if (has('optionConfig') || has('futuresConfig')) return 'config';
  if ((has('symbolName') && has('expirationTimestamp')) || (has('ticker_id') && has('product_type'))) return 'instruments';
  return has('displayName') && has('quoteToken') ? 'symbols' : 'rest';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('no JSON');
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

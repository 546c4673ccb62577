import { z } from 'zod';
import type { EventSink, SymbolId, SymbolTable, TapeRecord } from '#domain';

/** The Binance decoder written to be read: `JSON.parse`, zod, one small function per channel. The byte scanner must say the same. */

const TIME_MS_MAX = 9_007_199_254_740;
const wholeNumber = z
  .number()
  .refine((value) => Number.isSafeInteger(value) && value >= 0)
  .transform((value) => value + 0); // -0 becomes 0
const timeUs = wholeNumber.refine((value) => value <= TIME_MS_MAX).transform((value) => value * 1000);
const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number)
  .refine(Number.isFinite);
const signedDecimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .transform((text) => Number(text) + 0)
  .refine(Number.isFinite);
const rate = z
  .literal('')
  .transform(() => Number.NaN)
  .or(signedDecimal);
const symbolName = z.string().refine((text) => {
  const characters = [...text];
  return characters.length >= 1 && characters.length <= 64 && characters.every(isVisible);
});
const side = z.array(z.tuple([decimal.refine((price) => price > 0), decimal]).rest(z.unknown()));

function isVisible(character: string): boolean {
  const code = character.codePointAt(0)!;
  if (code <= 0x20 || character === '"' || character === '\\') return false;
  if (code >= 0x7f && code <= 0xa0) return false;
  if (code >= 0xd800 && code <= 0xdfff) return false;
  return ![0xfeff, 0xfffd, 0xfffe, 0xffff].includes(code);
}

const trade = z.object({
  e: z.literal('trade'),
  E: timeUs,
  s: symbolName,
  t: wholeNumber,
  p: decimal,
  q: decimal,
  T: timeUs,
  m: z.boolean(),
});
const quote = z.object({ u: wholeNumber, s: symbolName, b: decimal, B: decimal, a: decimal, A: decimal });
const depth = z.object({ e: z.literal('depthUpdate'), E: timeUs, s: symbolName, U: wholeNumber, u: wholeNumber, b: side, a: side });
const snapshot = z.object({ lastUpdateId: wholeNumber, bids: side, asks: side });
const aggTrade = trade.omit({ e: true, t: true }).extend({ e: z.literal('aggTrade'), a: wholeNumber, f: wholeNumber, l: wholeNumber });
const bar = z.object({
  t: timeUs,
  T: timeUs,
  o: decimal,
  h: decimal,
  l: decimal,
  c: decimal,
  v: decimal,
  q: decimal,
  n: wholeNumber,
  x: z.boolean(),
});
const kline = z.object({ e: z.literal('kline'), E: timeUs, s: symbolName, k: bar });
const markPrice = z.object({
  e: z.literal('markPriceUpdate'),
  E: timeUs,
  s: symbolName,
  p: decimal,
  i: decimal,
  r: rate,
  T: timeUs,
  P: rate.optional(),
});
const usdmTrade = trade.extend({ X: z.string().optional() });
const usdmQuote = quote.extend({ e: z.literal('bookTicker'), T: timeUs, E: timeUs });
const usdmDepth = depth.extend({ T: timeUs, pu: wholeNumber });
const usdmSnapshot = snapshot.extend({ T: timeUs, E: timeUs });

const BAR_KEYS = [...Object.keys(bar.shape), 's', 'i', 'f', 'L', 'V', 'Q', 'B'];

/** Keys of each channel that we know, also those that nobody reads. */
const SPOT_KEYS: Readonly<Record<string, readonly string[]>> = {
  trade: [...Object.keys(trade.shape), 'M', 'b', 'a'],
  bookTicker: Object.keys(quote.shape),
  depth: Object.keys(depth.shape),
  depthSnapshot: Object.keys(snapshot.shape),
  aggTrade: [...Object.keys(aggTrade.shape), 'M'],
  kline: Object.keys(kline.shape),
};
const USDM_KEYS: Readonly<Record<string, readonly string[]>> = {
  trade: Object.keys(usdmTrade.shape),
  bookTicker: Object.keys(usdmQuote.shape),
  depth: Object.keys(usdmDepth.shape),
  depthSnapshot: Object.keys(usdmSnapshot.shape),
  aggTrade: Object.keys(aggTrade.shape),
  kline: Object.keys(kline.shape),
  markPrice: Object.keys(markPrice.shape),
};

const SINGLE_STREAMS = ['depth', 'bookTicker', 'trade', 'aggTrade', 'markPrice', 'forceOrder', 'miniTicker', 'ticker', 'avgPrice'];
const SYSTEM_STREAMS = ['contractInfo', 'compositeIndex', 'assetIndex', 'rpiDepth'];
const EVENT_LABELS: Readonly<Record<string, string>> = {
  depthUpdate: 'depth',
  bookTicker: 'bookTicker',
  trade: 'trade',
  aggTrade: 'aggTrade',
  markPriceUpdate: 'markPrice',
  forceOrder: 'forceOrder',
  kline: 'kline',
  '24hrMiniTicker': 'miniTicker',
  '24hrTicker': 'ticker',
  '1hTicker': 'ticker',
  '4hTicker': 'ticker',
  '1dTicker': 'ticker',
  avgPrice: 'avgPrice',
  continuous_kline: 'continuousKline',
  contractInfo: 'contractInfo',
  compositeIndex: 'compositeIndex',
  assetIndexUpdate: 'assetIndex',
};

function labelOfStream(stream: string): string {
  if (stream.startsWith('!')) {
    const name = stream.slice(1).split('@')[0]!;
    return ['bookTicker', 'forceOrder', 'contractInfo'].includes(name) ? name : 'allMarkets';
  }
  const name = stream.split('@')[1];
  if (name === undefined) return '';
  if (SINGLE_STREAMS.includes(name) || SYSTEM_STREAMS.includes(name)) return name;
  if (name.startsWith('kline_')) return 'kline';
  if (name.startsWith('continuousKline_')) return 'continuousKline';
  if (name.startsWith('ticker_')) return 'ticker';
  return name.startsWith('depth') ? 'partialDepth' : '';
}

type JsonObject = Readonly<Record<string, unknown>>;

class Refusal extends Error {}

export class ReferenceDecoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: string;
  readonly #isSpot: boolean;
  readonly #reported = new Set<string>();
  readonly #withDeltas = new Set<string>();

  constructor(venue: 'binance-spot' | 'binance-usdm', sink: EventSink, symbols: SymbolTable) {
    this.#venue = venue;
    this.#isSpot = venue === 'binance-spot';
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(record.payload());
    try {
      this.#frame(text, JSON.parse(text));
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
      this.#sink.decodeFailure('', error.message);
    }
  }

  #frame(text: string, root: unknown): void {
    if (Array.isArray(root)) this.#sink.undecoded('');
    else if (typeof root !== 'object' || root === null) throw new Refusal('no object');
    else if (Object.hasOwn(root, 'stream')) this.#combined(text, root as JsonObject);
    else this.#alone(text, root as JsonObject);
  }

  #combined(text: string, root: JsonObject): void {
    const stream = z.string().parse(root.stream);
    refuseRepeated(text, [], ['stream', 'data']);
    if (!Object.hasOwn(root, 'data')) throw new Refusal('no data');
    const label = labelOfStream(stream);
    if (!this.#isDecoded(label)) return this.#undecoded(label, `unknown stream "${stream.slice(stream.indexOf('@') + 1)}"`);
    const extraKeys = Object.keys(root).filter((key) => key !== 'stream' && key !== 'data');
    this.#channel(label, text, ['data'], root.data, extraKeys);
  }

  #alone(text: string, root: JsonObject): void {
    if (Object.hasOwn(root, 'e')) {
      const event = z.string().parse(root.e);
      const label = Object.hasOwn(EVENT_LABELS, event) ? EVENT_LABELS[event]! : '';
      if (!this.#isDecoded(label)) return this.#undecoded(label, `unknown event "${event}"`);
      return this.#channel(label, text, [], root, []);
    }
    if (Object.hasOwn(root, 'lastUpdateId')) return this.#channel('depthSnapshot', text, [], root, []);
    const isRefusal = Object.hasOwn(root, 'code') && Object.hasOwn(root, 'msg');
    if (Object.hasOwn(root, 'result') || Object.hasOwn(root, 'error') || isRefusal) {
      const isError = Object.hasOwn(root, 'error') ? root.error !== null : Object.hasOwn(root, 'code');
      if (isError) this.#sink.drift('control', text.slice(0, 300));
      return;
    }
    if (Object.hasOwn(root, 'u')) return this.#channel('bookTicker', text, [], root, []);
    this.#sink.undecoded('');
  }

  #isDecoded(label: string): boolean {
    return Object.hasOwn(this.#keys(), label);
  }

  #keys(): Readonly<Record<string, readonly string[]>> {
    return this.#isSpot ? SPOT_KEYS : USDM_KEYS;
  }

  #undecoded(label: string, detail: string): void {
    this.#sink.undecoded(label);
    if (label === '') this.#drift(label, detail);
  }

  #drift(label: string, fullDetail: string): void {
    const detail = fullDetail.slice(0, 200);
    const key = JSON.stringify([label, detail]);
    if (this.#reported.has(key) || this.#reported.size >= 1000) return;
    this.#reported.add(key);
    this.#sink.drift(label, detail);
  }

  #channel(label: string, text: string, path: readonly string[], data: unknown, extraKeys: readonly string[]): void {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new Refusal('no object');
    const object = data as JsonObject;
    const known = this.#keys()[label]!;
    refuseRepeated(text, path, known);
    const unknownKeys = [...extraKeys, ...Object.keys(object).filter((key) => !known.includes(key))];
    if (label === 'trade') this.#trade(object);
    else if (label === 'bookTicker') this.#quote(object);
    else if (label === 'depth') unknownKeys.push(...this.#delta(object));
    else if (label === 'depthSnapshot') unknownKeys.push(...this.#snapshot(object));
    else if (label === 'aggTrade') this.#aggregate(object);
    else if (label === 'markPrice') this.#markPrice(object);
    else unknownKeys.push(...this.#bar(text, [...path, 'k'], object));
    for (const key of unknownKeys.sort()) this.#drift(label, `unknown key "${key}"`);
  }

  #symbol(name: string): SymbolId {
    return this.#symbols.intern(this.#venue, name);
  }

  #trade(data: JsonObject): void {
    const { s, t, p, q, T, m, X } = this.#isSpot ? { ...trade.parse(data), X: undefined } : usdmTrade.parse(data);
    const isOffBook = X !== undefined && X !== 'MARKET';
    if (!isOffBook && (p === 0 || q === 0)) throw new Refusal('a trade of nothing');
    const condition = isOffBook ? 'off-book' : 'regular';
    this.#sink.trade(this.#symbol(s), T, p || Number.NaN, q || Number.NaN, m ? -1 : 1, t, Number.NaN, condition);
  }

  #quote(data: JsonObject): void {
    const { u, s, b, B, a, A } = (this.#isSpot ? quote : usdmQuote).parse(data);
    if ((b === 0 && B !== 0) || (a === 0 && A !== 0)) throw new Refusal('size at price 0');
    const time = this.#isSpot ? Number.NaN : usdmQuote.parse(data).T;
    const bid = b === 0 ? [Number.NaN, Number.NaN] : [b, B];
    const ask = a === 0 ? [Number.NaN, Number.NaN] : [a, A];
    this.#sink.quote(this.#symbol(s), time, bid[0]!, bid[1]!, ask[0]!, ask[1]!, u);
  }

  #delta(data: JsonObject): string[] {
    const { E, s, U, u, b, a } = depth.parse(data);
    const { T, pu } = this.#isSpot ? { T: E, pu: Number.NaN } : usdmDepth.parse(data);
    this.#withDeltas.add(s);
    this.#sink.bookBegin(this.#symbol(s), T, false, this.#rule(), U, u, pu);
    this.#levels(b, a);
    return [...longLevels('b', b), ...longLevels('a', a)];
  }

  #snapshot(data: JsonObject): string[] {
    const { lastUpdateId, bids, asks } = snapshot.parse(data);
    const time = this.#isSpot ? Number.NaN : usdmSnapshot.parse(data).T;
    const names = [...this.#withDeltas];
    if (names.length !== 1) throw new Refusal('whose book?');
    this.#sink.bookBegin(this.#symbol(names[0]!), time, true, this.#rule(), Number.NaN, lastUpdateId, Number.NaN);
    this.#levels(bids, asks);
    return [...longLevels('bids', bids), ...longLevels('asks', asks)];
  }

  #rule(): 'binance-spot' | 'binance-futures' {
    return this.#isSpot ? 'binance-spot' : 'binance-futures';
  }

  #levels(bids: z.infer<typeof side>, asks: z.infer<typeof side>): void {
    for (const [price, size] of bids) this.#sink.bookLevel(1, price, size, Number.NaN, Number.NaN);
    for (const [price, size] of asks) this.#sink.bookLevel(-1, price, size, Number.NaN, Number.NaN);
    this.#sink.bookEnd();
  }

  #aggregate(data: JsonObject): void {
    const { s, T, p, q, m, a, f, l } = aggTrade.parse(data);
    if (p === 0 || q === 0) throw new Refusal('a trade of nothing');
    this.#reading(s, T, 'aggTrade', { price: p, size: q, side: m ? -1 : 1, aggregateId: a, firstTradeId: f, lastTradeId: l });
  }

  #markPrice(data: JsonObject): void {
    const { s, E, p, i, P = Number.NaN, r, T } = markPrice.parse(data);
    const nextFundingTimeUs = T === 0 ? Number.NaN : T;
    this.#reading(s, E, 'markPrice', { markPrice: p, indexPrice: i, settlePrice: P, fundingRate: r, nextFundingTimeUs });
  }

  #reading(symbol: string, time: number, channel: string, values: Readonly<Record<string, number>>): void {
    this.#sink.readingBegin(this.#symbol(symbol), time, channel);
    for (const [name, value] of Object.entries(values)) this.#sink.readingValue(name, value);
    this.#sink.readingEnd();
  }

  #bar(text: string, path: readonly string[], data: JsonObject): string[] {
    const { s, k } = kline.parse(data);
    refuseRepeated(text, path, BAR_KEYS);
    const intervalUs = k.T + 1000 - k.t;
    if (intervalUs <= 0) throw new Refusal('a bar that ends before it opened');
    this.#sink.bar(this.#symbol(s), intervalUs, k.t, k.o, k.h, k.l, k.c, k.v, k.q, k.n, k.x, false);
    return Object.keys(data.k as JsonObject)
      .filter((key) => !BAR_KEYS.includes(key))
      .map((key) => `k.${key}`);
  }
}

function longLevels(key: string, levels: z.infer<typeof side>): string[] {
  return levels.some((level) => level.length > 2) ? [`${key}[][2]`] : [];
}

/** Refuses known keys that come twice in the object at `path`; `JSON.parse` would keep the last in silence. */
function refuseRepeated(text: string, path: readonly string[], known: readonly string[]): void {
  if (JSON.stringify(JSON.parse(text)) === text) return; // A repeated key would have made it shorter.
  const keys = keysByPath(text).get(JSON.stringify(path)) ?? [];
  const repeated = known.find((key) => keys.indexOf(key) !== keys.lastIndexOf(key));
  if (repeated !== undefined) throw new Refusal(`"${repeated}" comes twice`);
}

/** All keys of each object of a JSON text, repeated ones too, by the keys that lead to the object. */
function keysByPath(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const open: { readonly path: readonly string[]; readonly keys: string[] | undefined }[] = [];
  let lastText = '';
  let key = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    const inner = open.at(-1);
    if (token.startsWith('"')) lastText = token;
    else if (token === ':') {
      key = JSON.parse(lastText);
      inner?.keys?.push(key);
    } else if (token === '}' || token === ']') open.pop();
    else {
      const path = inner === undefined ? [] : [...inner.path, inner.keys === undefined ? '[]' : key];
      const keys = token === '{' ? [] : undefined;
      if (keys !== undefined) found.set(JSON.stringify(path), keys);
      open.push({ path, keys });
    }
  }
  return found;
}

import { type EventSink, MINUTE_US, type Side, type SymbolId, type SymbolTable, type TapeRecord } from '#domain';
import {
  coincallFutures,
  coincallOptions,
  encodeBar,
  encodeBook,
  encodeChain,
  encodePricing,
  encodeTicker,
  encodeTrades,
} from '../../venues/coincall/index.ts';
import { type Random, randomOf } from '../seeds.ts';
import { measureDecoders } from './decode-measure.ts';

// One process of the bench of decoders: Coincall beside `JSON.parse` with the same extraction. Prints its results as JSON.
// Frames are made: no public recording of the venue exists.

const SYMBOL = 'BTCUSD-4JUL25-110000-C';
const START_US = 1_750_762_942_243_000;
const DECODER = new TextDecoder();

type Amount = number | string | null | undefined;
type Row = Readonly<Record<string, Amount>>;
type Frame =
  | {
      readonly dt: 5 | 32;
      readonly d: { readonly s: string; readonly asks: readonly Row[]; readonly bids: readonly Row[]; readonly ts: number };
    }
  | { readonly dt: 4 | 6 | 33; readonly d: readonly (Row & { readonly s: string })[] }
  | { readonly dt: 2 | 3 | 30 | 31; readonly d: Row & { readonly s: string } };

/** The usual way: parse, then take each value by its name. */
class ParsingDecoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: string;
  readonly #seenTrades = new Set<string>();

  constructor(venue: string, sink: EventSink, symbols: SymbolTable) {
    this.#venue = venue;
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    const frame = JSON.parse(DECODER.decode(record.bytes.subarray(record.start, record.end))) as Frame;
    if (frame.dt === 5 || frame.dt === 32) this.#book(frame.d);
    else if (frame.dt === 6 || frame.dt === 33) for (const row of [...frame.d].reverse()) this.#trade(row);
    else if (frame.dt === 4) for (const row of frame.d) this.#chainRow(row);
    else if (frame.dt === 3) this.#pricing(frame.d);
    else if (frame.dt === 30) this.#ticker(frame.d);
    else this.#bar(frame.d as Row & { readonly s: string });
  }

  #symbol(row: { readonly s: string }): SymbolId {
    return this.#symbols.intern(this.#venue, row.s);
  }

  #book(book: Extract<Frame, { dt: 5 | 32 }>['d']): void {
    const sink = this.#sink;
    sink.bookBegin(this.#symbol(book), book.ts * 1000, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    for (const level of book.bids) sink.bookLevel(1, amount(level.pr), amount(level.sz), Number.NaN, Number.NaN);
    for (const level of book.asks) sink.bookLevel(-1, amount(level.pr), amount(level.sz), Number.NaN, Number.NaN);
    sink.bookEnd();
  }

  #trade(row: Row & { readonly s: string }): void {
    const key = `${row.s} ${row.ts} ${row.pr} ${row.q} ${row.sd}`;
    if (this.#seenTrades.has(key)) return;
    this.#seenTrades.add(key);
    const side: Side = row.sd === 1 ? 1 : row.sd === 2 ? -1 : 0;
    this.#sink.trade(this.#symbol(row), amount(row.ts) * 1000, amount(row.pr), amount(row.q), side, '', Number.NaN, 'regular');
  }

  #bar(row: Row & { readonly s: string }): void {
    const [open, high, low, close] = [amount(row.open), amount(row.high), amount(row.low), amount(row.close)] as const;
    const lengthUs = row.pe === 'm1' ? MINUTE_US : Number.NaN;
    const none = Number.NaN;
    this.#sink.bar(this.#symbol(row), lengthUs, amount(row.ts) * 1000, open, high, low, close, amount(row.v), none, none, false, false);
  }

  #chainRow(row: Row & { readonly s: string }): void {
    const symbol = this.#symbol(row);
    const timeUs = amount(row.ts) * 1000;
    this.#sink.optionQuote(
      symbol,
      timeUs,
      amount(row.miv),
      amount(row.biv),
      amount(row.aiv),
      amount(row.delta),
      amount(row.gamma),
      amount(row.theta),
      amount(row.vega),
      Number.NaN,
      amount(row.mp),
      amount(row.up),
      amount(row.oi),
      amount(row.bid),
      amount(row.bs),
      amount(row.ask),
      amount(row.as),
    );
    this.#sink.readingBegin(symbol, timeUs, 'tOption');
    this.#value('lastPrice', row.lp);
    this.#value('change', row.cp);
    this.#value('changeRate', row.cr);
    this.#value('volume', row.v);
    this.#value('volume24h', row.v24);
    this.#value('upv', row.upv);
    this.#sink.readingEnd();
  }

  #pricing(row: Row & { readonly s: string }): void {
    const symbol = this.#symbol(row);
    const timeUs = amount(row.ts) * 1000;
    this.#sink.optionQuote(
      symbol,
      timeUs,
      amount(row.iv),
      Number.NaN,
      Number.NaN,
      amount(row.delta),
      amount(row.gamma),
      amount(row.theta),
      amount(row.vega),
      Number.NaN,
      amount(row.mp),
      amount(row.up),
      amount(row.oi),
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    );
    this.#sink.readingBegin(symbol, timeUs, 'bsInfo');
    this.#value('volumeUsd', row.uv);
    this.#value('timeToExpiryMs', row.rt);
    this.#value('lastPrice', row.lp);
    this.#value('indexPrice', row.ip);
    this.#value('high24h', row.h);
    this.#value('low24h', row.l);
    this.#value('change', row.cp);
    this.#value('dayOpen', row.pr0);
    this.#value('changeRate', row.cr);
    this.#value('volumeUsd24h', row.uv24);
    this.#value('volume', row.v);
    this.#value('volume24h', row.v24);
    this.#sink.readingEnd();
  }

  #ticker(row: Row & { readonly s: string }): void {
    this.#sink.readingBegin(this.#symbol(row), amount(row.ts) * 1000, 'spotPrice');
    this.#value('price', row.pr);
    this.#value('markPrice', row.mp);
    this.#value('indexPrice', row.ip);
    this.#value('high24h', row.h);
    this.#value('low24h', row.l);
    this.#value('change', row.cp);
    this.#value('changeRate', row.cr);
    this.#value('dayOpen', row.pr0);
    this.#value('openInterest', row.oi);
    this.#value('volumeUsd24h', row.uv24);
    this.#value('volume24h', row.v24);
    this.#sink.readingEnd();
  }

  #value(name: string, value: Amount): void {
    if (value !== undefined && value !== null) this.#sink.readingValue(name, amount(value));
  }
}

function amount(value: Amount): number {
  return typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
}

function timeUs(index: number): number {
  return START_US + index * 100_000;
}

function bookText(random: Random, index: number, levels: number): string {
  const middle = random.integer(4_000, 6_000);
  const side = (sign: 1 | -1) =>
    Array.from({ length: levels }, (_, level) => ({ price: middle + sign * (level + 1) * 0.5, size: random.integer(1, 500) / 100 }));
  return encodeBook('coincall-options', 'g2', { symbol: SYMBOL, venueTimeUs: timeUs(index), bids: side(-1), asks: side(1) });
}

/** Values with as many decimals as the documented examples. */
function pricing(random: Random, index: number) {
  const near = (value: number, decimals: number): number => Number((value * (0.9 + random.fraction() / 5)).toFixed(decimals));
  const own = { lastPrice: near(834.29106136, 8), change: near(-64.84120504, 8), changeRate: near(-0.0721, 4) };
  const volumes = { volume: near(1000, 1), volume24h: near(1000, 1), volumeUsd: near(30_783_000, 1), volumeUsd24h: near(30_783_000, 1) };
  const prices = { indexPrice: near(31_059.68, 2), high24h: near(783.67, 2), low24h: near(665.6, 1), dayOpen: near(899.1322664, 7) };
  const greeks = { delta: near(0.34898, 5), gamma: near(0.0001, 5), theta: near(-29.14546, 5), vega: near(29.70793, 5) };
  const marks = { impliedVolatility: near(0.4728, 4), markPrice: near(834.28262809, 8), underlyingPrice: near(31_248.97, 2) };
  const readings = { ...own, ...volumes, ...prices, timeToExpiryMs: 2_081_914_160, upv: 0 };
  return { symbol: SYMBOL, venueTimeUs: timeUs(index), ...greeks, ...marks, openInterest: near(1000, 1), readings };
}

function chainText(random: Random, index: number): string {
  const rows = Array.from({ length: 40 }, (_, row) => {
    const ivs = { bidImpliedVolatility: 0.47, askImpliedVolatility: 0.48 };
    const best = { bidPrice: 800.5 + random.integer(0, 9), bidSize: 0.2, askPrice: 850.5 + random.integer(0, 9), askSize: 3.1 };
    return { ...pricing(random, index), symbol: `BTCUSD-4JUL25-${90_000 + row * 1000}-C`, ...ivs, ...best };
  });
  return encodeChain('g2', rows);
}

function tradesText(random: Random, index: number): string {
  const side = random.pick([1, -1] as const);
  const trade = { symbol: SYMBOL, venueTimeUs: timeUs(index), price: random.integer(100, 900) / 4, size: random.integer(1, 90) / 10, side };
  return encodeTrades('coincall-options', 'g2', [trade]);
}

function barText(random: Random, index: number): string {
  const price = random.integer(4_000, 5_000) / 4;
  const prices = { open: price, high: price + 0.25, low: price - 1.5, close: price - 0.5 };
  const openTimeUs = START_US - (START_US % MINUTE_US) + index * MINUTE_US;
  return encodeBar('coincall-options', {
    symbol: SYMBOL,
    intervalUs: MINUTE_US,
    openTimeUs,
    ...prices,
    volume: random.integer(0, 99) / 10,
  });
}

function tickerText(random: Random, index: number): string {
  const { readings } = pricing(random, index);
  const own = { ...readings, price: 31_059.5, markPrice: 31_059.68, openInterest: 23_431.0343 };
  return encodeTicker('g2', { symbol: 'BTCUSD', venueTimeUs: timeUs(index), readings: own });
}

function frames(count: number, make: (random: Random, index: number) => string): readonly Uint8Array[] {
  const random = randomOf(7);
  return Array.from({ length: count }, (_, index) => new TextEncoder().encode(make(random, index)));
}

const options = coincallOptions;
const results = measureDecoders({
  peer: 'JSON.parse',
  createPeer: (venue, sink, symbols) => new ParsingDecoder(venue.id, sink, symbols),
  receivedAtUs: START_US,
  cases: [
    { channel: '`orderBook`, 2 × 100 levels', venue: options, frames: frames(500, (random, index) => bookText(random, index, 100)) },
    { channel: '`orderBook`, 2 × 10 levels', venue: options, frames: frames(5_000, (random, index) => bookText(random, index, 10)) },
    { channel: '`lastTrade`, 1 new row', venue: options, frames: frames(5_000, tradesText) },
    { channel: '`tOption`, 40 rows', venue: options, frames: frames(500, chainText) },
    { channel: '`bsInfo`', venue: options, frames: frames(5_000, (random, index) => encodePricing('g2', pricing(random, index))) },
    { channel: '`kline`', venue: options, frames: frames(5_000, barText) },
    { channel: '`spotPrice`', venue: coincallFutures, frames: frames(5_000, tickerText) },
  ],
});
process.stdout.write(JSON.stringify(results));

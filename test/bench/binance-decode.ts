import type { EventSink, SymbolId, SymbolTable, TapeRecord } from '#domain';
import { type BinanceEncoder, binanceSpot, binanceUsdm, createBinanceEncoder } from '../../venues/binance/index.ts';
import type { Venue } from '../../venues/venue.ts';
import { type Random, randomOf } from '../seeds.ts';
import { type DecodeCase, measureDecoders } from './decode-measure.ts';

// One process of the bench of decoders: Binance beside `JSON.parse` with the same extraction. Prints its results as JSON.

const START_US = 1_723_161_600_000_000;
const SYMBOL = 'BTCUSDT';
const DECODER = new TextDecoder();

type Message = Readonly<Record<string, string & number & boolean>> & {
  readonly b: string & Levels;
  readonly a: string & number & Levels;
  readonly k: Readonly<Record<string, string & number & boolean>>;
};
type Levels = readonly (readonly [price: string, size: string])[];
interface Snapshot {
  readonly lastUpdateId: number;
  readonly T: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

/** The usual way: parse, then take each value by its name. */
class ParsingDecoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: string;
  readonly #isSpot: boolean;

  constructor(venue: string, sink: EventSink, symbols: SymbolTable) {
    this.#venue = venue;
    this.#isSpot = venue === 'binance-spot';
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    const frame = JSON.parse(DECODER.decode(record.bytes.subarray(record.start, record.end))) as { stream?: string; data: Message };
    if (frame.stream === undefined) this.#snapshot(frame as unknown as Snapshot);
    else this.#message(frame.stream.slice(frame.stream.indexOf('@') + 1), frame.data);
  }

  #message(stream: string, data: Message): void {
    const symbol = this.#symbols.intern(this.#venue, data.s!);
    if (stream === 'trade') this.#trade(symbol, data);
    else if (stream === 'bookTicker') this.#quote(symbol, data);
    else if (stream.startsWith('depth')) this.#delta(symbol, data);
    else if (stream === 'aggTrade') this.#aggregate(symbol, data);
    else if (stream.startsWith('kline')) this.#bar(symbol, data);
    else this.#markPrice(symbol, data);
  }

  #trade(symbol: SymbolId, { p, q, T, t, m }: Message): void {
    this.#sink.trade(symbol, T! * 1000, Number(p), Number(q), m ? -1 : 1, t!, Number.NaN, 'regular');
  }

  #quote(symbol: SymbolId, { b, B, a, A, u, T }: Message): void {
    this.#sink.quote(symbol, this.#isSpot ? Number.NaN : T! * 1000, Number(b), Number(B), Number(a), Number(A), u!);
  }

  #delta(symbol: SymbolId, data: Message): void {
    const timeUs = (this.#isSpot ? data.E! : data.T!) * 1000;
    const rule = this.#isSpot ? 'binance-spot' : 'binance-futures';
    this.#sink.bookBegin(symbol, timeUs, false, rule, data.U!, data.u!, this.#isSpot ? Number.NaN : data.pu!);
    this.#levels(1, data.b);
    this.#levels(-1, data.a);
    this.#sink.bookEnd();
  }

  #snapshot({ lastUpdateId, T, bids, asks }: Snapshot): void {
    const symbol = this.#symbols.intern(this.#venue, SYMBOL);
    this.#sink.bookBegin(symbol, T * 1000, true, 'binance-futures', Number.NaN, lastUpdateId, Number.NaN);
    this.#levels(1, bids);
    this.#levels(-1, asks);
    this.#sink.bookEnd();
  }

  #levels(side: 1 | -1, levels: Levels): void {
    for (const level of levels) this.#sink.bookLevel(side, Number(level[0]), Number(level[1]), Number.NaN, Number.NaN);
  }

  #aggregate(symbol: SymbolId, { p, q, m, a, f, l, T }: Message): void {
    const sink = this.#sink;
    sink.readingBegin(symbol, T! * 1000, 'aggTrade');
    sink.readingValue('price', Number(p));
    sink.readingValue('size', Number(q));
    sink.readingValue('side', m ? -1 : 1);
    sink.readingValue('aggregateId', a);
    sink.readingValue('firstTradeId', f!);
    sink.readingValue('lastTradeId', l!);
    sink.readingEnd();
  }

  #markPrice(symbol: SymbolId, { p, i, P, r, T, E }: Message): void {
    const sink = this.#sink;
    sink.readingBegin(symbol, E! * 1000, 'markPrice');
    sink.readingValue('markPrice', Number(p));
    sink.readingValue('indexPrice', Number(i));
    sink.readingValue('settlePrice', Number(P));
    sink.readingValue('fundingRate', Number(r));
    sink.readingValue('nextFundingTimeUs', T! * 1000);
    sink.readingEnd();
  }

  #bar(symbol: SymbolId, { k }: Message): void {
    const openTimeUs = k.t! * 1000;
    const intervalUs = k.T! * 1000 + 1000 - openTimeUs;
    const [v, q] = [Number(k.v), Number(k.q)] as const;
    this.#sink.bar(symbol, intervalUs, openTimeUs, Number(k.o), Number(k.h), Number(k.l), Number(k.c), v, q, k.n!, k.x!, false);
  }
}

function priceOf(random: Random): number {
  return random.integer(6_000_000, 6_200_000) / 100;
}

function sizeOf(random: Random): number {
  return random.integer(1, 500_000) / 100_000;
}

type Say = (encoder: BinanceEncoder, random: Random, index: number) => void;

function sayTrade(encoder: BinanceEncoder, random: Random, index: number): void {
  const side = random.pick([1, -1] as const);
  encoder.trade(SYMBOL, START_US + index * 1000, priceOf(random), sizeOf(random), side, 3_700_000_000 + index, 'regular');
}

function sayQuote(encoder: BinanceEncoder, random: Random, index: number): void {
  const price = priceOf(random);
  encoder.quote(SYMBOL, START_US + index * 1000, price, sizeOf(random), price + 1, sizeOf(random), 50_000_000_000 + index);
}

function sayBook(levels: number, isSnapshot: boolean): Say {
  return (encoder, random, index) => {
    const firstId = 50_000_000_000 + index * 10;
    encoder.bookBegin(SYMBOL, START_US + index * 1000, isSnapshot, isSnapshot ? Number.NaN : firstId, firstId + 9, firstId - 1);
    for (const side of [1, -1] as const) for (let i = 0; i < levels; i++) encoder.bookLevel(side, priceOf(random), sizeOf(random));
    encoder.bookEnd();
  };
}

function encoded(venue: Venue, count: number, say: Say): readonly Uint8Array[] {
  const list: Uint8Array[] = [];
  const encoder = createBinanceEncoder(venue.id as 'binance-spot', (_channel, text) => list.push(new TextEncoder().encode(text)));
  const random = randomOf(7);
  for (let index = 0; index < count; index++) say(encoder, random, index);
  return list;
}

/** What the encoder does not write, in the venue's order of keys. */
function written(count: number, stream: string, data: (random: Random, timeMs: number, index: number) => unknown): readonly Uint8Array[] {
  const random = randomOf(7);
  return Array.from({ length: count }, (_, index) => {
    const value = data(random, START_US / 1000 + index, index);
    return new TextEncoder().encode(JSON.stringify({ stream: `btcusdt@${stream}`, data: value }));
  });
}

function aggregate(random: Random, time: number, index: number): unknown {
  const price = { p: priceOf(random).toFixed(2), q: sizeOf(random).toFixed(3) };
  return {
    e: 'aggTrade',
    E: time,
    a: 2_300_000_000 + index,
    s: SYMBOL,
    ...price,
    f: 5_200_000_000 + index,
    l: 5_200_000_001 + index,
    T: time,
    m: true,
  };
}

function bar(random: Random, time: number, index: number): unknown {
  const [t, price] = [time - (time % 60_000), priceOf(random)];
  const prices = { o: price.toFixed(2), c: (price + 1).toFixed(2), h: (price + 2).toFixed(2), l: (price - 2).toFixed(2) };
  const head = { t, T: t + 59_999, s: SYMBOL, i: '1m', f: 5_200_000_000, L: 5_200_000_000 + index };
  const tail = { v: '12.345', n: index, x: false, q: '758321.55410', V: '6.120', Q: '376001.01220', B: '0' };
  return { e: 'kline', E: time, s: SYMBOL, k: { ...head, ...prices, ...tail } };
}

function markPrice(random: Random, time: number): unknown {
  const prices = { p: priceOf(random).toFixed(8), P: priceOf(random).toFixed(8), i: priceOf(random).toFixed(8) };
  return { e: 'markPriceUpdate', E: time, s: SYMBOL, ...prices, r: '0.00010000', T: time + 3_600_000 };
}

/** The snapshot's symbol is the one that had a delta before. */
function snapshots(): readonly Uint8Array[] {
  return [...encoded(binanceUsdm, 1, sayBook(1, false)), ...encoded(binanceUsdm, 100, sayBook(1000, true))];
}

const COUNT = 5_000;
const CASES: readonly DecodeCase[] = [
  { channel: 'spot `trade`', venue: binanceSpot, frames: encoded(binanceSpot, COUNT, sayTrade) },
  { channel: 'spot `bookTicker`', venue: binanceSpot, frames: encoded(binanceSpot, COUNT, sayQuote) },
  { channel: 'spot `depth`, 2 × 20 levels', venue: binanceSpot, frames: encoded(binanceSpot, COUNT, sayBook(20, false)) },
  { channel: 'USD-M `trade`', venue: binanceUsdm, frames: encoded(binanceUsdm, COUNT, sayTrade) },
  { channel: 'USD-M `bookTicker`', venue: binanceUsdm, frames: encoded(binanceUsdm, COUNT, sayQuote) },
  { channel: 'USD-M `depth`, 2 × 20 levels', venue: binanceUsdm, frames: encoded(binanceUsdm, COUNT, sayBook(20, false)) },
  { channel: 'USD-M `depthSnapshot`, 2 × 1,000 levels', venue: binanceUsdm, frames: snapshots() },
  { channel: 'USD-M `aggTrade`', venue: binanceUsdm, frames: written(COUNT, 'aggTrade', aggregate) },
  { channel: 'USD-M `kline`', venue: binanceUsdm, frames: written(COUNT, 'kline_1m', bar) },
  { channel: 'USD-M `markPrice`', venue: binanceUsdm, frames: written(COUNT, 'markPrice@1s', markPrice) },
];

const results = measureDecoders({
  peer: 'JSON.parse',
  createPeer: (venue, sink, symbols) => new ParsingDecoder(venue.id, sink, symbols),
  receivedAtUs: START_US,
  cases: CASES,
});
process.stdout.write(JSON.stringify(results));

import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolTable, type TapeRecord } from '#domain';
import { encodeBooks, encodeTrades, kis } from '../../venues/kis/index.ts';
import { CHANNELS, layoutOf, type RowLayout, type SideColumns } from '../../venues/kis/row-layout.ts';
import { type Random, randomOf } from '../seeds.ts';
import { measureDecoders } from './decode-measure.ts';

// One process of the bench of decoders: KIS beside `split` with the same extraction. Prints its results as JSON.

const FRAMES = 5_000;
/** 2026-09-22 11:56:30 in Korea. */
const NOON_US = 1_790_045_790_000_000;
const BENCHED = [
  ...['H0STCNT0', 'H0STASP0', 'H0IFCNT0', 'H0IFASP0', 'H0IOCNT0', 'H0IOASP0'],
  ...['H0MFCNT0', 'H0MFASP0', 'H0EUCNT0', 'H0EUASP0'],
];
const DECODER = new TextDecoder();

/** The usual way: split at bars and carets, then `Number` of each field. */
class SplittingDecoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #channels = new Map(CHANNELS.map((channel) => [channel.table.channel, channel]));

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    const [, trId = '', count = '', body = ''] = DECODER.decode(record.bytes.subarray(record.start, record.end)).split('|', 4);
    const channel = this.#channels.get(trId)!;
    const values = body.split('^');
    const width = values.length / Number(count);
    const layout = layoutOf(channel, width)!;
    for (let start = 0; start < values.length; start += width) {
      const row = values.slice(start, start + width);
      if (channel.table.kind === 'trade') this.#trade(layout, row, record.receivedAtUs);
      else this.#book(layout, row, record.receivedAtUs);
    }
  }

  #trade(layout: RowLayout, row: readonly string[], receivedAtUs: number): void {
    const sink = this.#sink;
    const symbol = this.#symbols.intern('kis', row[layout.symbol]!);
    const timeUs = timeOf(row[layout.time]!, row[layout.date], receivedAtUs);
    const code = row[layout.tradeClass];
    const side = code === '1' ? 1 : code === '5' ? -1 : 0;
    sink.trade(symbol, timeUs, Number(row[layout.price]), Number(row[layout.size]), side, '', Number(row[layout.volume]), 'regular');
    const { bids, asks } = layout;
    const [bid, bidSize] = [Number(row[bids.price[0]!]), Number(row[bids.size[0]!])];
    const [ask, askSize] = [Number(row[asks.price[0]!]), Number(row[asks.size[0]!])];
    sink.quote(symbol, timeUs, bid, bidSize, ask, askSize, Number.NaN);
    if (layout.isOption) {
      sink.optionQuote(
        symbol,
        timeUs,
        Number(row[layout.volatility]) / 100,
        Number.NaN,
        Number.NaN,
        Number(row[layout.delta]),
        Number(row[layout.gamma]),
        Number(row[layout.theta]),
        Number(row[layout.vega]),
        Number(row[layout.rho]),
        Number(row[layout.theory]),
        Number.NaN,
        Number(row[layout.openInterest]),
        bid,
        bidSize,
        ask,
        askSize,
      );
    }
    this.#reading(layout, row, symbol, timeUs, false);
  }

  #book(layout: RowLayout, row: readonly string[], receivedAtUs: number): void {
    const sink = this.#sink;
    const symbol = this.#symbols.intern('kis', row[layout.symbol]!);
    const timeUs = timeOf(row[layout.time]!, undefined, receivedAtUs);
    sink.bookBegin(symbol, timeUs, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    this.#levels(layout.bids, row);
    this.#levels(layout.asks, row);
    sink.bookTotals(
      Number(row[layout.bidTotal]),
      Number(row[layout.askTotal]),
      Number(row[layout.bidOrders]),
      Number(row[layout.askOrders]),
      Number(row[layout.bidChange]),
      Number(row[layout.askChange]),
      Number.NaN,
      Number.NaN,
    );
    sink.bookEnd();
    const expected = Number(row[layout.expectedPrice]);
    if (expected > 0) sink.auction(symbol, timeUs, expected, Number(row[layout.expectedSize]));
    this.#reading(layout, row, symbol, timeUs, expected > 0);
  }

  #levels({ side, price, size, orders }: SideColumns, row: readonly string[]): void {
    for (let level = 0; level < price.length; level++) {
      const value = Number(row[price[level]!]);
      if (value > 0) this.#sink.bookLevel(side, value, Number(row[size[level]!]), Number(row[orders[level]!]), Number.NaN);
    }
  }

  #reading(layout: RowLayout, row: readonly string[], symbol: number, timeUs: number, isExpected: boolean): void {
    if (layout.reading.length === 0) return;
    this.#sink.readingBegin(symbol, timeUs, layout.channel);
    this.#numbers(layout.reading, layout.readingNames, row);
    if (isExpected) this.#numbers(layout.otherReading, layout.otherReadingNames, row);
    this.#sink.readingEnd();
  }

  #numbers(columns: Int32Array, names: readonly string[], row: readonly string[]): void {
    for (let index = 0; index < columns.length; index++) {
      const text = row[columns[index]!]!;
      if (text !== '') this.#sink.readingValue(names[index]!, text === 'Y' ? 1 : text === 'N' ? 0 : Number(text));
    }
  }
}

function timeOf(clock: string, date: string | undefined, receivedAtUs: number): number {
  const sinceMidnightUs = (Number(clock.slice(0, 2)) * 3600 + Number(clock.slice(2, 4)) * 60 + Number(clock.slice(4))) * 1_000_000;
  if (date === undefined) return nearestTimeOfDay(sinceMidnightUs, receivedAtUs, KST_OFFSET_US);
  const midnightMs = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)));
  return midnightMs * 1000 - KST_OFFSET_US + sinceMidnightUs;
}

/** Frames as the venue would send them in a busy minute, one in four with two records. */
function frameOf(channel: string, random: Random): Uint8Array {
  const { table, layouts } = CHANNELS.find((candidate) => candidate.table.channel === channel)!;
  const layout = layouts.find(({ fields }) => fields.length === table.currentWidth)!;
  const rows = Array.from({ length: random.chance(0.25) ? 2 : 1 }, () =>
    table.kind === 'trade' ? tradeOf(layout, random) : bookOf(layout, random),
  );
  return table.kind === 'trade' ? encodeTrades(channel, rows as never) : encodeBooks(channel, rows as never);
}

function readingsOf(layout: RowLayout, random: Random): Readonly<Record<string, number>> {
  const numbers = layout.readingNames.map((name) => [name, random.integer(-9_999, 1_000_000) / random.pick([1, 1, 1, 100])] as const);
  const codes = layout.readingNames
    .filter((name) => /_code|is_|has_|hhmmss/.test(name))
    .map((name) => [name, random.integer(0, 1)] as const);
  return Object.fromEntries([...numbers, ...codes]);
}

function priceOf(layout: RowLayout, random: Random): number {
  return layout.fields[0] === 'MKSC_SHRN_ISCD' ? random.integer(2_000, 3_000) * 100 : random.integer(100_000, 120_000) / 100;
}

function tradeOf(layout: RowLayout, random: Random): unknown {
  const price = priceOf(layout, random);
  const option = {
    impliedVolatility: 0.2345,
    delta: 0.5123,
    gamma: 0.0021,
    theta: -0.33,
    vega: 1.02,
    rho: 0.11,
    theoreticalPrice: price,
    openInterest: 12_345,
  };
  const best = { bidPrice: price - 1, bidSize: random.integer(1, 9_999), askPrice: price + 1, askSize: random.integer(1, 9_999) };
  const side = random.pick([1, -1] as const);
  const base = { symbol: random.pick(['005930', 'A01612', 'B01612A40']), venueTimeUs: NOON_US, price, size: random.integer(1, 900), side };
  return { ...base, ...best, cumulativeVolume: 7_198_927, option, readings: readingsOf(layout, random) };
}

function bookOf(layout: RowLayout, random: Random): unknown {
  const price = priceOf(layout, random);
  const side = (step: number) =>
    Array.from({ length: layout.bids.price.length }, (_, level) => ({
      price: price + step * (level + 1),
      size: random.integer(1, 99_999),
      orders: random.integer(1, 99),
    }));
  return {
    symbol: random.pick(['005930', 'A01612', 'B01612A40']),
    venueTimeUs: NOON_US,
    bids: side(-1),
    asks: side(1),
    readings: readingsOf(layout, random),
  };
}

const random = randomOf(7);
const results = measureDecoders({
  peer: 'split',
  createPeer: (_venue, sink, symbols) => new SplittingDecoder(sink, symbols),
  receivedAtUs: NOON_US,
  cases: BENCHED.map((channel) => ({
    channel: `\`${channel}\``,
    venue: kis,
    frames: Array.from({ length: FRAMES }, () => frameOf(channel, random)),
  })),
});
process.stdout.write(JSON.stringify(results));

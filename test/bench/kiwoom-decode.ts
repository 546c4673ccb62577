import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolTable, type TapeRecord } from '#domain';
import type { ChannelTable } from '../../venues/kiwoom/channel-table.ts';
import { encodeBooks, encodePhases, encodeQuotes, encodeTrades, encodeVolatility, kiwoom } from '../../venues/kiwoom/index.ts';
import { CHANNEL_TABLES } from '../../venues/kiwoom/slots.ts';
import { type Random, randomOf } from '../seeds.ts';
import { measureDecoders } from './decode-measure.ts';

// One process of the bench of decoders: Kiwoom beside `JSON.parse` with the same extraction. Prints its results as JSON.

const FRAMES = 5_000;
const BENCHED = ['0B', '0C', '0D', '0s', '1h'];
/** 2026-09-11 11:56:30 in Korea. */
const NOON_US = 1_789_095_390_000_000;
const DECODER = new TextDecoder();

/** The usual way: parse, then `Number` of each field of the row's table. */
class ParsingDecoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #tables = new Map(CHANNEL_TABLES.map((table) => [table.type, { table, keys: table.fields.map(({ fid }) => String(fid)) }]));

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    const frame = JSON.parse(DECODER.decode(record.bytes.subarray(record.start, record.end)));
    if (frame.trnm !== 'REAL') return;
    for (const row of frame.data) this.#row(row, record.receivedAtUs);
  }

  #row(row: { type: string; item: string; values: Record<string, string> }, receivedAtUs: number): void {
    const { table, keys } = this.#tables.get(row.type)!;
    const { values } = row;
    const clock = table.timeFid === 0 ? values['1223'] : values[String(table.timeFid)];
    const timeUs = clock === undefined ? Number.NaN : timeOf(clock, receivedAtUs);
    const symbol = row.item === '' ? -1 : this.#symbols.intern('kiwoom', row.item);
    if (row.type === '0B') this.#trade(values, symbol, timeUs);
    else if (row.type === '0C') this.#quote(values, symbol, timeUs);
    else if (row.type === '0D') this.#book(values, symbol, timeUs);
    else if (row.type === '0s') this.#sink.status(-1, timeUs, 'phase', false, values['215']!, Number.NaN);
    else if (row.type === '1h') {
      const isRestricted = values['1224'] === '000000';
      this.#sink.status(symbol, timeUs, 'volatility-interruption', isRestricted, values['9068']!, size(values['1221']));
    }
    if (row.type !== '0s') this.#reading(table, keys, values, symbol, timeUs);
  }

  #trade(values: Record<string, string>, symbol: number, timeUs: number): void {
    const signed = values['15']!;
    const side = signed[0] === '+' ? 1 : signed[0] === '-' ? -1 : 0;
    const condition = side === 0 ? 'auction' : 'regular';
    this.#sink.trade(symbol, timeUs, size(values['10']), size(signed), side, '', size(values['13']), condition);
    this.#quote(values, symbol, timeUs);
  }

  #quote(values: Record<string, string>, symbol: number, timeUs: number): void {
    this.#sink.quote(symbol, timeUs, size(values['28']), Number.NaN, size(values['27']), Number.NaN, Number.NaN);
  }

  #book(values: Record<string, string>, symbol: number, timeUs: number): void {
    const sink = this.#sink;
    sink.bookBegin(symbol, timeUs, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    for (let i = 0; i < 10; i++) this.#level(1, values[51 + i], values[71 + i], values[91 + i]);
    for (let i = 0; i < 10; i++) this.#level(-1, values[41 + i], values[61 + i], values[81 + i]);
    const [bid, ask, bidChange, askChange] = [size(values['125']), size(values['121']), Number(values['126']), Number(values['122'])];
    sink.bookTotals(bid, ask, Number.NaN, Number.NaN, bidChange, askChange, Number.NaN, Number.NaN);
    sink.bookEnd();
  }

  #level(side: 1 | -1, price: string | undefined, levelSize: string | undefined, change: string | undefined): void {
    const level = size(price);
    if (level > 0) this.#sink.bookLevel(side, level, size(levelSize), Number.NaN, Number(change));
  }

  #reading(table: ChannelTable, keys: readonly string[], values: Record<string, string>, symbol: number, timeUs: number): void {
    this.#sink.readingBegin(symbol, timeUs, table.type);
    for (let i = 0; i < keys.length; i++) {
      const { isInReading, name, reads } = table.fields[i]!;
      const text = isInReading ? values[keys[i]!] : undefined;
      if (text === undefined || text === '') continue;
      if (reads === 'exchange') this.#sink.readingValue(name, text === 'KRX' ? 1 : text === 'NXT' ? 2 : 0);
      else this.#sink.readingValue(name, reads === 'signed' ? Number(text) : Math.abs(Number(text)));
    }
    this.#sink.readingEnd();
  }
}

function size(text: string | undefined): number {
  return Math.abs(Number(text));
}

function timeOf(clock: string, receivedAtUs: number): number {
  const seconds = Number(clock.slice(0, 2)) * 3600 + Number(clock.slice(2, 4)) * 60 + Number(clock.slice(4));
  return nearestTimeOfDay(seconds * 1_000_000, receivedAtUs, KST_OFFSET_US);
}

/** Frames as the venue would send them in a busy minute, by channel. */
function framesOf(channel: string, random: Random): Uint8Array {
  const symbol = random.pick(['005930', '000660', '035420_NX', '005930_AL']);
  const venueTimeUs = NOON_US - random.integer(0, 30) * 1_000_000;
  const price = random.integer(2_000, 3_000) * 100;
  const previousClose = 250_000;
  const base = { symbol, venueTimeUs, previousClose };
  switch (channel) {
    case '0B': {
      const entry = CHANNEL_TABLES.find(({ type }) => type === '0B')!.fields.filter(
        ({ isInReading, reads }) => isInReading && reads !== 'exchange',
      );
      const numbers = entry.map(({ name }) => [name, random.integer(0, 1_000_000) / random.pick([1, 1, 1, 100])] as const);
      const readings = { ...Object.fromEntries(numbers), value_change: -random.integer(1e12, 9e12), exchange_code: 1 };
      return encodeTrades([
        { ...base, price, size: random.integer(1, 900), side: random.pick([1, -1]), cumulativeVolume: 7_198_927, readings },
      ]);
    }
    case '0C':
      return encodeQuotes([{ ...base, bidPrice: price, askPrice: price + 100 }]);
    case '0D': {
      const side = (step: number) =>
        Array.from({ length: 10 }, (_, i) => ({
          price: price + step * i,
          size: random.integer(1, 99_999),
          change: random.integer(-99, 99),
        }));
      const totals = {
        totalBidSize: random.integer(1, 1e7),
        totalAskSize: random.integer(1, 1e7),
        totalBidSizeChange: 5,
        totalAskSizeChange: -7,
      };
      return encodeBooks([{ ...base, bids: side(-100), asks: side(100), ...totals }]);
    }
    case '1h':
      return encodeVolatility([
        { symbol, kind: 1, direction: 1, price, triggeredAtUs: venueTimeUs, readings: { static_reference_price: price } },
      ]);
    default:
      return encodePhases([{ venueTimeUs, code: random.pick(['0', '3', 'P']) }]);
  }
}

const random = randomOf(7);
const results = measureDecoders({
  peer: 'JSON.parse',
  createPeer: (_venue, sink, symbols) => new ParsingDecoder(sink, symbols),
  receivedAtUs: NOON_US,
  cases: BENCHED.map((channel) => ({
    channel: `\`${channel}\``,
    venue: kiwoom,
    frames: Array.from({ length: FRAMES }, () => framesOf(channel, random)),
  })),
});
process.stdout.write(JSON.stringify(results));

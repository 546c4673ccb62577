import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, SymbolTable, TapeRecord } from '#domain';
import type { ChannelTable } from '../../venues/kiwoom/channel-table.ts';
import { encodeBooks, encodePhases, encodeQuotes, encodeTrades, encodeVolatility, kiwoom } from '../../venues/kiwoom/index.ts';
import { CHANNEL_TABLES } from '../../venues/kiwoom/slots.ts';
import { type Random, randomOf } from '../seeds.ts';
import { median } from './measure.ts';

// `node --import ./test/bench/register.mjs test/bench/kiwoom-decode.ts` after a build: the production decoder beside `JSON.parse` with
// the same extraction, channel by channel, and what telling market data from secrets costs. Each round is a process of its own.

const PROCESSES = 5;
const FRAMES = 10_000;
const WARMING_RUNS = 3;
const RUNS = 5;
/** 2026-09-11 11:56:30 in Korea. */
const NOON_US = 1_789_095_390_000_000;
const DECODER = new TextDecoder();

type Work = (record: TapeRecord) => void;

/** One round: nanoseconds a frame by case, `<channel> ours`, `<channel> parse`, `<channel> redact`. */
type Round = Readonly<Record<string, number>>;

/** Adds up what it is told: the least a reader of events can do, and the proof that both decoders say the same. */
class SummingSink implements EventSink {
  sum = 0;
  bad = 0;

  trade(_symbol: number, timeUs: number, price: number, size: number, side: number, _id: number | string, volume: number): void {
    this.sum += timeUs + price * size * side + volume;
  }

  quote(_symbol: number, _timeUs: number, bidPrice: number, _bidSize: number, askPrice: number): void {
    this.sum += bidPrice + 2 * askPrice;
  }

  bookBegin(_symbol: number, timeUs: number): void {
    this.sum += timeUs;
  }

  bookLevel(side: number, price: number, size: number, _orders: number, change: number): void {
    this.sum += side * price + 2 * size + 3 * change;
  }

  bookTotals(bidSize: number, askSize: number): void {
    this.sum += bidSize - askSize;
  }

  status(_symbol: number, timeUs: number): void {
    this.sum += timeUs;
  }

  readingValue(_name: string, value: number): void {
    this.sum += value;
  }

  decodeFailure(): void {
    this.bad += 1;
  }

  undecoded(): void {
    this.bad += 1;
  }

  drift(): void {
    this.bad += 1;
  }

  bookEnd(): void {}
  bar(): void {}
  optionQuote(): void {}
  auction(): void {}
  readingBegin(): void {}
  readingEnd(): void {}
  noticeBegin(): void {}
  noticeField(): void {}
  noticeEnd(): void {}
  instrument(): void {}
  feedLost(): void {}
  feedBack(): void {}
}

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

function nanosecondsAFrame(frames: readonly Uint8Array[], work: Work): number {
  const record = recordOf(frames[0]!);
  const times: number[] = [];
  for (let run = 0; run < WARMING_RUNS + RUNS; run++) {
    const startedAtMs = performance.now();
    for (const bytes of frames) {
      record.bytes = bytes;
      record.end = bytes.length;
      work(record);
    }
    times.push(((performance.now() - startedAtMs) * 1e6) / frames.length);
  }
  return median(times.slice(-RUNS));
}

function measureRound(): Round {
  const round: Record<string, number> = {};
  for (const channel of ['0B', '0C', '0D', '0s', '1h']) {
    const random = randomOf(7);
    const frames = Array.from({ length: FRAMES }, () => framesOf(channel, random));
    const [ours, theirs] = [new SummingSink(), new SummingSink()];
    const decoder = kiwoom.createDecoder(ours, new SymbolTable());
    const parsing = new ParsingDecoder(theirs, new SymbolTable());
    round[`${channel} ours`] = nanosecondsAFrame(frames, (record) => decoder.decode(record));
    round[`${channel} parse`] = nanosecondsAFrame(frames, (record) => parsing.decode(record));
    // Both ran over the same frames equally often.
    if (ours.sum === 0 || ours.sum !== theirs.sum || ours.bad !== 0) {
      throw new Error(`${channel}: a sum of ${ours.sum} and ${ours.bad} failures, JSON.parse has ${theirs.sum}`);
    }
    round[`${channel} redact`] = nanosecondsAFrame(frames, (record) => kiwoom.redact!(record.bytes, 'frame-in'));
    round[`${channel} bytes`] = frames[0]!.length;
  }
  return round;
}

function recordOf(bytes: Uint8Array): TapeRecord {
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.venue = 'kiwoom';
  record.setTimesNs(BigInt(NOON_US) * 1000n, 0n);
  record.bytes = bytes;
  record.end = bytes.length;
  return record;
}

function report(rounds: readonly Round[]): void {
  const of = (name: string) => median(rounds.map((round) => round[name]!));
  for (const channel of ['0B', '0C', '0D', '0s', '1h']) {
    const [ours, parse, redact] = [of(`${channel} ours`), of(`${channel} parse`), of(`${channel} redact`)];
    const sizes = `${String(of(`${channel} bytes`)).padStart(5)} bytes`;
    const speeds = `ours ${(ours / 1000).toFixed(2)} µs  JSON.parse ${(parse / 1000).toFixed(2)} µs`;
    process.stdout.write(`${channel}  ${sizes}  ${speeds}  ${(parse / ours).toFixed(2)}x  redact ${(redact / 1000).toFixed(2)} µs\n`);
  }
}

if (process.argv[2] === 'round') {
  process.stdout.write(JSON.stringify(measureRound()));
} else {
  const register = new URL('./register.mjs', import.meta.url).href;
  const script = fileURLToPath(import.meta.url);
  const rounds = Array.from({ length: PROCESSES }, () =>
    execFileSync(process.execPath, ['--import', register, script, 'round'], { encoding: 'utf8' }),
  );
  report(rounds.map((round) => JSON.parse(round) as Round));
}

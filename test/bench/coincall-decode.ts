import { EventRegister, SymbolTable, TapeRecord } from '#domain';
import { coincallOptions, encodeBook, encodeChain, encodePricing, encodeTrades } from '../../venues/coincall/index.ts';
import { median } from './measure.ts';

/**
 * Decoding of Coincall frames beside `JSON.parse` with the same extraction (the same numbers read and added up). Frames are made:
 * no public recording of the venue exists. Run it with `node --import ./test/bench/register.mjs test/bench/coincall-decode.ts`.
 */

const FRAMES = 2_000;
const ROUNDS = 9;
const WARM_ROUNDS = 5;
const SYMBOL = 'BTCUSD-4JUL25-110000-C';
const NO_EVENT = (): void => undefined;

interface Case {
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  /** The same numbers by `JSON.parse`; returns a sum, so that nothing is optimised away. */
  readonly extract: (frame: JsonFrame) => number;
}

type JsonFrame = { readonly d: unknown };

function frames(make: (index: number) => string): readonly Uint8Array[] {
  return Array.from({ length: FRAMES }, (_, index) => new TextEncoder().encode(make(index)));
}

function levels(index: number, count: number, sign: 1 | -1): { price: number; size: number }[] {
  return Array.from({ length: count }, (_, level) => ({
    price: 5000 + (index % 100) + sign * (level + 1) * 0.5,
    size: ((index + level) % 97) / 100 + 0.01,
  }));
}

const timeUs = (index: number): number => 1_750_762_942_243_000 + index * 100_000;

const bookOf = (count: number) => (index: number) =>
  encodeBook('coincall-options', 'g2', {
    symbol: SYMBOL,
    venueTimeUs: timeUs(index),
    bids: levels(index, count, -1),
    asks: levels(index, count, 1),
  });

function quote(index: number) {
  const drift = (index % 1000) / 1e4;
  // The venue prints at most eight decimals; sums of doubles would print seventeen digits.
  const near = (value: number): number => Math.round((value + drift) * 1e8) / 1e8;
  return {
    ...{ symbol: SYMBOL, venueTimeUs: timeUs(index), impliedVolatility: near(0.4728), delta: near(0.34898), gamma: 0.0001 },
    ...{ theta: near(-29.14546), vega: near(29.70793), markPrice: near(834.28262809), underlyingPrice: near(31248.97) },
    ...{
      openInterest: 1000,
      readings: { lastPrice: 834.29106136, change: -64.84120504, changeRate: -0.0721, volume: 1, volume24h: 1, upv: 0 },
    },
  };
}

function chainRow(index: number, row: number) {
  const ivs = { bidImpliedVolatility: 0.47, askImpliedVolatility: 0.48 };
  const best = { bidPrice: 800.5 + (index % 10), bidSize: 0.2, askPrice: 850.5 + (index % 10), askSize: 3.1 };
  return { ...quote(index + row), symbol: `BTCUSD-4JUL25-${90_000 + row * 1000}-C`, ...ivs, ...best };
}

const CASES: readonly Case[] = [
  { name: 'orderBook, 2 × 100 levels', frames: frames(bookOf(100)), extract: bookSum },
  { name: 'orderBook, 2 × 10 levels', frames: frames(bookOf(10)), extract: bookSum },
  {
    name: 'tOption, 40 rows',
    frames: frames((index) =>
      encodeChain(
        'g2',
        Array.from({ length: 40 }, (_, row) => chainRow(index, row)),
      ),
    ),
    extract: ({ d }) => (d as readonly Record<string, unknown>[]).reduce((sum, row) => sum + recordSum(row), 0),
  },
  {
    name: 'bsInfo',
    frames: frames((index) => encodePricing('g2', quote(index))),
    extract: ({ d }) => recordSum(d as Record<string, unknown>),
  },
  {
    name: 'lastTrade, 1 new row',
    frames: frames((index) =>
      encodeTrades('coincall-options', 'g2', [{ symbol: SYMBOL, venueTimeUs: timeUs(index), price: 27.5, size: 0.1, side: 1 }]),
    ),
    extract: ({ d }) => (d as readonly Record<string, unknown>[]).reduce((sum, row) => sum + recordSum(row), 0),
  },
];

function bookSum({ d }: JsonFrame): number {
  const { bids, asks, ts } = d as { bids: readonly Level[]; asks: readonly Level[]; ts: number };
  let sum = ts;
  for (const { pr, sz } of bids) sum += Number(pr) + Number(sz);
  for (const { pr, sz } of asks) sum += Number(pr) + Number(sz);
  return sum;
}

type Level = { readonly pr: string; readonly sz: string };

/** All numbers of the record, by name as a decoder must take them. */
function recordSum(row: Record<string, unknown>): number {
  let sum = 0;
  for (const key of NUMBER_KEYS) {
    const value = row[key];
    if (value !== undefined) sum += typeof value === 'number' ? value : Number(value);
  }
  return sum + (row.s as string).length;
}

const NUMBER_KEYS = [
  ...[
    'mp',
    'lp',
    'delta',
    'theta',
    'cp',
    'biv',
    'aiv',
    'miv',
    'iv',
    'cr',
    'bs',
    'as',
    'v',
    'ask',
    'v24',
    'oi',
    'upv',
    'up',
    'bid',
    'gamma',
  ],
  ...['vega', 'ts', 'q', 'sd', 'pr'],
];

/** Nanoseconds a frame, warm. */
function timed(work: () => void, frameCount: number): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAtMs = performance.now();
    work();
    times.push(performance.now() - startedAtMs);
  }
  return (median(times.slice(-WARM_ROUNDS)) * 1e6) / frameCount;
}

function ours(list: readonly Uint8Array[]): number {
  const record = new TapeRecord();
  record.kind = 'frame-in';
  return timed(() => {
    // A decoder a round: one that had seen these trades would not say them again.
    const symbols = new SymbolTable();
    const sink = new EventRegister({ onEvent: NO_EVENT, onDecodeFailure: fail, onUndecoded: fail, onDrift: fail });
    const decoder = coincallOptions.createDecoder(sink, symbols);
    for (const frame of list) {
      record.bytes = frame;
      record.end = frame.length;
      decoder.decode(record);
    }
  }, list.length);
}

function fail(...words: readonly string[]): void {
  throw new Error(`the bench made a frame that does not decode: ${words.join(' ')}`);
}

let total = 0;

function theirs({ frames: list, extract }: Case): number {
  return timed(() => {
    for (const frame of list) total += extract(JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString('utf8')));
  }, list.length);
}

for (const test of CASES) {
  const [decoderNs, parserNs] = [ours(test.frames), theirs(test)];
  const line = `${test.name}: ${Math.round(decoderNs)} ns a frame, JSON.parse ${Math.round(parserNs)} ns, ratio ${(parserNs / decoderNs).toFixed(2)}`;
  process.stdout.write(`${line} (${test.frames[0]!.length} bytes)\n`);
}
if (Number.isNaN(total)) throw new Error('the sum of all numbers is none');

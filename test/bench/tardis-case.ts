import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type BookChange,
  type BookTicker,
  compute,
  computeTradeBars,
  type Mapper,
  normalizeBookChanges,
  normalizeBookTickers,
  normalizeTrades,
  OrderBook,
  type Trade,
  type TradeBar,
} from 'tardis-dev';
import { type Frames, type Market, presentCapture, readFrames } from './captures.ts';
import { type Check, measure, type Work } from './measure.ts';

// tardis-dev doing our work on the same frames, fed from memory or a plain file: no network, and no gzip where we read none.
// `decode` and `full` are what its users run: its replay's generator of parsed messages, its `normalizeMessages`, its `compute`,
// its order book. `loop` and `full-loop` call its mappers, book and bars in a plain loop instead, which no user can, and which is kinder.

const require = createRequire(import.meta.url);
const { BinarySplitStream } = require('tardis-dev/dist/binarysplit.js') as { BinarySplitStream: new () => NodeJS.ReadWriteStream };
const { normalizeMessages } = require('tardis-dev/dist/handy.js') as { normalizeMessages: NormalizeMessages };

const [, , kind, market, textFile = ''] = process.argv as [string, string, string, Market, string?];
const exchange = market === 'spot' ? 'binance' : 'binance-futures';
const symbol = 'BTCUSDT';

/** Its files put a date of 28 characters and a space before the message. */
const DATE_LENGTH = 28;

/** The loop of its `replay` with `skipDecoding` over a file in its own layout, without the gunzip. */
async function* rawReplay(): AsyncGenerator<{ readonly localTimestamp: Buffer; readonly message: Buffer }> {
  const lines = createReadStream(textFile, { highWaterMark: 128 * 1024 }).pipe(new BinarySplitStream());
  for await (const line of lines as AsyncIterable<Buffer>) {
    if (line.length > 0) yield { localTimestamp: line.subarray(0, DATE_LENGTH), message: line.subarray(DATE_LENGTH + 1) };
  }
}

const scan: Work = async () => {
  let frames = 0;
  let bytes = 0;
  for await (const { message } of rawReplay()) {
    frames += 1;
    bytes += message.length;
  }
  return { frames, check: { frames, bytes } };
};

interface RawFrame {
  readonly localTimestamp: Date;
  readonly message: Buffer;
}

/** Its recorded data names the stream of a snapshot: the capture's REST body is put into that envelope. */
function rawFrames({ count, bytes, starts, ends, receivedAtNs }: Frames): RawFrame[] {
  return Array.from({ length: count }, (_, i) => {
    const frame = bytes.subarray(starts[i], ends[i]);
    const isSnapshot = frame.subarray(0, 15).toString() === '{"lastUpdateId"';
    return {
      localTimestamp: new Date(Number(receivedAtNs[i]! / 1_000_000n)),
      message: isSnapshot ? Buffer.from(`{"stream":"btcusdt@depthSnapshot","generated":true,"data":${frame.toString()}}`) : frame,
    };
  });
}

type Message = Trade | BookChange | BookTicker;
type Exchange = 'binance' | 'binance-futures';
type Mappers = readonly Mapper<Exchange, Message>[];

interface ParsedFrame {
  readonly localTimestamp: Date;
  readonly message: unknown;
}

/** The second half of its `replayNormalized`; the package does not export it. */
type NormalizeMessages = (
  exchange: Exchange,
  symbols: readonly string[],
  messages: AsyncIterable<ParsedFrame>,
  mappers: Mappers,
  createMappers: (localTimestamp: Date) => Mappers,
  withDisconnectMessages: boolean,
  filter: undefined,
  currentTimestamp: Date,
) => AsyncIterableIterator<Message>;

function createMappers(at: Date): Mappers {
  const mappers = [normalizeTrades(exchange, at), normalizeBookChanges(exchange, at), normalizeBookTickers(exchange, at)];
  return mappers as unknown as Mappers; // its types fix one exchange a mapper
}

function newMappers(at: Date): Mappers {
  const mappers = createMappers(at);
  for (const mapper of mappers) mapper.getFilters([symbol]);
  return mappers;
}

/** The inner part of its `replay`: bytes to text to object, one a message. */
async function* parsed(frames: readonly RawFrame[]): AsyncGenerator<ParsedFrame> {
  for (const { localTimestamp, message } of frames) yield { localTimestamp, message: JSON.parse(message.toString()) };
}

function normalized(frames: readonly RawFrame[]): AsyncIterableIterator<Message> {
  const at = frames[0]!.localTimestamp;
  return normalizeMessages(exchange, [symbol], parsed(frames), newMappers(at), createMappers, false, undefined, at);
}

/** What its generators do with each frame, without them. */
function normalizeInLoop(frames: readonly RawFrame[], visit: (message: Message) => void): void {
  const mappers = newMappers(frames[0]!.localTimestamp);
  for (const { localTimestamp, message } of frames) {
    const object: unknown = JSON.parse(message.toString());
    for (const mapper of mappers) {
      if (!mapper.canHandle(object)) continue;
      const mapped = mapper.map(object, localTimestamp);
      if (mapped) for (const one of mapped) visit(one);
    }
  }
}

/** Counts what comes out; the last bar is never given out, because no trade follows it. */
class Counter {
  trades = 0;
  quotes = 0;
  bookChanges = 0;
  bars = 1;

  add(message: Message | TradeBar): void {
    if (message.type === 'book_ticker') this.quotes += 1;
    else if (message.type === 'trade') this.trades += 1;
    else if (message.type === 'book_change') this.bookChanges += 1;
    else this.bars += 1;
  }

  messages(): Check {
    const { trades, quotes, bookChanges } = this;
    return { trades, quotes, bookChanges };
  }
}

function decodeWork(frames: readonly RawFrame[]): Work {
  return async () => {
    const counter = new Counter();
    for await (const message of normalized(frames)) counter.add(message);
    return { frames: frames.length, check: counter.messages() };
  };
}

function decodeLoopWork(frames: readonly RawFrame[]): Work {
  return async () => {
    const counter = new Counter();
    normalizeInLoop(frames, (message) => counter.add(message));
    return { frames: frames.length, check: counter.messages() };
  };
}

/** Normalise, its order book, and its one-second trade bars; it has no strategy, risk or broker. */
function fullWork(frames: readonly RawFrame[]): Work {
  return async () => {
    const counter = new Counter();
    const book = new OrderBook();
    for await (const message of compute(normalized(frames), computeTradeBars({ kind: 'time', interval: 1000 }))) {
      const known = message as Message | TradeBar;
      counter.add(known);
      if (known.type === 'book_change') book.update(known);
    }
    return { frames: frames.length, check: { ...counter.messages(), bars: counter.bars, top: topOf(book) } };
  };
}

function fullLoopWork(frames: readonly RawFrame[]): Work {
  return async () => {
    const counter = new Counter();
    const book = new OrderBook();
    const bars = computeTradeBars({ kind: 'time', interval: 1000 })();
    normalizeInLoop(frames, (message) => {
      counter.add(message);
      if (message.type === 'book_change') book.update(message);
      else if (message.type === 'trade') for (const bar of bars.compute(message)) counter.add(bar as TradeBar);
    });
    return { frames: frames.length, check: { ...counter.messages(), bars: counter.bars, top: topOf(book) } };
  };
}

function topOf(book: OrderBook): string {
  const bid = book.bestBid();
  const ask = book.bestAsk();
  return `${bid?.amount} at ${bid?.price}, ${ask?.amount} at ${ask?.price}`;
}

function workOf(): Work {
  if (kind === 'scan') return scan;
  const frames = rawFrames(readFrames(presentCapture(market)));
  if (kind === 'decode') return decodeWork(frames);
  if (kind === 'full') return fullWork(frames);
  if (kind === 'loop') return decodeLoopWork(frames);
  if (kind === 'full-loop') return fullLoopWork(frames);
  throw new Error(`no case "${kind}"`);
}

process.stdout.write(`${JSON.stringify(await measure(workOf()))}\n`);

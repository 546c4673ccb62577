import { expect, test } from 'vitest';
import type { BookEvent, BookRule } from '#domain';
import { OrderBook } from '../../engine/order-book.ts';
import { bookMaker } from './market-events.ts';
import { type BinanceFrame, expectedOf, hasCaptures, nsLines } from './recorded-frames.ts';

interface ExpectedBook {
  readonly depth_gaps: number;
  readonly book: Readonly<Record<string, number>>;
  readonly final_top: {
    readonly u: number;
    readonly bid: string;
    readonly bid_qty: string;
    readonly ask: string;
    readonly ask_qty: string;
  };
  readonly levels: readonly [number, number];
  readonly bookTicker_equal_u: { readonly match: number; readonly mismatch: number };
}

type Rows = readonly (readonly [string, string])[];

const numbers = (rows: Rows) => rows.map(([price, size]) => [Number(price), Number(size)] as const);

function bookEventOf(frame: BinanceFrame, rule: BookRule, make: ReturnType<typeof bookMaker>): Readonly<BookEvent> | undefined {
  if (frame.lastUpdateId !== undefined) {
    const ids = [Number.NaN, frame.lastUpdateId] as const;
    return make({ rule, isSnapshot: true, ids, bids: numbers(frame.bids!), asks: numbers(frame.asks!) });
  }
  const data = frame.data!;
  if (data.e !== 'depthUpdate') return undefined;
  const ids = [Number(data.U), Number(data.u), Number(data.pu)] as const;
  return make({ rule, ids, bids: numbers(data.b as Rows), asks: numbers(data.a as Rows) });
}

function checkCapture(rule: BookRule, expected: ExpectedBook, files: readonly string[]): void {
  const book = new OrderBook();
  const make = bookMaker();
  const comparison = { match: 0, mismatch: 0 };
  let ticker: { readonly u: number; readonly top: string } | undefined;
  const compare = () => {
    const isSame = ticker?.top === [book.bidPrice, book.bidSize, book.askPrice, book.askSize].join();
    comparison[isSame ? 'match' : 'mismatch']++;
  };
  for (const { frame } of nsLines(...files)) {
    if (frame.stream?.endsWith('@bookTicker')) {
      const top = ['b', 'B', 'a', 'A'].map((name) => Number(frame.data![name])).join();
      ticker = { u: Number(frame.data!.u), top };
      // Quotes that come after the book are at the same id are no part of the expected count, but must agree too.
      if (ticker.u === book.updateId) expect(top).toBe([book.bidPrice, book.bidSize, book.askPrice, book.askSize].join());
      continue;
    }
    const event = bookEventOf(frame, rule, make);
    if (event === undefined) continue;
    book.apply(event);
    if (book.updateId === ticker?.u) compare();
  }
  const { u, bid, bid_qty, ask, ask_qty } = expected.final_top;
  expect([book.updateId, book.bidPrice, book.bidSize, book.askPrice, book.askSize]).toEqual([u, bid, bid_qty, ask, ask_qty].map(Number));
  expect([book.droppedCount, book.appliedCount]).toEqual([expected.book['dropped before snapshot'], expected.book.applied]);
  expect([book.levelCount(1), book.levelCount(-1)]).toEqual(expected.levels);
  expect(book.gapCount).toBe(expected.depth_gaps);
  expect(comparison).toEqual(expected.bookTicker_equal_u);
}

test.skipIf(!hasCaptures())('the recorded spot book is rebuilt, and its top equals bookTicker at every equal update id', () => {
  const files = ['binance/spot_btcusdt_20240808.txt.gz', 'binance/spot_btcusdt_20240809.txt.gz'];
  checkCapture('binance-spot', expectedOf('binance').spot_btcusdt as ExpectedBook, files);
});

test.skipIf(!hasCaptures())('the recorded USD-M book is rebuilt, and its top equals bookTicker at every equal update id', () => {
  checkCapture('binance-futures', expectedOf('binance').usdm_btcusdt as ExpectedBook, ['binance/usdm_btcusdt_20240808.txt.gz']);
});

import { describe, expect, test } from 'vitest';
import type { BookRule } from '#domain';
import { OrderBook } from '../../engine/order-book.ts';
import { BOOK_BUFFER_LEVELS_MAX, BOOK_BUFFER_MESSAGES_MAX } from '../../engine/order-book-buffer.ts';
import { checkSeeds } from '../seeds.ts';
import { type BookMessage, bookMaker } from './market-events.ts';

type Level = readonly [price: number, size: number];

/** Feeds messages written as `S 5` (snapshot) or `D 3-5 pu 2` (delta), one level each, and returns what each did. */
function outcomes(book: OrderBook, rule: BookRule, ...messages: readonly string[]): string[] {
  const make = bookMaker();
  return messages.map((text) => {
    const [, kind, first = '', last = '', previous = ''] = /^([SD]) (\d+)(?:-(\d+))?(?: pu (\d+))?$/.exec(text)!;
    if (kind === 'S') return book.apply(make({ rule, isSnapshot: true, ids: [Number.NaN, Number(first)], bids: [[100, 1]] }));
    const ids = [Number(first), Number(last), previous === '' ? Number.NaN : Number(previous)] as const;
    return book.apply(make({ rule, ids, bids: [[100, Number(last)]] }));
  });
}

describe('spot deltas', () => {
  test('wait for the snapshot, and the one that straddles it is applied first', () => {
    const book = new OrderBook();
    expect(outcomes(book, 'binance-spot', 'D 189-202', 'D 203-207', 'D 208-224')).toEqual(['buffered', 'buffered', 'buffered']);
    expect(book.isKnown).toBe(false);
    expect(outcomes(book, 'binance-spot', 'S 218', 'D 225-230')).toEqual(['snapshot', 'applied']);
    expect([book.droppedCount, book.appliedCount, book.updateId]).toEqual([2, 2, 230]);
  });

  test('that the snapshot covers are dropped also when they come after it', () => {
    expect(outcomes(new OrderBook(), 'binance-spot', 'S 10', 'D 8-9', 'D 10-10', 'D 11-12')).toEqual([
      'snapshot',
      'dropped',
      'dropped',
      'applied',
    ]);
  });

  test('that do not follow the last one are a gap, and the next snapshot goes on from them', () => {
    const book = new OrderBook();
    expect(outcomes(book, 'binance-spot', 'S 10', 'D 11-12', 'D 14-15')).toEqual(['snapshot', 'applied', 'gap']);
    expect(book.reason).toBe('update 12 was followed by delta 14 to 15: updates between them are missing');
    expect(book.isKnown).toBe(false);
    expect(outcomes(book, 'binance-spot', 'D 16-17', 'S 14', 'D 18-19')).toEqual(['buffered', 'snapshot', 'applied']);
    expect([book.updateId, book.bidSize, book.gapCount]).toEqual([19, 19, 1]);
  });

  test('that start after the snapshot are a gap, and are kept for a newer one', () => {
    const book = new OrderBook();
    expect(outcomes(book, 'binance-spot', 'D 20-22', 'D 23-25', 'S 18')).toEqual(['buffered', 'buffered', 'gap']);
    expect(book.reason).toBe('snapshot 18 is older than the first buffered delta 20 to 22');
    expect(book.isKnown).toBe(false);
    expect(outcomes(book, 'binance-spot', 'S 19')).toEqual(['snapshot']);
    expect(book.updateId).toBe(25);
  });

  test('with a hole among them before the snapshot start the buffer anew', () => {
    const book = new OrderBook();
    expect(outcomes(book, 'binance-spot', 'D 1-2', 'D 5-6', 'S 2', 'S 5')).toEqual(['buffered', 'gap', 'gap', 'snapshot']);
    expect(book.updateId).toBe(6);
  });
});

describe('futures deltas', () => {
  test('join where U <= snapshot <= u, and then by pu', () => {
    const book = new OrderBook();
    const done = outcomes(
      book,
      'binance-futures',
      'D 10-12 pu 9',
      'D 15-20 pu 12',
      'D 25-30 pu 20',
      'S 20',
      'D 31-33 pu 30',
      'D 40-41 pu 39',
    );
    expect(done).toEqual(['buffered', 'buffered', 'buffered', 'snapshot', 'applied', 'gap']);
    expect([book.droppedCount, book.appliedCount, book.gapCount]).toEqual([1, 3, 1]);
  });

  test('that only follow the snapshot do not join it', () => {
    expect(outcomes(new OrderBook(), 'binance-futures', 'S 20', 'D 21-25 pu 20')).toEqual(['snapshot', 'gap']);
  });
});

test('a snapshot that is not newer than the book is dropped by name; a newer one replaces it', () => {
  const book = new OrderBook();
  expect(outcomes(book, 'binance-spot', 'S 10', 'D 11-12', 'S 11')).toEqual(['snapshot', 'applied', 'dropped']);
  expect(book.reason).toBe('snapshot 11 is not newer than the book, which is at update 12');
  expect(outcomes(book, 'binance-spot', 'S 15', 'D 13-14', 'D 15-16')).toEqual(['snapshot', 'dropped', 'applied']);
});

test('a buffer that is full starts anew and says so', () => {
  const book = new OrderBook();
  const make = bookMaker();
  const delta = (id: number, bids: readonly Level[] = []) => book.apply(make({ rule: 'binance-spot', ids: [id, id], bids }));
  for (let id = 1; id <= BOOK_BUFFER_MESSAGES_MAX; id++) expect(delta(id)).toBe('buffered');
  expect(delta(BOOK_BUFFER_MESSAGES_MAX + 1)).toBe('gap');
  expect(book.reason).toContain('the buffer was full');
  const many = Array.from({ length: BOOK_BUFFER_LEVELS_MAX / 2 }, (_, level): Level => [level, 1]);
  expect(delta(BOOK_BUFFER_MESSAGES_MAX + 2, many)).toBe('buffered');
  expect(delta(BOOK_BUFFER_MESSAGES_MAX + 3, many)).toBe('buffered');
  expect(delta(BOOK_BUFFER_MESSAGES_MAX + 4, many)).toBe('gap');
});

test('an unknown book shows nothing, and is known again after the next snapshot', () => {
  const book = new OrderBook();
  const make = bookMaker();
  book.apply(make({ isSnapshot: true, bids: [[99, 2]], asks: [[101, 3]] }));
  expect([book.isKnown, book.bidPrice, book.askPrice, book.midPrice]).toEqual([true, 99, 101, 100]);
  book.invalidate('connection lost');
  expect([book.isKnown, book.bidPrice, book.askSize, book.midPrice]).toEqual([false, Number.NaN, Number.NaN, Number.NaN]);
  expect([book.levelCount(1), book.depth(1, 5), book.sizeAt(1, 99), book.reason]).toEqual([0, 0, 0, 'connection lost']);
  book.apply(make({ isSnapshot: true, bids: [[98, 2]] }));
  expect([book.isKnown, book.bidPrice, book.askPrice, book.midPrice]).toEqual([true, 98, Number.NaN, Number.NaN]);
});

test('depth adds the sizes of the best levels exactly', () => {
  const book = new OrderBook();
  book.apply(
    bookMaker()({
      isSnapshot: true,
      asks: [
        [103, 100],
        [101, 0.1],
        [102, 0.2],
      ],
    }),
  );
  expect(book.depth(-1, 2)).toBe(0.3);
  expect(book.depth(-1, 9)).toBe(100.3);
  expect(book.depth(1, 9)).toBe(0);
});

test('a book with crossed sides keeps both as they were told', () => {
  const book = new OrderBook();
  book.apply(bookMaker()({ isSnapshot: true, bids: [[102, 1]], asks: [[101, 1]] }));
  expect([book.bidPrice, book.askPrice]).toEqual([102, 101]);
});

/** One side as a plain sorted array: the simplest book that can be right. */
class SortedSide {
  readonly levels: Level[] = [];
  readonly #side: 1 | -1;

  constructor(side: 1 | -1) {
    this.#side = side;
  }

  set(price: number, size: number): void {
    const rank = (level: Level | undefined) => (level === undefined ? Number.POSITIVE_INFINITY : -this.#side * level[0]);
    let index = 0;
    while (rank(this.levels[index]) < -this.#side * price) index++;
    const isThere = this.levels[index]?.[0] === price;
    if (size > 0) this.levels.splice(index, isThere ? 1 : 0, [price, size]);
    else if (isThere) this.levels.splice(index, 1);
  }
}

function checkSide(book: OrderBook, side: 1 | -1, levels: readonly Level[]): void {
  let index = 0;
  book.walk(side, (price, size) => {
    if (price !== levels[index]?.[0] || size !== levels[index]?.[1]) expect([price, size]).toEqual(levels[index]);
    index++;
    return true;
  });
  expect([index, book.levelCount(side)]).toEqual([levels.length, levels.length]);
  expect(side === 1 ? book.bidPrice : book.askPrice).toBe(levels[0]?.[0] ?? Number.NaN);
}

test('a book equals a sorted array after each of 12,000 messages', () => {
  checkSeeds(6, (random) => {
    const book = new OrderBook();
    const make = bookMaker();
    let sides = [new SortedSide(1), new SortedSide(-1)] as const;
    let middle = random.integer(10_000, 7_000_000);
    const level = (side: number, isSnapshot: boolean): Level => {
      const distance = Math.floor(random.pick([10, 300, 300, 20_000]) * random.fraction() * random.fraction());
      const ticks = Math.max(0, middle - side * distance);
      return [ticks / 100, !isSnapshot && random.chance(0.45) ? 0 : random.integer(1, 1e6) / 1e5];
    };
    for (let id = 1; id <= 2_000; id++) {
      if (random.chance(0.02)) middle += random.integer(-200, 200);
      if (random.chance(0.001)) middle = random.integer(10_000, 7_000_000);
      const isSnapshot = id === 1 || random.chance(0.002);
      const count = isSnapshot ? 400 : random.integer(0, 30);
      const rows = (side: number) => Array.from({ length: count }, () => level(side, isSnapshot));
      const [bids, asks] = [rows(1), rows(-1)];
      const event: BookMessage = { rule: 'binance-spot', isSnapshot, ids: [id, id], bids, asks };
      expect(book.apply(make(event))).toBe(isSnapshot ? 'snapshot' : 'applied');
      if (isSnapshot) sides = [new SortedSide(1), new SortedSide(-1)];
      for (const [price, size] of bids) sides[0].set(price, size);
      for (const [price, size] of asks) sides[1].set(price, size);
      checkSide(book, 1, sides[0].levels);
      checkSide(book, -1, sides[1].levels);
    }
  });
});

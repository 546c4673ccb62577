import { describe, expect, test } from 'vitest';
import { type BookEvent, MARKET_EVENT_KINDS, type MarketEvent } from '../../domain/event.ts';
import { BOOK_LEVELS_MAX, type EventListener, EventRegister } from '../../domain/event-register.ts';

/** Keeps copies of everything it is told; the register reuses its objects. */
class Listener implements EventListener {
  readonly events: MarketEvent[] = [];
  readonly objects: MarketEvent[] = [];
  readonly lines: string[] = [];

  onEvent(event: MarketEvent): void {
    this.objects.push(event);
    this.events.push(structuredClone(event));
  }
  onDecodeFailure(channel: string, reason: string): void {
    this.lines.push(`failure ${channel}: ${reason}`);
  }
  onUndecoded(channel: string): void {
    this.lines.push(`undecoded ${channel}`);
  }
  onDrift(channel: string, detail: string): void {
    this.lines.push(`drift ${channel}: ${detail}`);
  }
}

function listening(): { readonly listener: Listener; readonly register: EventRegister } {
  const listener = new Listener();
  return { listener, register: new EventRegister(listener) };
}

function sayEverything(register: EventRegister): void {
  register.trade(1, 2, 3, 4, -1, 'id', 5, 'auction');
  register.quote(1, 2, 3, 4, 5, 6, 7);
  register.bookBegin(1, 2, true, 'binance-futures', 3, 4, 5);
  register.bookLevel(1, 10, 11, 12, 13);
  register.bookTotals(1, 2, 3, 4, 5, 6, 7, 8);
  register.bookEnd();
  register.bar(1, 60, 2, 3, 4, 5, 6, 7, 8, 9, true, true);
  register.optionQuote(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
  register.auction(1, 2, 3, 4);
  register.status(1, 2, 'halt', true, 'H', 3);
  register.readingBegin(1, 2, 'index');
  register.readingValue('level', 3);
  register.readingEnd();
  register.noticeBegin('fill', 1, 2);
  register.noticeField('price', '3');
  register.noticeEnd();
  register.feedLost('kis', 'ws-1', 'closed');
  register.feedBack('kis', 'ws-1');
}

describe('every call becomes one event with the same values', () => {
  const { listener, register } = listening();
  sayEverything(register);
  const said = new Map(listener.events.map((event) => [event.kind, event]));

  test('of each kind there is one', () => {
    expect(listener.events.map(({ kind }) => kind)).toEqual(MARKET_EVENT_KINDS);
    expect(listener.lines).toEqual([]);
  });

  test.each([
    { kind: 'trade', symbol: 1, venueTimeUs: 2, price: 3, size: 4, side: -1, tradeId: 'id', cumulativeVolume: 5, condition: 'auction' },
    { kind: 'quote', symbol: 1, venueTimeUs: 2, bidPrice: 3, bidSize: 4, askPrice: 5, askSize: 6, updateId: 7 },
    {
      kind: 'bar',
      symbol: 1,
      intervalUs: 60,
      openTimeUs: 2,
      open: 3,
      high: 4,
      low: 5,
      close: 6,
      volume: 7,
      value: 8,
      trades: 9,
      isFinal: true,
      isHistory: true,
    },
    {
      kind: 'option-quote',
      symbol: 1,
      venueTimeUs: 2,
      impliedVolatility: 3,
      bidImpliedVolatility: 4,
      askImpliedVolatility: 5,
      delta: 6,
      gamma: 7,
      theta: 8,
      vega: 9,
      rho: 10,
      markPrice: 11,
      underlyingPrice: 12,
      openInterest: 13,
      bidPrice: 14,
      bidSize: 15,
      askPrice: 16,
      askSize: 17,
    },
    { kind: 'auction', symbol: 1, venueTimeUs: 2, expectedPrice: 3, expectedSize: 4 },
    { kind: 'status', symbol: 1, venueTimeUs: 2, status: 'halt', isRestricted: true, code: 'H', price: 3 },
    { kind: 'reading', symbol: 1, venueTimeUs: 2, channel: 'index', names: ['level'], values: [3] },
    { kind: 'notice', notice: 'fill', symbol: 1, venueTimeUs: 2, names: ['price'], texts: ['3'] },
    { kind: 'feed-lost', venue: 'kis', connection: 'ws-1', reason: 'closed' },
    { kind: 'feed-back', venue: 'kis', connection: 'ws-1', reason: '' },
  ] as const)('$kind', (event) => {
    expect(said.get(event.kind)).toEqual(event);
  });

  test('book', () => {
    const { levels, ...book } = said.get('book') as BookEvent;
    expect(book).toEqual({
      kind: 'book',
      symbol: 1,
      venueTimeUs: 2,
      isSnapshot: true,
      rule: 'binance-futures',
      firstUpdateId: 3,
      lastUpdateId: 4,
      previousUpdateId: 5,
      totals: {
        bidSize: 1,
        askSize: 2,
        bidOrders: 3,
        askOrders: 4,
        bidSizeChange: 5,
        askSizeChange: 6,
        bidOrdersChange: 7,
        askOrdersChange: 8,
      },
    });
    expect([levels.count, levels.side[0], levels.price[0], levels.size[0], levels.orders[0], levels.change[0]]).toEqual([
      1, 1, 10, 11, 12, 13,
    ]);
  });
});

test('the objects are the same ones every time: nothing is allocated per event', () => {
  const { listener, register } = listening();
  sayEverything(register);
  const first = [...listener.objects];
  listener.objects.length = 0;
  sayEverything(register);
  for (const [i, object] of listener.objects.entries()) expect(object).toBe(first[i]);
});

test('nothing of an earlier event shows in the next', () => {
  const { listener, register } = listening();
  sayEverything(register);
  listener.events.length = 0;
  register.bookBegin(1, 2, false, 'replace', Number.NaN, 4, Number.NaN);
  register.bookEnd();
  register.readingBegin(1, 2, 'index');
  register.readingEnd();
  register.noticeBegin('order', 1, 2);
  register.noticeEnd();
  const [book, reading, notice] = listener.events;
  expect(book).toMatchObject({ levels: { count: 0 }, totals: { bidSize: Number.NaN, askOrdersChange: Number.NaN } });
  expect(reading).toMatchObject({ names: [], values: [] });
  expect(notice).toMatchObject({ names: [], texts: [] });
});

test('a reading or notice is as long as what it was told, after a longer one and after one that was dropped', () => {
  const { listener, register } = listening();
  const say = (fields: readonly string[]): void => {
    register.readingBegin(1, 2, 'index');
    for (const [value, name] of fields.entries()) register.readingValue(name, value);
    register.readingEnd();
    register.noticeBegin('order', 1, 2);
    for (const name of fields) register.noticeField(name, `text of ${name}`);
    register.noticeEnd();
  };
  say(['a', 'b', 'c']);
  say(['d']);
  register.readingBegin(1, 2, 'dropped');
  for (const name of ['v', 'w', 'x', 'y']) register.readingValue(name, 9);
  register.noticeBegin('order', 1, 2);
  register.noticeField('v', 'dropped');
  register.noticeField('w', 'dropped');
  say(['e', 'f']);
  const said = listener.events.map((event) =>
    event.kind === 'reading' ? [event.names, event.values] : event.kind === 'notice' ? [event.names, event.texts] : [],
  );
  expect(said).toEqual(
    [['a', 'b', 'c'], ['d'], ['e', 'f']].flatMap((names) => [
      [names, names.map((_, index) => index)],
      [names, names.map((name) => `text of ${name}`)],
    ]),
  );
});

test('a group that was begun and not ended is dropped', () => {
  const { listener, register } = listening();
  register.bookBegin(1, 2, false, 'replace', 3, 4, 5);
  register.bookLevel(1, 10, 11, 12, 13);
  register.decodeFailure('depth', 'expected a price');
  register.bookBegin(2, 2, false, 'replace', 3, 4, 5);
  register.bookEnd();
  expect(listener.lines).toEqual(['failure depth: expected a price']);
  expect(listener.events).toHaveLength(1);
  expect(listener.events[0]).toMatchObject({ symbol: 2, levels: { count: 0 } });
});

test('a book grows to the levels it gets and keeps them all', () => {
  const { listener, register } = listening();
  register.bookBegin(1, 2, true, 'replace', 3, 4, 5);
  for (let i = 0; i < 5000; i++) register.bookLevel(i % 2 === 0 ? 1 : -1, i, i * 2, i * 3, i * 4);
  register.bookEnd();
  const { levels } = listener.events[0] as BookEvent;
  expect(levels.count).toBe(5000);
  for (let i = 0; i < 5000; i++) {
    const row = [levels.side[i], levels.price[i], levels.size[i], levels.orders[i], levels.change[i]];
    if (row.join() !== [i % 2 === 0 ? 1 : -1, i, i * 2, i * 3, i * 4].join()) expect.fail(`level ${i} is ${row.join()}`);
  }
});

test('a book with more levels than the limit is a failure, and the next one is read again', () => {
  const { listener, register } = listening();
  register.bookBegin(1, 2, true, 'replace', 3, 4, 5);
  for (let i = 0; i <= BOOK_LEVELS_MAX; i++) register.bookLevel(1, i, 1, 1, 1);
  register.bookEnd();
  expect(listener.events).toEqual([]);
  expect(listener.lines).toEqual([`failure book: a book message has more than ${BOOK_LEVELS_MAX} levels`]);
  register.bookBegin(1, 2, true, 'replace', 3, 4, 5);
  register.bookEnd();
  expect(listener.events).toHaveLength(1);
});

test('failures, unread channels and drift go to their own ears', () => {
  const { listener, register } = listening();
  register.decodeFailure('trade', 'expected a price, found "x"');
  register.undecoded('kline');
  register.drift('trade', 'unknown field "z"');
  expect(listener.lines).toEqual(['failure trade: expected a price, found "x"', 'undecoded kline', 'drift trade: unknown field "z"']);
  expect(listener.events).toEqual([]);
});

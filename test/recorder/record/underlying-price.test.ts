import { expect, test } from 'vitest';
import { EventRegister } from '../../../domain/event-register.ts';
import type { EventSink } from '../../../domain/event-sink.ts';
import { moneyOfEvent } from '../../../recorder/record/underlying-price.ts';

const NONE = Number.NaN;

/** The money of what is said to the sink, one after the other. */
function moneyOf(say: (sink: EventSink) => void): readonly number[] {
  const money: number[] = [];
  const ignore = () => undefined;
  say(
    new EventRegister({
      onEvent: (event) => void money.push(moneyOfEvent(event, 'price')),
      onDecodeFailure: ignore,
      onUndecoded: ignore,
      onDrift: ignore,
    }),
  );
  return money;
}

test('a trade of the market tells the money, one off the book does not', () => {
  expect(
    moneyOf((sink) => {
      sink.trade(0, NONE, 100, 1, 1, '', NONE, 'regular');
      sink.trade(0, NONE, 120, 1, 1, '', NONE, 'off-book');
    }),
  ).toEqual([100, NONE]);
});

test('a quote tells its middle, unless it is one-sided, crossed or wide', () => {
  const quotes: readonly [number, number][] = [
    [99.9, 100.1],
    [NONE, 100],
    [101, 100],
    [90, 110],
  ];
  expect(moneyOf((sink) => quotes.forEach(([bid, ask]) => void sink.quote(0, NONE, bid, 1, ask, 1, NONE)))).toEqual([
    100,
    NONE,
    NONE,
    NONE,
  ]);
});

test('a book tells the middle of its best levels, in whatever order they come', () => {
  const book = (isSnapshot: boolean) =>
    moneyOf((sink) => {
      sink.bookBegin(0, NONE, isSnapshot, 'replace', NONE, NONE, NONE);
      for (const [side, price, size] of [
        [1, 99, 5],
        [1, 99.9, 5],
        [-1, 101, 5],
        [-1, 100.1, 5],
        [-1, 100, 0],
      ] as const)
        sink.bookLevel(side, price, size, NONE, NONE);
      sink.bookEnd();
    });
  expect(book(true)).toEqual([100]);
  expect(book(false)).toEqual([NONE]);
});

test('a reading tells only the number that is its price, an option the price of its underlying', () => {
  expect(
    moneyOf((sink) => {
      sink.readingBegin(0, NONE, 'x');
      sink.readingValue('index_price', 95);
      sink.readingValue('price', 100);
      sink.readingEnd();
      sink.readingBegin(0, NONE, 'x');
      sink.readingValue('index_price', 95);
      sink.readingEnd();
      sink.optionQuote(0, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 3, 101, NONE, NONE, NONE, NONE, NONE);
      sink.auction(0, NONE, 90, 1);
    }),
  ).toEqual([100, NONE, 101, NONE]);
});

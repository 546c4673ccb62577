import { expect, test } from 'vitest';
import { BOOK_IMBALANCE } from '../../strategies/book-imbalance.ts';
import { parametersOf, StrategyDesk } from './strategy-desk.ts';

test('enters above 0.6 and exits below 0.4, not at them', () => {
  const desk = new StrategyDesk(BOOK_IMBALANCE, { size: 2 });
  desk.book(6, 4);
  expect(desk.take()).toEqual([]);
  desk.book(6.1, 3.9);
  expect(desk.take()).toEqual(['buy 2 imbalance-entry']);
  desk.book(9, 1);
  desk.book(4, 6);
  expect(desk.take()).toEqual([]);
  desk.book(3.9, 6.1);
  expect(desk.take()).toEqual(['sell 2 reduce imbalance-exit']);
  expect(desk.held).toBe(0);
});

test('closes exactly what it holds', () => {
  const desk = new StrategyDesk(BOOK_IMBALANCE, { size: 2 });
  desk.held = 0.7;
  desk.book(1, 9);
  expect(desk.take()).toEqual(['sell 0.7 reduce imbalance-exit']);
});

test('waits out the cool-down and orders that are open', () => {
  const desk = new StrategyDesk(BOOK_IMBALANCE, { cooldownMs: 500 });
  desk.book(9, 1);
  expect(desk.take()).toHaveLength(1);
  desk.book(1, 9, 499_999);
  expect(desk.take()).toEqual([]);
  desk.book(1, 9, 1);
  expect(desk.take()).toHaveLength(1);
  desk.fillsAtOnce = false;
  desk.book(9, 1);
  expect(desk.intents).toHaveLength(1);
  desk.book(9, 1);
  expect(desk.intents).toHaveLength(1);
});

test('an unknown or empty book says nothing', () => {
  const desk = new StrategyDesk(BOOK_IMBALANCE);
  desk.book(0, 0);
  desk.isBookKnown = false;
  desk.book(9, 1);
  expect(desk.take()).toEqual([]);
});

test.each([
  [{ levels: 0 }, 'levels is 0'],
  [{ levels: 2.5 }, 'levels is 2.5'],
  [{ entry: 0.4 }, 'exit is 0.4 and must be below entry, which is 0.4'],
  [{ size: 0 }, 'size is 0'],
])('%j is refused', (parameters, message) => {
  expect(() => BOOK_IMBALANCE.create(parametersOf(BOOK_IMBALANCE, parameters))).toThrow(message);
});

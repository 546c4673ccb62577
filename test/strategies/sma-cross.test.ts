import { expect, test } from 'vitest';
import { SMA_CROSS } from '../../strategies/sma-cross.ts';
import { parametersOf, StrategyDesk } from './strategy-desk.ts';

const SHORT_AVERAGES = { fast: 1, slow: 2, size: 3 };

test('buys at the cross above and closes at the cross below', () => {
  const desk = new StrategyDesk(SMA_CROSS, SHORT_AVERAGES);
  for (const close of [10, 9, 8]) desk.close(close);
  expect(desk.take()).toEqual([]);
  desk.close(9);
  expect(desk.take()).toEqual(['buy 3 cross-above']);
  desk.close(10);
  expect(desk.take()).toEqual([]);
  desk.close(9);
  expect(desk.take()).toEqual(['sell 3 reduce cross-below']);
});

test('turns short as two orders when shorts are allowed', () => {
  const desk = new StrategyDesk(SMA_CROSS, { ...SHORT_AVERAGES, direction: 'long-short' });
  for (const close of [10, 9, 10]) desk.close(close);
  expect(desk.take()).toEqual(['buy 3 cross-above']);
  desk.held = 3;
  desk.fillsAtOnce = false;
  desk.close(9);
  expect(desk.take()).toEqual(['sell 3 reduce cross-below', 'sell 3 cross-below']);
});

test('the first average is no cross, and equal averages are none', () => {
  const desk = new StrategyDesk(SMA_CROSS, SHORT_AVERAGES);
  for (const close of [10, 11, 11, 12]) desk.close(close);
  expect(desk.take()).toEqual([]);
});

test('compares the means of the last candles', () => {
  const desk = new StrategyDesk(SMA_CROSS, { fast: 2, slow: 4, size: 1 });
  // Means of two and four: 6.5 and 7.5, 7.5 and 7.5 (no cross yet), 9 and 7.75.
  for (const close of [9, 8, 7, 6, 9]) desk.close(close);
  expect(desk.take()).toEqual([]);
  desk.close(9);
  expect(desk.take()).toEqual(['buy 1 cross-above']);
});

test('a cross takes back the orders that still wait', () => {
  const desk = new StrategyDesk(SMA_CROSS, SHORT_AVERAGES);
  desk.fillsAtOnce = false;
  for (const close of [10, 9, 10]) desk.close(close);
  desk.close(9);
  expect(desk.cancelled).toEqual([1]);
});

test('looks only at its own interval', () => {
  const desk = new StrategyDesk(SMA_CROSS, SHORT_AVERAGES);
  for (const close of [10, 9, 10, 9]) desk.close(close, '1s');
  expect(desk.take()).toEqual([]);
});

test.each([
  [{ fast: 20 }, 'fast is 20 and must be below slow, which is 20'],
  [{ fast: 1.5 }, 'fast is 1.5 and must be a whole number above 0'],
  [{ size: 0 }, 'size is 0 and must be above 0'],
])('%j is refused', (parameters, message) => {
  expect(() => SMA_CROSS.create(parametersOf(SMA_CROSS, parameters))).toThrow(message);
});

test('an interval may be written in another way than candles write it', () => {
  const desk = new StrategyDesk(SMA_CROSS, { ...SHORT_AVERAGES, interval: '60s' });
  for (const close of [10, 9, 10]) desk.close(close);
  expect(desk.take()).toEqual(['buy 3 cross-above']);
});

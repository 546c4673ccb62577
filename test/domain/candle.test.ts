import { expect, test } from 'vitest';
import { formatCandleInterval, parseCandleInterval } from '../../domain/candle.ts';
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from '../../domain/time.ts';

test('an interval is time, trades, volume or value, by its letter', () => {
  expect(['1s', '5m', '1h', '1d', '7d'].map(parseCandleInterval)).toEqual(
    [SECOND_US, 5 * MINUTE_US, HOUR_US, DAY_US, 7 * DAY_US].map((intervalUs) => ({ kind: 'time', intervalUs })),
  );
  expect(parseCandleInterval('100t')).toEqual({ kind: 'tick', trades: 100 });
  expect(parseCandleInterval('50v')).toEqual({ kind: 'volume', volume: 50 });
  expect(parseCandleInterval('0.5v')).toEqual({ kind: 'volume', volume: 0.5 });
  expect(parseCandleInterval('1000000q')).toEqual({ kind: 'value', value: 1_000_000 });
});

test('the same interval has one text', () => {
  const texts = ['60s', '1m', '3600s', '24h', '1000ms', '100t', '2.5v', '10q'];
  expect(texts.map((text) => formatCandleInterval(parseCandleInterval(text)))).toEqual([
    '1m',
    '1m',
    '1h',
    '1d',
    '1s',
    '100t',
    '2.5v',
    '10q',
  ]);
});

test.each(['7m', '0', '0s', '7h', '36h', '1.5t', '0t', '0v', '0q', '-1m', 'm', '', '5x', '100T'])(
  '"%s" is refused with exit code 2',
  (text) => {
    expect(() => parseCandleInterval(text)).toThrow(expect.objectContaining({ name: 'TapedeckError', exitCode: 2 }));
  },
);

test('buckets must start at the same times each day', () => {
  expect(() => parseCandleInterval('7m')).toThrow('must divide a day');
});

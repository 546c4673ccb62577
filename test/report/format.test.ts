import { expect, test } from 'vitest';
import { amount, count, duration, instant, money, percent, ratio, sparkline } from '../../report/format.ts';
import { curve } from './run-summaries.ts';

test('money has its sign, its groups and the decimals of its currency', () => {
  expect(money(1_234_567_500_000, 'USDT')).toBe('+1,234,567.5 USDT');
  expect(money(-1_000_000, 'KRW')).toBe('-1,000,000 KRW');
  expect(money(0, 'KRW')).toBe('0 KRW');
  expect(money(-0.4, 'KRW')).toBe('0 KRW');
  expect(money(0.4, 'KRW')).toBe('0 KRW');
  expect(amount(1_500_000, 'USDT')).toBe('1.5 USDT');
});

test('durations name their two or three largest units', () => {
  expect([0, 1_500_000, 60_000_000, 3_725_000_000, 90_000_000_000, 86_400_000_000].map(duration)).toEqual([
    '0.0 s',
    '1.5 s',
    '1 min',
    '1 h 2 min 5 s',
    '1 d 1 h',
    '1 d',
  ]);
  expect(duration(59_990_000)).toBe('1 min');
});

test('counts, shares, ratios and instants are what a person reads', () => {
  expect([0, 999, 1000, 1_234_567].map(count)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([0, 0.12345, -1, 2].map(percent)).toEqual(['0.00 %', '12.35 %', '-100.00 %', '200.00 %']);
  expect([1.005, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(ratio)).toEqual(['1.00', '∞ (no losers)', 'n/a']);
  expect(instant(1_723_161_253_937_085)).toBe('2024-08-08 23:54:13');
});

test('what is not known is n/a', () => {
  const texts = [
    money(Number.NaN, 'KRW'),
    amount(Number.NaN, 'KRW'),
    ...[count, percent, ratio, duration, instant].map((format) => format(Number.NaN)),
  ];
  expect(texts).toEqual(Array.from({ length: 7 }, () => 'n/a'));
});

test('a sparkline has at most its width, and both ends of the curve', () => {
  expect(sparkline(curve(0, 1, 2, 3, 4, 5, 6, 7), 8)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline(curve(...Array.from({ length: 1000 }, (_, i) => i)), 5)).toBe('▁▃▅▆█');
  expect(sparkline(curve(5, 5, 5), 8)).toBe('▁▁▁');
  expect(sparkline(curve(5), 8)).toBe('');
});

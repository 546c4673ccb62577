import { describe, expect, test } from 'vitest';
import { bookAmount, formatMoney, type MoneyRounding, majorUnits, minorDecimals, rescale } from '../../domain/money.ts';
import { checkSeeds } from '../seeds.ts';

const ROUNDINGS: readonly MoneyRounding[] = ['half-even', 'against-us', 'in-our-favour'];

test('each currency has its minor unit; an unknown one books millionths', () => {
  expect(['KRW', 'USDT', 'BTC', 'XYZ'].map(minorDecimals)).toEqual([0, 6, 8, 6]);
});

describe('booking an amount', () => {
  test('multiplies the decimals as printed, not their doubles', () => {
    // 0.1 × 0.2 is 0.020000000000000004 in doubles.
    expect(bookAmount([0.1, 0.2], 'USDT', 'in-our-favour')).toBe(20_000);
    expect(bookAmount([60_000.01, 0.00001], 'USDT', 'half-even')).toBe(600_000);
    expect(bookAmount([71_300, 10, 1], 'KRW', 'half-even')).toBe(713_000);
  });

  test.each([
    ['half-even', [0.5, 1.5, 2.5, -0.5, -1.5, 0.51, -0.51], [0, 2, 2, 0, -2, 1, -1]],
    ['against-us', [0.5, 1.5, 2.5, -0.5, -1.5, 0.99, -0.01], [0, 1, 2, -1, -2, 0, -1]],
    ['in-our-favour', [0.5, 1.5, 2.5, -0.5, -1.5, 0.01, -0.99], [1, 2, 3, 0, -1, 1, 0]],
  ] as const)('rounds %s between two units', (rounding, amounts, booked) => {
    expect(amounts.map((amount) => bookAmount([amount], 'KRW', rounding) + 0)).toEqual(booked);
  });

  test('never rounds what is whole', () => {
    for (const rounding of ROUNDINGS) expect(bookAmount([12, -3], 'KRW', rounding)).toBe(-36);
  });

  test('stops at numbers that are none and at amounts outside the exact range', () => {
    expect(() => bookAmount([Number.NaN, 1], 'KRW', 'half-even')).toThrow('finite');
    expect(() => bookAmount([Number.POSITIVE_INFINITY], 'KRW', 'half-even')).toThrow('finite');
    expect(() => bookAmount([1e10, 1e10], 'USDT', 'half-even')).toThrow('exact range');
  });

  test('rounding against us and in our favour enclose the exact amount, less than one unit apart', () => {
    checkSeeds(500, (random) => {
      const price = random.integer(-1_000_000, 1_000_000) / 100;
      const size = random.integer(0, 1_000_000) / 100_000;
      const [even, low, high] = ROUNDINGS.map((rounding) => bookAmount([price, size], 'KRW', rounding));
      const exact = BigInt(Math.round(price * 100)) * BigInt(Math.round(size * 100_000));
      expect(BigInt(low!) * 10_000_000n <= exact && exact <= BigInt(high!) * 10_000_000n).toBe(true);
      expect(high! - low!).toBe(exact % 10_000_000n === 0n ? 0 : 1);
      expect(even === low || even === high).toBe(true);
    });
  });
});

test('more decimals lose nothing, and fewer are rounded by name', () => {
  expect(rescale(125n, 1, 3, 'half-even')).toBe(12_500n);
  expect(rescale(12_500n, 3, 1, 'against-us')).toBe(125n);
  expect(rescale(-12_501n, 3, 1, 'against-us')).toBe(-126n);
  expect(rescale(-12_501n, 3, 1, 'in-our-favour')).toBe(-125n);
  expect(rescale(35n, 1, 0, 'half-even')).toBe(4n);
  expect(rescale(-25n, 1, 0, 'half-even')).toBe(-2n);
});

test('minor units print as exact decimals of the currency', () => {
  expect(formatMoney(1_500_000, 'USDT')).toBe('1.5');
  expect(formatMoney(-1, 'USDT')).toBe('-0.000001');
  expect(formatMoney(713_000, 'KRW')).toBe('713000');
  expect(majorUnits(-2_250_000, 'USDT')).toBe(-2.25);
});

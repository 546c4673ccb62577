import { describe, expect, test } from 'vitest';
import { decimalsOf, formatUnits, parseDecimal, plainDecimal, powerOfTen, unitsOf } from '../../domain/decimal.ts';
import { checkSeeds, type Random } from '../seeds.ts';

/** A price or size as a venue prints it: up to 15 significant digits, so that the double stands for that text alone. */
function printed(random: Random): { readonly text: string; readonly units: number; readonly decimals: number } {
  const decimals = random.integer(0, 8);
  const units = random.integer(1, 10_000_000) * random.pick([1, 1, 10, 12_345]);
  return { text: formatUnits(BigInt(units), decimals), units, decimals };
}

test('powers of ten are exact up to 22', () => {
  for (let exponent = 0; exponent <= 22; exponent++) expect(BigInt(powerOfTen(exponent))).toBe(10n ** BigInt(exponent));
  expect(() => powerOfTen(23)).toThrow('0 to 22');
  expect(() => powerOfTen(-1)).toThrow('0 to 22');
});

describe('units of a double', () => {
  test('are the whole number whose decimal reads as that double', () => {
    expect(unitsOf(0.07, 2)).toBe(7);
    expect(unitsOf(1.005, 3)).toBe(1005);
    expect(unitsOf(-12.5, 1)).toBe(-125);
    expect(unitsOf(60_000.01, 2)).toBe(6_000_001);
  });

  test('do not exist when the decimals are too few or the number too large', () => {
    expect(unitsOf(0.07, 1)).toBeNaN();
    expect(unitsOf(0.1 + 0.2, 1)).toBeNaN();
    expect(unitsOf(1e16, 0)).toBeNaN();
    expect(unitsOf(-1e16, 0)).toBeNaN();
    expect(unitsOf(Number.POSITIVE_INFINITY, 0)).toBeNaN();
    expect(unitsOf(Number.NaN, 0)).toBeNaN();
  });

  test('are found for every number a venue prints', () => {
    checkSeeds(1000, (random) => {
      const { text, units, decimals } = printed(random);
      expect(unitsOf(Number(text), decimals)).toBe(units);
    });
  });
});

test('decimals are those of the shortest text that reads as the number', () => {
  expect([0, 100, 0.25, 0.1 + 0.2, 1e-7, 1.5e-10, 1e21, -0.5].map(decimalsOf)).toEqual([0, 0, 2, 17, 7, 11, 0, 1]);
  checkSeeds(1000, (random) => {
    const { text } = printed(random);
    expect(decimalsOf(Number(text))).toBe(text.split('.')[1]?.length ?? 0);
  });
});

test('units are printed in their shortest form', () => {
  expect(formatUnits(1250n, 2)).toBe('12.5');
  expect(formatUnits(-5n, 3)).toBe('-0.005');
  expect(formatUnits(0n, 4)).toBe('0');
  expect(formatUnits(700n, 2)).toBe('7');
  expect(formatUnits(123n, 0)).toBe('123');
});

test('a plain decimal has no exponent and reads back as the same double', () => {
  expect([1e-7, 1.25e-9, 1e21, 1.5e22, -2e-8, 0.5, -0].map(plainDecimal)).toEqual([
    '0.0000001',
    '0.00000000125',
    '1000000000000000000000',
    '15000000000000000000000',
    '-0.00000002',
    '0.5',
    '0',
  ]);
  checkSeeds(1000, (random) => {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setBigUint64(0, random.uint64());
    const value = bits.getFloat64(0);
    if (!Number.isFinite(value)) return;
    const text = plainDecimal(value);
    expect(text).toMatch(/^-?\d+(?:\.\d+)?$/);
    expect(Number(text)).toBe(value === 0 ? 0 : value);
  });
});

test('a decimal text is read exactly, whatever its length', () => {
  expect(parseDecimal('-12.50')).toEqual({ units: -125n, decimals: 1 });
  expect(parseDecimal('+7')).toEqual({ units: 7n, decimals: 0 });
  expect(parseDecimal('.5')).toEqual({ units: 5n, decimals: 1 });
  expect(parseDecimal('5.')).toEqual({ units: 5n, decimals: 0 });
  expect(parseDecimal('0.000')).toEqual({ units: 0n, decimals: 0 });
  expect(parseDecimal('123456789012345678901234567890.000000000000000001')).toEqual({
    units: 123_456_789_012_345_678_901_234_567_890_000_000_000_000_000_001n,
    decimals: 18,
  });
});

test.each(['', '.', '-', '1e5', '1,000', ' 1', 'NaN', '--1', '1.2.3'])('"%s" is no decimal', (text) => {
  expect(parseDecimal(text)).toBeUndefined();
});

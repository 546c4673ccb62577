import { describe, expect, test } from 'vitest';
import { readDecimal, readInteger, readSignedDecimal } from '../../venues/byte-number.ts';
import { checkSeeds, type Random } from '../seeds.ts';

type Read = typeof readDecimal;

/** Reads the text in the middle of digits, so that a reader which does not stop at `end` is caught. */
function readText(read: Read, text: string): { readonly value: number; readonly length: number } {
  const bytes = new TextEncoder().encode(`77${text}99.5`);
  const out = new Float64Array(2).fill(Number.NaN);
  const next = read(bytes, 2, 2 + new TextEncoder().encode(text).length, out, 1);
  return { value: out[1]!, length: next < 0 ? -1 : next - 2 };
}

describe('readDecimal', () => {
  test('gives the same double as Number for any count of digits', () => {
    checkSeeds(20, (random) => {
      for (let i = 0; i < 1000; i++) {
        const text = decimalText(random);
        expect(readText(readDecimal, text), text).toEqual({ value: Number(text), length: text.length });
      }
    });
  });

  test.each([
    '9007199254740991',
    '9007199254740993',
    '9007199254.740993',
    '90071992547409.93',
    '0.9007199254740993',
    '123456789.123456789',
  ])('is exact where the digits no longer fit a double: %s', (text) =>
    expect(readText(readDecimal, text)).toEqual({ value: Number(text), length: text.length }),
  );

  test.each(['', '.5', '5.', '-1', '+1', 'x', '9'.repeat(400)])('refuses %j', (text) => {
    expect(readText(readDecimal, text).length).toBe(-1);
  });

  test.each([
    ['12.5"', 12.5, 4],
    ['12,5', 12, 2],
    ['1e5', 1, 1],
    ['1.2.3', 1.2, 3],
    ['007.50', 7.5, 6],
  ])('stops in %j after its number', (text, value, length) => {
    expect(readText(readDecimal, text)).toEqual({ value, length });
  });
});

describe('readSignedDecimal', () => {
  test.each([
    ['-12.5', -12.5],
    ['12.5', 12.5],
    ['-9007199254.740993', -9_007_199_254.740993],
  ])('reads %j', (text, value) => {
    expect(readText(readSignedDecimal, text)).toEqual({ value, length: text.length });
  });

  test('reads a negative zero as 0', () => {
    expect(Object.is(readText(readSignedDecimal, '-0.000').value, 0)).toBe(true);
  });

  test.each(['--1', '-', '-.5', '+1'])('refuses %j', (text) => {
    expect(readText(readSignedDecimal, text).length).toBe(-1);
  });
});

describe('readInteger', () => {
  test('gives the same number as Number for any count of digits', () => {
    checkSeeds(20, (random) => {
      for (let i = 0; i < 500; i++) {
        const text = String(Math.floor(random.fraction() * Number(`1e${random.integer(0, 15)}`)));
        expect(readText(readInteger, text), text).toEqual({ value: Number(text), length: text.length });
      }
    });
  });

  test('ends at 2^53 - 1', () => {
    expect(readText(readInteger, '9007199254740991').value).toBe(Number.MAX_SAFE_INTEGER);
    for (const text of ['9007199254740992', '9007199254740993', '99999999999999999', '1'.repeat(30)]) {
      expect(readText(readInteger, text).length, text).toBe(-1);
    }
  });

  test.each(['', '01', '00', '-1', '+1', 'x'])('refuses %j', (text) => {
    expect(readText(readInteger, text).length).toBe(-1);
  });
});

function decimalText(random: Random): string {
  const whole = digits(random, random.integer(1, random.chance(0.1) ? 24 : 10));
  return random.chance(0.8) ? `${whole}.${digits(random, random.integer(1, random.chance(0.1) ? 24 : 10))}` : whole;
}

function digits(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(0, 9)).join('');
}

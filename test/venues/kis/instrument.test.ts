import { expect, test } from 'vitest';
import { kisInstrument, optionTypeOf } from '../../../venues/kis/instrument.ts';

test('what a symbol is follows from its code', () => {
  const kinds = [
    '005930',
    '0074K0',
    'Q500001',
    '005930_NX',
    '2001',
    'A01612',
    '101W09',
    'B01612A40',
    'C05612A41',
    '201T11317',
    'BAF611A40',
  ].map((symbol) => {
    const { kind, multiplier, currency } = kisInstrument(symbol);
    return [symbol, kind, multiplier, currency];
  });
  expect(kinds).toEqual([
    ['005930', 'stock', 1, 'KRW'],
    ['0074K0', 'stock', 1, 'KRW'],
    ['Q500001', 'stock', 1, 'KRW'],
    ['005930_NX', 'stock', 1, 'KRW'],
    ['2001', 'index', 1, 'KRW'],
    ['A01612', 'future', 250_000, 'KRW'],
    ['101W09', 'future', 250_000, 'KRW'],
    ['B01612A40', 'option', 250_000, 'KRW'],
    ['C05612A41', 'option', 50_000, 'KRW'],
    ['201T11317', 'option', 250_000, 'KRW'],
    ['BAF611A40', 'option', 250_000, 'KRW'],
  ]);
});

test('calls and puts are told by the first character', () => {
  expect(['B01612A40', 'C01612A40', '201T11317', '301T11317', 'A01612', '005930'].map(optionTypeOf)).toEqual([
    'call',
    'put',
    'call',
    'put',
    undefined,
    undefined,
  ]);
});

test('a derivative whose multiplier is not known, and what is no code, is of no kind', () => {
  expect(['A75612', 'D01612', 'hello', ''].map((symbol) => kisInstrument(symbol).kind)).toEqual([
    'unknown',
    'unknown',
    'unknown',
    'unknown',
  ]);
});

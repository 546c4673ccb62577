import { describe, expect, test } from 'vitest';
import { BOOK } from '../../../venues/kiwoom/book-fids.ts';
import type { RecordedSink } from '../recorded-sink.ts';
import { aBookFrame, aRealFrame, decodeFrames, NOON_US } from './kiwoom-frames.ts';

const VENUE_TIME_US = NOON_US - 12_000_000;
const UNSENT = Number.NaN;

/** The example row of the documentation, its zeros left out: 16:52:07, a closing book with an expected price. */
const DOCUMENTED: { readonly [fid: string]: string } = {
  ...{ '21': '115618', '41': '-20800', '61': '82', '51': '-20700', '71': '23847', '42': '+20900', '62': '393', '52': '-20650' },
  ...{ '72': '834748', '50': '+21350', '70': '1242991', '60': '-20250', '80': '1062405', '121': '12622527', '122': '-1036021' },
  ...{ '125': '14453430', '126': '+1062126', '23': '20850', '24': '332941', '128': '+1830903', '129': '114.51', '138': '-1830903' },
  ...{ '139': '87.33', '238': '3', '293': '3', '13': '30379650', '299': '-1.06', '215': '', '216': '' },
};

function levels(recorded: RecordedSink): readonly (readonly unknown[])[] {
  return recorded.of('bookLevel').map(([, side, price, size, , change]) => [side, price, size, change]);
}

function readings(recorded: RecordedSink): Record<string, unknown> {
  return Object.fromEntries(recorded.of('readingValue').map(([, name, value]) => [name, value]));
}

describe('books', () => {
  test('a book is a whole snapshot of the levels that have a price, bids first, best first', () => {
    const recorded = decodeFrames([aBookFrame(DOCUMENTED)]);
    expect(recorded.of('bookBegin')).toEqual([['bookBegin', '005930', VENUE_TIME_US, true, 'replace', UNSENT, UNSENT, UNSENT]]);
    expect(levels(recorded)).toEqual([
      [1, 20_700, 23_847, UNSENT],
      [1, 20_650, 834_748, UNSENT],
      [1, 20_250, 1_062_405, UNSENT],
      [-1, 20_800, 82, UNSENT],
      [-1, 20_900, 393, UNSENT],
      [-1, 21_350, 1_242_991, UNSENT],
    ]);
    expect(recorded.of('bookTotals')).toEqual([
      ['bookTotals', 14_453_430, 12_622_527, UNSENT, UNSENT, 1_062_126, -1_036_021, UNSENT, UNSENT],
    ]);
    expect(recorded.of('decodeFailure')).toEqual([]);
    expect(recorded.of('drift')).toEqual([]);
  });

  test('changes of sizes keep their sign', () => {
    const values = { '41': '100', '61': '5', '81': '-7', '60': '90', '80': '6', '100': '+8' };
    expect(levels(decodeFrames([aBookFrame(values)]))).toEqual([
      [1, 90, 6, 8],
      [-1, 100, 5, -7],
    ]);
  });

  test('a book, its expected auction price and its reading come in this order', () => {
    const order = decodeFrames([aBookFrame(DOCUMENTED)]).calls.map(([method]) => method);
    expect([...new Set(order)]).toEqual([
      'bookBegin',
      'bookLevel',
      'bookTotals',
      'bookEnd',
      'auction',
      'readingBegin',
      'readingValue',
      'readingEnd',
    ]);
  });

  test('an empty book is a snapshot without levels, however its zeros are signed', () => {
    const recorded = decodeFrames([aBookFrame({ '41': '+0', '42': '-0', '51': ' 0', '52': '' })]);
    expect(recorded.calls.map(([method]) => method)).toEqual(['bookBegin', 'bookTotals', 'bookEnd']);
  });

  test('a level whose size is 0 is told with its change', () => {
    expect(levels(decodeFrames([aBookFrame({ '41': '100', '61': '0', '81': '-50' })]))).toEqual([[-1, 100, 0, -50]]);
  });

  test('the suffix of the exchange stays part of the symbol', () => {
    expect(decodeFrames([aBookFrame({}, '005930_NX')]).of('bookBegin')[0]![1]).toBe('005930_NX');
  });
});

describe('expected auction prices', () => {
  test('FIDs 23 and 24 say the auction when both are above 0', () => {
    expect(decodeFrames([aBookFrame(DOCUMENTED)]).of('auction')).toEqual([['auction', '005930', VENUE_TIME_US, 20_850, 332_941]]);
    expect(decodeFrames([aBookFrame({ '23': '20850', '24': '0' })]).of('auction')).toEqual([]);
    expect(decodeFrames([aBookFrame({ '23': '-0', '24': '5' })]).of('auction')).toEqual([]);
  });

  test('FIDs 291 and 292 count where they are silent', () => {
    const window = { '291': '-20700', '292': '9' };
    expect(
      decodeFrames([aBookFrame({ ...window, '23': '0', '24': '0' })])
        .of('auction')[0]!
        .slice(3),
    ).toEqual([20_700, 9]);
    expect(
      decodeFrames([aBookFrame({ ...window, '23': '+20800', '24': '8' })])
        .of('auction')[0]!
        .slice(3),
    ).toEqual([20_800, 8]);
  });
});

describe('readings of books', () => {
  test('every number that is not in the book comes out under its name', () => {
    const numbers = BOOK.fields.filter(({ isInReading, reads }) => isInReading && reads !== 'character');
    const values = Object.fromEntries(numbers.map(({ fid }) => [String(fid), String(fid)]));
    const expected = Object.fromEntries(numbers.map(({ fid, name }) => [name, fid]));
    expect(readings(decodeFrames([aBookFrame(values)]))).toEqual(expected);
    expect(numbers.length).toBe(163 - 1 - 64 - 1); // without the time, the levels and totals, and FID 215
  });

  test('liquidity providers, the parts of the exchanges and the middle prices have their level and exchange in the name', () => {
    const values = {
      '621': '1',
      '640': '2',
      '6044': '3',
      '6063': '4',
      '6075': '5',
      '6087': '6',
      '6104': '-7',
      '6107': '8',
      '6115': '-0.5',
    };
    expect(readings(decodeFrames([aBookFrame(values)]))).toEqual({
      ...{ lp_ask_size_1: 1, lp_bid_size_10: 2, krx_ask_size_1: 3, krx_bid_size_10: 4, nxt_ask_size_10: 5, nxt_total_bid_size: 6 },
      ...{ krx_middle_bid_size_change: -7, nxt_middle_price: 8, nxt_middle_price_change_percent: -0.5 },
    });
  });

  test('the operation code is the code of its character, whatever character it is', () => {
    expect(readings(decodeFrames([aBookFrame({ '215': 'b' })]))).toEqual({ operation_code_ascii: 98 });
    expect(readings(decodeFrames([aBookFrame({ '215': ' 3 ' })]))).toEqual({ operation_code_ascii: 51 });
    expect(
      decodeFrames([aBookFrame({ '215': 'ab', '216': 'x' })])
        .of('drift')
        .map((call) => call[2]),
    ).toEqual(['FID 215: expected a number, found "ab"', 'FID 216: expected a number, found "x"']);
  });
});

describe('books that are not as promised', () => {
  test('a missing price or size, or a price without a size, fails the row', () => {
    for (const fid of ['21', '41', '50', '55', '61', '70', '80']) {
      expect(decodeFrames([aBookFrame({ [fid]: undefined })]).calls).toEqual([['decodeFailure', '0D', `FID ${fid} is missing`]]);
    }
    const unsized = decodeFrames([aBookFrame({ '53': '100', '73': '' })]);
    expect(unsized.calls).toEqual([['decodeFailure', '0D', 'FID 73: expected the size of a level that has a price']]);
    expect(decodeFrames([aBookFrame({ '41': 'x' })]).calls[0]!.slice(0, 2)).toEqual(['decodeFailure', '0D']);
    expect(decodeFrames([aBookFrame({ '21': '' })]).calls[0]!.slice(0, 2)).toEqual(['decodeFailure', '0D']);
    expect(decodeFrames([aBookFrame({}, '')]).calls).toEqual([['decodeFailure', '0D', 'a row has no item']]);
  });

  test('a size without a price is drift, and the book is told', () => {
    const recorded = decodeFrames([aBookFrame({ '64': '82', '51': '100', '71': '3' })]);
    expect(recorded.of('drift')).toEqual([['drift', '0D', 'FID 64: a size without a price']]);
    expect(levels(recorded)).toEqual([[1, 100, 3, UNSENT]]);
  });

  test('totals and changes may be missing, an unknown field is drift', () => {
    const recorded = decodeFrames([aBookFrame({ '6200': '1', '228': '5' })]);
    expect(recorded.of('bookTotals')[0]!.slice(1)).toEqual(Array.from({ length: 8 }, () => UNSENT));
    expect(recorded.of('drift').map((call) => call[2])).toEqual(['FID 228 is not in the table', 'FID 6200 is not in the table']);
  });

  test('several books in one frame come out in their order, and a bad one costs only itself', () => {
    const rows = [aBookFrame({ '41': '1' }), aBookFrame({ '41': 'x' }), aBookFrame({ '51': '2' })].map(
      (frame) => JSON.parse(frame).data[0],
    );
    const recorded = decodeFrames([
      JSON.stringify({ data: [...rows, JSON.parse(aRealFrame('0C', { '27': '9', '28': '8' })).data[0]], trnm: 'REAL' }),
    ]);
    expect(recorded.calls.map(([method]) => method)).toEqual([
      ...['bookBegin', 'bookLevel', 'bookTotals', 'bookEnd', 'decodeFailure', 'bookBegin', 'bookLevel', 'bookTotals', 'bookEnd'],
      ...['quote', 'readingBegin', 'readingValue', 'readingValue', 'readingEnd'],
    ]);
  });
});

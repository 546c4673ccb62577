import { describe, expect, test } from 'vitest';
import { KIWOOM_ROOMS } from '../../../venues/kiwoom/rooms.ts';
import { checkSeeds } from '../../seeds.ts';

const SEARCHES = KIWOOM_ROOMS.searches!;

function wholeOf(frame: object | string | Uint8Array): string | undefined {
  const bytes = frame instanceof Uint8Array ? frame : new TextEncoder().encode(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return SEARCHES.wholeResultOf(bytes, 0, bytes.length);
}

describe('a whole result', () => {
  test('is the accepted answer to a search, also an empty one, whatever blanks stand around its number', () => {
    expect(wholeOf({ trnm: 'CNSRREQ', return_code: 0, seq: '4', data: [{ jmcode: 'A005930' }] })).toBe('4');
    expect(wholeOf({ trnm: 'CNSRREQ', return_code: '0', seq: '2 ', data: null })).toBe('2');
  });

  test('is no refusal, no page of one, and nothing else', () => {
    expect(wholeOf({ trnm: 'CNSRREQ', return_code: 900, seq: '4' })).toBeUndefined();
    expect(wholeOf({ trnm: 'CNSRREQ', return_code: 0, seq: '4', cont_yn: 'Y' })).toBeUndefined();
    expect(wholeOf({ trnm: 'CNSRREQ', return_code: 0 })).toBeUndefined();
    expect(wholeOf({ trnm: 'REAL', return_code: 0, seq: '4' })).toBeUndefined();
    expect(wholeOf('{"trnm":"CNSRREQ"')).toBeUndefined();
  });

  test('is told of any bytes without a throw', () => {
    checkSeeds(200, (random) => void wholeOf(random.bytes(random.integer(0, 80))));
  });
});

describe('a change', () => {
  test('is told by the number of its search, and the exchange of its symbol does not matter', () => {
    const names = ['inserted', 'condition_number', 'side_code'];
    expect(SEARCHES.changeOf('02', '005930_AL', names, [1, 4, 2])).toEqual({ search: '4', code: '005930', isIn: true });
    expect(SEARCHES.changeOf('02', '005930', names, [0, 4, 2])).toEqual({ search: '4', code: '005930', isIn: false });
    expect(SEARCHES.changeOf('CNSRREQ', '005930', ['inserted', 'condition_number'], [1, 4])).toMatchObject({ search: '4', isIn: true });
  });

  test('without a number, or of another channel, is none', () => {
    expect(SEARCHES.changeOf('02', '005930', ['inserted'], [1])).toBeUndefined();
    expect(SEARCHES.changeOf('0B', '005930', ['inserted', 'condition_number'], [1, 4])).toBeUndefined();
  });

  test('is matched with the search that a plan names, leading zeros or not', () => {
    expect(SEARCHES.searchOf({ seq: '004' })).toBe('4');
    expect(SEARCHES.searchOf({ seq: '4' })).toBe('4');
  });
});

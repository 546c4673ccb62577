import { describe, expect, test } from 'vitest';
import type { Instrument } from '../../../domain/instrument.ts';
import { KIS_ROOMS } from '../../../venues/kis/rooms.ts';

const CHAINS = KIS_ROOMS.chains!;

/** Code, name and strike as the master file has them. */
function anOption(symbol: string, name: string, strike: number): Instrument {
  return {
    venue: 'kis',
    symbol,
    kind: 'option',
    currency: 'KRW',
    multiplier: 1,
    name,
    strike,
    optionType: symbol[0] === 'B' ? 'call' : 'put',
  };
}

function aFuture(symbol: string, name: string): Instrument {
  return { venue: 'kis', symbol, kind: 'future', currency: 'KRW', multiplier: 1, name };
}

const LISTED = [
  anOption('B01612A51', 'C 202612 1,125.0', 1125),
  anOption('C01612A51', 'P 202612 1,125.0', 1125),
  anOption('B01612A41', 'C 202612 1,100.0', 1100),
  anOption('C01612A41', 'P 202612 1,100.0', 1100),
  anOption('B01612745', 'C 202612   745.0', 745),
  anOption('B09FFWA49', '위클리C 2612W3 1,120.0', 1120),
  anOption('C09FFWA49', '위클리P 2612W3 1,120.0', 1120),
  anOption('BAFBZW970', '위클리M C 2612W4   970.0', 970),
  anOption('CAFBZW970', '위클리M P 2612W4   970.0', 970),
  anOption('B05612A48', '미니C 202612 1,120.0', 1120),
  anOption('C05612A48', '미니P 202612 1,120.0', 1120),
  anOption('B06612001', '코스닥150C 202612 1,275', 1275),
  anOption('C06612001', '코스닥150P 202612 1,275', 1275),
  aFuture('A01612', 'F 202612'),
];

describe('chains of KIS', () => {
  const summary = (instruments: readonly Instrument[]) =>
    CHAINS.chainsOf(instruments, 0).map(
      ({ name, maturity, underlying, strikes }) =>
        `${name} ${maturity} ${underlying}: ${strikes.map(({ strike, call, put }) => `${strike} ${call} ${put}`).join(', ')}`,
    );

  test('are told by class and by the maturity in the name, from the lowest strike, and a strike without its other side is left out', () => {
    expect(summary(LISTED).sort()).toEqual([
      'KOSPI200 202612 KOSPI200: 1100 B01612A41 C01612A41, 1125 B01612A51 C01612A51',
      'KQI 202612 KOSDAQ150: 1275 B06612001 C06612001',
      'MKI 202612 KOSPI200: 1120 B05612A48 C05612A48',
      'WKI 261203 KOSPI200: 1120 B09FFWA49 C09FFWA49',
      'WKM 261204 KOSPI200: 970 BAFBZW970 CAFBZW970',
    ]);
  });

  test('of one class come nearest maturity first', () => {
    const instruments = ['202703', '202701', '202612'].flatMap((maturity, i) => [
      anOption(`B0${i}612A41`.replace(/^B0\d/, 'B01'), `C ${maturity} 1,100.0`, 1100),
      anOption('C01612A41', `P ${maturity} 1,100.0`, 1100),
    ]);
    expect(CHAINS.chainsOf(instruments, 0).map(({ maturity }) => maturity)).toEqual(['202612', '202701', '202703']);
  });

  test('have strikes from the masters, never from a code: an option without one is in no chain', () => {
    const { strike: _, ...bare } = anOption('B01612A41', 'C 202612 1,100.0', 1100);
    expect(CHAINS.chainsOf([bare, anOption('C01612A41', 'P 202612 1,100.0', 1100)], 0)[0]!.strikes).toEqual([]);
  });
});

describe('the money', () => {
  test('is told by the nearest future, the large contract before the mini, the index last', () => {
    const sources = [
      CHAINS.sourceOf('2001', undefined),
      CHAINS.sourceOf('A01703', aFuture('A01703', 'F 202703')),
      CHAINS.sourceOf('A05612', aFuture('A05612', '미니F 202612')),
      CHAINS.sourceOf('A01612', aFuture('A01612', 'F 202612')),
    ];
    expect(sources.every((source) => source?.underlying === 'KOSPI200')).toBe(true);
    expect([...sources].sort((a, b) => (a!.rank < b!.rank ? -1 : 1))).toEqual([...sources].reverse());
  });

  test('is told by no option, no spread and no stock', () => {
    for (const symbol of ['B01612A41', 'D01612703', '005930', 'A04612']) expect(CHAINS.sourceOf(symbol, undefined)).toBeUndefined();
    expect(CHAINS.sourceOf('A06612', undefined)?.underlying).toBe('KOSDAQ150');
    expect(CHAINS.sourceOf('101W09', undefined)?.underlying).toBe('KOSPI200');
  });
});

describe('wishes', () => {
  test('a room names a class and a maturity, and a board its target', () => {
    expect(CHAINS.wishOf({ maturity: '261203', class: 'WKI' })).toEqual({ name: 'WKI', maturity: '261203', maturities: 1, per: 'strike' });
    const boards = CHAINS.boardPolls!;
    expect(boards.wishOf('option-board', '202612', { class: 'KOSPI200', strikes: '9' })).toMatchObject({
      name: 'KOSPI200',
      maturity: '202612',
      strikes: 9,
    });
    expect(boards.wishOf('option-board', '202612', {})).toMatchObject({ name: 'KOSPI200', strikes: 18 });
    expect(boards.wishOf('stock-minute', '005930', {})).toBeUndefined();
    expect(boards.optionsOf(['B01612A41', 'C01612A41'])).toEqual({ supplement: 'B01612A41,C01612A41' });
  });
});

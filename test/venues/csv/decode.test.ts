import { describe, expect, test } from 'vitest';
import { KST_OFFSET_US, parseIsoNanoseconds, SymbolTable } from '#domain';
import { createCsvDecoder, csvBarClock, csvBarTime } from '../../../venues/csv/decode.ts';
import { csv } from '../../../venues/csv/index.ts';
import { recordedSink } from '../recorded-sink.ts';
import { csvRecord, decodeLines, metaOf } from './csv-lines.ts';

function microseconds(iso: string): number {
  return Number(parseIsoNanoseconds(iso)! / 1000n);
}

function openTimes(texts: readonly string[], zoneOffsetUs = 0): readonly unknown[] {
  return decodeLines(
    texts.map((text) => `${text},1,2,0.5,1.5,10`),
    { zoneOffsetUs },
  ).calls.map((call) => (call[0] === 'bar' ? call[3] : call));
}

describe('bars', () => {
  test("a line is a final bar of the file's symbol and interval", () => {
    const { calls } = decodeLines(['2024-01-02 09:30:00,185.5,186,185.25,185.75,1200']);
    const openUs = microseconds('2024-01-02T09:30:00Z');
    expect(calls).toEqual([['bar', 'AAPL', 60_000_000, openUs, 185.5, 186, 185.25, 185.75, 1200, Number.NaN, Number.NaN, true, false]]);
  });

  test('columns may stand in any order, and value and trades are read where they are', () => {
    const columns = ['close', 'trades', 'low', 'amount', 'high', 'open', 'timestamp'];
    const { calls } = decodeLines(['4,7,2,1e3,5,3,1704187800'], { columns, interval: '1d' });
    expect(calls[0]!.slice(2)).toEqual([86_400_000_000, 1_704_187_800_000_000, 3, 5, 2, 4, Number.NaN, 1000, 7, true, false]);
  });

  test('a time that is the end of the bar is told by timeIs', () => {
    expect(decodeLines(['1704187860,1,2,1,2,3'], { timeIs: 'close' }).calls[0]![3]).toBe(1_704_187_800_000_000);
  });

  test('quoted cells and a carriage return at the end are read', () => {
    expect(decodeLines(['"2024-01-02","1","2","0.5","1.5","10"\r']).calls[0]!.slice(3, 9)).toEqual([
      microseconds('2024-01-02'),
      1,
      2,
      0.5,
      1.5,
      10,
    ]);
  });

  test('a quoted cell may hold commas and doubled quotes, which move no other cell', () => {
    const columns = ['note', 'time', 'open', 'high', 'low', 'close'];
    const bars = decodeLines(['"said ""5,6"", then 7",1704187800,1,2,0.5,1.5', '"\x22\x22",1704187800,1,2,0.5,1.5'], { columns }).of('bar');
    expect(bars.map((call) => call.slice(3, 8))).toEqual(Array(2).fill([1_704_187_800_000_000, 1, 2, 0.5, 1.5]));
  });

  test('an empty or missing volume is absent, an empty price is a failure', () => {
    for (const line of ['2024-01-02,1,2,1,2,', '2024-01-02,1,2,1,2', '2024-01-02,1,2,1,2,NaN']) {
      expect(decodeLines([line]).calls[0]![8], line).toBeNaN();
    }
    expect(decodeLines(['2024-01-02,1,2,1,,5']).calls).toEqual([['decodeFailure', 'ohlcv', 'column "close": expected a number, found ""']]);
  });
});

describe('times', () => {
  test('every spelling of an instant is the same instant', () => {
    const instant = microseconds('2024-01-02T09:30:00Z');
    const texts = [
      '2024-01-02T09:30:00Z',
      '2024-01-02 09:30',
      '2024-01-02 18:30:00+09:00',
      '2024-01-02T18:30:00.000+0900',
      '2024/01/02 09:30:00',
      '2024/01/02 09:30',
      '20240102093000',
      '1704187800',
      '1704187800000',
      '1704187800000000',
      '1704187800000000999',
      '1704187800.0',
    ];
    expect(openTimes(texts)).toEqual(texts.map(() => instant));
  });

  test('the zone of the file applies to times that name none, and only to them', () => {
    const texts = ['2024-01-02 18:30', '2024-01-02T09:30Z', '20240102183000', '1704187800'];
    expect(openTimes(texts, KST_OFFSET_US)).toEqual(texts.map(() => microseconds('2024-01-02T09:30:00Z')));
    expect(openTimes(['20240102', '2024-01-02', '2024/01/02'], KST_OFFSET_US)).toEqual(Array(3).fill(microseconds('2024-01-01T15:00:00Z')));
  });

  test('date and time columns are one time', () => {
    const columns = ['date', 'time', 'open', 'high', 'low', 'close'];
    const lines = [
      '20240102,093000,1,2,1,2',
      '2024-01-02,09:30,1,2,1,2',
      '2024/01/02,93000,1,2,1,2',
      '20240102,930,1,2,1,2',
      '20240102,09:30:00,1,2,1,2',
    ];
    const times = decodeLines(lines, { columns }).calls.map((call) => call[3]);
    expect(times).toEqual(lines.map(() => microseconds('2024-01-02T09:30:00Z')));
    expect(decodeLines(['20240102,2530,1,2,1,2'], { columns }).calls[0]![2]).toBe('column "time": expected a time, found "20240102 2530"');
  });

  test('what is no time is a failure that shows it', () => {
    for (const text of [
      '2024-02-30',
      '2024-1-2',
      '20241301',
      '2024-01-02 24:00',
      '2024-01/02',
      'yesterday',
      '',
      '2024-01-02 09:30 EST',
      '-5',
    ]) {
      expect(openTimes([text])[0], text).toEqual(['decodeFailure', 'ohlcv', `column "time": expected a time, found "${text}"`]);
    }
  });

  test('the importer reads the same time from a line as the decoder', () => {
    const columns = ['time', 'open', 'high', 'low', 'close', 'volume'];
    const line = '2024-01-02 18:30,1,2,1,2,3\r';
    expect(csvBarTime(line, columns, KST_OFFSET_US)).toBe(microseconds('2024-01-02T09:30:00Z'));
    const clock = csvBarClock(columns, 0);
    expect(clock(new TextEncoder().encode('x,1,2,1,2,3'))).toBeNaN();
    expect(clock(new TextEncoder().encode('1704187800,1,2,1,2,3'))).toBe(1_704_187_800_000_000);
  });
});

describe('what is not as promised', () => {
  test('a bad cell is named with its text, long ones cut', () => {
    expect(decodeLines(['2024-01-02,1,x,1,2,3']).calls).toEqual([
      ['decodeFailure', 'ohlcv', 'column "high": expected a number, found "x"'],
    ]);
    expect(decodeLines(['2024-01-02,1,2,1,2,many']).calls[0]![2]).toBe('column "volume": expected a number, found "many"');
    expect(decodeLines(['2024-01-02,1,2']).calls[0]![2]).toBe('column "low": the line ends before it');
    expect(decodeLines([`${'9'.repeat(500)},1,2,1,2,3`]).calls[0]![2]).toHaveLength(101);
  });

  test('broken quotes are a failure', () => {
    for (const line of ['"2024-01-02,1,2,1,2,3', '"2024-01-02"x,1,2,1,2,3'])
      expect(decodeLines([line]).calls[0]![0], line).toBe('decodeFailure');
  });

  test('a column that no bar uses is drift once, and the lines are read', () => {
    const columns = ['date', 'open', 'high', 'low', 'close', 'adj close', 'volume'];
    const { calls } = decodeLines(['2024-01-02,1,2,1,2,9,3', '2024-01-03,1,2,1,2,9,3'], { columns });
    expect(calls.map(([method]) => method)).toEqual(['drift', 'bar', 'bar']);
    expect(calls[0]![2]).toBe('column "adj close" is not read');
  });

  test('a line before its columns are known, or after columns that cannot be read, is a failure', () => {
    const symbols = new SymbolTable();
    const recorded = recordedSink(symbols);
    const decoder = createCsvDecoder(recorded.sink, symbols);
    const line = new TextEncoder().encode('2024-01-02,1,2,1,2,3');
    decoder.decode(csvRecord('frame-in', '', line));
    for (const meta of [
      '',
      '[]',
      '{}',
      metaOf({ columns: ['a'] }),
      metaOf({ interval: 'soon' }),
      metaOf({ timeIs: 'x' }),
      metaOf({ symbol: '' }),
    ]) {
      decoder.decode(csvRecord('connected', meta, new Uint8Array(0)));
      decoder.decode(csvRecord('frame-in', '', line));
    }
    expect(recorded.calls.map(([method]) => method)).toEqual(Array(15).fill('decodeFailure'));
  });

  test('each connection has its own columns', () => {
    const symbols = new SymbolTable();
    const recorded = recordedSink(symbols);
    const decoder = createCsvDecoder(recorded.sink, symbols);
    const line = new TextEncoder().encode('1704187800,1,2,3,4,5');
    decoder.decode(csvRecord('connected', metaOf({ symbol: 'A' }), new Uint8Array(0), 'a'));
    decoder.decode(
      csvRecord('connected', metaOf({ symbol: 'B', columns: ['time', 'close', 'low', 'high', 'open'] }), new Uint8Array(0), 'b'),
    );
    for (const connection of ['a', 'b', 'a']) decoder.decode(csvRecord('frame-in', '', line, connection));
    expect(recorded.of('bar').map((call) => [call[1], call[4]])).toEqual([
      ['A', 1],
      ['B', 4],
      ['A', 1],
    ]);
  });
});

test('the venue labels every line the same and reads a currency from the symbol', () => {
  expect(csv.channelOf(new Uint8Array(3), 0, 3)).toBe('ohlcv');
  expect(['AAPL', '005930', 'BTCUSDT', 'BTCFDUSD', 'EURUSD'].map((symbol) => csv.instrument(symbol).currency)).toEqual([
    'USD',
    'KRW',
    'USDT',
    'FDUSD',
    'USD',
  ]);
});

import { expect, test } from 'vitest';
import { layoutOfColumns, parseCsvHeader, splitCsvLine } from '../../../venues/csv/columns.ts';

function columns(line: string): readonly string[] | string {
  const header = parseCsvHeader(line);
  return header.kind === 'columns' ? header.columns : header.reason;
}

test('names are lower-cased and keep the order of the file', () => {
  expect(columns('Date,Open,HIGH,low,Close,Adj Close,Volume\r')).toEqual(['date', 'open', 'high', 'low', 'close', 'adj close', 'volume']);
  expect(columns('\ufeff"Time" , "Open",High,Low,Close')).toEqual('a quoted column name is not closed');
  expect(columns('\ufeff"Time","Open",High, Low,Close')).toEqual(['time', 'open', 'high', 'low', 'close']);
  expect(columns('<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>')).toEqual(['date', 'time', 'open', 'high', 'low', 'close', 'vol']);
});

test('an unnamed first column is the time, unless another column is', () => {
  expect(columns(',Open,High,Low,Close,Volume')).toEqual(['time', 'open', 'high', 'low', 'close', 'volume']);
  expect(columns(',Date,Open,High,Low,Close')).toEqual(['index', 'date', 'open', 'high', 'low', 'close']);
});

test('a header without what a bar needs says what is missing', () => {
  expect(columns('open,high,low,close')).toBe('no column "time" among "open", "high", "low", "close"');
  expect(columns('time,open,high,low')).toBe('no column "close" among "time", "open", "high", "low"');
  expect(columns('time;open;high;low;close')).toBe('no column "time" among "time;open;high;low;close"; columns are separated by commas');
  expect(columns('time,open,high,low,close,open')).toBe('column "open" appears twice');
  expect(columns('')).toBe('no column "open" among "time"');
});

test('a column with the whole time is preferred to a date', () => {
  const result = layoutOfColumns(['date', 'timestamp', 'open', 'high', 'low', 'close']);
  expect(result).toMatchObject({ kind: 'layout', layout: { time: 1, date: -1, unread: ['date'] } });
});

test('cells are split by RFC 4180', () => {
  expect(splitCsvLine('a,"b,c","d""e",')).toEqual(['a', 'b,c', 'd"e', '']);
  expect(splitCsvLine('')).toEqual(['']);
  expect(splitCsvLine('"a')).toBeUndefined();
});

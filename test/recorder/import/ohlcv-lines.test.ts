import { describe, expect, test } from 'vitest';
import { framesOf, importContents, textOf } from './import-fixtures.ts';

const BARS = { format: 'ohlcv-csv', symbol: 'AAPL', interval: '1m' } as const;
const HEADER = ',Open,HIGH,low,Close,Volume';

describe('bars', () => {
  test('arrive when they end, with the columns in the meta of the connection', async () => {
    const { lines, result } = await importContents(
      [`${HEADER}\n2024-01-02 09:30:00,1,2,0.5,1.5,100\n2024-01-02 09:31:00,1,2,0.5,1.5,7\n`],
      {
        ...BARS,
        zone: '-05:00',
      },
    );
    expect(lines.slice(1)).toEqual([
      '1704205860000000000 | 0 | connected | csv | 1 | {"columns":["time","open","high","low","close","volume"],"interval":"1m","symbol":"AAPL","timeIs":"open","zoneOffsetUs":-18000000000} | ',
      '1704205860000000000 | 0 | frame-in | csv | 1 | - | 2024-01-02 09:30:00,1,2,0.5,1.5,100',
      '1704205920000000000 | 60000000000 | frame-in | csv | 1 | - | 2024-01-02 09:31:00,1,2,0.5,1.5,7',
      '1704205920000000000 | 60000000000 | session-close | - | - | - | ',
    ]);
    expect(result).toMatchObject({ frames: { in: 2, out: 0 }, malformedTotal: 0 });
  });

  test('of a file with a byte order mark and CRLF are the lines without them', async () => {
    const { records } = await importContents([`\ufeffDate,Open,High,Low,Close\r\n1955-01-03,1,2,0.5,1.5\r\n`], { ...BARS, interval: '1d' });
    expect(framesOf(records).map(textOf)).toEqual(['1955-01-03,1,2,0.5,1.5']);
    expect(framesOf(records)[0]?.receivedAtNs).toBe(BigInt(Date.UTC(1955, 0, 4)) * 1_000_000n);
  });

  test('of several files connect anew only where the columns differ', async () => {
    const bar = '2024-01-02,1,2,0.5,1.5,100\n';
    const other = 'Date,Open,High,Low,Close,Vol\n';
    const { records, result } = await importContents([`${HEADER}\n${bar}`, `${HEADER}\n${bar}`, `${other}${bar}`], BARS);
    expect(records.map(({ kind }) => kind).join(' ')).toBe('session-open connected frame-in frame-in connected frame-in session-close');
    expect(result.frames.in).toBe(3);
  });

  test('without a time that can be read are malformed', async () => {
    const { result } = await importContents([`${HEADER}\nsoon,1,2,3,4,5\n2024-01-02,1,2,0.5,1.5,100\n9999-12-31,1,1,1,1,1\n`], BARS);
    expect(result.malformed.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
      '2 the bar has no time that can be read',
      '4 the bar has no time that can be read',
    ]);
  });
});

describe('options', () => {
  test('that bars need are asked for by their names', async () => {
    const content = [`${HEADER}\n2024-01-02,1,2,0.5,1.5,100\n`];
    const { symbol, interval, format } = BARS;
    await expect(importContents(content, { format, interval })).rejects.toThrow('--symbol');
    await expect(importContents(content, { format, symbol })).rejects.toThrow('--interval');
    await expect(importContents(content, { ...BARS, interval: '0' })).rejects.toMatchObject({ code: 'INTERVAL_INVALID', exitCode: 2 });
    await expect(importContents(content, { ...BARS, interval: 'soon' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(importContents(content, { ...BARS, venue: 'kiwoom' })).rejects.toMatchObject({ code: 'VENUE_INVALID' });
  });

  test('a file whose first line names no columns is refused by file and line, also when it is not the first file', async () => {
    const good = `${HEADER}\n2024-01-02,1,2,0.5,1.5,100\n`;
    await expect(importContents([good, '2024-01-02,1,2,0.5,1.5,100\n'], BARS)).rejects.toMatchObject({
      code: 'CSV_HEADER_INVALID',
      exitCode: 2,
      message: expect.stringMatching(/input-1, line 1: .*no column "time"/),
    });
  });
});

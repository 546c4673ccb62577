import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseIsoNanoseconds } from '#domain';
import { dataFile, describeWithData, framesOf, importContents, importFiles, textOf } from './import-fixtures.ts';

const KIWOOM = { format: 'jsonl', venue: 'kiwoom' } as const;

async function timeOf(line: string, options: object = {}): Promise<bigint | string> {
  // A good line first: an import needs one.
  const first = '{"t":"1970-01-01T00:00:00Z","text":""}\n';
  const { records, result } = await importContents([`${first}${line}\n`], { ...KIWOOM, ...options });
  return result.malformed[0]?.reason ?? framesOf(records)[1]!.receivedAtNs;
}

describe('times', () => {
  test('are read exactly, whatever their offset', async () => {
    expect(await timeOf('{"t":"2026-09-11T11:56:18.171+09:00","text":"x"}')).toBe(1_789_095_378_171_000_000n);
    expect(await timeOf('{"t":"2026-09-11T02:56:18.171000001Z","text":"x"}')).toBe(1_789_095_378_171_000_001n);
    expect(await timeOf('{"t":"2026-09-11 11:56:18.171","text":"x"}', { zone: 'KST' })).toBe(1_789_095_378_171_000_000n);
    expect(await timeOf('{"t":"2026-09-11T02:56:18.171","text":"x"}')).toBe(1_789_095_378_171_000_000n);
  });

  test('that are numbers are exact above 2^53, as a number and as a string, in every unit', async () => {
    const ns = { timeUnit: 'ns' };
    expect(await timeOf('{"text":"\\"t\\":1}","t" : 1789095378171000001 }', ns)).toBe(1_789_095_378_171_000_001n);
    expect(await timeOf('{"t":{"t":3},"n":[{"t":4}],"\\u0074":1789095378171000003,"text":"x"}', ns)).toBe(1_789_095_378_171_000_003n);
    expect(await timeOf('{"t":"1789095378171000001","text":"x"}', ns)).toBe(1_789_095_378_171_000_001n);
    expect(await timeOf('{"t":1789095378171000,"text":"x"}', { timeUnit: 'us' })).toBe(1_789_095_378_171_000_000n);
    expect(await timeOf('{"t":1789095378171,"text":"x"}', { timeUnit: 'ms' })).toBe(1_789_095_378_171_000_000n);
    expect(await timeOf('{"t":1789095378.171000001,"text":"x"}', { timeUnit: 's' })).toBe(1_789_095_378_171_000_001n);
    expect(await timeOf('{"t":"1789095378.5","text":"x"}', { timeUnit: 's' })).toBe(1_789_095_378_500_000_000n);
  });

  test('that no record can carry are malformed', async () => {
    const refused = '"t" is no whole number of nanoseconds in an int64';
    expect(await timeOf('{"t":1.5,"text":"x"}', { timeUnit: 'ns' })).toBe(refused);
    expect(await timeOf('{"t":-5,"text":"x"}', { timeUnit: 'ns' })).toBe(refused);
    expect(await timeOf('{"t":1e9,"text":"x"}', { timeUnit: 's' })).toBe(refused);
    expect(await timeOf('{"t":99999999999,"text":"x"}', { timeUnit: 's' })).toBe(refused);
    expect(await timeOf('{"t":"0001-01-01T00:00:00Z","text":"x"}')).toBe('"t" is no ISO 8601 time');
    expect(await timeOf('{"t":"yesterday","text":"x"}')).toBe('"t" is no ISO 8601 time');
    expect(await timeOf('{"text":"x"}')).toBe('expected a time in "t"');
  });

  test('that are numbers need their unit: an error that names the option at the first line, a malformed line later', async () => {
    const { result } = await importContents(['{"t":"2026-09-11","text":"a"}\n{"t":1,"text":"b"}\n'], KIWOOM);
    expect(result.malformed).toMatchObject([{ line: 2, reason: expect.stringContaining('--time-unit') }]);
    await expect(importContents(['{"t":1,"text":"a"}'], KIWOOM)).rejects.toMatchObject({
      code: 'TIME_UNIT_MISSING',
      exitCode: 2,
      message: expect.stringContaining('--time-unit'),
    });
  });
});

test('members can have other names, and others are ignored', async () => {
  const line = '{"ts":1,"d":"out","msg":"a","text":5,"dir":"sideways"}\n{"ts":2,"msg":"b"}\n';
  const fields = { time: 'ts', direction: 'd', text: 'msg' };
  const { records, result } = await importContents([line], { ...KIWOOM, timeUnit: 's', fields });
  expect(framesOf(records).map(({ kind }) => kind)).toEqual(['frame-out', 'frame-in']);
  expect(result.frames).toEqual({ in: 1, out: 1 });
});

test('a frame is the text in UTF-8 with its escapes read', async () => {
  const text = 'a"\\\n\t한글 😀 \u0000 \u2028';
  const { records } = await importContents([`{"t":1,"text":${JSON.stringify(text)}}\r\n{"t":2,"text":"\\ud83d\\ude00"}\r\n`], {
    ...KIWOOM,
    timeUnit: 'ns',
  });
  expect(framesOf(records).map(textOf)).toEqual([text, '😀']);
});

test('lines that are no such object are malformed', async () => {
  const bad = ['[]', 'null', '{"t":1,"text":5}', '{"t":1,"text":"a","dir":"up"}', '{"t":1,"text":"a"', '{"t":1,"text":"\\ud800"}'];
  const content = Buffer.concat([Buffer.from(`{"t":1,"text":"a"}\n${bad.join('\n')}\n`), Buffer.from('{"t":1,"text":"\xff"}\n', 'latin1')]);
  const { result, records } = await importContents([content], { ...KIWOOM, timeUnit: 'ns' });
  expect(result.malformed.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '2 expected one JSON object',
    '3 expected one JSON object',
    '4 expected a string in "text"',
    '5 expected "in" or "out" in "dir"',
    '6 expected one JSON object',
    '7 "text" has half a surrogate pair, which has no UTF-8 bytes',
    '8 the line is not UTF-8',
  ]);
  expect(records.at(-2)?.payload).toEqual(new Uint8Array(Buffer.from('{"t":1,"text":"\xff"}', 'latin1')));
});

describeWithData('the Kiwoom log', () => {
  test('has 77 frames in and 2 out, each as the log has it', async () => {
    const file = dataFile('kiwoom/intraday.jsonl.gz');
    const { records, result } = await importFiles({ ...KIWOOM, files: [file] });
    expect(result).toMatchObject({ frames: { in: 77, out: 2 }, malformedTotal: 0, backwardTimes: 0 });
    const source = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
    const expected = source.map((line) => JSON.parse(line) as { t: string; dir: string; text: string });
    expect(framesOf(records).map((record) => [record.receivedAtNs, record.kind, textOf(record)])).toEqual(
      expected.map(({ t, dir, text }) => [parseIsoNanoseconds(t), `frame-${dir}`, text]),
    );
  });
});

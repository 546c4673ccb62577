import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordSyntheticSession } from '#replay';
import { JournalWriter } from '#storage';
import { runCli, runJson } from '../acceptance/cli.ts';

const data = mkdtempSync(join(tmpdir(), 'tapedeck-export-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

beforeAll(async () => {
  const writer = await JournalWriter.create(data, 's');
  await recordSyntheticSession({ seed: 1, startUs: Date.UTC(2025, 6, 7) * 1000, durationUs: 5_000_000 }, writer);
  await writer.close();
});

test('--all writes every table that has rows below one folder and says what it wrote', () => {
  const dir = join(data, 'all');
  const report = runJson<{ tables: { table: string; rows: number; parts: number }[] }>(['export', 's', '--all', dir, '--data', data]);
  const withRows = report.tables.filter(({ rows }) => rows > 0).map(({ table }) => `table=${table}`);
  expect(withRows).toEqual(expect.arrayContaining(['table=trades', 'table=quotes', 'table=books', 'table=candles', 'table=audits']));
  expect(readdirSync(dir).sort()).toEqual([...withRows].sort());
  expect(existsSync(join(dir, 'table=trades', 'session=s', 'date=2025-07-07', 'part-000001.parquet'))).toBe(true);
  const { stdout, code } = runCli(['export', 's', '--all', dir, '--data', data]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/trades +[\d,]+ rows, 1 parts/);
});

test('several intervals make candles of each', () => {
  const { stdout } = runCli(['export', 's', '--table', 'candles', '--interval', '1s,2s', '--data', data]);
  const intervals = stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[2]);
  expect(new Set(intervals)).toEqual(new Set(['1s', '2s']));
});

test('arrow is a file, arrow-stream a stream; both have the same rows', () => {
  const read = (format: string) => {
    const out = join(data, `quotes.${format}`);
    expect(runCli(['export', 's', '--table', 'quotes', '--format', format, '--out', out, '--data', data]).code).toBe(0);
    return readFileSync(out);
  };
  const [file, stream] = [read('arrow'), read('arrow-stream')];
  expect(file.subarray(0, 6).toString()).toBe('ARROW1');
  expect(stream.subarray(0, 4).toString('hex')).toBe('ffffffff');
  expect(tableFromIPC(file).toArray().map(String)).toEqual(tableFromIPC(stream).toArray().map(String));
});

test('--decoded keeps tables beside the tape, says what is there, and makes again what is damaged', () => {
  const path = join(data, 'decoded', 'session=s', 'trades.arrow');
  const report = runJson<{ tables: { table: string; rows: number }[] }>(['export', 's', '--decoded', '--table', 'trades', '--data', data]);
  expect(report.tables).toEqual([expect.objectContaining({ table: 'trades', rows: tableFromIPC(readFileSync(path)).numRows })]);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, -1));
  const { stdout, code } = runCli(['export', 's', '--decoded', '--data', data]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/trades +[\d,]+ rows, /)]);
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(readdirSync(join(data, 'decoded', 'session=s'))).toEqual(expect.arrayContaining(['audits.arrow', 'books.arrow', 'candles.arrow']));
  expect(runJson<{ session: string }[]>(['sessions', '--data', data]).map(({ session }) => session)).toEqual(['s']);
});

test.each([
  ['nothing to export', [], 'TABLE_MISSING'],
  ['a table nobody knows', ['--table', 'prices'], 'TABLE_UNKNOWN'],
  ['an interval that is none', ['--table', 'candles', '--interval', '1m,7'], 'DURATION_INVALID'],
  ['--all with a table', ['--all', join(data, 'x'), '--table', 'trades'], 'OPTIONS_CONFLICT'],
  ['--all for old readers', ['--all', join(data, 'x'), '--parquet-compatibility'], 'OPTIONS_CONFLICT'],
  ['--decoded into a file', ['--decoded', '--out', join(data, 'x')], 'OPTIONS_CONFLICT'],
  ['--decoded in another format', ['--decoded', '--format', 'parquet'], 'OPTIONS_CONFLICT'],
  ['--decoded of a table nobody knows', ['--decoded', '--table', 'prices'], 'TABLE_UNKNOWN'],
  ['csv for old readers of Parquet', ['--table', 'trades', '--parquet-compatibility'], 'OPTIONS_CONFLICT'],
  ['the name that the flag stands for', ['--table', 'trades', '--format', 'parquet-compatible'], 'FORMAT_UNKNOWN'],
])('%s is a usage error', (_, args, code) => {
  const result = runCli(['export', 's', ...args, '--data', data]);
  expect([result.code, result.stderr]).toEqual([2, expect.stringContaining(code)]);
});

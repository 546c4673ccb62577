import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { TableFolder } from '../../storage/table-folder.ts';
import type { TableColumn } from '../../storage/table-types.ts';
import { loadZstd } from '../../storage/zstd.ts';
import { aDataDir } from './journal-fixtures.ts';

const COLUMNS: readonly TableColumn[] = [{ name: 'n', type: 'int64' }];
const TABLES = { trades: { columns: COLUMNS, marks: { made: 'now' } }, quotes: { columns: COLUMNS, marks: {} } };

function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();
}

async function numbersIn(path: string): Promise<unknown[]> {
  const zstd = await loadZstd();
  const bytes = readFileSync(path);
  const compressors = {
    ZSTD: (page: Uint8Array, length: number) => {
      const into = new Uint8Array(length);
      zstd.decompress(page, into);
      return into;
    },
  };
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return (await parquetReadObjects({ file, compressors })).map((row) => row.n);
}

async function write(dir: string, rows: readonly (readonly [string, string, number])[], partRowsMax = 1000) {
  const folder = new TableFolder(dir, 's', TABLES, { partRowsMax });
  await folder.begin();
  for (const [table, date, n] of rows) folder.writeRow(table, date, [n]);
  return folder.close();
}

test('a table has a folder for each session and date, and a part ends at its limit', async () => {
  const dir = aDataDir();
  const rows = Array.from({ length: 5 }, (_, i) => ['trades', i < 3 ? '2025-01-01' : '2025-01-02', i] as const);
  const results = await write(dir, rows, 2);
  expect(filesOf(dir)).toEqual([
    'table=trades/session=s/date=2025-01-01/part-000001.parquet',
    'table=trades/session=s/date=2025-01-01/part-000002.parquet',
    'table=trades/session=s/date=2025-01-02/part-000003.parquet',
  ]);
  expect(results).toMatchObject([
    { table: 'trades', rows: 5, parts: 3 },
    { table: 'quotes', rows: 0, parts: 0, bytes: 0 },
  ]);
  const numbers = await Promise.all(filesOf(dir).map((file) => numbersIn(join(dir, file))));
  expect(numbers).toEqual([[0n, 1n], [2n], [3n, 4n]]);
  const bytes = filesOf(dir).map((file) => readFileSync(join(dir, file)));
  expect(results[0]?.bytes).toBe(bytes.reduce((sum, { length }) => sum + length, 0));
  expect(bytes.map((file) => parquetMetadata(new Uint8Array(file)).key_value_metadata)).toEqual(
    Array.from({ length: 3 }, () => [{ key: 'made', value: 'now' }]),
  );
});

test('an export of a session takes the place of its last one, and of nothing else', async () => {
  const dir = aDataDir();
  const others = join(dir, 'table=trades', 'session=other', 'date=2025-01-01');
  mkdirSync(others, { recursive: true });
  writeFileSync(join(others, 'part-000001.parquet'), 'not ours');
  await write(dir, [
    ['trades', '2025-01-01', 1],
    ['quotes', '2025-01-01', 1],
  ]);
  await write(dir, [['trades', '2025-01-02', 2]]);
  expect(filesOf(dir)).toEqual([
    'table=trades/session=other/date=2025-01-01/part-000001.parquet',
    'table=trades/session=s/date=2025-01-02/part-000001.parquet',
  ]);
});

test('what is not finished is nowhere to be seen, and what was there before stays', async () => {
  const dir = aDataDir();
  await write(dir, [['trades', '2025-01-01', 1]]);
  const folder = new TableFolder(dir, 's', TABLES);
  await folder.begin();
  folder.writeRow('trades', '2025-01-05', [5]);
  await folder.drain();
  // A killed export leaves a folder whose name readers pass over; the next one removes it.
  expect(readdirSync(dir).sort()).toEqual(['_exporting-s', 'table=trades']);
  const second = new TableFolder(dir, 's', TABLES);
  await second.begin();
  expect(filesOf(dir)).toEqual(['table=trades/session=s/date=2025-01-01/part-000001.parquet']);
  await folder.abandon();
  await second.abandon();
  expect(existsSync(join(dir, '_exporting-s'))).toBe(false);
  expect(await numbersIn(join(dir, filesOf(dir)[0]!))).toEqual([1n]);
});

test('a folder that cannot be written fails the export', async () => {
  const dir = aDataDir();
  const folder = new TableFolder(dir, 's', TABLES);
  await folder.begin();
  folder.writeRow('trades', '2025-01-01', [1]);
  writeFileSync(join(dir, 'table=trades'), 'a file in the way');
  await expect(folder.close()).rejects.toThrow();
});

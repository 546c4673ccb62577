import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JournalTape } from '../../storage/journal-tape.ts';
import { openTable, tableBatches, typedColumn } from '../../storage/open-table.ts';
import { sealTape } from '../../storage/seal.ts';
import type { TableColumn, TableValue } from '../../storage/table-types.ts';
import { createTableWriter } from '../../storage/table-writer.ts';
import { aDataDir, someRecords, writeSession } from './journal-fixtures.ts';

const COLUMNS: readonly TableColumn[] = [
  { name: 'symbol', type: 'string' },
  { name: 'price', type: 'float64' },
  { name: 'sequence', type: 'int64' },
  { name: 'at', type: 'timestamp-ns' },
  { name: 'is_final', type: 'boolean' },
  { name: 'sizes', type: 'float64-list' },
];
const MISSING = -(1n << 63n);

function rowOf(i: number): readonly TableValue[] {
  const isMissing = i % 3 === 2;
  return [
    `s${i % 5}`,
    isMissing ? Number.NaN : i / 8,
    i,
    isMissing ? null : BigInt(i) * 1_000_000_007n,
    isMissing ? null : i % 2 === 0,
    [i, 0.5],
  ];
}

async function write(path: string, format: string, count: number): Promise<string> {
  const writer = await createTableWriter(format, COLUMNS, createWriteStream(path), { 'tapedeck.session': 's' });
  for (let i = 0; i < count; i++) writer.writeRow(rowOf(i));
  await writer.close();
  return path;
}

test.each(['arrow', 'arrow-stream', 'parquet'])('%s opens as columns with every value', async (format) => {
  const table = await openTable(await write(join(aDataDir(), `t.${format}`), format, 100));
  expect(table.numRows).toBe(100);
  expect(table.schema.metadata.get('tapedeck.session')).toBe('s');
  const indexes = Array.from({ length: 100 }, (_, i) => i);
  expect([...typedColumn(table, 'price')]).toEqual(indexes.map((i) => (i % 3 === 2 ? Number.NaN : i / 8)));
  expect([...typedColumn(table, 'sequence')]).toEqual(indexes.map(BigInt));
  expect([...typedColumn(table, 'at')]).toEqual(indexes.map((i) => (i % 3 === 2 ? MISSING : BigInt(i) * 1_000_000_007n)));
  expect(indexes.map((i) => table.getChild('symbol')!.get(i))).toEqual(indexes.map((i) => `s${i % 5}`));
  expect(indexes.map((i) => table.getChild('is_final')!.get(i))).toEqual(indexes.map((i) => (i % 3 === 2 ? null : i % 2 === 0)));
  expect([...(table.getChild('sizes')!.get(7) as Iterable<unknown>)]).toEqual([7, 0.5]);
});

test('the columns of an Arrow file are views of the bytes of the file, not copies', async () => {
  const table = await openTable(await write(join(aDataDir(), 't.arrow'), 'arrow', 1000));
  const [prices, sequences, times] = ['price', 'sequence', 'at'].map((name) => typedColumn(table, name));
  expect(prices!.buffer).toBe(sequences!.buffer);
  expect(prices!.buffer).toBe(times!.buffer);
  expect(prices!.buffer.byteLength).toBeGreaterThan(3 * 8 * 1000);
});

test('only the columns that are asked for are there, in the order asked', async () => {
  for (const format of ['arrow', 'parquet']) {
    const path = await write(join(aDataDir(), `t.${format}`), format, 10);
    const table = await openTable(path, { columns: ['at', 'price'] });
    expect(table.schema.names).toEqual(['at', 'price']);
    await expect(openTable(path, { columns: ['cost'] }).then((found) => typedColumn(found, 'cost'))).rejects.toThrow('cost');
  }
});

test('a folder of parts is one table, and its batches are row groups', async () => {
  const dir = join(aDataDir(), 'table=trades', 'session=s');
  mkdirSync(join(dir, 'date=2025-01-01'), { recursive: true });
  mkdirSync(join(dir, 'date=2025-01-02'));
  await write(join(dir, 'date=2025-01-01', 'part-000001.parquet'), 'parquet', 70_000);
  await write(join(dir, 'date=2025-01-02', 'part-000002.parquet'), 'parquet', 5);
  const lengths: number[] = [];
  for await (const batch of tableBatches(dir, { columns: ['sequence'] })) lengths.push(batch.numRows);
  expect(lengths).toEqual([65_536, 4_464, 5]);
  const sequences = typedColumn(await openTable(dir, { columns: ['sequence'] }), 'sequence');
  expect([sequences.length, sequences[69_999], sequences[70_004]]).toEqual([70_005, 69_999n, 4n]);
});

test('a sealed session opens with its payloads', async () => {
  const dataDir = aDataDir();
  const records = someRecords(300);
  await writeSession(dataDir, 's', records);
  await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf: () => '' });
  const table = await openTable(join(dataDir, 'parquet', 'session=s'));
  const [sequences, payloads] = [typedColumn(table, 'sequence'), table.getChild('payload')!];
  expect(sequences.length).toBe(300);
  for (const [row, sequence] of sequences.entries()) expect(payloads.get(row)).toEqual(records[Number(sequence)]!.payload);
});

test('what is missing, damaged or of another type is said by name', async () => {
  const dir = aDataDir();
  await expect(openTable(join(dir, 'none.arrow'))).rejects.toMatchObject({ code: 'TABLE_MISSING', exitCode: 2 });
  writeFileSync(join(dir, 'bad.parquet'), 'PAR1 but not really PAR1');
  await expect(openTable(join(dir, 'bad.parquet'))).rejects.toMatchObject({ code: 'TABLE_CORRUPT' });
  const table = await openTable(await write(join(dir, 't.arrow'), 'arrow', 3));
  expect(() => typedColumn(table, 'symbol')).toThrow(expect.objectContaining({ code: 'COLUMN_NOT_NUMERIC' }));
  expect(() => typedColumn(table, 'cost')).toThrow(expect.objectContaining({ code: 'COLUMN_UNKNOWN' }));
});

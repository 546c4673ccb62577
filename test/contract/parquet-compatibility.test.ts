import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tape } from '#domain';
import {
  DERIVED_COLUMNS,
  DERIVED_TABLES,
  type DerivedTable,
  deriveTables,
  exportTape,
  recordSyntheticSession,
  SYNTHETIC_VENUES,
  tableMarks,
} from '#replay';
import { createTableWriter, JournalTape, JournalWriter, type TableType, type TableValue } from '#storage';
import { VENUES } from '#venues';
import { seeds } from '../seeds.ts';
import { parquetjs } from './parquet-readers/parquetjs.ts';

const [seed = 1] = seeds(1);
const dir = mkdtempSync(join(tmpdir(), 'tapedeck-compatible-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let tape: Tape;
const wanted = new Map<DerivedTable, unknown[][]>();

beforeAll(async () => {
  const writer = await JournalWriter.create(dir, 'market');
  const startUs = Date.UTC(2025, 6, 6, 23, 59, 50) * 1000;
  await recordSyntheticSession({ seed, venues: SYNTHETIC_VENUES, strikes: 1, startUs, durationUs: 15_000_000 }, writer);
  await writer.close();
  tape = await JournalTape.open(dir, 'market');
  const row = (table: DerivedTable, values: readonly TableValue[]): void => {
    const cells = DERIVED_COLUMNS[table].map(({ type }, i) => compatibleCell(values[i]!, type));
    wanted.set(table, [...(wanted.get(table) ?? []), cells]);
  };
  await deriveTables(tape, { row, drain: async () => undefined }, { venues: VENUES });
});

/** Writes a table and reads it with parquetjs-lite. */
async function readBack(table: DerivedTable, format: string) {
  const path = join(dir, `${table}.${format}.parquet`);
  const marks = await tableMarks(tape, table, { venues: VENUES });
  const writer = await createTableWriter(format, DERIVED_COLUMNS[table], createWriteStream(path), marks);
  await exportTape(tape, writer, { table, venues: VENUES });
  const reader = await parquetjs.ParquetReader.openFile(path);
  try {
    const cursor = reader.getCursor();
    const rows: unknown[][] = [];
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      const found = row;
      rows.push(DERIVED_COLUMNS[table].map(({ name }) => found[name] ?? null));
    }
    return { rows, marks, found: reader.getMetadata(), version: reader.metadata.version };
  } finally {
    await reader.close();
  }
}

describe.each(DERIVED_TABLES.filter((table) => table !== 'notices'))('the table %s', (table) => {
  test('written for old readers is read by parquetjs-lite: every column of every row', async () => {
    const { rows, marks, found, version } = await readBack(table, 'parquet-compatible');
    expect(version).toBe(1);
    expect(found).toEqual(marks);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(wanted.get(table));
  });
});

test('parquetjs-lite refuses the Parquet we write for everybody else, by the version of its footer', async () => {
  await expect(readBack('trades', 'parquet')).rejects.toBe('invalid parquet version');
});

/** Times are int64 nanoseconds and lists JSON text, as `compatibleParquetTableWriter` says; the library gives int64 as bigint. */
function compatibleCell(value: TableValue, type: TableType): unknown {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return null;
  if (type === 'int64') return BigInt(value as number);
  if (type === 'float64-list') return JSON.stringify(value);
  if (type === 'decimal-text') return value === '' ? null : Number(value);
  return value;
}

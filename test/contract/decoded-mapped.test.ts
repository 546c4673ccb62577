import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  DERIVED_COLUMNS,
  DERIVED_TABLES,
  type DerivedTable,
  makeDecoded,
  openDecoded,
  recordSyntheticSession,
  SYNTHETIC_VENUES,
} from '#replay';
import { type DecodedTable, JournalWriter } from '#storage';
import { VENUES } from '#venues';
import { hasPython } from './parquet-readers/readers.ts';

// A decoded table is mapped into memory by pyarrow: nothing is copied, and every cell is the one that was written.

const SCRIPT = fileURLToPath(new URL('./parquet-readers/map_table.py', import.meta.url));
const PYTHON = process.env.TAPEDECK_PYTHON ?? 'python3';
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;
const data = mkdtempSync(join(tmpdir(), 'tapedeck-mapped-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

type Cell = string | number | boolean | null | readonly Cell[];

interface Mapped {
  readonly rows: number;
  /** Bytes that pyarrow had allocated before the file was mapped, after it was read and checked, and after its columns were summed. */
  readonly allocated: readonly number[];
  readonly alignments: readonly number[];
  readonly types: Readonly<Record<string, string>>;
  readonly marks: Readonly<Record<string, string>>;
  readonly cells: Readonly<Record<string, readonly Cell[]>>;
}

beforeAll(async () => {
  const writer = await JournalWriter.create(data, 's');
  const startUs = Date.UTC(2025, 6, 7) * 1000;
  await recordSyntheticSession({ seed: 3, venues: SYNTHETIC_VENUES, startUs, durationUs: 8_000_000, strikes: 1 }, writer);
  await writer.close();
  await makeDecoded(data, 's', DERIVED_TABLES, { venues: VENUES });
});

test.skipIf(!hasPython('pyarrow')).each(DERIVED_TABLES)('pyarrow maps %s without a copy and finds every cell', async (table) => {
  const decoded = await openDecoded(data, 's', table, { venues: VENUES });
  const mapped = JSON.parse(execFileSync(PYTHON, [SCRIPT, decoded.path], { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX })) as Mapped;
  // A scalar of a sum is all that it may need.
  expect(Math.max(...mapped.allocated) - mapped.allocated[0]!).toBeLessThanOrEqual(4096);
  expect(mapped.alignments.filter((rest) => rest !== 0)).toEqual([]);
  expect([mapped.rows, mapped.marks]).toEqual([decoded.rows, decoded.marks]);
  for (const { name, type, repeats } of DERIVED_COLUMNS[table]) {
    expect(mapped.types[name]).toBe(TYPES[repeats === true ? 'repeats' : type]);
    expect([name, mapped.cells[name]]).toEqual([name, cellsOf(decoded, table, name)]);
  }
});

const TYPES: Readonly<Record<string, string>> = {
  repeats: 'dictionary<values=string, indices=int32, ordered=0>',
  string: 'string',
  float64: 'double',
  'decimal-text': 'double',
  int64: 'int64',
  boolean: 'bool',
  'timestamp-ms': 'timestamp[ms, tz=UTC]',
  'timestamp-us': 'timestamp[us, tz=UTC]',
  'timestamp-ns': 'timestamp[ns, tz=UTC]',
  'float64-list': 'list<element: double>',
};

const MISSING_INT64 = -(1n << 63n);

function cellsOf(decoded: DecodedTable, table: DerivedTable, name: string): Cell[] {
  const { type } = DERIVED_COLUMNS[table].find((column) => column.name === name)!;
  if (type === 'int64' || type.startsWith('timestamp'))
    return Array.from(decoded.int64(name), (value) => (value === MISSING_INT64 ? null : String(value)));
  return [...decoded.arrow.getChild(name)!].map(plain);
}

function plain(value: unknown): Cell {
  return typeof value === 'object' && value !== null ? [...(value as Iterable<unknown>)].map(plain) : ((value ?? null) as Cell);
}

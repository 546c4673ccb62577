import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RECORD_KINDS, type RecordBody, type Tape, TapeRecord, utcDate } from '#domain';
import {
  DERIVED_COLUMNS,
  DERIVED_TABLES,
  type DerivedTable,
  deriveTables,
  exportAll,
  recordSyntheticSession,
  SYNTHETIC_VENUES,
} from '#replay';
import { JournalTape, JournalWriter, sealTape, type TableType, type TableValue } from '#storage';
import { channelLabel, VENUES } from '#venues';
import { randomOf, seeds } from '../seeds.ts';
import {
  type Cell,
  duckdbReader,
  type FolderReader,
  hasPython,
  PYTHON_LIBRARIES,
  pythonReader,
  wasmReader,
} from './parquet-readers/readers.ts';

// What we write is read by the tools that people have: each must give back every column of every row as the journal has it.

const [seed = 1] = seeds(1);
const dataDir = mkdtempSync(join(tmpdir(), 'tapedeck-readers-'));
const derivedDir = join(dataDir, 'derived');
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const READERS: readonly (readonly [string, boolean, FolderReader])[] = [
  ['DuckDB', true, duckdbReader],
  ['parquet-wasm', true, wasmReader],
  ...PYTHON_LIBRARIES.map((library) => [library, hasPython(library), pythonReader(library)] as const),
];

beforeAll(async () => {
  await writeSession('hard', (writer) => {
    for (const body of hardRecords()) append(writer, body);
  });
  await writeSession('market', (writer) =>
    // Seconds before and after the stocks of Seoul open, on a Monday; UTC begins a new day.
    recordSyntheticSession(
      { seed, venues: SYNTHETIC_VENUES, strikes: 1, startUs: Date.UTC(2025, 6, 6, 23, 59, 50) * 1000, durationUs: 15_000_000 },
      writer,
    ),
  );
  for (const session of ['hard', 'market']) {
    await sealTape(await JournalTape.open(dataDir, session), { dataDir, channelOf: channelLabel, partRowsMax: PART_ROWS_MAX });
  }
  mkdirSync(derivedDir);
  await exportAll(await JournalTape.open(dataDir, 'market'), derivedDir, { venues: VENUES, partRowsMax: 500 });
  derived = await derivedRows();
});

let derived: Awaited<ReturnType<typeof derivedRows>>;

describe.each(READERS)('%s', (_, isInstalled, read) => {
  test.skipIf(!isInstalled)(
    'reads both sealed sessions as one table: every column of every record, session and date among them',
    async () => {
      const columns = ['session', 'date', ...FRAME_COLUMNS];
      const wanted = [...(await framesOf('hard')), ...(await framesOf('market'))];
      expectRows(await read(join(dataDir, 'parquet'), columns), wanted);
    },
  );

  test.skipIf(!isInstalled)('reads every derived table: every column of every row', async () => {
    for (const [table, rows] of derived) {
      const names = DERIVED_COLUMNS[table].map(({ name }) => name);
      expectRows(await read(join(derivedDir, `table=${table}`), ['session', ...names]), rows, table);
    }
    // The market says something for nearly every table; notices need an account.
    expect(derived.size).toBeGreaterThanOrEqual(DERIVED_TABLES.length - 1);
  });
});

/** Order is no promise of a folder: the rows are compared as sets of lines, the first difference is shown. */
function expectRows(found: readonly (readonly Cell[])[], wanted: readonly (readonly Cell[])[], table = 'frames'): void {
  const [foundLines, wantedLines] = [found, wanted].map((rows) => rows.map((row) => JSON.stringify(row)).sort()) as [string[], string[]];
  const first = wantedLines.findIndex((line, i) => line !== foundLines[i]);
  expect([table, foundLines[first] ?? '', foundLines.length]).toEqual([table, wantedLines[first] ?? '', wantedLines.length]);
}

const PART_ROWS_MAX = 9_000;
const FRAME_COLUMNS = ['sequence', 'received_at_ns', 'monotonic_ns', 'venue', 'connection', 'kind', 'meta', 'channel', 'payload'];

/** The records of the journal as the columns of sealed frames: a part, and its date, begins with a later UTC day and after `PART_ROWS_MAX` rows. */
async function framesOf(session: string): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  let date = '';
  let rowsOfPart = 0;
  await eachRecord(await JournalTape.open(dataDir, session), (record) => {
    const day = utcDate(record.receivedAtUs);
    if (day > date || rowsOfPart === PART_ROWS_MAX) {
      date = day;
      rowsOfPart = 0;
    }
    rowsOfPart += 1;
    const { sequence, receivedAtNs, monotonicNs, venue, connection, kind, meta } = record;
    const texts = [venue, connection, kind, meta, channelLabel(record)];
    const payload = Buffer.from(record.payload()).toString('hex');
    rows.push([session, date, String(sequence), String(receivedAtNs), String(monotonicNs), ...texts, payload]);
  });
  return rows;
}

async function derivedRows(): Promise<Map<DerivedTable, Cell[][]>> {
  const tables = new Map<DerivedTable, Cell[][]>();
  const row = (table: DerivedTable, values: readonly TableValue[]): void => {
    const rows = tables.get(table) ?? [];
    tables.set(table, rows);
    rows.push(['market', ...DERIVED_COLUMNS[table].map(({ type }, i) => cellOf(values[i]!, type))]);
  };
  await deriveTables(await JournalTape.open(dataDir, 'market'), { row, drain: async () => undefined }, { venues: VENUES });
  return tables;
}

function cellOf(value: TableValue, type: TableType): Cell {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return null;
  switch (type) {
    case 'int64':
    case 'timestamp-ns':
      return String(value);
    case 'timestamp-us':
      return String(((value as bigint) / 1000n) * 1000n);
    case 'timestamp-ms':
      return String(((value as bigint) / 1_000_000n) * 1_000_000n);
    case 'decimal-text':
      return value === '' ? null : Number(value);
    case 'float64-list':
      return (value as readonly number[]).map((element) => (Number.isNaN(element) ? null : element));
    default:
      return value as Cell;
  }
}

async function eachRecord(tape: Tape, visit: (record: TapeRecord) => void): Promise<void> {
  const record = new TapeRecord();
  for await (const batch of tape.batches()) while (batch.next(record)) visit(record);
}

async function writeSession(session: string, write: (writer: JournalWriter) => unknown): Promise<void> {
  const writer = await JournalWriter.create(dataDir, session);
  await write(writer);
  await writer.close();
}

function append(writer: JournalWriter, { receivedAtNs, monotonicNs, venue, connection, kind, meta, payload }: RecordBody): void {
  writer.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, payload, 0, payload.length);
}

/** Every kind, every byte, invalid UTF-8, int64 to its ends, clocks that repeat, go back and jump two days: 20,000 records of several parts and groups. */
function hardRecords(): RecordBody[] {
  const random = randomOf(seed);
  const startNs = 1_751_846_390_000_000_000n;
  return Array.from({ length: 20_000 }, (_, i) => ({
    receivedAtNs:
      i === 7 ? -5n : startNs + BigInt(i) * 1_000_003n - BigInt(random.integer(0, 5_000_000)) + (i > 15_000 ? 172_800_000_000_000n : 0n),
    monotonicNs: i === 8 ? (1n << 63n) - 1n : i === 9 ? -(1n << 63n) : BigInt(i) * 1_000_003n,
    venue: random.pick(['binance-spot', 'kiwoom', '', 'nobody']),
    connection: random.pick(['a', 'market-1', '', '연결']),
    kind: random.pick(RECORD_KINDS),
    meta: random.chance(0.2) ? `{"text":"\\u0000 \\n ${random.pick(['가', '𝄞', '"', ''])}"}` : '',
    payload:
      i === 5
        ? Uint8Array.from({ length: 256 }, (_value, byte) => byte)
        : i === 6
          ? new Uint8Array(2 * 1024 * 1024).fill(0xff)
          : random.bytes(random.integer(0, 40)),
  }));
}

import { cpSync, createWriteStream, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Table } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { importCapture } from '#recorder';
import {
  createTableWriter,
  type DecodedTable,
  JournalTape,
  JournalWriter,
  listSessions,
  openTable,
  sealTape,
  type TableColumn,
  typedColumn,
} from '#storage';
import { channelLabel, VENUES, type Venue } from '#venues';
import { makeDecoded, openDecoded } from '../../replay/decoded.ts';
import { tableMarks } from '../../replay/derive.ts';
import { DERIVED_COLUMNS, DERIVED_TABLES, type DerivedTable } from '../../replay/derived-tables.ts';
import { exportTape } from '../../replay/export.ts';
import { recordSyntheticSession } from '../../replay/synthetic-session.ts';
import { hasCaptures } from '../engine/recorded-frames.ts';
import { aDataDir } from '../storage/journal-fixtures.ts';

const SESSION = 's';
const MORNING_US = Date.UTC(2026, 10, 23, 0, 30) * 1000; // a Monday, 09:30 in Korea
const OPTIONS = { venues: VENUES };

async function syntheticSession(venues: readonly string[], durationUs = 10_000_000): Promise<string> {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, SESSION);
  await recordSyntheticSession({ seed: 7, venues, startUs: MORNING_US, durationUs, strikes: 2 }, writer);
  await writer.close();
  return dataDir;
}

async function importedSession(venue: string, format: 'ns-lines' | 'jsonl', file: string): Promise<string> {
  const dataDir = aDataDir();
  const path = fileURLToPath(new URL(`../../../shared/data/${file}`, import.meta.url));
  const fields = format === 'jsonl' ? { fields: { time: 't', direction: 'dir', text: 'text' } } : {};
  const writer = await JournalWriter.create(dataDir, SESSION);
  await importCapture({ files: [path], format, venue, ...fields }, writer);
  await writer.close();
  return dataDir;
}

/** What `export --format arrow` writes, as a table. */
async function exported(dataDir: string, table: DerivedTable): Promise<Table> {
  const tape = await JournalTape.open(dataDir, SESSION);
  const path = join(dataDir, `${table}.arrow`);
  const writer = await createTableWriter('arrow', DERIVED_COLUMNS[table], createWriteStream(path), await tableMarks(tape, table, OPTIONS));
  await exportTape(tape, writer, { table, ...OPTIONS });
  return (await openTable(path)) as unknown as Table;
}

/** Each table, as `openDecoded` gives it, has the values of the export in every column, as cells and as typed arrays. */
async function checkTables(dataDir: string, tables: readonly DerivedTable[]): Promise<Record<string, number>> {
  await makeDecoded(dataDir, SESSION, tables, OPTIONS);
  const rows: Record<string, number> = {};
  for (const table of tables) {
    const decoded = await openDecoded(dataDir, SESSION, table, { ...OPTIONS, verify: true });
    const wanted = await exported(dataDir, table);
    expect([decoded.rows, decoded.columns]).toEqual([wanted.numRows, DERIVED_COLUMNS[table].map(({ name }) => name)]);
    expect(decoded.marks).toEqual(Object.fromEntries(wanted.numRows === 0 ? Object.entries(decoded.marks) : wanted.schema.metadata));
    if (wanted.numRows > 0) for (const column of DERIVED_COLUMNS[table]) checkColumn(decoded, wanted, column);
    rows[table] = decoded.rows;
  }
  return rows;
}

function checkColumn(decoded: DecodedTable, wanted: Table, { name, type, repeats = false }: TableColumn): void {
  const what = `${decoded.table}.${name}`;
  switch (type) {
    case 'string':
      return checkSame(what, repeats ? codedTexts(decoded, name) : plainTexts(decoded, name), [...wanted.getChild(name)!]);
    case 'float64':
    case 'decimal-text':
      return checkSame(what, decoded.float64(name), typedColumn(wanted, name));
    case 'boolean':
      return checkSame(what, [...decoded.arrow.getChild(name)!], [...wanted.getChild(name)!]);
    case 'float64-list':
      return checkLists(what, decoded, wanted, name);
    default:
      // Times too: whole numbers in the unit of the column, -2^63 where there is none.
      return checkSame(what, decoded.int64(name), typedColumn(wanted, name));
  }
}

function checkSame(what: string, found: ArrayLike<unknown>, wanted: ArrayLike<unknown>): void {
  let same = 0;
  while (same < found.length && Object.is(found[same], wanted[same])) same += 1;
  expect([what, same, found[same]]).toEqual([what, wanted.length, wanted[same]]);
}

/** Both have the same batches. */
function checkLists(what: string, decoded: DecodedTable, wanted: Table, name: string): void {
  for (const [i, batch] of decoded.batches.entries()) {
    const [data] = wanted.batches[i]!.getChild(name)!.data;
    const { offsets, values } = batch.lists(name);
    checkSame(what, offsets, data!.valueOffsets.subarray(0, batch.rows + 1)); // padded by the library's writer
    checkSame(what, values.subarray(0, offsets.at(-1)), (data!.children[0]!.values as Float64Array).subarray(0, offsets.at(-1)));
    const isThere = (bitmap: Uint8Array | undefined) => offsets.subarray(1).map((_, row) => ((bitmap?.[row >> 3] ?? 255) >> (row & 7)) & 1);
    checkSame(what, isThere(batch.validity(name)), isThere(data!.nullCount === 0 ? undefined : data!.nullBitmap));
  }
}

function codedTexts(table: DecodedTable, name: string): (string | null)[] {
  const texts = table.dictionary(name);
  return Array.from(table.codes(name), (code) => texts[code] ?? null);
}

function plainTexts(table: DecodedTable, name: string): (string | null)[] {
  const decoder = new TextDecoder();
  return table.batches.flatMap((batch) => {
    const { offsets, bytes } = batch.texts(name);
    const validity = batch.validity(name);
    return Array.from({ length: batch.rows }, (_, i) => {
      const isThere = validity === undefined || ((validity[i >> 3]! >> (i & 7)) & 1) === 1;
      return isThere ? decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])) : null;
    });
  });
}

const EVENTS: readonly DerivedTable[] = DERIVED_TABLES.filter((table) => table !== 'audits');

describe('decoded tables are the exported ones, in every column', () => {
  test.each([
    [['kis'], ['trades', 'quotes', 'books', 'bars', 'status']],
    [
      ['coincall-options', 'coincall-futures'],
      ['trades', 'books', 'option_quotes', 'readings'],
    ],
    [
      ['kiwoom', 'binance-spot'],
      ['trades', 'quotes', 'books', 'candles', 'audits'],
    ],
  ] as const)('a synthetic session of %s', async (venues, mustHaveRows) => {
    const rows = await checkTables(await syntheticSession(venues, 65_000_000), DERIVED_TABLES);
    for (const table of mustHaveRows) expect([table, rows[table]]).toEqual([table, expect.toSatisfy((count: number) => count > 0)]);
  });

  test.skipIf(!hasCaptures())('the Binance captures', async () => {
    const dataDir = await importedSession('binance-usdm', 'ns-lines', 'binance/usdm_btcusdt_20240808.txt.gz');
    const rows = await checkTables(dataDir, EVENTS);
    expect(Math.min(rows.trades!, rows.quotes!, rows.books!)).toBeGreaterThan(1_000);
  });

  test.skipIf(!hasCaptures())('the Kiwoom capture', async () => {
    const rows = await checkTables(await importedSession('kiwoom', 'jsonl', 'kiwoom/intraday.jsonl.gz'), EVENTS);
    expect(rows.trades).toBeGreaterThan(50);
  });
});

describe('a table that is opened', () => {
  test('is made the first time and opened from then on, by the same bytes', async () => {
    const dataDir = await syntheticSession(['kiwoom']);
    let passes = 0;
    const onProgress = () => {
      passes += 1;
    };
    const options = { ...OPTIONS, onProgress };
    const first = await openDecoded(dataDir, SESSION, 'trades', options);
    const [bytes, passesFirst] = [readFileSync(first.path), passes];
    expect(passesFirst).toBeGreaterThan(0);
    const again = await openDecoded(dataDir, SESSION, 'trades', options);
    expect([passes, again.rows]).toEqual([passesFirst, first.rows]);
    rmSync(first.path);
    await openDecoded(dataDir, SESSION, 'trades', options);
    expect(readFileSync(first.path).equals(bytes)).toBe(true);
  });

  test('is made again when a decoder, the lateness or the intervals are others', async () => {
    const dataDir = await syntheticSession(['kiwoom'], 61_000_000);
    const intervals = async (options: Partial<Parameters<typeof openDecoded>[3]>) => {
      const table = await openDecoded(dataDir, SESSION, 'candles', { ...OPTIONS, ...options });
      return [table.dictionary('interval'), table.marks];
    };
    expect(await intervals({})).toEqual([['1m'], expect.objectContaining({ 'tapedeck.intervals': '1m' })]);
    expect(await intervals({ intervals: ['10s', '1m'] })).toEqual([['10s', '1m'], expect.anything()]);
    expect((await intervals({ latenessUs: 5 }))[1]).toMatchObject({ 'tapedeck.lateness_us': expect.stringContaining('"kiwoom":5') });
    const newer = new Map<string, Venue>([...VENUES, ['kiwoom', { ...VENUES.get('kiwoom')!, decoderVersion: 999 }]]);
    expect((await intervals({ venues: newer }))[1]).toMatchObject({ 'tapedeck.decoder_versions': expect.stringContaining('999') });
  });

  test('is the same from the sealed copy, when the journal is gone', async () => {
    const dataDir = await syntheticSession(['kiwoom']);
    await openDecoded(dataDir, SESSION, 'trades', OPTIONS);
    const folder = join(dataDir, 'decoded', `session=${SESSION}`);
    const fromJournal = readFileSync(join(folder, 'trades.arrow'));
    await sealTape(await JournalTape.open(dataDir, SESSION), { dataDir, channelOf: channelLabel });
    rmSync(folder, { recursive: true });
    rmSync(join(dataDir, 'sessions'), { recursive: true });
    await openDecoded(dataDir, SESSION, 'trades', OPTIONS);
    expect(readFileSync(join(folder, 'trades.arrow')).equals(fromJournal)).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, '_manifest.json'), 'utf8'))).toMatchObject({ store: 'parquet' });
  });

  test('is no session of its own, and belongs to none that is open or unknown', async () => {
    const dataDir = await syntheticSession(['kiwoom']);
    await openDecoded(dataDir, SESSION, 'trades', OPTIONS);
    expect((await listSessions(dataDir)).map(({ session }) => session)).toEqual([SESSION]);
    const open = await JournalWriter.create(dataDir, 'open');
    await expect(openDecoded(dataDir, 'open', 'trades', OPTIONS)).rejects.toMatchObject({ code: 'SESSION_OPEN', exitCode: 2 });
    await expect(openDecoded(dataDir, 'never', 'trades', OPTIONS)).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
    await open.close();
    expect(readdirSync(join(dataDir, 'decoded'))).toEqual([`session=${SESSION}`]);
  });

  test('is not made from a sealed copy of another tape', async () => {
    const dataDir = await syntheticSession(['kiwoom']);
    const other = await syntheticSession(['binance-spot']);
    await sealTape(await JournalTape.open(other, SESSION), { dataDir: other, channelOf: channelLabel });
    cpSync(join(other, 'parquet'), join(dataDir, 'parquet'), { recursive: true });
    rmSync(join(dataDir, 'sessions', SESSION, 'journal', '00000001.tdj'));
    await expect(openDecoded(dataDir, SESSION, 'trades', OPTIONS)).rejects.toMatchObject({ code: 'DECODED_TAPE_OTHER' });
  });

  test('keeps nothing of a tape that cannot be read to its end', async () => {
    const dataDir = await syntheticSession(['kiwoom']);
    const path = join(dataDir, 'sessions', SESSION, 'journal', '00000001.tdj');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    await expect(openDecoded(dataDir, SESSION, 'trades', OPTIONS)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
    expect(readdirSync(join(dataDir, 'decoded'))).toEqual([]);
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Table, tableFromIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { decodedSessions, removeDecoded } from '../../../storage/decoded/remove-decoded.ts';
import { TextCodes } from '../../../storage/decoded/text-codes.ts';
import { nodeDisk } from '../../../storage/journal-disk.ts';
import { aDataDir } from '../journal-fixtures.ts';
import { COLUMNS, make, open, opened, type Row, SESSION, someRows } from './decoded-fixtures.ts';

const FOLDER = `decoded/session=${SESSION}`;
const MISSING_INT64 = -(1n << 63n);

/** The values of a column as the rows had them. */
function cellsOf(rows: readonly Row[], name: string) {
  const at = COLUMNS.findIndex((column) => column.name === name);
  return rows.map((row) => row[at]!);
}

test('every column comes back as typed arrays, what is missing too', async () => {
  const dataDir = aDataDir();
  const rows = someRows(1000);
  await make(dataDir, { rows: { trades: rows } });
  const table = await opened(dataDir, 'trades', { verify: true });
  expect([table.rows, table.columns, table.batches.length]).toEqual([1000, COLUMNS.map(({ name }) => name), 1]);
  expect([...table.float64('price')]).toEqual(cellsOf(rows, 'price'));
  expect([...table.float64('volume')]).toEqual(cellsOf(rows, 'volume').map(Number));
  expect([...table.int64('sequence')]).toEqual(cellsOf(rows, 'sequence').map((value) => BigInt(value as number)));
  expect([...table.int64('at')]).toEqual(cellsOf(rows, 'at').map((value) => value ?? MISSING_INT64));
  expect([...table.int64('venue_at')]).toEqual(cellsOf(rows, 'venue_at').map((value) => (value as bigint) / 1000n));
  const texts = table.dictionary('symbol');
  expect(texts).toHaveLength(7);
  expect([...table.codes('symbol')].map((code) => texts[code] ?? null)).toEqual(cellsOf(rows, 'symbol'));
  const [batch] = table.batches;
  const has = (name: string, i: number) => ((batch!.validity(name)?.[i >> 3] ?? 255) >> (i & 7)) & 1;
  const { offsets, bytes } = batch!.texts('id');
  const textOf = (i: number) => new TextDecoder().decode(bytes.subarray(offsets[i], offsets[i + 1]));
  expect(rows.map((_, i) => (has('id', i) === 1 ? textOf(i) : null))).toEqual(cellsOf(rows, 'id'));
  const bits = batch!.bits('isFinal');
  expect(rows.map((_, i) => (has('isFinal', i) === 1 ? ((bits[i >> 3]! >> (i & 7)) & 1) === 1 : null))).toEqual(cellsOf(rows, 'isFinal'));
  const lists = batch!.lists('sizes');
  const listOf = (i: number) => [...lists.values.subarray(lists.offsets[i], lists.offsets[i + 1])];
  expect(rows.map((_, i) => (has('sizes', i) === 1 ? listOf(i) : null))).toEqual(cellsOf(rows, 'sizes'));
  expect(batch!.validity('sequence')).toBeUndefined();
});

test('the arrays are views of one memory as long as the file, and every buffer in the file begins at a multiple of 64', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(70_000) } });
  const table = await opened(dataDir, 'trades');
  expect(table.batches.map(({ rows }) => rows)).toEqual([65_536, 4_464]);
  const bytes = readFileSync(table.path);
  for (const batch of table.batches) {
    const arrays = [batch.float64('price'), batch.int64('sequence'), batch.int64('at'), batch.codes('symbol'), batch.bits('isFinal')];
    arrays.push(batch.texts('id').bytes, batch.texts('id').offsets, batch.lists('sizes').values, batch.lists('sizes').offsets);
    arrays.push(batch.validity('price')!);
    for (const array of arrays) {
      expect([array.buffer.byteLength, array.byteOffset % 64]).toEqual([bytes.length, 0]);
      expect(array.buffer).toBe(arrays[0]!.buffer);
    }
  }
  // The Arrow table is made of the same bytes.
  const vector = (table.arrow as unknown as Table).getChild('price')!;
  expect(vector.data[1]!.values.buffer).toBe(table.batches[0]!.float64('price').buffer);
  // And a column over several batches is joined, by a copy.
  expect(table.float64('price')[69_999]).toBe(69_999 / 8);
  expect(table.codes('symbol')).toHaveLength(70_000);
});

test('anybody can read the file: the rows of apache-arrow are those that were written', async () => {
  const dataDir = aDataDir();
  const rows = someRows(100);
  await make(dataDir, { rows: { trades: rows } });
  const table = tableFromIPC(readFileSync(join(dataDir, FOLDER, 'trades.arrow')));
  expect(table.schema.metadata.get('tapedeck.table')).toBe('trades');
  expect([...table.getChild('symbol')!]).toEqual(cellsOf(rows, 'symbol'));
  expect([...table.getChild('id')!]).toEqual(cellsOf(rows, 'id'));
  expect([...table.getChild('sizes')!].map((list) => (list === null ? null : [...list].map((x) => x ?? Number.NaN)))).toEqual(
    cellsOf(rows, 'sizes'),
  );
});

test('only the columns that are asked for are read', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(70_000) } });
  let bytesRead = 0;
  const disk = {
    ...nodeDisk,
    open: async (path: string, mode: 'read') => {
      const file = await nodeDisk.open(path, mode);
      const read: typeof file.read = async (...args) => {
        const count = await file.read(...args);
        bytesRead += count;
        return count;
      };
      return { ...file, read, size: () => file.size(), close: () => file.close() };
    },
  } as typeof nodeDisk;
  const table = await opened(dataDir, 'trades', { columns: ['price', 'symbol'], disk });
  expect(table.columns).toEqual(['price', 'symbol']);
  const whole = await opened(dataDir, 'trades');
  expect(table.float64('price')).toEqual(whole.float64('price'));
  expect(table.codes('symbol')).toEqual(whole.codes('symbol'));
  expect(table.dictionary('symbol')).toEqual(whole.dictionary('symbol'));
  // 8 bytes and 4 bytes a row and their bitmaps, and what says where they are.
  expect(bytesRead).toBeGreaterThan(70_000 * 12);
  expect(bytesRead).toBeLessThan(70_000 * 12.5);
  expect(() => table.float64('volume')).toThrow(expect.objectContaining({ code: 'COLUMN_UNKNOWN' }));
  await expect(opened(dataDir, 'trades', { columns: ['cost'] })).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' });
});

test('a column is not handed out as what it is not', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(10) } });
  const table = await opened(dataDir, 'trades');
  const [batch] = table.batches;
  const wrong = expect.objectContaining({ code: 'COLUMN_OTHER_TYPE' });
  expect(() => table.float64('sequence')).toThrow(wrong);
  expect(() => table.int64('price')).toThrow(wrong);
  expect(() => table.codes('id')).toThrow(wrong);
  expect(() => table.dictionary('id')).toThrow(wrong);
  expect(() => batch!.texts('symbol')).toThrow(wrong);
  expect(() => batch!.lists('price')).toThrow(wrong);
  expect(() => batch!.bits('price')).toThrow(wrong);
});

test('a table without rows is there all the same, with its columns', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: [] } });
  const table = await opened(dataDir, 'trades', { verify: true });
  expect([table.rows, table.batches, table.columns.length]).toEqual([0, [], COLUMNS.length]);
  expect([table.float64('price').length, table.codes('symbol').length, table.dictionary('symbol')]).toEqual([0, 0, []]);
  expect((await opened(dataDir, 'trades', { columns: ['price'] })).columns).toEqual(['price']);
});

test('what is whole and up to date is not made again, and other tables are kept', async () => {
  const dataDir = aDataDir();
  expect((await make(dataDir, { rows: { trades: someRows(10) } })).made).toEqual(['trades']);
  expect((await make(dataDir, { rows: { trades: someRows(10) } })).made).toEqual([]);
  expect((await make(dataDir, { rows: { quotes: someRows(20) } })).made).toEqual(['quotes']);
  expect(readdirSync(join(dataDir, FOLDER)).sort()).toEqual(['_manifest.json', 'quotes.arrow', 'trades.arrow']);
  expect((await opened(dataDir, 'trades', { verify: true })).rows).toBe(10);
  expect((await opened(dataDir, 'quotes', { verify: true })).rows).toBe(20);
  expect(readdirSync(join(dataDir, 'decoded'))).toEqual([`session=${SESSION}`]);
});

test('tables of another tape or decoder are stale, and none of them is kept', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(10), quotes: someRows(10) } });
  const marks = { 'tapedeck.session': SESSION, 'tapedeck.tape_digest': 'other' };
  expect((await make(dataDir, { rows: { trades: someRows(5) }, marks })).made).toEqual(['trades']);
  expect(await open(dataDir, 'trades')).toMatchObject({ kind: 'stale' });
  expect(readdirSync(join(dataDir, FOLDER)).sort()).toEqual(['_manifest.json', 'trades.arrow']);
});

test('a table made with other settings is made again, the others are kept', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(10), candles: someRows(10) } });
  const own = { 'tapedeck.intervals': '5m' };
  expect(await open(dataDir, 'candles', { own })).toMatchObject({ kind: 'stale' });
  expect((await make(dataDir, { rows: { candles: someRows(3) }, own })).made).toEqual(['candles']);
  expect(await open(dataDir, 'candles', { own })).toMatchObject({ kind: 'open', table: { rows: 3 } });
  expect(await open(dataDir, 'trades')).toMatchObject({ kind: 'open', table: { rows: 10 } });
});

test.each([
  ['a table that is cut', (dir: string) => truncateSync(join(dir, 'trades.arrow'), 500), {}],
  ['a table that is gone', (dir: string) => writeFileSync(join(dir, 'trades.arrow'), ''), {}],
  ['a manifest with another digit', (dir: string) => flip(join(dir, '_manifest.json'), 40), {}],
  ['a flipped bit in a column, when it is looked for', (dir: string) => flip(join(dir, 'trades.arrow'), 2000), { verify: true }],
  ['a footer of nonsense', (dir: string) => nonsense(join(dir, 'trades.arrow')), {}],
  ['a footer of nonsense, when columns are asked for', (dir: string) => nonsense(join(dir, 'trades.arrow')), { columns: ['price'] }],
])('%s is noticed and made again', async (_, damage, options) => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(100) } });
  damage(join(dataDir, FOLDER));
  const found = await open(dataDir, 'trades', options);
  expect(['missing', 'damaged']).toContain(found.kind);
  expect((await make(dataDir, { rows: { trades: someRows(100) } })).made).toEqual(['trades']);
  expect((await opened(dataDir, 'trades', { verify: true })).rows).toBe(100);
});

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

function nonsense(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xee, bytes.length - 200, bytes.length - 10));
}

test('makers of one process take turns, and none makes what another has made', async () => {
  const dataDir = aDataDir();
  const all = await Promise.all(['trades', 'quotes', 'trades'].map((table) => make(dataDir, { rows: { [table]: someRows(50) } })));
  expect(all.map(({ made }) => made)).toEqual([['trades'], ['quotes'], []]);
});

test('a maker of another process is a usage error', async () => {
  const dataDir = aDataDir();
  const disk = { ...nodeDisk, lock: async () => ({ kind: 'held', pid: 4711 }) as const };
  await expect(make(dataDir, { rows: { trades: [] }, disk })).rejects.toMatchObject({
    code: 'DECODED_LOCKED',
    message: expect.stringContaining('4711'),
  });
});

test('a failure on the way leaves what was there, and no leavings', async () => {
  const dataDir = aDataDir();
  await make(dataDir, { rows: { trades: someRows(10) } });
  const bad = [[...someRows(1)[0]!.slice(0, 8), 'x', 'one too many']];
  await expect(make(dataDir, { rows: { quotes: bad } })).rejects.toThrow('values');
  expect(readdirSync(join(dataDir, 'decoded'))).toEqual([`session=${SESSION}`]);
  expect((await opened(dataDir, 'trades', { verify: true })).rows).toBe(10);
});

test('too many different texts for codes are an error that names the column', () => {
  const codes = new TextCodes('symbol', 2);
  expect([...codes.codesOf(['a', null, 'b', 'a'])]).toEqual([0, -1, 1, 0]);
  expect(() => codes.codesOf(['c'])).toThrow(
    expect.objectContaining({ code: 'DECODED_TEXTS_MAX', message: expect.stringContaining('symbol') }),
  );
});

test('what a maker who was killed left goes with the next one, or with a removal', async () => {
  const dataDir = aDataDir();
  const left = join(dataDir, 'decoded', `_making-${SESSION}`, 'new', 'trades.arrow');
  const leave = () => {
    mkdirSync(dirname(left), { recursive: true });
    writeFileSync(left, 'half');
  };
  leave();
  expect(await decodedSessions(dataDir)).toEqual([SESSION]);
  await make(dataDir, { rows: { trades: someRows(10) } });
  expect(readdirSync(join(dataDir, 'decoded'))).toEqual([`session=${SESSION}`]);
  await removeDecoded(dataDir, SESSION);
  leave();
  expect(await removeDecoded(dataDir, SESSION)).toBe(4);
  expect(readdirSync(join(dataDir, 'decoded'))).toEqual([]);
});

test('removing tells the bytes and leaves nothing', async () => {
  const dataDir = aDataDir();
  const { entries } = await make(dataDir, { rows: { trades: someRows(10) } });
  expect(await removeDecoded(dataDir, SESSION)).toBeGreaterThan(entries[0]!.bytes);
  expect(existsSync(join(dataDir, FOLDER))).toBe(false);
  expect(await removeDecoded(dataDir, SESSION)).toBe(0);
});

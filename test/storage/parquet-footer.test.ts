import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { JournalTape } from '../../storage/journal-tape.ts';
import { readParquetFooter } from '../../storage/parquet-footer.ts';
import { readParquetManifest } from '../../storage/parquet-manifest.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { checkSeeds } from '../seeds.ts';
import { aDataDir, aRecord, writeSession } from './journal-fixtures.ts';

/** A sealed file of several row groups, and the bytes of its footer. */
async function aSealedFile(): Promise<{ readonly file: Uint8Array; readonly footer: Uint8Array }> {
  const dataDir = aDataDir();
  await writeSession(
    dataDir,
    's',
    Array.from({ length: 20_000 }, (_, i) => aRecord({ payload: new Uint8Array(i % 50), meta: i % 9 === 0 ? `{"n":${i}}` : '' })),
  );
  await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf: (record) => `c${record.payloadLength % 3}` });
  const paths = sessionPaths(dataDir, 's');
  const file = readFileSync(join(paths.parquetDir, (await readParquetManifest(paths))!.parts[0]!.path));
  const footerBytes = file.readUInt32LE(file.length - 8);
  return { file, footer: file.subarray(file.length - 8 - footerBytes, file.length - 8) };
}

test('the places of columns are those that another reader of Parquet finds', async () => {
  const { file, footer } = await aSealedFile();
  const expected = parquetMetadata(new Uint8Array(file)).row_groups.map((group) => ({
    rows: Number(group.num_rows),
    columns: group.columns.map(({ meta_data: metadata }) => ({
      name: metadata!.path_in_schema.join('.'),
      start: Number(metadata!.dictionary_page_offset ?? metadata!.data_page_offset),
      bytes: Number(metadata!.total_compressed_size),
      pagesBytes: Number(metadata!.total_uncompressed_size),
    })),
  }));
  expect(expected.length).toBe(3);
  expect(readParquetFooter(footer).groups).toEqual(expected);
});

test('a footer that is cut off anywhere is an error, and a damaged one is an error or places', async () => {
  const { footer } = await aSealedFile();
  for (let length = 0; length < footer.length; length++)
    expect(() => readParquetFooter(footer.subarray(0, length)), `${length}`).toThrow(Error);
  checkSeeds(2000, (random) => {
    const damaged = footer.slice();
    for (let i = random.integer(1, 4); i > 0; i--) damaged[random.integer(0, damaged.length - 1)] = random.integer(0, 255);
    try {
      for (const { rows, columns } of readParquetFooter(damaged).groups) {
        for (const { start, bytes, pagesBytes } of columns) expect([rows, start, bytes, pagesBytes].every(Number.isSafeInteger)).toBe(true);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(RangeError); // neither the stack nor memory was exhausted
    }
  });
});

test('bytes of nothing are no footer', () => {
  expect(() => readParquetFooter(new Uint8Array(0))).toThrow('ends too early');
  expect(() => readParquetFooter(Uint8Array.of(0))).toThrow('names no row groups');
  // A list inside a list inside a list …
  expect(() => readParquetFooter(new Uint8Array(100).fill(0x19))).toThrow('too deep');
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordBody } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { readParquetManifest } from '../../storage/parquet-manifest.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { checkSeedsAsync, type Random } from '../seeds.ts';
import { aDataDir, appendAll, aRecord, collect, numbered, type StoredRecord, someRecords, writeSession } from './journal-fixtures.ts';
import { MemoryDisk } from './memory-disk.ts';

const SESSION = 's';
const JOURNAL = 'data/sessions/s/journal';

/** Records of which some are long, so that a segment has several blocks. */
function mixedRecords(random: Random): RecordBody[] {
  return someRecords(random.integer(0, 120), random.uint32()).map((record) =>
    random.chance(0.1) ? { ...record, payload: new Uint8Array(random.integer(0, 600_000)) } : record,
  );
}

interface SeekableTape {
  batches(start?: {
    readonly fromSequence?: number;
  }): AsyncIterable<Parameters<typeof collect>[0] extends AsyncIterable<infer B> ? B : never>;
}

/** The tape from several sequences on is the end of the whole tape. */
async function checkStarts(tape: SeekableTape, random: Random): Promise<void> {
  const all = await collect(tape.batches());
  const starts = [0, 1, all.length - 1, all.length, all.length + 5, ...Array.from({ length: 6 }, () => random.integer(0, all.length))];
  // Blocks end at long records.
  const long = all.filter(({ payload }) => payload.length > 100_000).slice(0, 8);
  starts.push(...long.flatMap(({ sequence }) => [sequence - 1, sequence, sequence + 1]));
  for (const fromSequence of starts.filter((start) => start >= 0)) {
    const found = await collect(tape.batches({ fromSequence }));
    expect(found.length, `from ${fromSequence}`).toBe(Math.max(0, all.length - fromSequence));
    expect(
      found.findIndex((record, i) => !isSame(record, all[fromSequence + i]!)),
      `from ${fromSequence}`,
    ).toBe(-1);
  }
}

function isSame(a: StoredRecord, b: StoredRecord): boolean {
  return a.sequence === b.sequence && a.receivedAtNs === b.receivedAtNs && a.meta === b.meta && Buffer.compare(a.payload, b.payload) === 0;
}

test('a closed journal can be read from any record on, over all segments and blocks', async () => {
  await checkSeedsAsync(15, async (random) => {
    const disk = new MemoryDisk();
    await writeSession('data', SESSION, mixedRecords(random), { disk, segmentBytesMax: random.pick([2000, 1_000_000, 100_000_000]) });
    // Without some of the indexes too, which are only a short cut.
    for (const path of [...disk.files.keys()]) if (path.endsWith('.tdx') && random.chance(0.3)) disk.files.delete(path);
    await checkStarts(await JournalTape.open('data', SESSION, { disk }), random);
  });
});

test('an open journal can be read from any record on, up to a torn end or into a segment that is not there yet', async () => {
  await checkSeedsAsync(15, async (random) => {
    const disk = new MemoryDisk();
    const segmentBytesMax = random.pick([2000, 100_000_000]);
    const writer = await JournalWriter.create('data', SESSION, { disk, segmentBytesMax, pendingBytesMax: 1 << 30 });
    appendAll(writer, mixedRecords(random));
    await writer.abandon();
    const last = [...disk.files.keys()]
      .filter((path) => path.endsWith('.tdj'))
      .sort()
      .at(-1)!;
    disk.put(last, disk.get(last).subarray(0, random.integer(0, disk.get(last).length)));
    await checkStarts(await JournalTape.open('data', SESSION, { disk }), random);
  });
});

test('a sealed copy can be read from any record on, over all parts and row groups', async () => {
  await checkSeedsAsync(4, async (random) => {
    const dataDir = aDataDir();
    const records = random.chance(0.5) ? mixedRecords(random) : Array.from({ length: 20_000 }, () => aRecord());
    await writeSession(dataDir, SESSION, records);
    const partRowsMax = random.pick([30, 9000, 1_000_000]);
    await sealTape(await JournalTape.open(dataDir, SESSION), {
      dataDir,
      channelOf: (record) => `c${record.payloadLength % 3}`,
      partRowsMax,
    });
    await checkStarts(await openParquetTape(dataDir, SESSION), random);
  });
});

test('reading the end of a long journal reads one segment and of it the last blocks', async () => {
  const disk = new MemoryDisk();
  const records = Array.from({ length: 400 }, () => aRecord({ payload: new Uint8Array(100_000) }));
  await writeSession('data', SESSION, records, { disk, segmentBytesMax: 8_000_000 });
  const reads: string[] = [];
  disk.fail = (operation, path) => {
    if (operation === 'read' && path.endsWith('.tdj')) reads.push(path);
    return undefined;
  };
  const found = await collect((await JournalTape.open('data', SESSION, { disk })).batches({ fromSequence: 399 }));
  expect(found).toEqual(numbered(records).slice(399));
  // Headers on the way there, then header, footer and one run of blocks.
  expect(reads.length).toBeLessThan(12);
  expect(new Set(reads).size).toBeLessThanOrEqual(4);
});

test('damage before the first record that is wanted does not stop reading, damage after it does', async () => {
  const disk = new MemoryDisk();
  await writeSession('data', SESSION, someRecords(200), { disk, segmentBytesMax: 4000 });
  const path = join(JOURNAL, '00000002.tdj');
  const bytes = disk.get(path);
  bytes[200]! ^= 1;
  disk.put(path, bytes);
  const tape = await JournalTape.open('data', SESSION, { disk });
  expect(await collect(tape.batches({ fromSequence: 190 }))).toEqual(numbered(someRecords(200)).slice(190));
  await expect(collect(tape.batches({ fromSequence: 1 }))).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
});

test('parts of a sealed copy before the first record that is wanted are not read', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, someRecords(90));
  await sealTape(await JournalTape.open(dataDir, SESSION), { dataDir, channelOf: () => '', partRowsMax: 30 });
  const { parts } = (await readParquetManifest(sessionPaths(dataDir, SESSION)))!;
  writeFileSync(join(sessionPaths(dataDir, SESSION).parquetDir, parts[0]!.path), 'damaged');
  const tape = await openParquetTape(dataDir, SESSION);
  const next = parts[1]!.firstSequence;
  expect(await collect(tape.batches({ fromSequence: next }))).toEqual(numbered(someRecords(90)).slice(next));
  await expect(collect(tape.batches({ fromSequence: next - 1 }))).rejects.toMatchObject({ code: 'PARQUET_CORRUPT' });
});

test('a start that is no sequence is a bug of the caller', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, someRecords(3));
  const tape = await JournalTape.open(dataDir, SESSION);
  for (const fromSequence of [-1, 0.5, Number.NaN])
    await expect(collect(tape.batches({ fromSequence }))).rejects.toThrow('begins at a sequence');
});

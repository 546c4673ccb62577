import { readFileSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RecordBody } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { type FrameFilter, FrameSelection, readFrames } from '../../storage/parquet-frames.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { sealTape } from '../../storage/seal.ts';
import { checkSeedsAsync } from '../seeds.ts';
import { aDataDir, aRecord, collect, numbered, START_NS, writeSession } from './journal-fixtures.ts';

const SECOND_NS = 1_000_000_000n;
const CHANNELS = ['trade', 'depth@100ms', 'a channel with a long name 가', 'status'];
/** The label of a record in these tests: by its first byte. */
const channelOf = (record: { bytes: Uint8Array; start: number }): string => CHANNELS[record.bytes[record.start]!]!;

/** A session of 40,000 records, one each millisecond, in 4 parts and 8 row groups; `status` is told only at its end. */
async function aSealedSession(): Promise<{ readonly dataDir: string; readonly records: readonly RecordBody[] }> {
  const dataDir = aDataDir();
  const records = Array.from({ length: 40_000 }, (_, i) => {
    const channel = i >= 38_500 && i % 100 === 0 ? 3 : i % 3;
    const payload = Uint8Array.from({ length: 100 + (i % 7) }, (_value, at) => (at === 0 ? channel : (i * 31 + at * at) & 255));
    return aRecord({ receivedAtNs: START_NS + BigInt(i) * 1_000_000n, venue: i < 20_000 ? 'binance-spot' : 'kiwoom', payload });
  });
  await writeSession(dataDir, 's', records);
  await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf, partRowsMax: 10_000 });
  return { dataDir, records };
}

/** Counts what is read from files while it is on, by the operating system's own answers. */
async function countReads(): Promise<{ bytes: number }> {
  const count = { bytes: 0 };
  const probe = await open(import.meta.filename, 'r');
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const original = prototype.read;
  prototype.read = async function (this: FileHandle, ...args: unknown[]) {
    const result = await (original as (...values: unknown[]) => Promise<{ bytesRead: number }>).apply(this, args);
    count.bytes += result.bytesRead;
    return result;
  } as FileHandle['read'];
  onTestFinished(() => {
    prototype.read = original;
  });
  return count;
}

async function select(dataDir: string, filter: FrameFilter) {
  const tape = await openParquetTape(dataDir, 's');
  const size = tape.manifest.parts.reduce((sum, part) => sum + part.bytes, 0);
  const selection = new FrameSelection(tape, filter);
  const reads = await countReads();
  const records = await collect(selection.batches());
  return { records, counts: selection.counts, bytesRead: reads.bytes, share: reads.bytes / size };
}

test('a time range reads only the row groups that it touches, and gives exactly its records', async () => {
  const { dataDir, records } = await aSealedSession();
  const [fromNs, toNs] = [START_NS + 12n * SECOND_NS, START_NS + 13n * SECOND_NS];
  const selected = await select(dataDir, { fromNs, toNs });
  expect(selected.records).toEqual(numbered(records).slice(12_000, 13_000));
  expect(selected.counts).toEqual({ bytesRead: selected.bytesRead, groupsRead: 1, groupsSkipped: 7 });
  expect(selected.share).toBeLessThan(0.25);
});

test('a venue and a rare channel are found by limits and labels alone', async () => {
  const { dataDir, records } = await aSealedSession();
  const rare = await select(dataDir, { channels: ['status'] });
  expect(rare.records).toEqual(numbered(records).filter(({ payload }) => payload[0] === 3));
  expect(rare.counts).toMatchObject({ groupsRead: 1, groupsSkipped: 7 });
  expect(rare.share).toBeLessThan(0.15);
  const venue = await select(dataDir, { venues: ['kiwoom'] });
  expect(venue.records).toEqual(numbered(records).slice(20_000));
  expect(venue.counts).toMatchObject({ groupsRead: 4, groupsSkipped: 4 });
  const nothing = await select(dataDir, { channels: ['no such channel'] });
  expect(nothing.records).toEqual([]);
  expect(nothing.share).toBeLessThan(0.05);
});

test('any filter gives the records that a full scan with it gives', async () => {
  const { dataDir, records } = await aSealedSession();
  const all = numbered(records);
  await checkSeedsAsync(5, async (random) => {
    const fromNs = random.chance(0.5) ? START_NS + BigInt(random.integer(-5, 45_000)) * 1_000_000n : undefined;
    const toNs = random.chance(0.5) ? START_NS + BigInt(random.integer(-5, 45_000)) * 1_000_000n : undefined;
    const venues = random.chance(0.3) ? [random.pick(['kiwoom', 'binance-spot', 'kis'])] : undefined;
    const channels = random.chance(0.6) ? [random.pick(CHANNELS), random.pick([...CHANNELS, 'none'])] : undefined;
    const wanted = all.filter(
      ({ receivedAtNs, venue, payload }) =>
        (fromNs === undefined || receivedAtNs >= fromNs) &&
        (toNs === undefined || receivedAtNs < toNs) &&
        (venues === undefined || venues.includes(venue)) &&
        (channels === undefined || channels.includes(CHANNELS[payload[0]!]!)),
    );
    const filter = { ...(fromNs && { fromNs }), ...(toNs && { toNs }), ...(venues && { venues }), ...(channels && { channels }) };
    const found: unknown[] = [];
    for await (const record of readFrames(dataDir, 's', filter)) found.push(record);
    expect(found.length).toBe(wanted.length);
    expect(found).toEqual(wanted);
  });
});

test('damage in a row group that is read is an error that names file and record; damage elsewhere is not looked for', async () => {
  const { dataDir } = await aSealedSession();
  const { manifest, folder } = await openParquetTape(dataDir, 's');
  const part = manifest.parts[2]!;
  const file = join(folder, part.path);
  const bytes = readFileSync(file);
  const group = part.groups[1]!;
  bytes[group.offset + group.bytes - 100]! ^= 1;
  writeFileSync(file, bytes);
  const untouched = { toNs: START_NS + 28n * SECOND_NS };
  expect((await select(dataDir, untouched)).records).toHaveLength(28_000);
  await expect(select(dataDir, { fromNs: START_NS + 29n * SECOND_NS })).rejects.toMatchObject({
    code: 'PARQUET_CORRUPT',
    message: expect.stringContaining(`${part.path}: damaged at record ${group.firstSequence}`),
  });
});

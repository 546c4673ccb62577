import { expect, test } from 'vitest';
import { JournalTape } from '../../../storage/journal-tape.ts';
import { JournalWriter } from '../../../storage/journal-writer.ts';
import { repairJournal } from '../../../storage/repair/repair-journal.ts';
import { repairSession } from '../../../storage/repair/repair-session.ts';
import { sealTape } from '../../../storage/seal.ts';
import { sessionPaths } from '../../../storage/session-paths.ts';
import { verifySession } from '../../../storage/session-verify.ts';
import { verifyJournal } from '../../../storage/verify.ts';
import { FaultyDisk } from '../../fixtures/faulty-disk.ts';
import { checkSeedsAsync, randomOf } from '../../seeds.ts';
import { appendAll, numbered, readSession, someRecords, writeSession } from '../journal-fixtures.ts';
import { type DiskOperation, MemoryDisk } from '../memory-disk.ts';

const JOURNAL = 'data/sessions/s/journal';
const PATHS = sessionPaths('data', 's');
const CHANGING: readonly DiskOperation[] = ['write', 'datasync', 'truncate', 'rename', 'remove', 'syncDirectory'];

/** A closed session whose second segment lost a record to a flipped bit, and whose third lost its footer. */
async function aDamagedDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await writeSession('data', 's', someRecords(60, 71), { disk, segmentBytesMax: 2_500 });
  const second = disk.get(`${JOURNAL}/00000002.tdj`);
  second[140]! ^= 2;
  disk.put(`${JOURNAL}/00000002.tdj`, second);
  disk.put(`${JOURNAL}/00000003.tdj`, disk.get(`${JOURNAL}/00000003.tdj`).subarray(0, -150));
  return disk;
}

function copyOf(disk: MemoryDisk): MemoryDisk {
  const copy = new MemoryDisk();
  for (const path of disk.files.keys()) copy.put(path, disk.get(path));
  return copy;
}

/** Counts the operations that change the disk, and fails at one of them, and at all after it, as a killed process would. */
function failAt(disk: MemoryDisk, place: number): () => number {
  let operations = 0;
  disk.fail = (operation) => {
    if (!CHANGING.includes(operation)) return undefined;
    operations += 1;
    return operations >= place ? 'EIO' : undefined;
  };
  return () => operations;
}

test('a repair that is interrupted anywhere loses nothing, and the next one ends as if it had not been', async () => {
  const damaged = await aDamagedDisk();
  const uninterrupted = copyOf(damaged);
  const count = failAt(uninterrupted, Number.POSITIVE_INFINITY);
  const whole = await repairJournal(uninterrupted, PATHS, [], true);
  expect(whole.recordsLost).toBeGreaterThan(0);
  const expected = await readSession('data', 's', { disk: uninterrupted });
  const torn = [...uninterrupted.files.keys()].filter((path) => path.includes('.tdj.torn-'));
  expect(torn.length).toBeGreaterThan(1);
  const operations = count();
  expect(operations).toBeGreaterThan(20);
  for (let place = 1; place <= operations; place++) {
    const disk = copyOf(damaged);
    failAt(disk, place);
    await expect(repairJournal(disk, PATHS, [], true), `operation ${place}`).rejects.toThrow('EIO');
    disk.fail = () => undefined;
    await repairJournal(disk, PATHS, [], true);
    expect(await readSession('data', 's', { disk }), `operation ${place}`).toEqual(expected);
    for (const path of torn) expect(disk.get(path), `${path}, operation ${place}`).toEqual(uninterrupted.get(path));
    expect((await verifyJournal('data', 's', { disk })).problems, `operation ${place}`).toEqual([]);
  }
});

// What the schedules of `repair-faults.test.ts` found, each as it was found. What a power cut leaves is up to the seed.
const SEEDS = 20;

/** A record of a segment with one wrong byte. */
async function damage(disk: FaultyDisk, name: string, offset = 140): Promise<void> {
  const file = await disk.open(`${JOURNAL}/${name}`, 'update');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, offset);
  await file.write([Uint8Array.of(byte[0]! ^ 2)], offset);
  await file.datasync();
}

test('a repair that was killed after a hole was filled takes the segments behind it for what they are, also without session.json', async () => {
  const disk = new FaultyDisk(randomOf(36));
  const records = someRecords(60, 71);
  await writeSession('data', 's', records, { disk, segmentBytesMax: 2_500 });
  await disk.remove(PATHS.manifestPath);
  await damage(disk, '00000002.tdj');
  disk.failAt({ operation: 'rename', path: '00000003.tdj.tmp', end: 'kill' });
  await repairSession('data', 's', { disk }).catch(() => undefined);
  expect(disk.end).toBe('kill');
  disk.restart();
  expect(await repairSession('data', 's', { disk })).toMatchObject({ records: 60, remaining: [] });
  const found = await readSession('data', 's', { disk });
  const own = numbered(records).filter((record) => found.some((other) => other.sequence === record.sequence && other.kind === record.kind));
  expect(own.length).toBeGreaterThan(57);
});

test('a repair of an open session makes it durable before it is closed, and writes a segment again whose sync failed', async () => {
  await checkSeedsAsync(SEEDS, async (random) => {
    const disk = new FaultyDisk(random);
    disk.spared = ['.unsynced.tmp'];
    const records = someRecords(30, 72);
    const writer = await JournalWriter.create('data', 's', { disk, syncIntervalMs: 0 });
    appendAll(writer, records);
    // Its footer is written, so that it looks whole, but not synced.
    disk.failAt({ operation: 'datasync', path: '.tdj', ...(random.chance(0.5) ? { end: 'kill' } : {}) });
    await writer.close().catch(() => undefined);
    disk.endNow('kill');
    disk.restart();
    expect(await repairSession('data', 's', { disk })).toMatchObject({ records: 30, remaining: [] });
    disk.endNow('power-cut');
    disk.restart();
    expect(await readSession('data', 's', { disk })).toEqual(numbered(records));
    expect(await verifySession('data', 's', { disk })).toMatchObject({ ok: true });
  });
});

test('a repair that was killed before its last name was sure is made sure by the next one, which finds nothing to do', async () => {
  await checkSeedsAsync(SEEDS, async (random) => {
    const disk = new FaultyDisk(random);
    await writeSession('data', 's', someRecords(30, 73), { disk });
    await damage(disk, '00000001.tdj');
    disk.failAt({ operation: 'rename', path: 'session.json.tmp', end: 'kill' });
    await repairSession('data', 's', { disk }).catch(() => undefined);
    expect(disk.end).toBe('kill');
    disk.restart();
    const { tapeDigest } = await repairSession('data', 's', { disk });
    disk.endNow('power-cut');
    disk.restart();
    expect(await verifySession('data', 's', { disk })).toMatchObject({ ok: true, tapeDigest });
  });
});

test('records of a copy that cannot be read just now are not given up for lost', async () => {
  const disk = new FaultyDisk(randomOf(1));
  const records = someRecords(30, 74);
  await writeSession('data', 's', records, { disk });
  await sealTape(await JournalTape.open('data', 's', { disk }), { dataDir: 'data', disk, channelOf: () => 'c' });
  await damage(disk, '00000001.tdj');
  const [part] = [...disk.snapshot(PATHS.parquetDir).keys()].filter((name) => name.endsWith('.parquet'));
  // Repairs read the copy more than once: each of the reads may be the one that fails.
  let left = 0;
  for (let reads = 0; left <= 0; reads++) {
    left = reads;
    const failing = new Proxy(disk, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]) => {
          if (name === 'open' && String(args[0]).endsWith(part!) && left-- === 0)
            return Promise.reject(Object.assign(new Error('EIO: read'), { code: 'EIO' }));
          return Reflect.apply(value, target, args);
        };
      },
    });
    const told = await repairSession('data', 's', { disk: failing }).catch((error: unknown) => error);
    if (told instanceof Error) expect(told).toMatchObject({ code: expect.stringMatching(/^(PARQUET|JOURNAL)_IO$/) });
    else expect(told).toMatchObject({ recordsLost: 0 });
    if (!(told instanceof Error)) await damage(disk, '00000001.tdj');
  }
  expect(await repairSession('data', 's', { disk })).toMatchObject({ recordsLost: 0, remaining: [] });
  expect(await readSession('data', 's', { disk })).toEqual(numbered(records));
});

test('a segment that the disk keeps wrong never takes the place of the old one', async () => {
  const disk = new FaultyDisk(randomOf(1));
  await writeSession('data', 's', someRecords(60, 75), { disk, segmentBytesMax: 2_500 });
  // With a copy there is nothing to keep beside: the segment is the first file that is written.
  await sealTape(await JournalTape.open('data', 's', { disk }), { dataDir: 'data', disk, channelOf: () => 'c' });
  await damage(disk, '00000002.tdj');
  const before = disk.snapshot(PATHS.journalDir).get('00000002.tdj');
  disk.faults = { wrongBit: 1 };
  await expect(repairSession('data', 's', { disk })).rejects.toMatchObject({ code: 'FILE_DIFFERS' });
  expect(disk.snapshot(PATHS.journalDir).get('00000002.tdj')).toEqual(before);
  disk.faults = {};
  expect(await repairSession('data', 's', { disk })).toMatchObject({ recordsLost: 0, remaining: [] });
});

test('what an interrupted write left in the journal of a closed session is removed, and said', async () => {
  const disk = new FaultyDisk(randomOf(1));
  await writeSession('data', 's', someRecords(30, 76), { disk });
  await (await disk.open(`${JOURNAL}/00000001.tdj.torn-99.tmp`, 'create')).write([new Uint8Array(5)], 0);
  expect(await verifySession('data', 's', { disk })).toMatchObject({ ok: false });
  expect(await repairSession('data', 's', { disk })).toMatchObject({
    actions: [{ kind: 'rest-removed', file: 'journal/00000001.tdj.torn-99.tmp' }],
    remaining: [],
  });
});

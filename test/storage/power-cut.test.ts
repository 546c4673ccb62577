import { describe, expect, test } from 'vitest';
import type { RecordBody } from '#domain';
import { listSessions } from '../../storage/catalogue.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { FaultyDisk } from '../fixtures/faulty-disk.ts';
import { checkSeedsAsync, type Random } from '../seeds.ts';
import { append, appendAll, numbered, readSession, someRecords } from './journal-fixtures.ts';

// What `disk-faults.test.ts` found, one case at a time. A power cut keeps any part of what was not synced, so each is tried with several seeds.

const SEEDS = 20;
const JOURNAL = 'data/sessions/s/journal';
const OPTIONS = { syncIntervalMs: 0 };

function withDisk(check: (disk: FaultyDisk, random: Random) => Promise<void>, seeds = SEEDS): Promise<void> {
  return checkSeedsAsync(seeds, (random) => check(new FaultyDisk(random), random));
}

/** Ends all that runs, in this way, and begins anew on what is left. */
async function ends(disk: FaultyDisk, end: 'kill' | 'power-cut', writer?: JournalWriter): Promise<void> {
  disk.endNow(end);
  await writer?.abandon().catch(() => undefined);
  disk.restart();
}

/** A journal on the disk with records that were flushed. */
async function recorded(disk: FaultyDisk, records: readonly RecordBody[]): Promise<JournalWriter> {
  const writer = await JournalWriter.create('data', 's', { disk, ...OPTIONS });
  appendAll(writer, records);
  await writer.flush();
  return writer;
}

/** Recovers, closes and reads the session. */
async function recovered(disk: FaultyDisk) {
  const writer = await JournalWriter.reopen('data', 's', { disk, ...OPTIONS });
  await writer.close();
  const { problems } = await verifyJournal('data', 's', { disk });
  expect(problems).toEqual([]);
  return readSession('data', 's', { disk });
}

describe('a power cut', () => {
  test('takes nothing that was flushed, in a data folder that was made with the session', async () => {
    const records = someRecords(30);
    await withDisk(async (disk) => {
      await ends(disk, 'power-cut', await recorded(disk, records));
      expect(await recovered(disk)).toEqual(numbered(records));
    });
  });

  test('takes nothing that a recovery acknowledged, when the recorder was killed between a footer and its sync', async () => {
    const records = someRecords(30);
    await withDisk(async (disk) => {
      const writer = await JournalWriter.create('data', 's', { disk, ...OPTIONS });
      appendAll(writer, records);
      disk.failAt({ operation: 'datasync', path: '.tdj', end: 'kill' });
      await expect(writer.close()).rejects.toMatchObject({ code: 'JOURNAL_IO' });
      disk.restart();
      const again = await JournalWriter.reopen('data', 's', { disk, ...OPTIONS });
      expect(again.durableRecords).toBe(records.length);
      await ends(disk, 'power-cut', again);
      expect(await recovered(disk)).toEqual(numbered(records));
    });
  });

  test('takes nothing that a recovery acknowledged after a sync failed: what the kernel forgot is written again', async () => {
    const records = someRecords(30);
    await withDisk(async (disk) => {
      const writer = await JournalWriter.create('data', 's', { disk, ...OPTIONS });
      appendAll(writer, records);
      disk.failAt({ operation: 'datasync', path: '.tdj' });
      await expect(writer.flush()).rejects.toMatchObject({ code: 'JOURNAL_IO' });
      await ends(disk, 'kill', writer);
      expect([...disk.snapshot(JOURNAL).keys()]).toContain('00000001.tdj.unsynced.tmp');
      const again = await JournalWriter.reopen('data', 's', { disk, ...OPTIONS });
      expect([...disk.snapshot(JOURNAL).keys()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await ends(disk, 'power-cut', again);
      expect(await recovered(disk)).toEqual(numbered(records));
    });
  });

  test('leaves what recovery set aside as session.json names it', async () => {
    await withDisk(async (disk) => {
      const writer = await JournalWriter.create('data', 's', { disk, segmentBytesMax: 1500, drainBytes: 1, ...OPTIONS });
      appendAll(writer, someRecords(30));
      await writer.drain();
      await ends(disk, 'kill', writer);
      const first = await disk.open(`${JOURNAL}/00000001.tdj`, 'update');
      await first.write([Uint8Array.of(1, 2, 3)], 100);
      await first.close();
      const again = await JournalWriter.reopen('data', 's', { disk, ...OPTIONS });
      expect(again.cuts.length).toBeGreaterThan(1);
      await again.close();
      await ends(disk, 'power-cut');
      expect((await verifyJournal('data', 's', { disk })).problems).toEqual([]);
    });
  });
});

describe('a recorder that was stopped while it made its session', () => {
  test('leaves a session that can be listed and recorded into, at whatever operation it was stopped', async () => {
    const records = someRecords(10);
    for (let operation = 0; operation < 25; operation++) {
      await withDisk(async (disk, random) => {
        disk.endAfter(operation, random.pick(['kill', 'power-cut']));
        const first = await JournalWriter.create('data', 's', { disk, ...OPTIONS }).catch(() => undefined);
        await ends(disk, 'kill', first);
        const isThere = disk.has('data/sessions/s');
        expect((await listSessions('data', disk)).map(({ session, state, records: kept }) => ({ session, state, records: kept }))).toEqual(
          isThere ? [{ session: 's', state: 'open', records: 0 }] : [],
        );
        const open = isThere ? JournalWriter.reopen : JournalWriter.create;
        const writer = await open('data', 's', { disk, ...OPTIONS });
        appendAll(writer, records);
        await writer.flush();
        await ends(disk, 'power-cut', writer);
        expect(await recovered(disk)).toEqual(numbered(records));
      }, 6);
    }
  });
});

test('a sync that fails while the writer lets go of its file is told', async () => {
  await withDisk(async (disk) => {
    const writer = await JournalWriter.create('data', 's', { disk, syncIntervalMs: 1 });
    appendAll(writer, someRecords(5));
    disk.failAt({ operation: 'close', path: '.tdj' });
    await expect(writer.abandon()).rejects.toMatchObject({ code: 'JOURNAL_IO' });
  });
});

test('a session that cannot be looked at is told with a code', async () => {
  await withDisk(async (disk) => {
    disk.faults = { failure: 1 };
    await expect(JournalWriter.reopen('data', 's', { disk })).rejects.toMatchObject({ code: 'JOURNAL_IO' });
    await expect(JournalWriter.create('data', 's', { disk })).rejects.toMatchObject({ code: 'JOURNAL_IO' });
  });
});

test('a sync that failed is not made good by the one after it', async () => {
  await withDisk(async (disk) => {
    const writer = await JournalWriter.create('data', 's', { disk, segmentBytesMax: 1500, ...OPTIONS });
    const records = someRecords(10).map((record) => ({ ...record, payload: new Uint8Array(50) }));
    appendAll(writer, records);
    disk.failAt({ operation: 'datasync', path: '.tdj' });
    const flushed = writer.flush();
    append(writer, { ...records[0]!, payload: new Uint8Array(2000) }); // ends the segment, which is synced once more
    await expect(flushed).rejects.toMatchObject({ code: 'JOURNAL_IO' });
    await expect(writer.abandon()).rejects.toMatchObject({ code: 'JOURNAL_IO' });
    expect(writer.durableRecords).toBe(0);
  });
});

test('a full disk stops the writer with a code and takes nothing that was flushed; the session goes on when there is room again', async () => {
  const records = someRecords(40);
  await withDisk(async (disk, random) => {
    const writer = await recorded(disk, records.slice(0, 20));
    disk.capacityBytes = bytesUsed(disk) + random.integer(0, 500);
    appendAll(writer, records.slice(20));
    const full = { code: 'JOURNAL_DISK_FULL', message: expect.stringContaining('free space') };
    await expect(writer.flush()).rejects.toMatchObject(full);
    await expect(writer.abandon()).rejects.toMatchObject(full);
    await expect(JournalWriter.reopen('data', 's', { disk, ...OPTIONS })).rejects.toMatchObject(full);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    const found = await recovered(disk);
    expect(found.length).toBeGreaterThanOrEqual(20);
    expect(found).toEqual(numbered(records.slice(0, found.length)));
  });
});

function bytesUsed(disk: FaultyDisk): number {
  let bytes = 0;
  for (const file of disk.snapshot('data').values()) bytes += file.length;
  return bytes;
}

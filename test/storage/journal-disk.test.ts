import { describe, expect, test } from 'vitest';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { append, appendAll, numbered, readSession, someRecords, writeSession } from './journal-fixtures.ts';
import { type DiskOperation, MemoryDisk } from './memory-disk.ts';

describe('a failing disk', () => {
  test.each([
    ['write', 'ENOSPC', 'JOURNAL_DISK_FULL'],
    ['write', 'EIO', 'JOURNAL_IO'],
    ['datasync', 'EIO', 'JOURNAL_IO'],
    ['datasync', 'ENOSPC', 'JOURNAL_DISK_FULL'],
  ] as [DiskOperation, string, string][])(
    'that answers %s with %s stops the writer with %s at flush, append, drain and close',
    async (operation, code, expected) => {
      const disk = new MemoryDisk();
      const writer = await JournalWriter.create('data', 's', { disk });
      appendAll(writer, someRecords(5));
      disk.fail = (op, path) => (op === operation && path.endsWith('.tdj') ? code : undefined);
      await expect(writer.flush()).rejects.toMatchObject({ code: expected, message: expect.stringContaining('00000001.tdj') });
      disk.fail = () => undefined;
      expect(() => append(writer, someRecords(1)[0]!)).toThrow(expect.objectContaining({ code: expected }));
      await expect(writer.drain()).rejects.toMatchObject({ code: expected });
      await expect(writer.close()).rejects.toMatchObject({ code: expected });
    },
  );

  test.each([
    ['write', '.tdx.tmp'],
    ['rename', '.tdx.tmp'],
    ['write', 'session.json.tmp'],
    ['datasync', 'session.json.tmp'],
    ['rename', 'session.json.tmp'],
    ['open', 'session.json.tmp'],
  ] as [DiskOperation, string][])(
    'that fails to %s %s fails the close, and the session can be recovered and closed',
    async (operation, file) => {
      const disk = new MemoryDisk();
      const records = someRecords(20);
      const writer = await JournalWriter.create('data', 's', { disk });
      appendAll(writer, records);
      disk.fail = (op, path) => (op === operation && path.endsWith(file) ? 'ENOSPC' : undefined);
      await expect(writer.close()).rejects.toMatchObject({ code: 'JOURNAL_DISK_FULL' });
      disk.fail = () => undefined;
      const again = await JournalWriter.reopen('data', 's', { disk });
      expect(again.cuts).toEqual([]);
      await again.close();
      expect(await readSession('data', 's', { disk })).toEqual(numbered(records));
      expect((await verifyJournal('data', 's', { disk })).problems).toEqual([]);
    },
  );

  test('that cannot make the session says so', async () => {
    const disk = new MemoryDisk();
    disk.fail = (operation) => (operation === 'makeDirectory' ? 'EACCES' : undefined);
    await expect(JournalWriter.create('data', 's', { disk })).rejects.toMatchObject({ code: 'JOURNAL_PERMISSION' });
  });

  test('that fails at any single operation never loses a flushed record', async () => {
    const records = someRecords(60, 31);
    for (let failing = 0; failing < 60; failing++) {
      const disk = new MemoryDisk();
      let operations = 0;
      disk.fail = () => (operations++ === failing ? 'EIO' : undefined);
      const flushed = await recordUntilFailure(disk, records);
      disk.fail = () => undefined;
      if (flushed === undefined) continue;
      const writer = await JournalWriter.reopen('data', 's', { disk });
      expect(writer.records, `operation ${failing} failed`).toBeGreaterThanOrEqual(flushed);
      await writer.close();
      expect(await readSession('data', 's', { disk }), `operation ${failing} failed`).toEqual(numbered(records.slice(0, writer.records)));
    }
  });

  /** How many records were flushed before the disk failed; `undefined` when the session was not made, or was closed. */
  async function recordUntilFailure(disk: MemoryDisk, records: ReturnType<typeof someRecords>): Promise<number | undefined> {
    let flushed: number | undefined;
    let writer: JournalWriter | undefined;
    try {
      writer = await JournalWriter.create('data', 's', { disk, segmentBytesMax: 1500, syncIntervalMs: 0 });
      for (const record of records) {
        append(writer, record);
        await writer.flush();
        flushed = writer.records;
      }
      await writer.close();
      return undefined;
    } catch {
      return flushed;
    } finally {
      await writer?.abandon().catch(() => undefined);
    }
  }
});

test('a disk that takes and gives few bytes at a time holds the same files', async () => {
  const records = someRecords(50, 32);
  const whole = new MemoryDisk();
  const slow = new MemoryDisk();
  slow.transferBytesMax = 7;
  await writeSession('data', 's', records, { disk: whole });
  await writeSession('data', 's', records, { disk: slow });
  expect([...slow.files.keys()]).toEqual([...whole.files.keys()]);
  for (const path of whole.files.keys()) expect(slow.get(path)).toEqual(whole.get(path));
  expect(await readSession('data', 's', { disk: slow })).toEqual(numbered(records));
});

test('every file of the journal is durable before session.json names it', async () => {
  const disk = new MemoryDisk();
  const unsynced = new Set<string>();
  let unsyncedAtClose: string[] | undefined;
  disk.fail = (operation, path) => {
    if (operation === 'write') unsynced.add(path);
    if (operation === 'datasync') unsynced.delete(path);
    if (operation === 'rename' && path.endsWith('session.json.tmp')) unsyncedAtClose = [...unsynced];
    return undefined;
  };
  await writeSession('data', 's', someRecords(40), { disk, segmentBytesMax: 1500 });
  expect(unsyncedAtClose).toEqual([]);
});

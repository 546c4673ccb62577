import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { followJournal } from '../../storage/journal-follow.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { aDataDir, appendAll, collect, numbered, random, someRecords, writeSession } from './journal-fixtures.ts';
import { MemoryDisk } from './memory-disk.ts';

const JOURNAL = 'data/sessions/s/journal';

test('a follower sees every record of a growing session once, in order, over all segments, and ends with it', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const disk = new MemoryDisk();
    const next = random(seed);
    const records = someRecords(400, seed);
    const writer = await JournalWriter.create('data', 's', { disk, segmentBytesMax: 4000 });
    let appended = 0;
    // Each wait of the follower lets the writer go on a little.
    const wait = async () => {
      if (appended === records.length) {
        await writer.close();
        return;
      }
      const end = Math.min(records.length, appended + next(40));
      appendAll(writer, records.slice(appended, end));
      appended = end;
      if (next(3) > 0) await writer.flush();
    };
    expect(await collect(followJournal('data', 's', { disk, wait })), `seed ${seed}`).toEqual(numbered(records));
  }
});

test('a follower never sees a record before all its bytes are written', async () => {
  const source = new MemoryDisk();
  const records = someRecords(6, 3);
  await writeSession('data', 's', records, { disk: source });
  const bytes = source.get(join(JOURNAL, '00000001.tdj'));
  const disk = new MemoryDisk();
  disk.put(join(JOURNAL, '00000001.tdj'), bytes.subarray(0, 0));
  let length = 0;
  let seen = 0;
  const wait = async () => {
    length += 1;
    if (length <= bytes.length) disk.put(join(JOURNAL, '00000001.tdj'), bytes.subarray(0, length));
    else disk.put('data/sessions/s/session.json', source.get('data/sessions/s/session.json'));
  };
  const view = new TapeRecord();
  for await (const batch of followJournal('data', 's', { disk, wait })) {
    while (batch.next(view)) {
      expect(view.copy()).toEqual({ ...records[seen]!, sequence: seen });
      seen += 1;
    }
  }
  expect(seen).toBe(records.length);
  expect(length).toBeGreaterThanOrEqual(bytes.length);
});

test('a follower that begins later sees exactly the rest, wherever in a segment that is, and opens no segment before it', async () => {
  const disk = new MemoryDisk();
  const records = someRecords(300, 6);
  await writeSession('data', 's', records, { disk, segmentBytesMax: 4000 });
  for (let fromSequence = 0; fromSequence <= 300; fromSequence += 7) {
    const read = await collect(followJournal('data', 's', { disk, fromSequence }));
    expect(read, `from ${fromSequence}`).toEqual(numbered(records).slice(fromSequence));
  }
  expect(await collect(followJournal('data', 's', { disk, fromSequence: 301 }))).toEqual([]);
  // What it need not read may be damaged.
  const first = disk.get(join(JOURNAL, '00000001.tdj'));
  disk.put(join(JOURNAL, '00000001.tdj'), first.fill(0, 100));
  expect(await collect(followJournal('data', 's', { disk, fromSequence: 200 }))).toEqual(numbered(records).slice(200));
});

test('a follower of a closed session reads all of it, from the real disk', async () => {
  const dataDir = aDataDir();
  const records = someRecords(1000, 4);
  await writeSession(dataDir, 's', records, { segmentBytesMax: 20_000 });
  expect(await collect(followJournal(dataDir, 's'))).toEqual(numbered(records));
});

test('a follower goes on after the writer stopped in the middle of a record and was reopened', async () => {
  const disk = new MemoryDisk();
  const records = someRecords(30, 5);
  const path = join(JOURNAL, '00000001.tdj');
  const first = await JournalWriter.create('data', 's', { disk });
  appendAll(first, records.slice(0, 11));
  await first.abandon();
  disk.put(path, disk.get(path).subarray(0, -1));
  let waits = 0;
  const wait = async () => {
    waits += 1;
    if (waits !== 3) return;
    const second = await JournalWriter.reopen('data', 's', { disk });
    appendAll(second, records.slice(10));
    await second.close();
  };
  expect(await collect(followJournal('data', 's', { disk, wait }))).toEqual(numbered(records));
});

test('a follower ends quietly when it is told to stop', async () => {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, 's');
  appendAll(writer, someRecords(5));
  await writer.flush();
  const stop = new AbortController();
  let seen = 0;
  const view = new TapeRecord();
  for await (const batch of followJournal(dataDir, 's', { signal: stop.signal })) {
    while (batch.next(view)) seen += 1;
    stop.abort();
  }
  expect(seen).toBe(5);
  await writer.close();
});

test('damage ends a follower with JOURNAL_CORRUPT, after it looked again', async () => {
  const { disk, path } = await anOpenSession();
  const bytes = disk.get(path);
  bytes[90]! ^= 1;
  disk.put(path, bytes);
  let waits = 0;
  const wait = async () => {
    waits += 1;
  };
  await expect(collect(followJournal('data', 's', { disk, wait }))).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  expect(waits).toBeGreaterThan(2);
});

test('a record that waits for its last bytes is damage once the session is closed', async () => {
  const { disk, path } = await anOpenSession();
  disk.put(path, disk.get(path).subarray(0, -1));
  let waits = 0;
  const wait = async () => {
    waits += 1;
    if (waits === 20) disk.put('data/sessions/s/session.json', Uint8Array.of(1));
  };
  await expect(collect(followJournal('data', 's', { disk, wait }))).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  expect(waits).toBe(20);
});

async function anOpenSession() {
  const disk = new MemoryDisk();
  const writer = await JournalWriter.create('data', 's', { disk });
  appendAll(writer, someRecords(5));
  await writer.abandon();
  return { disk, path: join(JOURNAL, '00000001.tdj') };
}

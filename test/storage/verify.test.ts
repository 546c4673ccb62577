import { describe, expect, test } from 'vitest';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { appendAll, aRecord, collect, readSession, someRecords, writeSession } from './journal-fixtures.ts';
import { MemoryDisk } from './memory-disk.ts';

const DIR = 'data/sessions/s';

async function aClosedSession(records = someRecords(24, 21), segmentBytesMax = 1800): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await writeSession('data', 's', records, { disk, segmentBytesMax });
  return disk;
}

const verify = (disk: MemoryDisk) => verifyJournal('data', 's', { disk });
const relative = (path: string) => path.slice(DIR.length + 1);

/** Where the records of a segment begin. */
function recordStarts(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts: number[] = [];
  for (let at = 64; view.getUint32(at + 4, true) !== 0xffff_ffff; at += view.getUint32(at + 4, true)) starts.push(at);
  return starts;
}

describe('a closed session', () => {
  test('that is whole has no problem', async () => {
    const disk = await aClosedSession();
    expect([...disk.files.keys()].length).toBeGreaterThan(4);
    expect(await verify(disk)).toMatchObject({ state: 'closed', records: 24, problems: [], notes: [] });
  });

  test('with any one bit flipped has a problem in that file, at that record where it is in one', async () => {
    const disk = await aClosedSession();
    for (const path of disk.files.keys()) {
      const whole = disk.get(path);
      const starts = path.endsWith('.tdj') ? recordStarts(whole) : [];
      for (let i = 0; i < whole.length; i++) {
        const damaged = whole.slice();
        damaged[i]! ^= 1 << ((i * 5) % 8);
        disk.put(path, damaged);
        const { problems } = await verify(disk);
        const start = starts.findLast((at) => at <= i);
        const where = `${path}, byte ${i}`;
        const isInRecord = start !== undefined && i < whole.length - 96;
        expect(problems[0], where).toMatchObject({ file: relative(path), ...(isInRecord ? { offset: start, kind: 'record-bad' } : {}) });
        expect(problems[0]!.sequence ?? problems[0]!.offset, where).toBeTypeOf('number');
      }
      disk.put(path, whole);
    }
  });

  test('with any file cut off at any byte, or with a byte too many, has a problem in that file', async () => {
    const disk = await aClosedSession();
    for (const path of disk.files.keys()) {
      const whole = disk.get(path);
      for (let length = 0; length <= whole.length + 1; length++) {
        if (length === whole.length) continue;
        const changed = new Uint8Array(length);
        changed.set(whole.subarray(0, length));
        disk.put(path, changed);
        expect(
          (await verify(disk)).problems.map((problem) => problem.file),
          `${path}, ${length} bytes`,
        ).toContain(relative(path));
      }
      disk.put(path, whole);
    }
  });

  test('with any file missing, or one too many, has a problem', async () => {
    const disk = await aClosedSession();
    for (const path of [...disk.files.keys()]) {
      const whole = disk.get(path);
      await disk.remove(path);
      expect(
        (await verify(disk)).problems.map((problem) => problem.file),
        path,
      ).toContain(relative(path));
      disk.put(path, whole);
    }
    for (const extra of ['journal/00000099.tdx', 'journal/stray', 'stray']) {
      disk.put(`${DIR}/${extra}`, Uint8Array.of(1));
      expect((await verify(disk)).problems).toEqual([expect.objectContaining({ file: extra, kind: 'file-extra' })]);
      await disk.remove(`${DIR}/${extra}`);
    }
    expect((await verify(disk)).problems).toEqual([]);
  });

  test('with two damaged records has both reported, and the whole ones counted', async () => {
    const disk = await aClosedSession(someRecords(40, 22), 1_000_000);
    const path = `${DIR}/journal/00000001.tdj`;
    const bytes = disk.get(path);
    const starts = recordStarts(bytes);
    bytes[starts[7]! + 10]! ^= 1;
    bytes[starts[30]! + 4]! ^= 0x80;
    disk.put(path, bytes);
    const check = await verify(disk);
    expect(check.records).toBe(38);
    expect(check.problems).toEqual([
      expect.objectContaining({ sequence: 7, offset: starts[7], kind: 'record-bad' }),
      expect.objectContaining({ sequence: 30, offset: starts[30], kind: 'record-bad' }),
    ]);
  });

  test('that lost a segment says so and still checks the others', async () => {
    const disk = await aClosedSession(someRecords(60, 23), 1800);
    await disk.remove(`${DIR}/journal/00000002.tdj`);
    const { problems } = await verify(disk);
    expect(problems.map((problem) => problem.file)).toEqual(['journal/00000002.tdj']);
  });

  test('with a manifest that lies consistently is found out by its records', async () => {
    const disk = await aClosedSession();
    const other = new MemoryDisk();
    await writeSession('data', 's', someRecords(24, 99), { disk: other, segmentBytesMax: 1800 });
    disk.put(`${DIR}/session.json`, other.get(`${DIR}/session.json`));
    expect((await verify(disk)).problems.length).toBeGreaterThan(0);
  });
});

describe('files that are whole in themselves', () => {
  test.each([
    ['an index', 'journal/00000001.tdx', 'index-bad'],
    ['a segment', 'journal/00000002.tdj', 'header-bad'],
  ])('but %s of another session, are found', async (_, file, kind) => {
    const records = someRecords(24, 21);
    const disk = await aClosedSession(records);
    // The same lengths and times, so that only digests and checksums tell the two apart.
    const others = records.map((record) => ({ ...record, payload: record.payload.map((byte) => byte ^ 1) }));
    const other = await aClosedSession(others);
    expect(other.get(`${DIR}/${file}`).length).toBe(disk.get(`${DIR}/${file}`).length);
    disk.put(`${DIR}/${file}`, other.get(`${DIR}/${file}`));
    expect((await verify(disk)).problems[0]).toMatchObject({ file, kind });
  });
});

describe('reading a damaged closed session', () => {
  test('never gives a record that differs: it is the same, or JOURNAL_CORRUPT with the place', async () => {
    const disk = await aClosedSession(someRecords(12, 24), 1_000_000);
    const path = `${DIR}/journal/00000001.tdj`;
    const whole = disk.get(path);
    const starts = recordStarts(whole);
    const last = whole.length - 96;
    for (let i = 64; i < last; i++) {
      const damaged = whole.slice();
      damaged[i]! ^= 0x10;
      disk.put(path, damaged);
      const sequence = starts.findLastIndex((at) => at <= i);
      await expect(readSession('data', 's', { disk }), `byte ${i}`).rejects.toMatchObject({
        code: 'JOURNAL_CORRUPT',
        exitCode: 3,
        message: expect.stringContaining(`record ${sequence} at offset ${starts[sequence]}`),
      });
    }
  });

  test('works without its index, and with one that is damaged', async () => {
    const disk = await aClosedSession();
    const path = `${DIR}/journal/00000001.tdx`;
    const index = disk.get(path);
    index[40]! ^= 1;
    disk.put(path, index);
    expect(await readSession('data', 's', { disk })).toHaveLength(24);
    await disk.remove(path);
    expect(await readSession('data', 's', { disk })).toHaveLength(24);
  });

  test('a missing segment or a damaged manifest is an error before the first record', async () => {
    const disk = await aClosedSession();
    const manifest = disk.get(`${DIR}/session.json`);
    disk.put(`${DIR}/session.json`, manifest.subarray(1));
    await expect(JournalTape.open('data', 's', { disk })).rejects.toMatchObject({ code: 'MANIFEST_CORRUPT', exitCode: 3 });
    disk.put(`${DIR}/session.json`, manifest);
    await disk.remove(`${DIR}/journal/00000001.tdj`);
    await expect(JournalTape.open('data', 's', { disk })).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});

describe('an open session', () => {
  test('may have a torn tail, which is a note', async () => {
    const disk = new MemoryDisk();
    const writer = await JournalWriter.create('data', 's', { disk });
    appendAll(writer, [...someRecords(5), aRecord({ payload: new Uint8Array(50) })]);
    await writer.abandon();
    const path = `${DIR}/journal/00000001.tdj`;
    disk.put(path, disk.get(path).subarray(0, -1));
    expect(await verify(disk)).toMatchObject({ state: 'open', records: 5, problems: [], notes: [{ kind: 'torn-tail', sequence: 5 }] });
  });

  test('may not be damaged in the middle', async () => {
    const disk = new MemoryDisk();
    const writer = await JournalWriter.create('data', 's', { disk });
    appendAll(writer, someRecords(10));
    await writer.abandon();
    const path = `${DIR}/journal/00000001.tdj`;
    const bytes = disk.get(path);
    bytes[100]! ^= 1;
    disk.put(path, bytes);
    expect(await verify(disk)).toMatchObject({ records: 9, problems: [{ kind: 'record-bad', sequence: 0, offset: 64 }] });
    await expect(collect((await JournalTape.open('data', 's', { disk })).batches())).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});

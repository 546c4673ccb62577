import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { EMPTY_TAPE_DIGEST, TapeDigest } from '../../storage/tape-digest.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { aDataDir, append, appendAll, aRecord, numbered, readSession, START_NS, someRecords, writeSession } from './journal-fixtures.ts';
import { MemoryDisk } from './memory-disk.ts';

const DAY_NS = 86_400_000_000_000n;

test('closed segments are told when footer and index are in the files, and at once by a writer that goes on with a session', async () => {
  const dataDir = aDataDir();
  const journal = join(dataDir, 'sessions/s/journal');
  const told: { readonly segments: number; readonly indexes: number }[] = [];
  const tell = (segments: number) =>
    void told.push({ segments, indexes: readdirSync(journal).filter((name) => name.endsWith('.tdx')).length });
  const writer = await JournalWriter.create(dataDir, 's', { segmentBytesMax: 4000 });
  writer.tellClosedSegments(tell);
  appendAll(writer, someRecords(60));
  await writer.flush();
  expect(told.length).toBeGreaterThan(2);
  expect(told.every(({ segments, indexes }, i) => segments === i + 1 && indexes >= segments)).toBe(true);
  const closed = told.length;
  await writer.abandon();
  const next = await JournalWriter.reopen(dataDir, 's');
  told.length = 0;
  next.tellClosedSegments(tell);
  // Recovery closed the one that was still written.
  expect(told).toEqual([{ segments: closed + 1, indexes: closed + 1 }]);
  await next.close();
  expect(told.at(-1)?.segments).toBe(closed + 2);
});

describe('what was appended is read back', () => {
  test('every field of every record, across many buffers', async () => {
    const dataDir = aDataDir();
    const records = someRecords(12_000);
    const closed = await writeSession(dataDir, 's', records);
    expect(closed.records).toBe(records.length);
    expect(closed.firstReceivedAtNs).toBe(records[0]!.receivedAtNs);
    expect(closed.lastReceivedAtNs).toBe(records.at(-1)!.receivedAtNs);
    expect(await readSession(dataDir, 's')).toEqual(numbered(records));
  });

  test('a record far longer than a buffer, between short ones', async () => {
    const dataDir = aDataDir();
    const long = new Uint8Array(9 * 1024 * 1024).map((_, i) => i);
    const records = [...someRecords(10), aRecord({ payload: long }), ...someRecords(10)];
    await writeSession(dataDir, 's', records);
    const found = await readSession(dataDir, 's');
    expect(Buffer.compare(found[10]!.payload, long)).toBe(0);
    found.splice(10, 1);
    expect(found).toEqual(numbered(records).filter((record) => record.sequence !== 10));
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
  });

  test('a meta that begins with a byte order mark keeps it', async () => {
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', [aRecord({ meta: '\ufeff"x"' })]);
    expect((await readSession(dataDir, 's'))[0]!.meta).toBe('\ufeff"x"');
  });

  test('a session without records', async () => {
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', []);
    expect(closed).toEqual({ records: 0, tapeDigest: EMPTY_TAPE_DIGEST, firstReceivedAtNs: 0n, lastReceivedAtNs: 0n });
    expect(await readSession(dataDir, 's')).toEqual([]);
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
  });

  test('the payload is copied before append returns', async () => {
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, 's');
    const payload = Uint8Array.of(1, 2, 3);
    append(writer, aRecord({ payload }));
    payload.fill(9);
    await writer.close();
    expect([...(await readSession(dataDir, 's'))[0]!.payload]).toEqual([1, 2, 3]);
  });
});

describe('the tape digest', () => {
  test('is the same from writer, manifest, reader and a digest of decoded records, whatever the segments', async () => {
    const dataDir = aDataDir();
    const records = [...someRecords(3000, 7), aRecord({ payload: new Uint8Array(600_000) })];
    const { tapeDigest } = await writeSession(dataDir, 'one', records);
    const many = await writeSession(dataDir, 'many', records, { segmentBytesMax: 50_000, dayRollBytesMin: 0 });
    expect(many.tapeDigest).toBe(tapeDigest);
    for (const session of ['one', 'many']) {
      const tape = await JournalTape.open(dataDir, session);
      expect(await tape.digest()).toBe(tapeDigest);
      expect(await tape.digest({ recompute: true })).toBe(tapeDigest);
      const decoded = new TapeDigest();
      const view = new TapeRecord();
      for await (const batch of tape.batches()) while (batch.next(view)) decoded.add(view);
      expect(decoded.hex()).toBe(tapeDigest);
    }
  });

  test('changes with any field', async () => {
    const dataDir = aDataDir();
    const base = aRecord({ payload: Uint8Array.of(1), meta: '{}' });
    const variants = [
      base,
      { ...base, receivedAtNs: base.receivedAtNs + 1n },
      { ...base, monotonicNs: 1n },
      { ...base, venue: 'binance-spo' },
      { ...base, connection: 'tmarket-1', venue: 'binance-spo' },
      { ...base, kind: 'frame-out' as const },
      { ...base, meta: '' },
      { ...base, payload: Uint8Array.of(2) },
    ];
    const digests = new Set<string>();
    for (const [i, record] of variants.entries()) digests.add((await writeSession(dataDir, `s${i}`, [record])).tapeDigest);
    expect(digests.size).toBe(variants.length);
  });
});

describe('segments', () => {
  test('roll before a record that would make one longer than its limit', async () => {
    const dataDir = aDataDir();
    const records = someRecords(500, 3);
    await writeSession(dataDir, 's', records, { segmentBytesMax: 10_000 });
    const dir = join(dataDir, 'sessions/s/journal');
    const names = readdirSync(dir).sort();
    expect(names.length).toBeGreaterThan(10);
    expect(names.slice(0, 4)).toEqual(['00000001.tdj', '00000001.tdx', '00000002.tdj', '00000002.tdx']);
    for (const name of names) expect(readFileSync(join(dir, name)).length).toBeLessThanOrEqual(10_000);
    expect(await readSession(dataDir, 's')).toEqual(numbered(records));
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
  });

  test('roll at a later UTC day, and not when times go back over midnight', async () => {
    const dataDir = aDataDir();
    const times = [DAY_NS - 1n, DAY_NS, DAY_NS - 1n, DAY_NS + 1n, 2n * DAY_NS].map((ns) => START_NS + ns);
    const records = times.map((receivedAtNs) => aRecord({ receivedAtNs }));
    await writeSession(dataDir, 's', records, { dayRollBytesMin: 0 });
    expect(readdirSync(join(dataDir, 'sessions/s/journal')).filter((name) => name.endsWith('.tdj'))).toHaveLength(3);
    expect(await readSession(dataDir, 's')).toEqual(numbered(records));
  });

  test('do not roll by day while they are short: years of daily bars are one segment', async () => {
    const dataDir = aDataDir();
    const records = Array.from({ length: 1000 }, (_, i) => aRecord({ receivedAtNs: START_NS + BigInt(i) * DAY_NS }));
    await writeSession(dataDir, 's', records);
    expect(readdirSync(join(dataDir, 'sessions/s/journal'))).toEqual(['00000001.tdj', '00000001.tdx']);
  });

  test('are read without their index, record by record', async () => {
    const dataDir = aDataDir();
    const records = someRecords(5000, 5);
    const writer = await JournalWriter.create(dataDir, 's');
    appendAll(writer, records);
    await writer.flush();
    expect(await readSession(dataDir, 's')).toEqual(numbered(records));
    await writer.close();
  });
});

describe('names and states', () => {
  test('an existing session is refused and left as it is', async () => {
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', someRecords(3));
    await expect(JournalWriter.create(dataDir, 's')).rejects.toMatchObject({ code: 'SESSION_EXISTS', exitCode: 2 });
    expect(await readSession(dataDir, 's')).toHaveLength(3);
  });

  test.each(['', '.hidden', '../up', 'a/b', 'x'.repeat(101)])('"%s" is no session name', async (name) => {
    await expect(JournalWriter.create(aDataDir(), name)).rejects.toMatchObject({ code: 'SESSION_NAME_INVALID', exitCode: 2 });
  });

  test('a closed session takes no more records', async () => {
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', someRecords(3));
    await expect(JournalWriter.reopen(dataDir, 's')).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  });

  test('a discarded session leaves its name free', async () => {
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, 's');
    appendAll(writer, someRecords(10));
    await writer.discard();
    await writeSession(dataDir, 's', someRecords(3));
    expect(await readSession(dataDir, 's')).toHaveLength(3);
  });

  test('an unknown session names the nearest ones', async () => {
    const dataDir = aDataDir();
    await writeSession(dataDir, 'binance-night', []);
    await expect(JournalTape.open(dataDir, 'binance-nihgt')).rejects.toMatchObject({
      code: 'SESSION_UNKNOWN',
      exitCode: 2,
      message: expect.stringContaining('"binance-night"'),
    });
  });
});

describe('flush and drain', () => {
  test('flush makes every appended record durable', async () => {
    const writer = await JournalWriter.create(aDataDir(), 's', { syncIntervalMs: 0 });
    appendAll(writer, someRecords(100));
    expect(writer.durableRecords).toBe(0);
    await writer.flush();
    expect(writer.durableRecords).toBe(100);
    expect(writer.writtenRecords).toBe(100);
    await writer.abandon();
  });

  test('appending without draining ends at the backlog limit, not in memory without end', async () => {
    const writer = await JournalWriter.create(aDataDir(), 's', { pendingBytesMax: 1_000_000 });
    const record = aRecord({ payload: new Uint8Array(10_000) });
    expect(() => {
      for (let i = 0; i < 1000; i++) append(writer, record);
    }).toThrow(expect.objectContaining({ code: 'JOURNAL_BACKLOG' }));
    await writer.flush();
    append(writer, record);
    const { records } = await writer.close();
    expect(records).toBeGreaterThan(90);
  });
});

test('a session is closed only when every file reads back as it was written; else it stays open, and says so', async () => {
  const disk = new MemoryDisk();
  const writer = await JournalWriter.create('data', 's', { disk, segmentBytesMax: 1800 });
  appendAll(writer, someRecords(30, 61));
  await writer.flush();
  // A disk that lies: what it acknowledged is not what it gives back.
  const path = 'data/sessions/s/journal/00000001.tdj';
  const bytes = disk.get(path);
  bytes[200]! ^= 1;
  disk.put(path, bytes);
  await expect(writer.close()).rejects.toMatchObject({
    code: 'JOURNAL_DIFFERS',
    exitCode: 3,
    message: expect.stringContaining('tapedeck repair s'),
  });
  expect(await disk.sizeOf('data/sessions/s/session.json')).toBeUndefined();
  // Whoever made it for nothing else can take it away again, and tell why it failed.
  await writer.discard();
  const again = await JournalWriter.create('data', 's', { disk });
  await again.close();
  await expect(again.discard()).rejects.toThrow('only a session that was just created is discarded');
});

import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordBody } from '#domain';
import { JournalWriter } from '../../../storage/journal-writer.ts';
import { openQuestTape } from '../../../storage/questdb/quest-tape.ts';
import { questAbsence } from '../../fixtures/quest-server.ts';
import { sharedQuestServer } from '../../fixtures/shared-quest-server.ts';
import { aDataDir, appendAll, aRecord, collect, numbered, START_NS, someRecords, writeSession } from '../journal-fixtures.ts';
import { syncSession } from './sync-desk.ts';

const DAY_NS = 86_400_000_000_000n;
const MIB = 1024 * 1024;

/** A payload as its hash: a difference in megabytes cannot be printed. */
function hashed({ payload, ...rest }: RecordBody) {
  return { ...rest, payload: createHash('sha256').update(payload).digest('hex') };
}

describe.skipIf(questAbsence !== undefined)('a copy in QuestDB', () => {
  const server = sharedQuestServer();

  /** Writes a session, copies it into a table of its own and reads it back. */
  async function roundTrip(table: string, records: readonly RecordBody[]) {
    const quest = await server();
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', records);
    const result = await syncSession(quest, dataDir, 's', { table });
    expect(result).toMatchObject({ records: records.length, rowsSent: records.length, troubles: 0, isWhole: true });
    const tape = await openQuestTape(quest.address, 's', { table });
    expect(await tape.digest()).toBe(closed.tapeDigest);
    expect((await collect(tape.batches())).map(hashed)).toEqual(numbered(records).map(hashed));
  }

  test('gives back records of every kind, with names, metas and times of all sorts', async () => {
    await roundTrip('kinds', someRecords(3_000, 7));
  });

  test('gives back every byte value, NUL, invalid UTF-8, quotes, line ends and what looks like lines of ours', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const texts = ['', '"', '\\', '\n', '\r\n', '\\"', 'frames,session=s seq=1i 5\n', '\u0000', '한글 🎹', 'x'.repeat(65_537)];
    const payloads = [
      all,
      all.toReversed(),
      Uint8Array.of(0xc3, 0x28, 0xff, 0xfe, 0x80),
      ...Array.from(all, (byte) => Uint8Array.of(byte)),
      ...texts.map((text) => new TextEncoder().encode(text)),
    ];
    await roundTrip(
      'bytes',
      payloads.map((payload) => aRecord({ payload })),
    );
  });

  test('gives back names and metas with every character that means something on a line', async () => {
    const names = ['a b', 'a,b', 'a=b', 'a\\b', 'a"b', 'a\nb', 'a\rb', "a'b", '\\', ' ', 'a\tb', '연결', '🎹', '\u0001'];
    await roundTrip(
      'names',
      names.map((name) => aRecord({ venue: name, connection: `${name}2`, meta: JSON.stringify({ name }) })),
    );
  });

  test('gives back payloads of 2 MiB, of bytes that take two on the line, among many small ones', async () => {
    const large = Uint8Array.from({ length: 2 * MIB }, (_, i) => (i * 7) % 256);
    const high = new Uint8Array(2 * MIB).fill(0xff);
    const small = Array.from({ length: 6_000 }, (_, i) => aRecord({ payload: Uint8Array.of(i % 256) }));
    const records = [...small.slice(0, 2_000), aRecord({ payload: large }), aRecord({ payload: high }), ...small.slice(2_000)];
    await roundTrip('large', [...records, ...Array.from({ length: 8 }, () => aRecord({ payload: large }))]);
  });

  test('comes in sequence from clocks that repeat, go back, jump two days, begin in 1970 or before it', async () => {
    const steps = [0n, 0n, 0n, -3_000_000_000n, 2n * DAY_NS, 1n, -2n * DAY_NS, 0n, 5n * DAY_NS, -START_NS, -5n * DAY_NS];
    const int64Min = -(1n << 63n);
    const records = [...steps.map((step) => START_NS + step), 0n, -5n, int64Min].map((receivedAtNs, i) =>
      aRecord({ receivedAtNs, monotonicNs: [0n, -7n, int64Min, (1n << 63n) - 1n][i % 4]!, payload: Uint8Array.of(i) }),
    );
    await roundTrip('clocks', records);
    await roundTrip('clocks_backward', records.toReversed());
  });

  test('refuses a record from after the time that the server can hold, by its number', async () => {
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', [aRecord(), aRecord({ receivedAtNs: 9_214_646_400_000_000_000n })]);
    await expect(syncSession(await server(), dataDir, 's', { table: 'late' })).rejects.toThrow(
      /record 1 was received at 9214646400000000000/,
    );
  });

  test('of an empty session, and of two sessions in one table, is that of each', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const one = await writeSession(dataDir, 'one', someRecords(500, 1));
    const two = await writeSession(dataDir, 'two', someRecords(700, 2));
    await writeSession(dataDir, 'none', []);
    for (const session of ['one', 'two', 'none']) await syncSession(quest, dataDir, session, { table: 'both' });
    for (const closed of [one, two]) {
      const tape = await openQuestTape(quest.address, closed === one ? 'one' : 'two', { table: 'both' });
      expect(await tape.digest()).toBe(closed.tapeDigest);
    }
    await expect(openQuestTape(quest.address, 'none', { table: 'both' })).rejects.toMatchObject({ code: 'QUESTDB_SESSION_UNKNOWN' });
  });

  test('sent a second time, or without its cursor, sends nothing and changes nothing', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const records = someRecords(2_500, 3);
    await writeSession(dataDir, 's', records);
    await syncSession(quest, dataDir, 's', { table: 'again' });
    expect(await syncSession(quest, dataDir, 's', { table: 'again' })).toMatchObject({ records: 2_500, rowsSent: 0 });
    const elsewhere = aDataDir();
    await writeSession(elsewhere, 's', records);
    expect(await syncSession(quest, elsewhere, 's', { table: 'again' })).toMatchObject({ records: 2_500, rowsSent: 0 });
    expect(await quest.sql('SELECT count(), max(seq) FROM again')).toEqual([[2_500, 2_499]]);
  });

  test('follows a session that is being written, and ends with it', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const records = someRecords(3_000, 5);
    const writer = await JournalWriter.create(dataDir, 's', { segmentBytesMax: 100_000 });
    const copying = syncSession(quest, dataDir, 's', { table: 'live' });
    for (let from = 0; from < records.length; from += 500) {
      appendAll(writer, records.slice(from, from + 500));
      await writer.flush();
      await untilRows(from + 500);
    }
    const closed = await writer.close();
    expect(await copying).toMatchObject({ records: 3_000, isWhole: true });
    expect(await (await openQuestTape(quest.address, 's', { table: 'live' })).digest()).toBe(closed.tapeDigest);

    /** Without an end: a copy that does not come is a test that does not end. */
    async function untilRows(count: number): Promise<void> {
      for (;;) {
        const seen = await quest.sql('SELECT count() FROM live').catch(() => []);
        if (Number(seen[0]?.[0]) >= count) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });

  test('that was stopped goes on where it was', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', someRecords(4_000, 6));
    const stop = new AbortController();
    const onProgress = (records: number) => {
      if (records >= 1_000) stop.abort();
    };
    const first = await syncSession(quest, dataDir, 's', { table: 'stopped', batchRowsMax: 500, signal: stop.signal, onProgress });
    expect(first.isWhole).toBe(false);
    const second = await syncSession(quest, dataDir, 's', { table: 'stopped' });
    expect(second).toMatchObject({ records: 4_000, isWhole: true, rowsSent: 4_000 - first.records });
    expect(await (await openQuestTape(quest.address, 's', { table: 'stopped' })).digest()).toBe(closed.tapeDigest);
  });

  test('fills what is missing in the middle, whatever the cursor says', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const day = (i: number) => START_NS + BigInt(Math.floor(i / 300)) * DAY_NS + BigInt(i);
    const records = Array.from({ length: 1_200 }, (_, i) => aRecord({ receivedAtNs: day(i), payload: Uint8Array.of(i % 256) }));
    const closed = await writeSession(dataDir, 's', records);
    await syncSession(quest, dataDir, 's', { table: 'holes' });
    await quest.sql("ALTER TABLE holes DROP PARTITION LIST '2024-08-09'");
    const news: unknown[] = [];
    await syncSession(quest, dataDir, 's', { table: 'holes', onNews: (one) => news.push(one) });
    expect(news).toEqual([{ kind: 'started', sequence: 300, isRewind: true }]);
    expect(await quest.sql('SELECT count(), max(seq) FROM holes')).toEqual([[1_200, 1_199]]);
    expect(await (await openQuestTape(quest.address, 's', { table: 'holes' })).digest()).toBe(closed.tapeDigest);
  });

  test.each([
    [
      'another column',
      'ts TIMESTAMP_NS, session SYMBOL, seq LONG, extra INT',
      'WAL DEDUP UPSERT KEYS(ts, session, seq)',
      'column extra is unknown',
    ],
    ['microseconds', 'ts TIMESTAMP, session SYMBOL, seq LONG', 'WAL DEDUP UPSERT KEYS(ts, session, seq)', 'column ts is TIMESTAMP, '],
    ['no keys', 'ts TIMESTAMP_NS, session SYMBOL, seq LONG', 'WAL', 'it does not remove duplicates'],
    [
      'other keys',
      'ts TIMESTAMP_NS, session SYMBOL, seq LONG',
      'WAL DEDUP UPSERT KEYS(ts, session)',
      'column seq is LONG, not LONG, a key',
    ],
    ['no WAL', 'ts TIMESTAMP_NS, session SYMBOL, seq LONG', 'BYPASS WAL', 'it has no WAL'],
  ])('does not go into a table with %s', async (name, columns, ending, fault) => {
    const quest = await server();
    const table = name.replaceAll(' ', '_');
    await quest.sql(`CREATE TABLE ${table} (${columns}) TIMESTAMP(ts) PARTITION BY DAY ${ending}`);
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', someRecords(5));
    const copy = syncSession(quest, dataDir, 's', { table });
    await expect(copy).rejects.toMatchObject({ code: 'QUESTDB_SCHEMA_DIFFERS', exitCode: 3, message: expect.stringContaining(fault) });
    expect(await quest.sql(`SELECT count() FROM ${table}`)).toEqual([[0]]);
  });

  test('does not mix two tapes of one name', async () => {
    const quest = await server();
    const [first, second, longer] = [aDataDir(), aDataDir(), aDataDir()];
    await writeSession(first, 's', someRecords(100, 1));
    await writeSession(second, 's', someRecords(50, 2));
    await writeSession(longer, 's', someRecords(500, 3));
    await syncSession(quest, first, 's', { table: 'names_twice' });
    for (const other of [second, longer]) {
      const copy = syncSession(quest, other, 's', { table: 'names_twice' });
      await expect(copy).rejects.toMatchObject({ code: 'QUESTDB_SESSION_DIFFERS', exitCode: 3 });
    }
    // Nor when the first tape was removed and its cursor stayed.
    rmSync(join(first, 'sessions'), { recursive: true });
    await writeSession(first, 's', someRecords(500, 4));
    await expect(syncSession(quest, first, 's', { table: 'names_twice' })).rejects.toMatchObject({ code: 'QUESTDB_SESSION_DIFFERS' });
    expect(await quest.sql('SELECT count() FROM names_twice')).toEqual([[100]]);
  });

  test('that is running keeps a second one out', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, 's');
    const stop = new AbortController();
    let second: Promise<unknown> | undefined;
    const onNews = () => {
      second ??= syncSession(quest, dataDir, 's', { table: 'twice' }).finally(() => stop.abort());
      second.catch(() => undefined);
    };
    await syncSession(quest, dataDir, 's', { table: 'twice', signal: stop.signal, onNews });
    await expect(second).rejects.toMatchObject({ code: 'QUESTDB_SYNC_RUNNING', exitCode: 2 });
    await writer.abandon();
  });
});

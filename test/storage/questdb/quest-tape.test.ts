import { describe, expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { openQuestTape } from '../../../storage/questdb/quest-tape.ts';
import { questAbsence } from '../../fixtures/quest-server.ts';
import { sharedQuestServer } from '../../fixtures/shared-quest-server.ts';
import { aDataDir, aRecord, collect, numbered, START_NS, someRecords, writeSession } from '../journal-fixtures.ts';
import { syncSession } from './sync-desk.ts';

const DAY_NS = 86_400_000_000_000n;
const MIB = 1024 * 1024;

describe.skipIf(questAbsence !== undefined)('a tape in QuestDB', () => {
  // Both doors with a password of its own, and cells as large as a new server sends.
  const server = sharedQuestServer({
    QDB_HTTP_USER: 'writer',
    QDB_HTTP_PASSWORD: 'one;two',
    QDB_PG_USER: 'reader',
    QDB_PG_PASSWORD: 'three four',
    QDB_PG_SEND_BUFFER_SIZE: '1M',
  });

  test('begins at any record, and is the same wherever its reads part it', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const records = someRecords(5_100, 21);
    await writeSession(dataDir, 's', records);
    await syncSession(quest, dataDir, 's', { table: 'starts' });
    const tape = await openQuestTape(quest.address, 's', { table: 'starts' });
    for (const fromSequence of [0, 1, 2_499, 2_500, 2_501, 4_999, 5_000, 5_099, 5_100, 6_000]) {
      const read = await collect(tape.batches({ fromSequence }));
      expect(read.length, `from ${fromSequence}`).toBe(Math.max(0, 5_100 - fromSequence));
      expect(read.slice(0, 3)).toEqual(numbered(records).slice(fromSequence, fromSequence + 3));
      expect(read.at(-1)).toEqual(fromSequence < 5_100 ? numbered(records).at(-1) : undefined);
    }
  });

  test('that has a hole, or a record twice, is not read past it', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    const records = Array.from({ length: 30 }, (_, i) =>
      aRecord({ receivedAtNs: START_NS + BigInt(Math.floor(i / 10)) * DAY_NS + BigInt(i) }),
    );
    await writeSession(dataDir, 's', records);
    await syncSession(quest, dataDir, 's', { table: 'hole' });
    await quest.sql("ALTER TABLE hole DROP PARTITION LIST '2024-08-09'");
    const hole = await openQuestTape(quest.address, 's', { table: 'hole' });
    await expect(collect(hole.batches())).rejects.toMatchObject({
      code: 'QUESTDB_INCOMPLETE',
      exitCode: 3,
      message: expect.stringContaining('record 10 is missing'),
    });
    const expected = { records: 30, tapeDigest: '0'.repeat(64) };
    await expect(openQuestTape(quest.address, 's', { table: 'hole', expected })).rejects.toMatchObject({ code: 'QUESTDB_INCOMPLETE' });
    await syncSession(quest, dataDir, 's', { table: 'hole' });
    const other = await openQuestTape(quest.address, 's', { table: 'hole', expected });
    await expect(other.digest()).rejects.toMatchObject({ code: 'QUESTDB_CORRUPT', exitCode: 3 });

    await quest.sql(
      "INSERT INTO hole SELECT dateadd('n', 1, ts), session, seq, received, mono, venue, connection, kind, channel, meta, payload FROM hole WHERE seq = 29",
    );
    const twice = await openQuestTape(quest.address, 's', { table: 'hole' });
    await expect(collect(twice.batches())).rejects.toMatchObject({
      code: 'QUESTDB_CORRUPT',
      message: expect.stringContaining('record 29 is there twice'),
    });
  });

  test('whose row holds what is no byte, or no kind, is none of ours', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', [aRecord({ payload: Uint8Array.of(65) }), aRecord({ payload: Uint8Array.of(66) })]);
    for (const [table, change] of [
      ['no_byte', "payload = '한글'"],
      ['no_kind', "kind = 'frame'"],
    ] as const) {
      await syncSession(quest, dataDir, 's', { table });
      await quest.sql(`UPDATE ${table} SET ${change} WHERE seq = 1`);
      await expect.poll(async () => (await quest.sql(`SELECT count() FROM ${table} WHERE ${change}`))[0]).toEqual([1]);
      const tape = await openQuestTape(quest.address, 's', { table });
      await expect(collect(tape.batches())).rejects.toMatchObject({
        code: 'QUESTDB_CORRUPT',
        message: expect.stringContaining('record 1 is none of ours'),
      });
    }
  });

  test('with a record above what the server can send says which setting to raise', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', [aRecord(), aRecord({ payload: new Uint8Array(2 * MIB).fill(65) })]);
    await syncSession(quest, dataDir, 's', { table: 'too_large' });
    const tape = await openQuestTape(quest.address, 's', { table: 'too_large' });
    await expect(collect(tape.batches())).rejects.toMatchObject({
      code: 'QUESTDB_CELL_TOO_LARGE',
      message: expect.stringContaining('QDB_PG_SEND_BUFFER_SIZE=64M'),
    });
  });

  test('is refused to a wrong account, at both doors', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', [aRecord()]);
    const { http, pg } = quest.address;
    const wrong = { http: { ...http, password: 'no' }, pg: { ...pg, password: 'no' } };
    await expect(openQuestTape(wrong, 's')).rejects.toMatchObject({ code: 'QUESTDB_AUTH', exitCode: 2 });
    await expect(syncSession(quest, dataDir, 's', { server: wrong })).rejects.toMatchObject({ code: 'QUESTDB_AUTH', exitCode: 2 });
  });

  test('ends with an error, and not the process, when the server goes away in the middle', async () => {
    const quest = await server();
    const dataDir = aDataDir();
    await writeSession(dataDir, 's', someRecords(30_000, 22));
    await syncSession(quest, dataDir, 's', { table: 'gone' });
    const tape = await openQuestTape(quest.address, 's', { table: 'gone' });
    const record = new TapeRecord();
    let records = 0;
    const reading = (async () => {
      for await (const batch of tape.batches()) {
        while (batch.next(record)) records += 1;
        await quest.kill();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'QUESTDB_UNREACHABLE' });
    expect(records).toBeGreaterThan(0);
    await quest.start();
    expect(await collect((await openQuestTape(quest.address, 's', { table: 'gone' })).batches())).toHaveLength(30_000);
  });
});

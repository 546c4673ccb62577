import { Sender } from '@questdb/nodejs-client';
import { describe, expect, test } from 'vitest';
import type { RecordBody } from '#domain';
import { createStatement, framesTable } from '../../../storage/questdb/frames-schema.ts';
import { openQuestTape } from '../../../storage/questdb/quest-tape.ts';
import { NO_TAPE_TIME, tapeTime } from '../../../storage/questdb/tape-time.ts';
import { type QuestServer, questAbsence } from '../../fixtures/quest-server.ts';
import { sharedQuestServer } from '../../fixtures/shared-quest-server.ts';
import { aDataDir, aRecord, someRecords, writeSession } from '../journal-fixtures.ts';
import { syncSession } from './sync-desk.ts';

describe.skipIf(questAbsence !== undefined)('our writer of lines', () => {
  const server = sharedQuestServer();

  /** The same records through the client that QuestDB publishes. */
  async function sendByClient({ address }: QuestServer, table: string, records: readonly RecordBody[]): Promise<void> {
    const { host, port } = address.http;
    const sender = await Sender.fromConfig(`http::addr=${host}:${port};auto_flush=off;stdlib_http=on;protocol_version=2;`);
    let last = NO_TAPE_TIME;
    for (const [sequence, record] of records.entries()) {
      last = tapeTime(last, record.receivedAtNs, sequence);
      sender.table(table).symbol('session', 's');
      sender.symbol('venue', record.venue).symbol('connection', record.connection).symbol('kind', record.kind);
      sender.symbol('channel', record.kind === 'frame-in' ? 'a channel' : '');
      sender.intColumn('seq', sequence);
      sender.timestampColumn('received', record.receivedAtNs, 'ns').timestampColumn('mono', record.monotonicNs, 'ns');
      if (record.meta !== '') sender.stringColumn('meta', record.meta);
      sender.stringColumn('payload', Buffer.from(record.payload).toString('latin1'));
      await sender.at(last, 'ns');
    }
    await sender.flush();
    await sender.close();
  }

  test('writes the very rows that the published client writes', async () => {
    const quest = await server();
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const records = [
      ...someRecords(3_000, 12),
      aRecord({ payload: all, venue: 'a b,c=d\\e', connection: '연결 1', meta: '{"a":"\\"\\n"}' }),
      aRecord({ payload: Uint8Array.of(0, 10, 13, 34, 92) }),
    ];
    const dataDir = aDataDir();
    const closed = await writeSession(dataDir, 's', records);
    await syncSession(quest, dataDir, 's', { table: 'ours' });
    await quest.sql(createStatement(framesTable('theirs')));
    await sendByClient(quest, 'theirs', records);
    for (const table of ['ours', 'theirs'])
      expect(await (await openQuestTape(quest.address, 's', { table })).digest()).toBe(closed.tapeDigest);
    // Also what is no part of the tape: times, keys and labels.
    for (const [one, other] of [
      ['ours', 'theirs'],
      ['theirs', 'ours'],
    ])
      expect(await quest.sql(`SELECT count() FROM (SELECT * FROM ${one} EXCEPT SELECT * FROM ${other})`)).toEqual([[0]]);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isJournalWhole, listSessions, sessionInfo } from '../../storage/catalogue.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { aDataDir, appendAll, someRecords, writeSession } from './journal-fixtures.ts';

test('sessions are listed by name with what they hold, open and closed', async () => {
  const dataDir = aDataDir();
  const records = someRecords(300, 41);
  const closed = await writeSession(dataDir, 'b-closed', records, { segmentBytesMax: 10_000 });
  const writer = await JournalWriter.create(dataDir, 'a-open', { segmentBytesMax: 10_000 });
  appendAll(writer, records);
  await writer.flush();
  const [open, done, ...others] = await listSessions(dataDir);
  expect(others).toEqual([]);
  const times = { firstReceivedAtNs: records[0]!.receivedAtNs, lastReceivedAtNs: records.at(-1)!.receivedAtNs };
  expect(open).toEqual({ session: 'a-open', state: 'open', records: 300, bytes: expect.any(Number), ...times, sealed: false });
  expect(done).toMatchObject({ session: 'b-closed', state: 'closed', records: 300, ...times, tapeDigest: closed.tapeDigest });
  expect(done!.bytes).toBeGreaterThan(10_000);
  await writer.close();
});

test('a damaged session is listed with its problem and hides no other', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, 'bad', someRecords(3));
  await writeSession(dataDir, 'good', someRecords(3));
  writeFileSync(join(dataDir, 'sessions/bad/session.json'), '{}');
  const sessions = await listSessions(dataDir);
  expect(sessions.map(({ session, problem }) => [session, problem !== undefined])).toEqual([
    ['bad', true],
    ['good', false],
  ]);
  expect(await isJournalWhole(dataDir, 'bad')).toBe(false);
  expect(await isJournalWhole(dataDir, 'good')).toBe(true);
});

test('a journal that lost bytes of a segment is not whole', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, 's', someRecords(3));
  writeFileSync(join(dataDir, 'sessions/s/journal/00000001.tdj'), 'short');
  expect(await isJournalWhole(dataDir, 's')).toBe(false);
  expect(await isJournalWhole(dataDir, 'none')).toBe(false);
});

test('a data folder that is not there has no sessions, and asking for one is a usage error', async () => {
  const dataDir = join(aDataDir(), 'none');
  expect(await listSessions(dataDir)).toEqual([]);
  await expect(sessionInfo(dataDir, 's')).rejects.toMatchObject({ code: 'SESSION_UNKNOWN', exitCode: 2 });
});

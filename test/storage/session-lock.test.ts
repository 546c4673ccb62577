import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { aDataDir, append, aRecord, readSession, someRecords, writeSession } from './journal-fixtures.ts';
import { ended, firstLine, startProcess } from './second-process.ts';

const SESSION = 's';
const LOCK_HOLDER = new URL('./lock-holder.ts', import.meta.url);

function locksOf(dataDir: string): string[] {
  return readdirSync(sessionPaths(dataDir, SESSION).sessionDir).filter((name) => name.endsWith('.lock'));
}

test('a session that another process writes is locked, until that process gives it up', async () => {
  const dataDir = aDataDir();
  const other = startProcess(LOCK_HOLDER, ['create', dataDir, SESSION]);
  expect(await firstLine(other)).toBe('writing');
  await expect(JournalWriter.reopen(dataDir, SESSION)).rejects.toMatchObject({
    code: 'SESSION_LOCKED',
    exitCode: 2,
    message: expect.stringContaining(`process ${other.pid}`),
  });
  other.stdin!.end();
  expect(await ended(other)).toEqual({ code: 0, signal: null });
  const writer = await JournalWriter.reopen(dataDir, SESSION);
  append(writer, aRecord());
  await writer.close();
  expect(await readSession(dataDir, SESSION)).toHaveLength(2);
  expect(locksOf(dataDir)).toEqual([]);
});

test('a second process that wants a session we write ends with exit code 2, and spoils nothing', async () => {
  const dataDir = aDataDir();
  const writer = await JournalWriter.create(dataDir, SESSION);
  append(writer, aRecord());
  await writer.flush();
  const other = startProcess(LOCK_HOLDER, ['reopen', dataDir, SESSION]);
  expect(await firstLine(other)).toMatch(new RegExp(`^SESSION_LOCKED: session "s" is being written or sealed by process ${process.pid};`));
  expect(await ended(other)).toEqual({ code: 2, signal: null });
  append(writer, aRecord());
  await writer.close();
  expect((await verifyJournal(dataDir, SESSION)).problems).toEqual([]);
});

test('the lock of a process that was killed is taken over', async () => {
  const dataDir = aDataDir();
  const other = startProcess(LOCK_HOLDER, ['create', dataDir, SESSION]);
  await firstLine(other);
  other.kill('SIGKILL');
  expect(await ended(other)).toEqual({ code: null, signal: 'SIGKILL' });
  expect(locksOf(dataDir)).toHaveLength(1);
  const writer = await JournalWriter.reopen(dataDir, SESSION);
  expect(writer.records).toBe(1);
  expect(locksOf(dataDir)).toEqual([expect.stringContaining(`writer-${process.pid}-`)]);
  await writer.abandon();
});

test.skipIf(process.platform !== 'linux')('a process that only has the pid of an earlier writer does not hold its lock', async () => {
  const dataDir = aDataDir();
  await (await JournalWriter.create(dataDir, SESSION)).abandon();
  // As in a container, where the recorder has the same pid after every start.
  writeFileSync(join(sessionPaths(dataDir, SESSION).sessionDir, `writer-${process.pid}-7.lock`), '');
  await (await JournalWriter.reopen(dataDir, SESSION)).close();
  expect(locksOf(dataDir)).toEqual([]);
});

test('two writers in one process cannot have a session either', async () => {
  const dataDir = aDataDir();
  const first = await JournalWriter.create(dataDir, SESSION);
  await expect(JournalWriter.reopen(dataDir, SESSION)).rejects.toMatchObject({ code: 'SESSION_LOCKED', exitCode: 2 });
  await first.abandon();
  const second = await JournalWriter.reopen(dataDir, SESSION);
  await first.abandon(); // does nothing: the lock is not its own any more
  await expect(JournalWriter.reopen(dataDir, SESSION)).rejects.toMatchObject({ code: 'SESSION_LOCKED' });
  await second.close();
});

test('a reopen that is refused leaves no lock', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, someRecords(3));
  await expect(JournalWriter.reopen(dataDir, SESSION)).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  expect(locksOf(dataDir)).toEqual([]);
});

test('a lock that a killed writer left in a closed session is no damage', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, someRecords(3));
  writeFileSync(join(sessionPaths(dataDir, SESSION).sessionDir, 'writer-999999999-7.lock'), '');
  expect((await verifyJournal(dataDir, SESSION)).problems).toEqual([]);
});

test('a session is sealed by one at a time', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, someRecords(30));
  const tape = await JournalTape.open(dataDir, SESSION);
  const seal = () => sealTape(tape, { dataDir, channelOf: () => '' });
  const results = await Promise.allSettled([seal(), seal()]);
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeLessThanOrEqual(1);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'SESSION_LOCKED', exitCode: 2 });
  await seal();
  expect(locksOf(dataDir)).toEqual([]);
});

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTape } from '#replay';
import { listSessions } from '../../../storage/catalogue.ts';
import { nodeDisk } from '../../../storage/journal-disk.ts';
import { JournalTape } from '../../../storage/journal-tape.ts';
import { JournalWriter } from '../../../storage/journal-writer.ts';
import { repairSession } from '../../../storage/repair/repair-session.ts';
import { keepRetention, type RetentionReport } from '../../../storage/retention/keep-retention.ts';
import type { RetentionPolicy } from '../../../storage/retention/retention-policy.ts';
import { sealTape } from '../../../storage/seal.ts';
import { verifySession } from '../../../storage/session-verify.ts';
import { make, someRows } from '../decoded/decoded-fixtures.ts';
import { aDataDir, appendAll, collect, copyOf, START_NS, someRecords, writeSession } from '../journal-fixtures.ts';
import { filesIn } from '../repair/damage.ts';

const DAY_NS = 86_400_000_000_000n;
const POLICY: RetentionPolicy = { rules: [{ sessions: '*', keepDays: 30 }] };
const GIB = 1024 * 1024 * 1024;

/** Retention `days` after the records of the fixtures, on a disk with room unless told. */
function keep(dataDir: string, policy = POLICY, more: { days?: number; isDryRun?: boolean; free?: number } = {}): Promise<RetentionReport> {
  const { days = 31, isDryRun = false, free = 100 * GIB } = more;
  const nowNs = START_NS + BigInt(days) * DAY_NS;
  return keepRetention(dataDir, policy, { nowNs, isDryRun, freeBytes: () => Promise.resolve(free), freeBytesMin: 2 * GIB });
}

async function aSession(dataDir: string, session: string, isSealed = true): Promise<void> {
  await writeSession(dataDir, session, someRecords(90, 51), { segmentBytesMax: 4_000 });
  if (isSealed) await sealTape(await JournalTape.open(dataDir, session), { dataDir, channelOf: () => 'c' });
}

const segmentsOf = (dataDir: string, session: string) =>
  [...filesIn(join(dataDir, 'sessions', session, 'journal')).keys()].filter((name) => /\.td[jx]$/.test(name));

describe('a journal that is due', () => {
  test('is removed, written down, and its tape replays and verifies from the sealed copy', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 's');
    const tape = await collect((await openTape(dataDir, 's')).batches());
    const { tapeDigest } = await verifySession(dataDir, 's');
    const bytes = [...filesIn(join(dataDir, 'sessions/s/journal')).values()].reduce((sum, file) => sum + file.length, 0);
    const planned = await keep(dataDir, POLICY, { isDryRun: true });
    expect(planned.sessions).toMatchObject([{ session: 's', outcome: 'due' }]);
    expect(segmentsOf(dataDir, 's').length).toBeGreaterThan(4);
    const report = await keep(dataDir);
    expect(report).toMatchObject({ bytesFreed: bytes, sessions: [{ session: 's', outcome: 'removed', bytes }] });
    expect(segmentsOf(dataDir, 's')).toEqual([]);
    expect(await collect((await openTape(dataDir, 's')).batches())).toEqual(tape);
    expect(await verifySession(dataDir, 's')).toMatchObject({
      ok: true,
      tapeDigest,
      stores: ['parquet'],
      notes: [expect.stringContaining('retention removed')],
    });
    expect(await listSessions(dataDir)).toMatchObject([{ session: 's', state: 'sealed-only', records: 90, tapeDigest }]);
    await expect(JournalTape.open(dataDir, 's')).rejects.toMatchObject({
      code: 'JOURNAL_REMOVED',
      message: expect.stringContaining('--from parquet'),
    });
    await expect(JournalWriter.reopen(dataDir, 's')).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(await keep(dataDir)).toMatchObject({ bytesFreed: 0, sessions: [] });
    expect(await repairSession(dataDir, 's')).toMatchObject({ actions: [], remaining: [] });
  });

  test('but too young is kept, with the reason', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 's');
    expect((await keep(dataDir, POLICY, { days: 20 })).sessions).toEqual([
      expect.objectContaining({ outcome: 'kept', reason: '19 of 30 days old (sessions "*")' }),
    ]);
    expect((await keep(dataDir, { rules: [{ sessions: '*' }] })).sessions).toMatchObject([{ outcome: 'kept' }]);
  });

  test.each([
    ['open', async (dataDir: string) => appendAndAbandon(dataDir), 'still open'],
    ['not sealed', (dataDir: string) => aSession(dataDir, 's', false), 'tapedeck seal s'],
    ['damaged in its journal', (dataDir: string) => aDamagedSession(dataDir, 'sessions'), 'tapedeck repair s'],
    ['damaged in its sealed copy', (dataDir: string) => aDamagedSession(dataDir, 'parquet'), 'tapedeck repair s'],
  ])('of a session that is %s is never removed', async (_, make, reason) => {
    const dataDir = aDataDir();
    await make(dataDir);
    await aSession(dataDir, 'whole');
    const before = filesIn(join(dataDir, 'sessions', 's'));
    const report = await keep(dataDir);
    expect(report.sessions.find(({ session }) => session === 's')).toMatchObject({
      outcome: 'blocked',
      reason: expect.stringContaining(reason),
    });
    expect(report.sessions.find(({ session }) => session === 'whole')).toMatchObject({ outcome: 'removed' });
    expect(filesIn(join(dataDir, 'sessions', 's'))).toEqual(before);
  });

  test('of a session whose removal was interrupted goes on, and the tape was readable all the time', async () => {
    const whole = aDataDir();
    await aSession(whole, 's');
    const dataDir = copyOf(whole);
    await keep(dataDir);
    // As it was when the process was killed: noted, and only some of the files gone.
    for (const name of ['00000002.tdj', '00000003.tdx'])
      writeFileSync(join(dataDir, 'sessions/s/journal', name), readFileSync(join(whole, 'sessions/s/journal', name)));
    expect(await verifySession(dataDir, 's')).toMatchObject({ ok: true, stores: ['parquet'] });
    expect(await collect((await openTape(dataDir, 's')).batches())).toHaveLength(90);
    expect((await keep(dataDir)).bytesFreed).toBeGreaterThan(0);
    expect(segmentsOf(dataDir, 's')).toEqual([]);
  });

  test('keeps what recovery had set aside: it is in no sealed copy', async () => {
    const dataDir = aDataDir();
    await appendAndAbandon(dataDir);
    const path = join(dataDir, 'sessions/s/journal/00000001.tdj');
    writeFileSync(path, readFileSync(path).subarray(0, -5));
    await (await JournalWriter.reopen(dataDir, 's')).close();
    await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf: () => 'c' });
    await keep(dataDir);
    expect([...filesIn(join(dataDir, 'sessions/s/journal')).keys()]).toEqual([expect.stringMatching(/^00000001\.tdj\.torn-/)]);
    expect((await verifySession(dataDir, 's')).ok).toBe(true);
  });
});

describe('decoded tables', () => {
  const aCache = (dataDir: string) => make(dataDir, { rows: { trades: someRows(20) } });
  const hasCache = (dataDir: string) => existsSync(join(dataDir, 'decoded/session=s'));

  test('are kept while the disk has room, also when the journal goes', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 's');
    await aCache(dataDir);
    expect(await keep(dataDir)).toMatchObject({ decodedRemoved: [], sessions: [{ outcome: 'removed' }] });
    expect(hasCache(dataDir)).toBe(true);
  });

  test('go first where the disk is below its floor, which is not nothing freed; a dry run leaves them', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 's');
    await aCache(dataDir);
    await keep(dataDir, POLICY, { days: 1, free: GIB, isDryRun: true });
    expect(hasCache(dataDir)).toBe(true);
    const bytes = [...filesIn(join(dataDir, 'decoded')).values()].reduce((sum, file) => sum + file.length, 0);
    const report = await keep(dataDir, POLICY, { days: 1, free: GIB });
    expect(report).toMatchObject({ decodedRemoved: ['s'], bytesFreed: bytes, sessions: [{ outcome: 'kept' }] });
    expect(hasCache(dataDir)).toBe(false);
    await expect(keep(dataDir, POLICY, { days: 1, free: GIB })).rejects.toMatchObject({ code: 'RETENTION_FREED_NOTHING' });
  });

  test('of a session that is gone go with it', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 'other');
    await aCache(dataDir);
    expect((await listSessions(dataDir)).map(({ session }) => session)).toEqual(['other']);
    expect(await keep(dataDir, POLICY, { days: 1 })).toMatchObject({ decodedRemoved: ['s'] });
    expect(hasCache(dataDir)).toBe(false);
  });

  test('that are being made are left, and told', async () => {
    const dataDir = aDataDir();
    await aCache(dataDir);
    await mkdir(join(dataDir, 'decoded/_making-s'));
    const lock = await nodeDisk.lock(join(dataDir, 'decoded/_making-s'));
    expect(await keep(dataDir)).toMatchObject({ decodedRemoved: [], decodedProblems: [expect.stringContaining(`process ${process.pid}`)] });
    expect([lock.kind, hasCache(dataDir)]).toEqual(['taken', true]);
  });

  test('are in no copy, and no verification or repair knows them', async () => {
    const [dataDir, copyDir] = [aDataDir(), aDataDir()];
    await aSession(dataDir, 's');
    await aCache(dataDir);
    writeFileSync(join(dataDir, 'decoded/session=s/trades.arrow'), 'rot');
    await keep(dataDir, { ...POLICY, copyDir }, { days: 1 });
    expect([...filesIn(copyDir).keys()].filter((name) => name.includes('decoded'))).toEqual([]);
    expect(await verifySession(dataDir, 's')).toMatchObject({ ok: true, problems: [] });
    expect(await repairSession(dataDir, 's')).toMatchObject({ actions: [], remaining: [] });
  });
});

describe('with a copy folder', () => {
  const withCopy = (copyDir: string): RetentionPolicy => ({ ...POLICY, copyDir });

  test('sessions are copied before they are due, and removed only when every byte was read back from there', async () => {
    const [dataDir, copyDir] = [aDataDir(), aDataDir()];
    await aSession(dataDir, 's');
    expect(await keep(dataDir, withCopy(copyDir), { days: 1 })).toMatchObject({
      copies: [{ session: 's' }],
      sessions: [{ outcome: 'kept' }],
    });
    expect(filesIn(copyDir)).toEqual(filesIn(dataDir));
    const path = join(copyDir, 'sessions/s/journal/00000001.tdj');
    const good = readFileSync(path);
    const bad = Buffer.from(good);
    bad[100]! ^= 1;
    writeFileSync(path, bad);
    await expect(keep(dataDir, withCopy(copyDir))).rejects.toMatchObject({
      code: 'RETENTION_FREED_NOTHING',
      message: expect.stringContaining('was not verified'),
    });
    expect(segmentsOf(dataDir, 's').length).toBeGreaterThan(4);
    writeFileSync(path, good);
    expect(await keep(dataDir, withCopy(copyDir))).toMatchObject({ sessions: [{ outcome: 'removed' }] });
    expect(segmentsOf(copyDir, 's').length).toBeGreaterThan(4);
    expect(await keep(dataDir, withCopy(copyDir))).toMatchObject({ copyProblems: [] });
  });

  test('a sealed copy that is damaged after its journal was removed comes back from there', async () => {
    const [dataDir, copyDir] = [aDataDir(), aDataDir()];
    await aSession(dataDir, 's');
    await keep(dataDir, withCopy(copyDir));
    const whole = filesIn(dataDir);
    rmSync(join(dataDir, 'parquet'), { recursive: true });
    expect(await verifySession(dataDir, 's')).toMatchObject({ ok: false });
    expect(await listSessions(dataDir)).toMatchObject([{ state: 'sealed-only', problem: expect.stringContaining('sealed copy') }]);
    expect(await repairSession(dataDir, 's')).toMatchObject({ remaining: [expect.anything()] });
    expect(await repairSession(dataDir, 's', { copyDir })).toMatchObject({ remaining: [], recordsLost: 0 });
    expect(filesIn(dataDir)).toEqual(whole);
  });
});

describe('incident 5: 704 GB of raw data filled the disk, and the prune deleted nothing', () => {
  test('a prune that frees nothing is an error that names each session and what to do', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 'monday', false);
    await aSession(dataDir, 'tuesday', false);
    await expect(keep(dataDir)).rejects.toMatchObject({
      code: 'RETENTION_FREED_NOTHING',
      exitCode: 1,
      message: expect.stringMatching(/monday: .*tapedeck seal monday[\s\S]*tuesday: .*tapedeck seal tuesday/),
    });
  });

  test('so is one on a disk below its floor where no rule allows anything', async () => {
    const dataDir = aDataDir();
    await aSession(dataDir, 'monday');
    await expect(keep(dataDir, POLICY, { days: 3, free: GIB })).rejects.toMatchObject({
      code: 'RETENTION_FREED_NOTHING',
      message: expect.stringMatching(/1073741824 bytes left[\s\S]*monday: 2 of 30 days old/),
    });
    await expect(keep(aDataDir(), POLICY, { free: GIB })).rejects.toMatchObject({
      message: expect.stringContaining('no session with a journal'),
    });
  });

  test('a limit of bytes alone would have kept the disk: the oldest journals go until the rest fits', async () => {
    const dataDir = aDataDir();
    for (const session of ['a', 'b', 'c']) await aSession(dataDir, session);
    const { bytes } = (await listSessions(dataDir))[0]!;
    const report = await keep(dataDir, { rules: [{ sessions: '*', bytesMax: bytes }] }, { days: 1 });
    expect(report.sessions.map(({ outcome }) => outcome)).toEqual(['removed', 'removed', 'kept']);
  });
});

async function appendAndAbandon(dataDir: string): Promise<void> {
  const writer = await JournalWriter.create(dataDir, 's');
  appendAll(writer, someRecords(20, 52));
  await writer.abandon();
}

async function aDamagedSession(dataDir: string, folder: string): Promise<void> {
  await aSession(dataDir, 's');
  const name = [...filesIn(join(dataDir, folder)).keys()].find((file) => /\.(tdj|parquet)$/.test(file))!;
  const path = join(dataDir, folder, name);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}

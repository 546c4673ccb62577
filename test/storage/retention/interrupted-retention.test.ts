import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { JournalTape } from '../../../storage/journal-tape.ts';
import { copySession } from '../../../storage/retention/copy-session.ts';
import { keepRetention, type RetentionReport } from '../../../storage/retention/keep-retention.ts';
import type { RetentionPolicy } from '../../../storage/retention/retention-policy.ts';
import { sealTape } from '../../../storage/seal.ts';
import { sessionPaths } from '../../../storage/session-paths.ts';
import { verifySession } from '../../../storage/session-verify.ts';
import { verifyJournal } from '../../../storage/verify.ts';
import { FaultyDisk, type PlannedFault } from '../../fixtures/faulty-disk.ts';
import { checkSeedsAsync, type Random, randomOf } from '../../seeds.ts';
import { START_NS, someRecords, writeSession } from '../journal-fixtures.ts';

// What the schedules of `retention-faults.test.ts` found, each as it was found. What a power cut leaves is up to the seed.
const SEEDS = 20;
const COPY = 'elsewhere/copy';
const PATHS = sessionPaths('data', 's');
const DUE: RetentionPolicy = { rules: [{ sessions: '*', keepDays: 30 }] };

async function aClosedSession(random: Random): Promise<FaultyDisk> {
  const disk = new FaultyDisk(random);
  await writeSession('data', 's', someRecords(30, 61), { disk, segmentBytesMax: 1500 });
  return disk;
}

async function aSealedSession(random: Random): Promise<FaultyDisk> {
  const disk = await aClosedSession(random);
  await seal(disk);
  return disk;
}

async function seal(disk: FaultyDisk): Promise<void> {
  await sealTape(await JournalTape.open('data', 's', { disk }), { dataDir: 'data', disk, channelOf: () => 'c' });
}

function keep(disk: FaultyDisk, policy = DUE, days = 31n): Promise<RetentionReport> {
  const nowNs = START_NS + days * 86_400_000_000_000n;
  return keepRetention('data', policy, { nowNs, disk, freeBytes: () => Promise.resolve(1), freeBytesMin: 0 });
}

/** The process is killed in the middle of an operation; another one starts on the same disk. */
async function killedAt(disk: FaultyDisk, fault: PlannedFault, work: () => Promise<unknown>): Promise<void> {
  disk.failAt({ ...fault, end: 'kill' });
  await work().catch(() => undefined);
  expect(disk.end, `${fault.operation} ${fault.path}`).toBe('kill');
  disk.restart();
}

function cutPower(disk: FaultyDisk): void {
  disk.endNow('power-cut');
  disk.restart();
}

describe('a journal is removed, and the power goes', () => {
  test('after a seal that was killed before the name of its copy was sure: the copy is there', async () => {
    await checkSeedsAsync(SEEDS, async (random) => {
      const disk = await aClosedSession(random);
      await killedAt(disk, { operation: 'syncDirectory', path: 'data/parquet' }, () => seal(disk));
      await keep(disk).catch(() => undefined);
      cutPower(disk);
      expect(await verifySession('data', 's', { disk })).toMatchObject({ ok: true, records: 30 });
    });
  });

  test('after a removal that was killed before its note was sure: the note is there', async () => {
    await checkSeedsAsync(SEEDS, async (random) => {
      const disk = await aSealedSession(random);
      await killedAt(disk, { operation: 'syncDirectory', path: 'sessions/s' }, () => keep(disk));
      await keep(disk);
      cutPower(disk);
      expect(await verifySession('data', 's', { disk })).toMatchObject({ ok: true, stores: ['parquet'] });
    });
  });

  test('after a copy that was killed before its names were sure: the copy is there', async () => {
    await checkSeedsAsync(SEEDS, async (random) => {
      const disk = await aSealedSession(random);
      await killedAt(disk, { operation: 'syncDirectory', path: random.pick(['copy/sessions/s', 'copy', 'elsewhere']) }, () =>
        copySession('data', COPY, 's', { disk }),
      );
      const report = await keep(disk, { ...DUE, copyDir: COPY });
      expect(report.sessions).toMatchObject([{ outcome: 'removed' }]);
      cutPower(disk);
      expect((await verifyJournal(COPY, 's', { disk })).problems).toEqual([]);
      expect(await verifySession(COPY, 's', { disk })).toMatchObject({ ok: true, stores: ['journal', 'parquet'] });
    });
  });
});

test('a removal that was killed while it wrote its note does not make the session a damaged one', async () => {
  const disk = await aSealedSession(randomOf(1));
  await killedAt(disk, { operation: 'write', path: 'retention.json.tmp' }, () => keep(disk));
  expect(disk.has(`${PATHS.removedPath}.tmp`)).toBe(true);
  expect(await verifySession('data', 's', { disk })).toMatchObject({ ok: true });
  expect((await keep(disk)).sessions).toMatchObject([{ outcome: 'removed' }]);
  expect(disk.has(`${PATHS.removedPath}.tmp`)).toBe(false);
});

test('a note that the disk keeps wrong removes nothing', async () => {
  const disk = await aSealedSession(randomOf(1));
  const before = disk.snapshot('data');
  disk.faults = { wrongBit: 1 };
  await expect(keep(disk)).rejects.toMatchObject({
    code: 'RETENTION_FREED_NOTHING',
    message: expect.stringContaining('do not trust that disk'),
  });
  disk.restart();
  expect(disk.has(PATHS.removedPath)).toBe(false);
  for (const [path, bytes] of before) expect(disk.snapshot('data').get(path), path).toEqual(bytes);
  expect((await keep(disk)).sessions).toMatchObject([{ outcome: 'removed' }]);
});

test('an interrupted removal whose sealed copy is damaged by now is told, and removes no more', async () => {
  const disk = await aSealedSession(randomOf(1));
  await killedAt(disk, { operation: 'remove', path: '00000002.tdj' }, () => keep(disk));
  const [part] = [...disk.snapshot(PATHS.parquetDir).keys()].filter((name) => name.endsWith('.parquet'));
  await (await disk.open(join(PATHS.parquetDir, part!), 'update')).truncate(100);
  const before = disk.snapshot('data');
  await expect(keep(disk)).rejects.toMatchObject({
    code: 'RETENTION_FREED_NOTHING',
    message: expect.stringContaining('tapedeck repair s'),
  });
  expect(disk.snapshot('data')).toEqual(before);
});

test('a failure of the disk is told of the session it met, with a code, and the other sessions go on', async () => {
  const disk = await aSealedSession(randomOf(1));
  await writeSession('data', 't', someRecords(30, 62), { disk });
  await sealTape(await JournalTape.open('data', 't', { disk }), { dataDir: 'data', disk, channelOf: () => 'c' });
  disk.failAt({ operation: 'remove', path: 's/journal/00000002.tdj' });
  const report = await keep(disk);
  const [other, failed] = report.sessions; // the oldest first
  expect(failed).toMatchObject({ session: 's', outcome: 'blocked', reason: expect.stringContaining('EIO') });
  expect(other).toMatchObject({ session: 't', outcome: 'removed' });
  expect(report.bytesFreed).toBeGreaterThan(other!.bytes);
  expect((await keep(disk)).sessions).toMatchObject([{ session: 's', outcome: 'removed' }]);
});

test('a session whose sealed copy cannot be read is not copied, and every night says so', async () => {
  const disk = await aSealedSession(randomOf(1));
  await (await disk.open(join(PATHS.parquetDir, '_manifest.json'), 'update')).truncate(50);
  const report = await keep(disk, { ...DUE, copyDir: COPY }, 1n);
  expect(report.copyProblems).toEqual([expect.stringContaining('_manifest.json')]);
  expect(report.sessions).toMatchObject([{ outcome: 'kept', reason: expect.stringContaining('its sealed copy cannot be used') }]);
});

test('what a seal that was killed left goes with the journal', async () => {
  const disk = await aSealedSession(randomOf(1));
  await disk.makeDirectory(join(PATHS.sealingDir, 'new'), { recursive: true });
  await (await disk.open(join(PATHS.sealingDir, 'new/part.parquet'), 'create')).write([new Uint8Array(10)], 0);
  await keep(disk);
  expect(disk.has(PATHS.sealingDir)).toBe(false);
});

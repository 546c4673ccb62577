import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Clock, TapeHealth } from '#domain';
import { JournalWriter, sessionPaths } from '#storage';
import { monitorJournal } from '../../replay/monitor.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';
import { aDataDir } from '../storage/journal-fixtures.ts';

const FRAME = new TextEncoder().encode(frame({ say: 'trade', price: 1 }));

function append(journal: JournalWriter, atNs: bigint, kind: 'frame-in' | 'session-close' = 'frame-in'): void {
  const isFrame = kind === 'frame-in';
  journal.append(atNs, 0n, isFrame ? 'test' : '', isFrame ? '1' : '', kind, '', FRAME, 0, isFrame ? FRAME.length : 0);
}

/** A clock whose time goes on only by the waits of the monitor, each of which `onWait` may use. */
function waitingClock(onWait: (waits: number, nowMs: number) => Promise<void>): Clock {
  let nowMs = 0;
  let waits = 0;
  return {
    wallNs: () => BigInt(nowMs) * 1_000_000n,
    monotonicNs: () => BigInt(nowMs) * 1_000_000n,
    after: () => () => undefined,
    sleep: async (ms) => {
      nowMs += ms;
      await onWait(waits++, nowMs);
    },
  };
}

test('a growing journal is told about at most once a second, and to its last record at the end', async () => {
  const dataDir = aDataDir();
  const journal = await JournalWriter.create(dataDir, 's');
  const told: { readonly atMs: number; readonly health: TapeHealth }[] = [];
  const clock = waitingClock(async (waits) => {
    if (waits === 40) {
      append(journal, 41n, 'session-close');
      await journal.close();
    } else if (waits < 40) {
      append(journal, BigInt(waits));
      await journal.flush();
    }
  });
  const onHealth = (health: TapeHealth) => void told.push({ atMs: Number(clock.monotonicNs() / 1_000_000n), health });
  await monitorJournal({ dataDir, session: 's', venues: SCRIPTED_VENUES, clock, onHealth });
  const ongoing = told.slice(0, -1);
  expect(ongoing.length).toBeGreaterThanOrEqual(4);
  for (let i = 1; i < ongoing.length; i++) expect(ongoing[i]!.atMs - ongoing[i - 1]!.atMs).toBeGreaterThanOrEqual(1_000);
  expect(told.at(-1)!.health).toMatchObject({ session: 's', records: 41, isClosed: true, lastRecordNs: 41n });
  expect(told.at(-1)!.health.venues[0]).toMatchObject({ frames: 40, rows: 40, bytes: 40 * FRAME.length });
});

test('told to stop, it first reads what is written, and nothing is told while nothing comes', async () => {
  const dataDir = aDataDir();
  const journal = await JournalWriter.create(dataDir, 's');
  for (let i = 0; i < 10; i++) append(journal, 1n);
  await journal.flush();
  const stopped = new AbortController();
  const told: TapeHealth[] = [];
  const clock = waitingClock(async (waits) => {
    if (waits < 100) return;
    for (let i = 0; i < 5; i++) append(journal, 2n);
    await journal.flush();
    stopped.abort();
  });
  await monitorJournal({
    dataDir,
    session: 's',
    venues: SCRIPTED_VENUES,
    clock,
    onHealth: (health) => told.push(health),
    signal: stopped.signal,
  });
  expect(told.map(({ records }) => records)).toEqual([10, 15, 15]);
  await journal.abandon();
});

test('a damaged record is told and not thrown; what follows is counted once it can be read again, nothing twice', async () => {
  const dataDir = aDataDir();
  const journal = await JournalWriter.create(dataDir, 's');
  for (let i = 0; i < 50; i++) append(journal, BigInt(i));
  await journal.flush();
  await journal.abandon();
  const path = `${sessionPaths(dataDir, 's').journalDir}/00000001.tdj`;
  const whole = await readFile(path);
  const damaged = Buffer.from(whole);
  const at = Math.floor(whole.length / 2);
  damaged[at] = damaged[at]! ^ 0xff;
  await writeFile(path, damaged);
  const told: TapeHealth[] = [];
  const stopped = new AbortController();
  const clock = waitingClock(async (_, nowMs) => {
    if (nowMs > 100_000) await writeFile(path, whole);
    if (nowMs > 300_000) stopped.abort();
  });
  await monitorJournal({
    dataDir,
    session: 's',
    venues: SCRIPTED_VENUES,
    clock,
    onHealth: (health) => told.push(health),
    signal: stopped.signal,
  });
  const bad = told.filter(({ damage }) => damage !== undefined);
  expect(bad.length).toBeGreaterThanOrEqual(2);
  expect(bad[0]!.damage).toContain('00000001.tdj');
  expect(bad.every(({ records }) => records > 0 && records < 50)).toBe(true);
  expect(told.at(-1)).toMatchObject({ records: 50, venues: [{ frames: 50 }] });
  expect(told.at(-1)!.damage).toBeUndefined();
});

test('a session that is not there is an error that names it', async () => {
  const clock = waitingClock(() => Promise.resolve());
  await expect(
    monitorJournal({ dataDir: aDataDir(), session: 'nothing', venues: SCRIPTED_VENUES, clock, onHealth: () => undefined }),
  ).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' });
});

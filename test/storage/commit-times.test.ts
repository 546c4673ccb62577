import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DELAY_BOUNDS_SECONDS } from '#domain';
import { JournalWriter } from '#storage';
import { CommitTimes } from '../../storage/commit-times.ts';

test('commits are counted by the bound they stay within, and added up', () => {
  const times = new CommitTimes();
  for (const seconds of [0.001, 0.005, 0.006, 30, 31]) times.add(seconds);
  const { counts, sumSeconds } = times.histogram;
  expect(counts).toHaveLength(DELAY_BOUNDS_SECONDS.length + 1);
  expect([counts[0], counts[1], counts.at(-2), counts.at(-1)]).toEqual([2, 1, 1, 1]);
  expect(sumSeconds).toBeCloseTo(61.012, 9);
});

test('a journal counts each of its commits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-commits-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const journal = await JournalWriter.create(folder, 'counted', { syncIntervalMs: 0 });
  const total = () => journal.commits.counts.reduce((sum, count) => sum + count, 0);
  const before = total();
  for (let i = 1n; i <= 3n; i++) {
    journal.append(i, i, 'test', 'ws-1', 'frame-in', '', new Uint8Array(4), 0, 4);
    await journal.flush();
  }
  expect(total() - before).toBe(3);
  await journal.close();
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRun, listRuns, readAudits, readRun } from '../../storage/run-store.ts';
import { aDataDir } from './journal-fixtures.ts';

test('a run is read back as it was written, audits in order', async () => {
  const dataDir = aDataDir();
  const run = await createRun(dataDir, '20240808-000000-a');
  await run.writeRunJson({ strategy: 'sma-cross', parameters: { fast: 3 } });
  const lines = Array.from({ length: 50_000 }, (_, i) => `{"sequence":${i},"text":"a\u2028b"}`);
  for (const line of lines) {
    run.appendAudit(line);
    await run.drain();
  }
  await run.writeSummary({ fills: 2 });
  await run.writeReport('<p>report</p>');
  await run.done();

  const stored = await readRun(dataDir, '20240808-000000-a');
  expect(stored).toMatchObject({ run: { strategy: 'sma-cross', parameters: { fast: 3 } }, summary: { fills: 2 }, hasReport: true });
  expect(readFileSync(stored.paths.report, 'utf8')).toBe('<p>report</p>');
  const found: string[] = [];
  for await (const line of readAudits(stored.paths)) found.push(line);
  expect(found).toEqual(lines);
});

test('runs are listed in the order of their ids, and a run is not overwritten', async () => {
  const dataDir = aDataDir();
  expect(await listRuns(dataDir)).toEqual([]);
  for (const id of ['b', 'a']) {
    const run = await createRun(dataDir, id);
    await run.writeRunJson({});
    await run.done();
  }
  expect(await listRuns(dataDir)).toEqual(['a', 'b']);
  await expect(createRun(dataDir, 'a')).rejects.toMatchObject({ code: 'RUN_EXISTS', exitCode: 2 });
});

test('a run that was killed before it was begun is none, and whoever has its session begins it', async () => {
  const dataDir = aDataDir();
  const killed = await createRun(dataDir, 'live-monday');
  killed.appendAudit('{"never":"decided"}');
  await killed.done();
  expect(await listRuns(dataDir)).toEqual([]);
  await expect(createRun(dataDir, 'live-monday')).rejects.toMatchObject({ code: 'RUN_EXISTS' });

  const run = await createRun(dataDir, 'live-monday', { isOnlyOne: true });
  await run.writeRunJson({ mode: 'live' });
  await run.done();
  expect(readFileSync(run.paths.audits, 'utf8')).toBe('');
  expect((await readRun(dataDir, 'live-monday')).run).toEqual({ mode: 'live' });
  await expect(createRun(dataDir, 'live-monday', { isOnlyOne: true })).rejects.toMatchObject({ code: 'RUN_EXISTS' });
});

test('an unknown run names the nearest ones, and an id cannot leave the folder', async () => {
  const dataDir = aDataDir();
  const run = await createRun(dataDir, 'night-1');
  await run.writeRunJson({});
  await run.done();
  expect((await readRun(dataDir, 'night-1')).summary).toBeUndefined();
  await expect(readRun(dataDir, 'night-2')).rejects.toMatchObject({ code: 'RUN_UNKNOWN', message: expect.stringContaining('"night-1"') });
  await expect(createRun(dataDir, '../x')).rejects.toMatchObject({ code: 'RUN_NAME_INVALID' });
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openRecorderLog } from '../../../recorder/health/recorder-log.ts';
import { RotatedLog } from '../../../recorder/health/rotated-log.ts';
import { ManualClock } from '../../fixtures/manual-clock.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-log-'));
  folders.push(folder);
  return folder;
}

async function logBench(secrets: readonly string[] = []) {
  const dataDir = await temporaryFolder();
  const shown: string[] = [];
  const clock = new ManualClock(1_795_132_800_000_000_000n);
  const log = openRecorderLog({ dataDir, clock, secrets, fileBytesMax: 1e6, show: (text) => shown.push(text), base: { session: 'night' } });
  const text = async () => {
    await log.flush();
    return readFile(join(dataDir, 'logs', 'recorder.jsonl'), 'utf8');
  };
  return { dataDir, log, shown, text };
}

test('a line is JSON in the file, and a short text for a person', async () => {
  const { log, shown, text } = await logBench();
  log.warn('kis ws-1: disconnected', { venue: 'kis', code: 1006 });
  expect(JSON.parse(await text())).toEqual({
    level: 'warn',
    time: '2026-11-20T00:00:00.000Z',
    session: 'night',
    pid: process.pid,
    venue: 'kis',
    code: 1006,
    msg: 'kis ws-1: disconnected',
  });
  expect(shown).toEqual(['2026-11-20T00:00:00.000Z kis ws-1: disconnected']);
});

test('no secret is in it: not by its name, and not by its value in any spelling', async () => {
  const secrets = ['PSappkey0123', 'with"quote\\and/slash', 'https://hooks.example.test/T0/B0/xyz'];
  const { log, shown, text } = await logBench(secrets);
  log.error(`refused ${secrets[0]} and ${secrets[1]} at ${encodeURIComponent(secrets[2]!)}`, {
    appKey: 'under-its-name',
    request: { headers: { authorization: 'Bearer under-its-name' }, token: 'under-its-name' },
    detail: secrets,
  });
  const everything = `${await text()}\n${shown.join('\n')}`;
  for (const secret of [...secrets, 'under-its-name', 'with\\"quote', encodeURIComponent(secrets[2]!)])
    expect(everything).not.toContain(secret);
  expect(everything.match(/\[masked\]/g)?.length).toBeGreaterThanOrEqual(9);
  expect(() => JSON.parse(everything.split('\n')[0]!)).not.toThrow();
});

test('files have a size, and the oldest goes', async () => {
  const folder = await temporaryFolder();
  const log = new RotatedLog({ folder, name: 'recorder', fileBytesMax: 100, warn: () => undefined });
  for (let i = 0; i < 30; i++) {
    log.write(`${String(i).padStart(59, '0')}\n`);
    await log.flush();
  }
  const names = (await readdir(folder)).sort();
  expect(names).toEqual(['recorder.1.jsonl', ...[2, 3, 4, 5, 6, 7, 8, 9].map((n) => `recorder.${n}.jsonl`), 'recorder.jsonl'].sort());
  const last = async (name: string) => Number((await readFile(join(folder, name), 'utf8')).trim());
  expect(await last('recorder.jsonl')).toBe(29);
  expect(await last('recorder.1.jsonl')).toBe(28);
  expect(await last('recorder.9.jsonl')).toBe(20);
});

test('lines keep their order, however fast they come', async () => {
  const folder = await temporaryFolder();
  const log = new RotatedLog({ folder, name: 'recorder', fileBytesMax: 1e9, warn: () => undefined });
  const lines = Array.from({ length: 2_000 }, (_, i) => `${i}\n`);
  for (const line of lines) log.write(line);
  await log.flush();
  expect(await readFile(join(folder, 'recorder.jsonl'), 'utf8')).toBe(lines.join(''));
});

test('a log that cannot be written says so once and goes on when it can', async () => {
  const folder = await temporaryFolder();
  const blocked = join(folder, 'logs');
  await writeFile(blocked, 'a file where the folder should be');
  const warnings: string[] = [];
  const log = new RotatedLog({ folder: blocked, name: 'recorder', fileBytesMax: 1e6, warn: (text) => warnings.push(text) });
  for (let i = 0; i < 3; i++) {
    log.write('lost\n');
    await log.flush();
  }
  expect(warnings).toEqual([expect.stringMatching(/^the log cannot be written: .*; recording goes on$/)]);
  await rm(blocked);
  await mkdir(blocked);
  log.write('kept\n');
  await log.flush();
  expect(await readFile(join(blocked, 'recorder.jsonl'), 'utf8')).toBe('kept\n');
});

test('more than can wait is dropped and counted', async () => {
  const folder = await temporaryFolder();
  const log = new RotatedLog({ folder, name: 'recorder', fileBytesMax: 1e9, warn: () => undefined });
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let i = 0; i < 8; i++) log.write(line);
  await log.flush();
  log.write('after\n');
  await log.flush();
  const text = await readFile(join(folder, 'recorder.jsonl'), 'utf8');
  expect(text).toMatch(/"msg":"\d+ lines were dropped"/);
  expect(text).toContain('after\n');
});

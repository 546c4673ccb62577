import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditFile } from '../../storage/audit-file.ts';
import { checkSeedsAsync } from '../seeds.ts';
import { aDataDir } from './journal-fixtures.ts';

async function aFile(): Promise<{ readonly path: string; readonly audits: AuditFile }> {
  const path = join(aDataDir(), 'audits.jsonl');
  return { path, audits: new AuditFile(await open(path, 'wx')) };
}

test('lines of any length and alphabet are in the file in order, however seldom it is drained', async () => {
  await checkSeedsAsync(20, async (random) => {
    const { path, audits } = await aFile();
    const letters = ['a', 'é', '한', '\u{1F4BE}', '\u2028'];
    const lines = Array.from(
      { length: random.integer(0, 300) },
      (_, i) => `${i} ${random.pick(letters).repeat(random.pick([0, 10, 1000, random.chance(0.1) ? 200_000 : 100]))}`,
    );
    for (const line of lines) {
      audits.append(line);
      if (random.chance(0.01)) await audits.drain();
    }
    await audits.close();
    expect(Buffer.compare(readFileSync(path), Buffer.from(lines.map((line) => `${line}\n`).join('')))).toBe(0);
  });
});

test('a file without lines is empty', async () => {
  const { path, audits } = await aFile();
  await audits.close();
  expect(readFileSync(path).length).toBe(0);
});

test('drain waits for the disk when much is not written, and not when little is', async () => {
  let letGo = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const audits = new AuditFile({ appendFile: () => slow } as unknown as FileHandle);
  let isDrained = false;
  audits.append('x'.repeat(1_000_000));
  await audits.drain();
  for (let i = 0; i < 4; i++) audits.append('x'.repeat(1_000_000));
  const draining = audits.drain().then(() => {
    isDrained = true;
  });
  await new Promise(setImmediate);
  expect(isDrained).toBe(false);
  letGo();
  await draining;
  expect(isDrained).toBe(true);
});

test('a disk that fails is told by every later call, and the file is closed', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  let isClosed = false;
  const file = {
    appendFile: () => Promise.reject(full),
    datasync: async () => undefined,
    close: async () => {
      isClosed = true;
    },
  };
  const audits = new AuditFile(file as unknown as FileHandle);
  audits.append('x'.repeat(300_000));
  await new Promise(setImmediate);
  expect(() => audits.append('y')).toThrow('no space');
  await expect(audits.drain()).rejects.toThrow('no space');
  await expect(audits.close()).rejects.toThrow('no space');
  expect(isClosed).toBe(true);
});

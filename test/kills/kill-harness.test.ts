import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { randomOf } from '../seeds.ts';
import { CutDisk } from './cut-disk.ts';
import { killRecorders } from './kill-harness.ts';

// `npm run kills` kills 1,000 recorders, CI 50; with `-- --power` it cuts the power of their disk.

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a recorder that is killed at random instants loses and doubles no frame that it called durable', async () => {
  const tally = await killRecorders({ folder: aFolder(), kills: 4, random: randomOf(3) });
  expect(tally.kills).toBe(4);
  expect(tally.durable).toBeGreaterThan(0);
  expect(tally.onTape).toBeGreaterThanOrEqual(tally.durable);
});

test('nor does one whose real disk loses its power', async (context) => {
  const folder = aFolder();
  const reason = CutDisk.reasonAgainst(folder);
  if (reason !== undefined) {
    process.stderr.write(`skipped: ${reason}\n`);
    return context.skip(reason);
  }
  const tally = await killRecorders({ folder, kills: 4, random: randomOf(3), cutsPower: true });
  expect(tally.kills).toBe(4);
  expect(tally.durable).toBeGreaterThan(0);
});

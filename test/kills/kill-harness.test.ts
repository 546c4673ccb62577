import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { randomOf } from '../seeds.ts';
import { killRecorders } from './kill-harness.ts';

// `npm run kills` kills 1,000 recorders, CI 50.

test('a recorder that is killed at random instants loses and doubles no frame that it called durable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-kills-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tally = await killRecorders({ folder, kills: 4, random: randomOf(3) });
  expect(tally.kills).toBe(4);
  expect(tally.durable).toBeGreaterThan(0);
  expect(tally.onTape).toBeGreaterThanOrEqual(tally.durable);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordBody, StrategyDefinition } from '#domain';
import { makeGolden } from '#replay';
import { createGolden, goldenPaths } from '#storage';
import { SMA_CROSS } from '#strategies';
import { VENUES } from '#venues';
import { recordSyntheticSession } from '../replay/synthetic-session.ts';
import { toReplayAs } from '../testing.ts';
import { MemoryJournal } from './fixtures/memory-journal.ts';
import { MemoryTape } from './fixtures/memory-tape.ts';

expect.extend({ toReplayAs });

const folder = mkdtempSync(join(tmpdir(), 'tapedeck-testing-'));
const golden = join(folder, 'morning.json');
const parameters = { interval: '1s', fast: 2, slow: 4, size: 1, direction: 'long-short' };
let records: readonly RecordBody[];

beforeAll(async () => {
  const journal = new MemoryJournal();
  const startUs = Date.UTC(2026, 10, 23, 0, 30) * 1000; // 09:30 in Korea
  await recordSyntheticSession({ seed: 5, venues: ['kiwoom'], startUs, durationUs: 20_000_000 }, journal);
  records = journal.kept;
  await addGolden('morning', 'sma-cross', SMA_CROSS);
  await addGolden('own', '../my-strategy.ts', { ...SMA_CROSS, name: 'mine' });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function addGolden(name: string, strategyFrom: string, strategy: StrategyDefinition): Promise<void> {
  const writer = await createGolden(goldenPaths(folder, name), { isReplaced: false });
  const options = { tapes: [tape()], venues: VENUES, strategy, sourceHash: 'a'.repeat(64), parameters };
  const made = await makeGolden({ name, strategyFrom, options }, writer);
  await writer.finish(made.golden, made.fingerprints);
}

/** The session, with the price of one trade changed by its last digit where one is asked for. */
function tape(changedSequence = -1): MemoryTape {
  const changed = records.map((record, sequence) => {
    if (sequence !== changedSequence) return record;
    const text = new TextDecoder().decode(record.payload).replace(/("10":"[^"]*)0"/, '$15"');
    return { ...record, payload: new TextEncoder().encode(text) };
  });
  return new MemoryTape(changed, { session: 'morning' });
}

test('a tape replays as its golden', async () => {
  await expect(tape()).toReplayAs(golden);
  await expect([tape()]).toReplayAs(golden);
});

test('a changed byte fails with the record it is in', async () => {
  const sequence = records.findIndex(({ payload }) => new TextDecoder().decode(payload).includes('"type":"0B"'));
  const failure = await failureOf(() => expect(tape(sequence)).toReplayAs(golden));
  expect(failure).toContain('golden morning differs');
  expect(failure).toContain(`first record ${sequence} of morning (frame-in kiwoom 0B,`);
});

test('a changed parameter fails with the first decision it changes, member by member', async () => {
  const failure = await failureOf(() => expect(tape()).toReplayAs(golden, { parameters: { size: 2 } }));
  expect(failure).toMatch(/the first different decision is in record \d+ of morning/);
  expect(failure).toContain('.intent.size: expected 1, found 2');
  expect(failure).toContain('likely cause (parameter): parameter size was 1 and is 2');
});

test('a strategy of your own is handed over, and its decisions are what counts', async () => {
  const own = join(folder, 'own.json');
  await expect(expect(tape()).toReplayAs(own)).rejects.toMatchObject({
    code: 'GOLDEN_STRATEGY',
    message: expect.stringContaining('../my-strategy.ts'),
  });
  await expect(tape()).toReplayAs(own, { strategy: { ...SMA_CROSS, name: 'mine' } });
});

test('the opposite can be asked for', async () => {
  await expect(tape()).not.toReplayAs(golden, { parameters: { size: 2 } });
  expect(await failureOf(() => expect(tape()).not.toReplayAs(golden))).toContain('replay otherwise');
});

async function failureOf(check: () => Promise<unknown>): Promise<string> {
  try {
    await check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('the matcher passed');
}

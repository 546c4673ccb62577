import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { type DiskEnd, FaultyDisk } from '../fixtures/faulty-disk.ts';
import { randomOf } from '../seeds.ts';
import { append, aRecord } from './journal-fixtures.ts';
import { settle, turn } from './journal-ordeal.ts';

// One record is appended each (virtual) millisecond, so that what an end takes, counted in records, is the window in milliseconds.
// The defaults of the writer: a write each 10 ms, a sync each 50 ms.

const WRITE_DELAY_MS = 10;
const SYNC_INTERVAL_MS = 50;
const ENDS_AT_MS = Array.from({ length: 60 }, (_, i) => 400 + i);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** How many of the records that were appended until then an end after so many milliseconds takes. */
async function lostAt(endsAtMs: number, end: DiskEnd, faults: { readonly writeMs?: number; readonly syncMs?: number }): Promise<number> {
  const disk = new FaultyDisk(randomOf(endsAtMs));
  const writer = await settle(JournalWriter.create('data', 's', { disk }));
  disk.faults = faults;
  for (let ms = 0; ms < endsAtMs; ms++) {
    append(writer, aRecord({ payload: new Uint8Array(20) }));
    vi.advanceTimersByTime(1);
    await turn();
  }
  disk.endNow(end);
  await settle(writer.abandon()).catch(() => undefined);
  const sure = end === 'kill' ? writer.writtenRecords : writer.durableRecords;
  disk.restart();
  const again = await settle(JournalWriter.reopen('data', 's', { disk }));
  await settle(again.abandon());
  expect(again.records, `an end at ${endsAtMs} ms`).toBeGreaterThanOrEqual(sure);
  return endsAtMs - sure;
}

async function windowOf(end: DiskEnd, faults: { readonly writeMs?: number; readonly syncMs?: number } = {}): Promise<number> {
  let most = 0;
  for (const endsAtMs of ENDS_AT_MS) most = Math.max(most, await lostAt(endsAtMs, end, faults));
  return most;
}

describe('a process that is killed loses', () => {
  test('what was appended in the last 10 ms', async () => {
    const window = await windowOf('kill');
    expect(window).toBeLessThanOrEqual(WRITE_DELAY_MS);
    expect(window).toBeGreaterThan(WRITE_DELAY_MS / 2);
  });

  test('and in the time of two writes where writes are slow: the one under way, and the one that waits for it', async () => {
    const writeMs = 40;
    const window = await windowOf('kill', { writeMs });
    expect(window).toBeLessThanOrEqual(WRITE_DELAY_MS + 2 * writeMs);
    expect(window).toBeGreaterThan(writeMs);
  });

  test('no more because syncs are slow', async () => {
    expect(await windowOf('kill', { syncMs: 300 })).toBeLessThanOrEqual(WRITE_DELAY_MS);
  });
});

describe('a power cut takes at most', () => {
  test('what was appended in the last 60 ms: 10 until it is written, 50 until it is synced', async () => {
    const window = await windowOf('power-cut');
    expect(window).toBeLessThanOrEqual(WRITE_DELAY_MS + SYNC_INTERVAL_MS);
    expect(window).toBeGreaterThan(SYNC_INTERVAL_MS / 2);
  });

  test('and in the time of two syncs where syncs are slow: the one under way, and the next', async () => {
    const syncMs = 70;
    const window = await windowOf('power-cut', { syncMs });
    expect(window).toBeLessThanOrEqual(WRITE_DELAY_MS + SYNC_INTERVAL_MS + 2 * syncMs);
    expect(window).toBeGreaterThan(SYNC_INTERVAL_MS + syncMs);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { inspectTape, recordSyntheticSession } from '#replay';
import { JournalTape, JournalWriter } from '#storage';
import { VENUES } from '#venues';
import { DEMO_SPEED, type DemoMarket, recordDemo } from '../../cli/demo-recording.ts';

const SERVED = ['kis', 'kiwoom', 'coincall-options', 'coincall-futures'];
/** Half a minute before and after stocks open. */
const START_US = Date.parse('2026-10-15T08:59:30+09:00') * 1000;
const DURATION_US = 60_000_000;

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

test('what the demo records over real sockets is what was served, frame by frame, of every venue', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tapedeck-demo-'));
  folders.push(folder);
  const market: DemoMarket = {
    ...{ seed: 5, folder, source: 'market', target: 'demo', venues: SERVED },
    ...{ startUs: START_US, durationUs: DURATION_US },
  };
  const writer = await JournalWriter.create(folder, 'market', { syncIntervalMs: 0 });
  await recordSyntheticSession({ seed: 5, venues: SERVED, startUs: START_US, durationUs: DURATION_US }, writer);
  await writer.close();
  const { result, venues } = await recordDemo(market, DEMO_SPEED);
  expect(result).toMatchObject({ framesShed: 0, reason: 'asked' });
  for (const { venue, served, recorded, isSame } of venues) {
    expect([venue, recorded, isSame]).toEqual([venue, served, true]);
    expect(recorded).toBeGreaterThan(100);
  }
  const source = await inspectTape(await JournalTape.open(folder, 'market'), { venues: VENUES });
  const report = await inspectTape(await JournalTape.open(folder, 'demo'), { venues: VENUES });
  expect(report).toMatchObject({ decodeFailures: 0, undecoded: [] });
  expect(report.events.trade).toBe(source.events.trade);
  expect(report.volumeAudit.every(({ missing }) => missing === 0)).toBe(true);
});

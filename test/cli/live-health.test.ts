import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepLiveHealth, liveHealth, removeLiveHealth } from '../../cli/live-health.ts';
import { readStatus } from '../../cli/session-status.ts';
import { tapeHealth } from '../../replay/inspect.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';
import { temporaryFolder } from './bars-session.ts';
import { startServing } from './cli-process.ts';
import { binanceConfig, SYNTHETIC, startRecording, untilRecorded } from './recording-desk.ts';

const TAPE = new MemoryTape(
  [aRecord({ kind: 'connected', atUs: 1e6 }), aRecord({ payload: frame({ say: 'trade', price: 1, at: 1_950_000 }), atUs: 2e6 })],
  { session: 'night' },
);
const LAST_NS = 2_000_000_000n;
const healthOf = () => tapeHealth(TAPE, { venues: SCRIPTED_VENUES });

test('a health is read back as it was kept, by whoever knows which process kept it', async () => {
  const data = temporaryFolder();
  const health = await healthOf();
  keepLiveHealth(data, 'night', health);
  expect(await liveHealth(data, 'night', process.pid, LAST_NS + 1_000_000_000n)).toEqual(health);
  expect(await liveHealth(data, 'night', process.pid + 1, LAST_NS)).toBeUndefined();
  expect(await liveHealth(data, 'other', process.pid, LAST_NS)).toBeUndefined();
  removeLiveHealth(data, 'night');
  expect(await liveHealth(data, 'night', process.pid, LAST_NS)).toBeUndefined();
});

test('a health of a recorder that hangs, or has still to catch up, is none: its last record is old', async () => {
  const data = temporaryFolder();
  keepLiveHealth(data, 'night', await healthOf());
  expect(await liveHealth(data, 'night', process.pid, LAST_NS + 15_000_000_000n)).toBeDefined();
  expect(await liveHealth(data, 'night', process.pid, LAST_NS + 15_000_000_001n)).toBeUndefined();
});

test('a file that is half there or not ours is none, and a place that cannot be written is no matter', async () => {
  const data = temporaryFolder();
  keepLiveHealth(data, 'night', await healthOf());
  const path = join(data, 'status', 'night');
  writeFileSync(path, readFileSync(path).subarray(0, 30));
  expect(await liveHealth(data, 'night', process.pid, LAST_NS)).toBeUndefined();
  writeFileSync(path, 'words');
  expect(await liveHealth(data, 'night', process.pid, LAST_NS)).toBeUndefined();
  mkdirSync(join(data, 'blocked', 'status', 'night'), { recursive: true });
  keepLiveHealth(join(data, 'blocked'), 'night', await healthOf());
});

test('the status of a session that is recorded is what its recorder counted: the tape is not read', async () => {
  const folder = temporaryFolder();
  const { addresses } = await startServing(SYNTHETIC);
  const recorder = startRecording(binanceConfig(folder, addresses[0]!), folder);
  await untilRecorded(recorder, folder, 'caught', 500);
  const neverRead = () => {
    throw new Error('the tape is read');
  };
  await recorder.until('its health', async () => {
    const status = await readStatus(folder, 'caught', neverRead).catch(() => undefined);
    return (status?.health.venues[0]?.frames ?? 0) >= 500;
  });
  expect((await recorder.kill('SIGINT')).code).toBe(0);
  expect(existsSync(join(folder, 'status', 'caught'))).toBe(false);
});

import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { temporaryFolder } from './bars-session.ts';
import { startServing } from './cli-process.ts';
import {
  binanceConfig,
  inspect,
  isWhole,
  type RecordedDocument,
  receivedFrames,
  SYNTHETIC,
  startRecording,
  untilRecorded,
} from './recording-desk.ts';

// The recorder on a real disk that gets full: a small tmpfs, which only root may mount.

const DISK_MIB = 32;
const MIB = 1024 * 1024;

/** A disk of its own, gone after the test; `undefined` where it cannot be mounted. */
function aSmallDisk(): string | undefined {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { encoding: 'utf8' });
  if (mount.status !== 0) {
    process.stderr.write(`skipped: a tmpfs cannot be mounted here (${(mount.stderr ?? String(mount.error)).trim()})\n`);
    return undefined;
  }
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

/** Takes all the room there is, whoever else writes meanwhile. */
function fill(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (const bytes of [MIB, 64 * 1024, 4096, 1]) {
      const chunk = new Uint8Array(bytes);
      try {
        for (;;) writeSync(file, chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

test('a recorder whose disk gets full keeps its session whole, sheds by channel, and goes on when there is room', async (context) => {
  const disk = aSmallDisk();
  if (disk === undefined) return context.skip('no tmpfs can be mounted here (it takes root)');
  const data = join(disk, 'data');
  const ballast = join(disk, 'ballast');
  const { addresses, stop } = await startServing(SYNTHETIC);
  const config = binanceConfig(temporaryFolder(), addresses[0]!, '[limits]\ndisk = "8MiB"');
  const recorder = startRecording(config, data);
  await untilRecorded(recorder, data, 'caught', 300);

  fill(ballast);
  await recorder.told(/is full: caught stays open and goes on when \d+ bytes are free/);
  const kept = await receivedFrames(data, 'caught');
  expect(kept.frames).toBeGreaterThanOrEqual(300);
  expect(runJson(['verify', 'caught', '--data', data])).toMatchObject({ ok: true, problems: [] });

  // Room for the session, but less than the floor: the most important channel only.
  truncateSync(ballast, statSync(ballast).size + freeBytes(disk) - 6 * MIB);
  await recorder.told(/has room again: caught goes on/);
  await recorder.told(/channels of the lowest priority are not kept/);
  await recorder.until('shed frames', () => inspectGaps(data).some(({ reason }) => reason === 'shed'));

  rmSync(ballast);
  await recorder.told(/has room again: \d+ bytes, all channels are kept/);
  const after = (await receivedFrames(data, 'caught')).frames;
  await recorder.until('more frames', async () => (await receivedFrames(data, 'caught')).frames > after + 300);
  const ended = await recorder.kill('SIGINT');
  expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Error') });
  await stop();

  const [session] = (JSON.parse(ended.stdout) as RecordedDocument).sessions;
  expect(session?.framesShed).toBeGreaterThan(0);
  expect(isWhole(data, 'caught')).toBe(true);
  const { gaps } = inspect(data, 'caught');
  expect(gaps.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['the recorder was not running', 'shed']));
  const shed = inspectGaps(data).filter(({ reason }) => reason === 'shed');
  expect(new Set(shed.map(({ channel }) => channel))).toEqual(new Set(['bookTicker']));
  expect(runCli(['repair', 'caught', '--data', data])).toMatchObject({ code: 0 });
});

function inspectGaps(data: string): readonly { readonly reason: string; readonly channel?: string }[] {
  return inspect(data, 'caught').gaps;
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { JournalTape, JournalWriter, verifyParquet } from '#storage';

// The thread is a file of its own: the built program is run, in a process that knows nothing of the sources.
const PROGRAM = `
import { BackgroundSeals } from ${JSON.stringify(new URL('../../dist/cli/background-seals.js', import.meta.url).href)};
const [dataDir, ...sessions] = process.argv.slice(1);
const seals = new BackgroundSeals();
const ended = [];
let progress = 0;
const note = (text) => ended.push(text);
await Promise.all(sessions.map((session) =>
  seals.seal({ dataDir, session }, (rows) => { progress += rows; })
    .then(({ rows, tapeDigest }) => note(session + ' ' + rows + ' ' + tapeDigest), ({ code, exitCode }) => note(session + ' ' + code + ' ' + exitCode))));
console.log(JSON.stringify({ ended, progress }));
`;

async function sessionOf(dataDir: string, session: string, frames: number): Promise<void> {
  const writer = await JournalWriter.create(dataDir, session);
  for (let i = 0; i < frames; i++) writer.append(BigInt(i), 0n, 'kiwoom', '1', 'frame-in', '', Buffer.from(`frame ${i}`), 0, 7);
  await writer.close();
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tapedeck-seals-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('sessions are sealed in another thread in the order they were asked for, and one that fails says why and holds up no other', async () => {
  const dataDir = temporaryFolder();
  await sessionOf(dataDir, 'first', 20_000);
  await sessionOf(dataDir, 'second', 10);
  const open = await JournalWriter.create(dataDir, 'open');
  onTestFinished(() => open.abandon());
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM, dataDir, 'first', 'open', 'second'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const digests = await Promise.all(['first', 'second'].map(async (session) => (await JournalTape.open(dataDir, session)).digest()));
  expect(JSON.parse(stdout)).toEqual({
    ended: [`first 20000 ${digests[0]}`, 'open SESSION_OPEN 2', `second 10 ${digests[1]}`],
    progress: expect.any(Number),
  });
  expect((JSON.parse(stdout) as { progress: number }).progress).toBeGreaterThanOrEqual(20_010);
  expect(await verifyParquet(dataDir, 'first')).toMatchObject({ problems: [], tapeDigest: digests[0] });
});

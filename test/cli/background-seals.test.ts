import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { JournalTape, JournalWriter, sealTape, sessionPaths, verifyParquet } from '#storage';

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

/**
 * Records some days of frames in small segments and seals them as they are closed. It says what was there while the session was open, and what came of it.
 * `before` is done to the folder of the copy before the session is closed.
 */
const AHEAD = `
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BackgroundSeals } from ${JSON.stringify(new URL('../../dist/cli/background-seals.js', import.meta.url).href)};
import { JournalWriter } from ${JSON.stringify(new URL('../../dist/storage/journal-writer.js', import.meta.url).href)};
const [dataDir, way] = process.argv.slice(1);
const NOTES = dataDir + '/parquet/_sealing-ahead/_parts.json';
const partsNow = () => existsSync(NOTES) ? JSON.parse(readFileSync(NOTES, 'utf8')).parts.length : 0;
const warnings = [];
const heard = { roomAsked: 0 };
const writer = await JournalWriter.create(dataDir, 'ahead', { segmentBytesMax: 20_000, dayRollBytesMin: 1_000_000 });
const hasRoom = () => { heard.roomAsked += 1; return Promise.resolve(way !== 'no-room'); };
const ahead = new BackgroundSeals().ahead({ dataDir, session: 'ahead', hasRoom, onFailure: (message) => warnings.push(message) });
writer.tellClosedSegments((segments) => ahead.segmentsClosed(segments));
const DAY_NS = 86_400_000_000_000n;
const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5)); };
// Where the copy is made there is a file instead of a folder.
if (way === 'disk-fails') writeFileSync(dataDir + '/parquet', 'a file');
for (let i = 0; i < 4_000; i++) {
  writer.append(BigInt(Math.floor(i / 500)) * DAY_NS, 0n, 'kiwoom', '1', 'frame-in', '', Buffer.from('frame ' + i), 0, 7);
  if (i % 100 === 99) await writer.flush();
}
if (way === 'works' || way === 'given-up') await until(() => partsNow() >= 3);
if (way === 'disk-fails') await until(() => warnings.length > 0);
const partsWhileOpen = partsNow();
const seen = existsSync(dataDir + '/parquet') && way !== 'disk-fails' ? readdirSync(dataDir + '/parquet') : [];
if (way === 'given-up') { await ahead.abandon(); await writer.abandon(); }
else {
  await writer.close();
  const { unlinkSync } = await import('node:fs');
  if (way === 'disk-fails') unlinkSync(dataDir + '/parquet');
}
const result = way === 'given-up' ? undefined : await ahead.finish(() => undefined);
console.log(JSON.stringify({ partsWhileOpen, seen, warnings, roomAsked: heard.roomAsked, result }));
`;

interface AheadStory {
  readonly partsWhileOpen: number;
  readonly seen: readonly string[];
  readonly warnings: readonly string[];
  readonly roomAsked: number;
  readonly result?: { readonly rows: number; readonly parts: number; readonly tapeDigest: string };
}

function sealAhead(dataDir: string, way: 'works' | 'no-room' | 'disk-fails' | 'given-up'): AheadStory {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', AHEAD, dataDir, way], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as AheadStory;
}

function digestOf(dataDir: string): Promise<string> {
  return JournalTape.open(dataDir, 'ahead').then((tape) => tape.digest());
}

test('the closed segments of a session are sealed by a thread while it is recorded, and the rest when it is closed', async () => {
  const dataDir = temporaryFolder();
  const { partsWhileOpen, seen, warnings, result } = sealAhead(dataDir, 'works');
  expect(partsWhileOpen).toBeGreaterThanOrEqual(3);
  expect(seen).toEqual(['_sealing-ahead']);
  expect(warnings).toEqual([]);
  expect(result).toMatchObject({ rows: 4_000, parts: 8, tapeDigest: await digestOf(dataDir) });
  expect(readdirSync(join(dataDir, 'parquet'))).toEqual(['session=ahead']);
  expect((await verifyParquet(dataDir, 'ahead'))?.problems).toEqual([]);
});

test('without room nothing is sealed ahead, and all of it at the end', () => {
  const { partsWhileOpen, seen, warnings, roomAsked, result } = sealAhead(temporaryFolder(), 'no-room');
  expect({ partsWhileOpen, seen, warnings }).toEqual({ partsWhileOpen: 0, seen: [], warnings: [] });
  expect(roomAsked).toBeGreaterThan(3);
  expect(result).toMatchObject({ rows: 4_000, parts: 8 });
});

test('a seal that fails while the session is recorded is told once, and is made when it is closed', () => {
  const { warnings, result } = sealAhead(temporaryFolder(), 'disk-fails');
  expect(warnings).toEqual([expect.stringMatching(/_sealing-ahead|parquet/)]);
  expect(result).toMatchObject({ rows: 4_000, parts: 8 });
});

test('a recording that is given up leaves its finished parts, and no lock, to a later seal', async () => {
  const dataDir = temporaryFolder();
  const { partsWhileOpen } = sealAhead(dataDir, 'given-up');
  const { sealingDir } = sessionPaths(dataDir, 'ahead');
  expect(readdirSync(sealingDir).sort()).toEqual(['_parts.json', 'new']);
  expect(partsWhileOpen).toBeGreaterThanOrEqual(3);
  await (await JournalWriter.reopen(dataDir, 'ahead')).close();
  const first = readdirSync(join(sealingDir, 'new')).sort()[0]!;
  const { ino } = statSync(join(sealingDir, 'new', first, 'part-000001.parquet'));
  await sealTape(await JournalTape.open(dataDir, 'ahead'), { dataDir, channelOf: () => '' });
  expect(statSync(join(sessionPaths(dataDir, 'ahead').parquetDir, first, 'part-000001.parquet')).ino).toBe(ino);
  expect((await verifyParquet(dataDir, 'ahead'))?.problems).toEqual([]);
});

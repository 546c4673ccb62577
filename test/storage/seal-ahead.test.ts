import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordBody } from '#domain';
import { sessionInfo } from '../../storage/catalogue.ts';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { decodeParquetManifest, type ParquetManifest } from '../../storage/parquet-manifest.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { type SealResult, SessionSeal, sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { checkSeedsAsync } from '../seeds.ts';
import { aDataDir, append, copyOf, someRecords, writeSession } from './journal-fixtures.ts';
import { ended, startProcess } from './second-process.ts';

const SESSION = 's';
const PART_ROWS_MAX = 40;
const SEGMENT_BYTES_MAX = 4000;
const VICTIM = new URL('./seal-ahead-victim.ts', import.meta.url);

function optionsOf(dataDir: string) {
  return { dataDir, partRowsMax: PART_ROWS_MAX, channelOf: (record: { readonly payloadLength: number }) => `c${record.payloadLength % 3}` };
}

/** The digest of every file of the sealed copy. */
function filesOf(dataDir: string): ReadonlyMap<string, string> {
  const { parquetDir } = sessionPaths(dataDir, SESSION);
  const names = readdirSync(parquetDir, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(parquetDir, name)).isFile());
  return new Map(
    files.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(parquetDir, name)))
        .digest('hex'),
    ]),
  );
}

/** The files that a seal makes which begins when the session is closed. */
async function filesAfterwards(dataDir: string): Promise<ReadonlyMap<string, string>> {
  const copy = copyOf(dataDir);
  rmSync(join(copy, 'parquet'), { recursive: true, force: true });
  await sealTape(await JournalTape.open(copy, SESSION), optionsOf(copy));
  return filesOf(copy);
}

function notesPath(dataDir: string): string {
  return join(sessionPaths(dataDir, SESSION).sealingDir, '_parts.json');
}

function finishedParts(dataDir: string): ParquetManifest['parts'] {
  if (!existsSync(notesPath(dataDir))) return [];
  const notes = decodeParquetManifest(readFileSync(notesPath(dataDir)));
  if (typeof notes === 'string') throw new Error(notes);
  return notes.parts;
}

/** Records a session and seals its segments as they are closed; the last ones are left for the end. */
async function recordSealing(writer: JournalWriter, seal: SessionSeal, records: readonly RecordBody[]): Promise<void> {
  let closed = 0;
  let taken = 0;
  writer.tellClosedSegments((segments) => {
    closed = segments;
  });
  for (const [i, record] of records.entries()) {
    append(writer, record);
    if (i % 10 !== 9) continue;
    await writer.flush();
    if (closed > taken) await seal.takeSegments(closed);
    taken = closed;
  }
}

function openSession(dataDir: string): Promise<JournalWriter> {
  return JournalWriter.create(dataDir, SESSION, { segmentBytesMax: SEGMENT_BYTES_MAX, syncIntervalMs: 0 });
}

function finish(dataDir: string, seal: SessionSeal): Promise<SealResult> {
  return JournalTape.open(dataDir, SESSION).then((tape) => seal.finish(tape));
}

/** An open session of which parts are finished and some more records are taken, as a recorder leaves it that was killed. */
async function leftOpen(records: readonly RecordBody[]): Promise<string> {
  const dataDir = aDataDir();
  const writer = await openSession(dataDir);
  const seal = new SessionSeal(SESSION, optionsOf(dataDir));
  await recordSealing(writer, seal, records);
  await seal.abandon();
  await writer.abandon();
  return dataDir;
}

test('parts are finished while the session is open, nobody sees them, and the copy is the one that is made afterwards', async () => {
  const dataDir = aDataDir();
  const writer = await openSession(dataDir);
  const seal = new SessionSeal(SESSION, optionsOf(dataDir));
  await recordSealing(writer, seal, someRecords(300));
  expect(await sessionInfo(dataDir, SESSION)).toMatchObject({ state: 'open' });
  const parts = finishedParts(dataDir);
  expect(parts.length).toBeGreaterThan(4);
  expect(readdirSync(join(dataDir, 'parquet'))).toEqual(['_sealing-s']);
  await expect(openParquetTape(dataDir, SESSION)).rejects.toMatchObject({ code: 'SESSION_NOT_SEALED' });
  const { tapeDigest, records } = await writer.close();
  expect(await finish(dataDir, seal)).toMatchObject({ rows: records, tapeDigest });
  expect(readdirSync(join(dataDir, 'parquet'))).toEqual(['session=s']);
  const files = filesOf(dataDir);
  expect(parts.map(({ path }) => files.get(path))).toEqual(parts.map(({ sha256 }) => sha256));
  expect(files).toEqual(await filesAfterwards(dataDir));
  expect((await verifyParquet(dataDir, SESSION))?.problems).toEqual([]);
});

test('however segments are cut and told, the copy is the same to the byte', async () => {
  await checkSeedsAsync(6, async (random) => {
    const dataDir = aDataDir();
    const records = someRecords(random.integer(0, 200), random.integer(1, 1_000_000));
    await writeSession(dataDir, SESSION, records, { segmentBytesMax: random.integer(1500, 12_000) });
    const segments = readdirSync(sessionPaths(dataDir, SESSION).journalDir).filter((name) => name.endsWith('.tdj')).length;
    const seal = new SessionSeal(SESSION, optionsOf(dataDir));
    for (let told = 0; told < segments && random.chance(0.8); ) {
      told = Math.min(segments, told + random.integer(1, 4));
      await seal.takeSegments(told);
    }
    await finish(dataDir, seal);
    expect(filesOf(dataDir)).toEqual(await filesAfterwards(dataDir));
  });
});

test('a recorder that is killed while it seals ahead goes on behind the finished parts', async () => {
  for (const killedAt of [0, 41, 150]) {
    const dataDir = aDataDir();
    const victim = startProcess(VICTIM, [dataDir, SESSION, String(killedAt)]);
    expect(await ended(victim), `record ${killedAt}`).toEqual({ code: null, signal: 'SIGKILL' });
    const finished = finishedParts(dataDir);
    if (killedAt > 100) expect(finished.length, `record ${killedAt}`).toBeGreaterThan(1);
    const times = finished.map(({ path }) => statSync(join(sessionPaths(dataDir, SESSION).sealingDir, 'new', path)).mtimeMs);

    const writer = await JournalWriter.reopen(dataDir, SESSION, { segmentBytesMax: SEGMENT_BYTES_MAX });
    const seal = new SessionSeal(SESSION, optionsOf(dataDir));
    await recordSealing(writer, seal, someRecords(300).slice(writer.records));
    const { records } = await writer.close();
    expect(await finish(dataDir, seal), `record ${killedAt}`).toMatchObject({ rows: records });
    expect(filesOf(dataDir), `record ${killedAt}`).toEqual(await filesAfterwards(dataDir));
    const { parquetDir } = sessionPaths(dataDir, SESSION);
    expect(finished.map(({ path }) => statSync(join(parquetDir, path)).mtimeMs)).toEqual(times);
  }
});

test('a later seal keeps the finished parts too, and removes what was not finished', async () => {
  const dataDir = await leftOpen(someRecords(200));
  const kept = finishedParts(dataDir);
  await (await JournalWriter.reopen(dataDir, SESSION)).close();
  const { sealingDir, parquetDir } = sessionPaths(dataDir, SESSION);
  const written = readdirSync(join(sealingDir, 'new'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  expect(written.length).toBe(kept.length + 1);
  const inode = statSync(join(sealingDir, 'new', kept[0]!.path)).ino;
  await sealTape(await JournalTape.open(dataDir, SESSION), optionsOf(dataDir));
  expect(statSync(join(parquetDir, kept[0]!.path)).ino).toBe(inode);
  expect(filesOf(dataDir)).toEqual(await filesAfterwards(dataDir));
});

test('parts that are not as they were finished are made again from the first of them on, whatever happened to them', async () => {
  const left = await leftOpen(someRecords(200));
  await (await JournalWriter.reopen(left, SESSION)).close();
  const expected = await filesAfterwards(left);
  const parts = finishedParts(left);
  const partPath = (dataDir: string, part: number) => join(sessionPaths(dataDir, SESSION).sealingDir, 'new', parts[part]!.path);
  const damages: readonly ((dataDir: string) => void)[] = [
    (dir) => writeFileSync(partPath(dir, 0), readFileSync(partPath(dir, 0)).fill(0, 60, 70)),
    // In the page index, which no reader of ours looks at.
    (dir) => {
      const { offset, bytes } = parts[1]!.groups.at(-1)!;
      const file = readFileSync(partPath(dir, 1));
      file[offset + bytes + 1]! ^= 1;
      writeFileSync(partPath(dir, 1), file);
    },
    (dir) => truncateSync(partPath(dir, 2), parts[2]!.bytes - 1),
    (dir) => rmSync(partPath(dir, 1)),
    (dir) => writeFileSync(notesPath(dir), readFileSync(notesPath(dir)).subarray(1)),
    (dir) => rmSync(notesPath(dir)),
    (dir) => rmSync(join(sessionPaths(dir, SESSION).sealingDir, 'new'), { recursive: true }),
    (dir) => writeFileSync(join(sessionPaths(dir, SESSION).sealingDir, 'new', 'stray.tmp'), 'not ours'),
  ];
  for (const [i, damage] of damages.entries()) {
    const copy = copyOf(left);
    damage(copy);
    await sealTape(await JournalTape.open(copy, SESSION), optionsOf(copy));
    expect(filesOf(copy), `damage ${i}`).toEqual(expected);
    expect(readdirSync(join(copy, 'parquet')), `damage ${i}`).toEqual(['session=s']);
  }
});

test('parts of a tape that is another one by now are made again, and do not keep the session from being sealed', async () => {
  const dataDir = await leftOpen(someRecords(200, 1));
  const other = aDataDir();
  await writeSession(other, SESSION, [...someRecords(60, 1), ...someRecords(100, 2)], { segmentBytesMax: SEGMENT_BYTES_MAX });
  const { sealingDir } = sessionPaths(other, SESSION);
  expect(finishedParts(dataDir).length).toBeGreaterThan(3);
  // As after a repair: the first part is of the tape, those after it are not.
  cpSync(sessionPaths(dataDir, SESSION).sealingDir, sealingDir, { recursive: true });
  await sealTape(await JournalTape.open(other, SESSION), optionsOf(other));
  expect(filesOf(other)).toEqual(await filesAfterwards(other));
});

test('a journal that is changed under a seal that goes on is sealed as it is at the end', async () => {
  const dataDir = aDataDir();
  const seal = new SessionSeal(SESSION, optionsOf(dataDir));
  const writer = await openSession(dataDir);
  await recordSealing(writer, seal, someRecords(200, 1));
  await writer.abandon();
  rmSync(sessionPaths(dataDir, SESSION).sessionDir, { recursive: true });
  await writeSession(dataDir, SESSION, someRecords(250, 2), { segmentBytesMax: SEGMENT_BYTES_MAX });
  expect(await finish(dataDir, seal)).toMatchObject({ rows: 250 });
  expect(filesOf(dataDir)).toEqual(await filesAfterwards(dataDir));
});

test('while one seals ahead nobody else seals the session, neither open nor closed', async () => {
  const dataDir = aDataDir();
  const writer = await openSession(dataDir);
  const seal = new SessionSeal(SESSION, optionsOf(dataDir));
  await recordSealing(writer, seal, someRecords(200));
  const sealElsewhere = async () => sealTape(await JournalTape.open(dataDir, SESSION), optionsOf(dataDir));
  await expect(new SessionSeal(SESSION, optionsOf(dataDir)).takeSegments(1)).rejects.toMatchObject({ code: 'SESSION_LOCKED' });
  await expect(sealElsewhere()).rejects.toMatchObject({ code: 'SESSION_OPEN' });
  await writer.close();
  await expect(sealElsewhere()).rejects.toMatchObject({ code: 'SESSION_LOCKED', exitCode: 2 });
  expect(await finish(dataDir, seal)).toMatchObject({ rows: 200 });
  expect(filesOf(dataDir)).toEqual(await filesAfterwards(dataDir));
});

test('what a seal left that was killed after its copy was in place goes with the next seal', async () => {
  const dataDir = await leftOpen(someRecords(100));
  await (await JournalWriter.reopen(dataDir, SESSION)).close();
  const copy = copyOf(dataDir);
  await sealTape(await JournalTape.open(copy, SESSION), optionsOf(copy));
  const { sealingDir } = sessionPaths(copy, SESSION);
  cpSync(sessionPaths(dataDir, SESSION).sealingDir, join(sealingDir, 'old'), { recursive: true });
  cpSync(notesPath(dataDir), notesPath(copy));
  const files = filesOf(copy);
  expect(await sealTape(await JournalTape.open(copy, SESSION), optionsOf(copy))).toMatchObject({ rows: 100 });
  expect(readdirSync(join(copy, 'parquet'))).toEqual(['session=s']);
  expect(filesOf(copy)).toEqual(files);
});

test('only records of closed segments are taken, and a segment that is not whole is an error that leaves nothing', async () => {
  const dataDir = await leftOpen(someRecords(200));
  const { journalDir, sealingDir } = sessionPaths(dataDir, SESSION);
  const segments = readdirSync(journalDir).filter((name) => name.endsWith('.tdj'));
  const seal = new SessionSeal(SESSION, optionsOf(dataDir));
  // The last segment has no footer: its writer was not closed.
  await expect(seal.takeSegments(segments.length)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  await seal.takeSegments(segments.length - 1);
  expect(finishedParts(dataDir).length).toBeGreaterThan(3);
  await seal.abandon();
  expect(existsSync(sealingDir)).toBe(true);
});

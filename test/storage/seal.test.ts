import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { expect, test } from 'vitest';
import { type RecordBody, type Tape, TapeRecord } from '#domain';
import { GROUP_PAYLOAD_BYTES_MAX, GROUP_ROWS_MAX } from '../../storage/frame-columns.ts';
import { JournalTape } from '../../storage/journal-tape.ts';
import { statedDigest } from '../../storage/parquet-check.ts';
import { Int64Column, TextColumn } from '../../storage/parquet-columns.ts';
import { readParquetManifest } from '../../storage/parquet-manifest.ts';
import { ParquetFile } from '../../storage/parquet-reader.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { type SealOptions, sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { TapeDigest } from '../../storage/tape-digest.ts';
import { aDataDir, aRecord, collect, copyOf, numbered, START_NS, someRecords, writeSession } from './journal-fixtures.ts';
import { ended, startProcess } from './second-process.ts';

const SESSION = 's';
const SEAL_VICTIM = new URL('./seal-victim.ts', import.meta.url);
const DAY_NS = 86_400_000_000_000n;

async function closedSession(records: readonly RecordBody[]): Promise<{ readonly dataDir: string; readonly tape: JournalTape }> {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, records);
  return { dataDir, tape: await JournalTape.open(dataDir, SESSION) };
}

function seal(dataDir: string, tape: Tape, options: Partial<SealOptions> = {}) {
  return sealTape(tape, { dataDir, channelOf: (record) => `c${record.payloadLength % 3}`, ...options });
}

async function sealed(records: readonly RecordBody[], options: Partial<SealOptions> = {}) {
  const { dataDir, tape } = await closedSession(records);
  const result = await seal(dataDir, tape, options);
  return { dataDir, tape, result, manifest: (await readParquetManifest(sessionPaths(dataDir, SESSION)))! };
}

/** Every file below the sealed copy with its bytes and the time it was last changed. */
function filesOf(dataDir: string, withTimes = false): Map<string, string> {
  const { parquetDir } = sessionPaths(dataDir, SESSION);
  const names = existsSync(parquetDir) ? readdirSync(parquetDir, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.sort().filter((name) => statSync(join(parquetDir, name)).isFile());
  return new Map(
    files.map((name) => {
      const path = join(parquetDir, name);
      return [name, `${readFileSync(path).toString('base64')} ${withTimes ? statSync(path).mtimeMs : ''}`];
    }),
  );
}

function partFile(dataDir: string, path: string): string {
  return join(sessionPaths(dataDir, SESSION).parquetDir, path);
}

function sealedFolders(dataDir: string): string[] {
  return readdirSync(join(dataDir, 'parquet')).sort();
}

/** The records of a tape whose reading fails, or that differ from its digest. */
function tapeOf(tape: Tape, change: (record: TapeRecord) => void): Tape {
  return {
    session: tape.session,
    digest: () => tape.digest(),
    async *batches() {
      for await (const batch of tape.batches()) {
        yield {
          next(record: TapeRecord): boolean {
            const isThere = batch.next(record);
            if (isThere) change(record);
            return isThere;
          },
        };
      }
    },
  };
}

test('a UTC day has its own folder, and a clock that goes back does not cut a part', async () => {
  const times = [0n, DAY_NS - 1n, DAY_NS, DAY_NS - 5n, DAY_NS + 7n, 3n * DAY_NS];
  const { manifest, dataDir } = await sealed(times.map((time) => aRecord({ receivedAtNs: START_NS + time })));
  expect(manifest.parts.map(({ path, firstSequence, lastSequence }) => ({ path, firstSequence, lastSequence }))).toEqual([
    { path: 'date=2024-08-08/part-000001.parquet', firstSequence: 0, lastSequence: 1 },
    { path: 'date=2024-08-09/part-000002.parquet', firstSequence: 2, lastSequence: 4 },
    { path: 'date=2024-08-11/part-000003.parquet', firstSequence: 5, lastSequence: 5 },
  ]);
  expect((await collect((await openParquetTape(dataDir, SESSION)).batches())).map((record) => record.receivedAtNs - START_NS)).toEqual(
    times,
  );
});

test('a clock that goes back and forth over midnight makes two parts, not one for each turn', async () => {
  const records = Array.from({ length: 1000 }, (_, i) => aRecord({ receivedAtNs: START_NS + DAY_NS + (i % 2 === 0 ? -1n : 1n) }));
  expect((await sealed(records)).manifest.parts).toHaveLength(2);
});

test('times before 1970, far away and at the ends of int64 are kept', async () => {
  const times = [-1n, 0n, 1n, -(2n ** 63n), 2n ** 63n - 1n, -1_000_000_007n, 2n ** 32n, -(2n ** 32n) - 1n, 0n];
  const records = times.map((time, i) => aRecord({ receivedAtNs: time, monotonicNs: times.at(-1 - i)! }));
  const { dataDir } = await sealed(records);
  expect(await collect((await openParquetTape(dataDir, SESSION)).batches())).toEqual(numbered(records));
});

test('row groups have at most their rows and their bytes of payload, and one larger payload is a group of its own', async () => {
  const records = Array.from({ length: GROUP_ROWS_MAX + 10 }, () => aRecord());
  expect((await sealed(records)).manifest.parts[0]?.groups.map((group) => group.rows)).toEqual([GROUP_ROWS_MAX, 10]);

  const lengths = [1, GROUP_PAYLOAD_BYTES_MAX / 2, GROUP_PAYLOAD_BYTES_MAX / 2, 1, GROUP_PAYLOAD_BYTES_MAX + 1, 2];
  const large = lengths.map((length, i) => aRecord({ payload: new Uint8Array(length).fill(i) }));
  const { manifest, dataDir } = await sealed(large);
  expect(manifest.parts[0]?.groups.map((group) => group.rows)).toEqual([2, 2, 1, 1]);
  expect((await verifyParquet(dataDir, SESSION))?.problems).toEqual([]);
});

test('columns have the types that are promised, with statistics, and the file says what it is', async () => {
  const { dataDir, manifest } = await sealed(Array.from({ length: 600 }, (_, i) => aRecord({ receivedAtNs: START_NS + BigInt(i) })));
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(partFile(dataDir, manifest.parts[0]!.path)));
  const columns = metadata.schema.slice(1).map(({ name, type, converted_type, logical_type, repetition_type }) => {
    return [name, type, converted_type ?? logical_type?.type ?? 'none', repetition_type];
  });
  expect(columns).toEqual([
    ...['sequence', 'received_at_ns', 'monotonic_ns'].map((name) => [name, 'INT64', 'none', 'REQUIRED']),
    ...['venue', 'connection', 'kind', 'meta', 'channel'].map((name) => [name, 'BYTE_ARRAY', 'UTF8', 'REQUIRED']),
    ['payload', 'BYTE_ARRAY', 'none', 'REQUIRED'],
  ]);
  expect(metadata.key_value_metadata).toEqual([
    { key: 'tapedeck.table', value: 'frames' },
    { key: 'tapedeck.schema_version', value: '2' },
    { key: 'tapedeck.session', value: SESSION },
    { key: 'tapedeck.tape_digest', value: manifest.tapeDigest },
  ]);
  const [sequence, receivedAt] = metadata.row_groups[0]!.columns.map((column) => column.meta_data!);
  expect(sequence?.codec).toBe('ZSTD');
  expect(sequence?.statistics).toMatchObject({ min_value: 0n, max_value: 599n });
  expect(receivedAt?.statistics).toMatchObject({ min_value: START_NS, max_value: START_NS + 599n });
});

test('each part says the digest of the tape up to its own last record, the last one that of the session', async () => {
  const { dataDir, tape, manifest } = await sealed(someRecords(250), { partRowsMax: 100 });
  const digests: string[] = [];
  const digest = new TapeDigest();
  const record = new TapeRecord();
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      digest.add(record);
      if (manifest.parts.some(({ lastSequence }) => lastSequence === record.sequence)) digests.push(digest.hex());
    }
  }
  const { parquetDir } = sessionPaths(dataDir, SESSION);
  expect(digests.length).toBe(manifest.parts.length);
  expect(new Set(digests).size).toBeGreaterThan(2);
  expect(digests.at(-1)).toBe(manifest.tapeDigest);
  expect(await Promise.all(manifest.parts.map((part) => statedDigest(parquetDir, part)))).toEqual(digests);
});

test('rows of a group are clustered by channel, each cluster in sequence', async () => {
  const { dataDir, manifest } = await sealed(Array.from({ length: 600 }, (_, i) => aRecord({ payload: new Uint8Array(i % 7) })));
  const file = await ParquetFile.open(partFile(dataDir, manifest.parts[0]!.path));
  const [sequences, channels] = [new Int64Column(), new TextColumn()];
  const chunks = await file.readGroup(0, ['sequence', 'channel']);
  sequences.decode(chunks[0]!);
  channels.decode(chunks[1]!);
  await file.close();
  const rows = Array.from({ length: 600 }, (_, row) => ({ channel: channels.text(row), sequence: sequences.number(row) }));
  const runs = rows.filter(({ channel }, row) => row === 0 || channel !== rows[row - 1]!.channel).map(({ channel }) => channel);
  expect(runs.sort()).toEqual(['c0', 'c1', 'c2']);
  for (const channel of runs) {
    const cluster = rows.filter((row) => row.channel === channel).map((row) => row.sequence);
    expect(cluster).toEqual([...cluster].sort((a, b) => a - b));
    expect(cluster.every((sequence) => `c${(sequence % 7) % 3}` === channel)).toBe(true);
  }
});

test('sealing again reads everything and writes nothing', async () => {
  const { dataDir, tape, result } = await sealed(someRecords(500), { partRowsMax: 100 });
  const before = filesOf(dataDir, true);
  expect(await seal(dataDir, tape)).toEqual(result);
  expect(filesOf(dataDir, true)).toEqual(before);
});

test('every kind of damage to a sealed copy is repaired from the journal, which stays as it is', async () => {
  const { dataDir, result, manifest } = await sealed(someRecords(300), { partRowsMax: 100 });
  const whole = filesOf(dataDir);
  const part = manifest.parts[1]!.path;
  const damages: readonly ((dir: string) => void)[] = [
    (dir) => rmSync(partFile(dir, part)),
    (dir) => writeFileSync(partFile(dir, part), readFileSync(partFile(dir, part)).subarray(1)),
    (dir) => writeFileSync(partFile(dir, part), readFileSync(partFile(dir, part)).fill(0, 60, 70)),
    (dir) => writeFileSync(partFile(dir, '_manifest.json'), '{}'),
    (dir) => rmSync(partFile(dir, '_manifest.json')),
    (dir) => cpSync(partFile(dir, part), partFile(dir, `${dirname(part)}/part-000009.parquet`)),
    (dir) => rmSync(sessionPaths(dir, SESSION).parquetDir, { recursive: true }),
  ];
  for (const [i, damage] of damages.entries()) {
    const copy = copyOf(dataDir);
    damage(copy);
    expect(await seal(copy, await JournalTape.open(copy, SESSION), { partRowsMax: 100 }), `damage ${i}`).toEqual(result);
    expect(filesOf(copy), `damage ${i}`).toEqual(whole);
    expect(sealedFolders(copy), `damage ${i}`).toEqual(['session=s']);
  }
});

test('a seal that is killed at any record leaves nothing that counts as sealed, and the next one seals all', async () => {
  const { dataDir } = await closedSession(someRecords(300));
  for (const killedAt of [0, 1, 99, 100, 250, 299]) {
    const victim = startProcess(SEAL_VICTIM, [dataDir, SESSION, String(killedAt)]);
    expect(await ended(victim), `record ${killedAt}`).toEqual({ code: null, signal: 'SIGKILL' });
    expect(sealedFolders(dataDir), `record ${killedAt}`).toEqual(['_sealing-s']);
    expect(await verifyParquet(dataDir, SESSION)).toBeUndefined();
    await expect(openParquetTape(dataDir, SESSION)).rejects.toMatchObject({ code: 'SESSION_NOT_SEALED' });
  }
  await seal(dataDir, await JournalTape.open(dataDir, SESSION));
  expect(sealedFolders(dataDir)).toEqual(['session=s']);
  expect((await verifyParquet(dataDir, SESSION))?.problems).toEqual([]);
});

test('a copy of another tape is replaced: the journal is the truth', async () => {
  const { dataDir, tape, result } = await sealed(someRecords(50, 1));
  const other = await sealed(someRecords(80, 2));
  rmSync(sessionPaths(dataDir, SESSION).parquetDir, { recursive: true });
  renameSync(sessionPaths(other.dataDir, SESSION).parquetDir, sessionPaths(dataDir, SESSION).parquetDir);
  expect(await seal(dataDir, tape)).toEqual(result);
  expect((await verifyParquet(dataDir, SESSION))?.tapeDigest).toBe(result.tapeDigest);
});

test('a seal that fails leaves the copy that was there and nothing else', async () => {
  const { dataDir, tape, manifest } = await sealed(someRecords(300), { partRowsMax: 100 });
  rmSync(partFile(dataDir, manifest.parts[2]!.path));
  const before = filesOf(dataDir, true);
  const failing = tapeOf(tape, (record) => {
    if (record.sequence === 250) throw new Error('the disk of the journal broke');
  });
  await expect(seal(dataDir, failing, { partRowsMax: 70 })).rejects.toThrow('the disk of the journal broke');
  expect(filesOf(dataDir, true)).toEqual(before);
  expect(sealedFolders(dataDir)).toEqual(['session=s']);
});

test('records that are not those of the digest are never named', async () => {
  const { dataDir, tape } = await closedSession(someRecords(300));
  const lying = tapeOf(tape, (record) => {
    if (record.sequence === 123) record.meta = '{"changed":true}';
  });
  await expect(seal(dataDir, lying, { partRowsMax: 100 })).rejects.toMatchObject({ code: 'SEAL_DIFFERS', exitCode: 3 });
  expect(sealedFolders(dataDir)).toEqual([]);
  expect(await verifyParquet(dataDir, SESSION)).toBeUndefined();
});

test('a file that no seal made is not removed but refused, with its path', async () => {
  const { dataDir, tape, manifest } = await sealed(someRecords(20));
  const foreign = partFile(dataDir, `${dirname(manifest.parts[0]!.path)}/notes.txt`);
  mkdirSync(dirname(foreign), { recursive: true });
  writeFileSync(foreign, 'mine');
  await expect(seal(dataDir, tape)).rejects.toMatchObject({ code: 'SEAL_FOLDER_FOREIGN', message: expect.stringContaining('notes.txt') });
  expect(readFileSync(foreign, 'utf8')).toBe('mine');
  rmSync(foreign);
  expect((await verifyParquet(dataDir, SESSION))?.problems).toEqual([]);
});

test('an empty session is sealed too', async () => {
  const { dataDir, result, tape } = await sealed([]);
  expect(result).toEqual({ session: SESSION, parts: 0, rows: 0, bytes: 0, tapeDigest: await tape.digest() });
  expect(await collect((await openParquetTape(dataDir, SESSION)).batches())).toEqual([]);
  expect((await verifyParquet(dataDir, SESSION))?.problems).toEqual([]);
});

test('progress is reported in rows', async () => {
  const { dataDir, tape } = await closedSession(someRecords(300));
  const reported: number[] = [];
  await seal(dataDir, tape, { onProgress: (rows) => reported.push(rows) });
  expect(reported.at(-1)).toBe(300);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RecordBody, TapeRecord } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { type ParquetManifest, readParquetManifest } from '../../storage/parquet-manifest.ts';
import { openParquetTape } from '../../storage/parquet-tape.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { checkSeedsAsync, type Random } from '../seeds.ts';
import { aDataDir, aRecord, collect, copyOf, numbered, type StoredRecord, someRecords, writeSession } from './journal-fixtures.ts';

const SESSION = 's';

async function seal(dataDir: string, records: readonly RecordBody[], partRowsMax = 1_000_000): Promise<JournalTape> {
  await writeSession(dataDir, SESSION, records);
  const tape = await JournalTape.open(dataDir, SESSION);
  const channelOf = (record: TapeRecord): string => `c${(record.bytes[record.start] ?? 0) % 5}`;
  await sealTape(tape, { dataDir, channelOf, partRowsMax });
  return tape;
}

function read(dataDir: string): Promise<StoredRecord[]> {
  return openParquetTape(dataDir, SESSION).then((tape) => collect(tape.batches()));
}

const TEXTS = ['', 'binance-spot', '연결', '\u{1F4BE}', '\uFEFFmark', 'a'.repeat(255), '\u0000'] as const;

function oddRecord(random: Random): RecordBody {
  const bits = random.pick([1, 8, 40, 63]);
  return aRecord({
    receivedAtNs: BigInt.asIntN(64, random.uint64() >> BigInt(64 - bits)) * (random.chance(0.5) ? 1n : -1n),
    monotonicNs: BigInt.asIntN(64, random.uint64()),
    venue: random.pick(TEXTS),
    connection: random.pick(TEXTS),
    kind: random.pick(['frame-in', 'frame-out', 'http-response', 'tick', 'gap', 'note']),
    meta: random.pick(['', '{"a":1}', `{"n":${random.uint32()}}`]),
    payload: random.bytes(random.pick([0, 1, 7, 300])),
  });
}

test('any tape comes back from Parquet record for record, in any cut, with the digest of the journal', async () => {
  await checkSeedsAsync(12, async (random) => {
    const dataDir = aDataDir();
    const records = Array.from({ length: random.integer(0, 400) }, () => oddRecord(random));
    const tape = await seal(dataDir, records, random.pick([3, 50, 1000]));
    expect(await read(dataDir)).toEqual(numbered(records));
    const found = await verifyParquet(dataDir, SESSION);
    expect(found).toEqual({ rows: records.length, tapeDigest: await tape.digest(), problems: [] });
  });
});

test('a view is as valid at the end of its batch as at the start, and batches follow each other without a hole', async () => {
  const dataDir = aDataDir();
  await seal(
    dataDir,
    Array.from({ length: 20_000 }, (_, i) => aRecord({ payload: Uint8Array.of(i & 255, i >> 8) })),
  );
  const records = await read(dataDir);
  expect(records.length).toBe(20_000);
  expect(records.findIndex(({ sequence, payload }, i) => sequence !== i || payload[0] !== (i & 255) || payload[1] !== i >> 8)).toBe(-1);
});

test('several tapes are read at once without sharing their memory', async () => {
  const [first, second] = [aDataDir(), aDataDir()];
  await seal(first, someRecords(500, 1), 90);
  await seal(second, someRecords(500, 2), 70);
  const both = await Promise.all([read(first), read(second), read(first)]);
  expect(both).toEqual([numbered(someRecords(500, 1)), numbered(someRecords(500, 2)), numbered(someRecords(500, 1))]);
});

test('a session that was not sealed is a usage error that says what to do', async () => {
  const dataDir = aDataDir();
  await writeSession(dataDir, SESSION, someRecords(3));
  await expect(openParquetTape(dataDir, SESSION)).rejects.toMatchObject({
    code: 'SESSION_NOT_SEALED',
    exitCode: 2,
    message: expect.stringContaining('tapedeck seal s'),
  });
});

describe('damage', () => {
  const RECORDS = someRecords(120, 3);
  let original = '';
  let manifest: ParquetManifest;

  beforeAll(async () => {
    // Not `aDataDir`, which is removed after the test that made it.
    original = mkdtempSync(join(tmpdir(), 'tapedeck-damage-'));
    await seal(original, RECORDS, 50);
    manifest = (await readParquetManifest(sessionPaths(original, SESSION)))!;
    return () => rmSync(original, { recursive: true, force: true });
  });

  /** What reading gives before it fails, and how it fails. */
  async function readUntilDamage(dataDir: string): Promise<{ readonly records: StoredRecord[]; readonly error: unknown }> {
    const records: StoredRecord[] = [];
    const view = new TapeRecord();
    try {
      const tape = await openParquetTape(dataDir, SESSION);
      for await (const batch of tape.batches()) while (batch.next(view)) records.push(view.copy());
      return { records, error: undefined };
    } catch (error) {
      return { records, error };
    }
  }

  test('a flipped bit anywhere in a part stops a replay with file and record before a wrong record is given', async () => {
    const dataDir = copyOf(original);
    const part = manifest.parts[1]!;
    const path = join(sessionPaths(dataDir, SESSION).parquetDir, part.path);
    const whole = readFileSync(path);
    const expected = numbered(RECORDS).slice(0, part.firstSequence);
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const { records, error } = await readUntilDamage(dataDir);
      expect(error, `byte ${at}`).toMatchObject({
        code: 'PARQUET_CORRUPT',
        exitCode: 3,
        message: expect.stringContaining(`${part.path}: damaged at record ${part.firstSequence}`),
      });
      expect(records, `byte ${at}`).toEqual(expected);
    }
  });

  test('a part that is cut, longer, missing or another part stops a replay', async () => {
    const dataDir = copyOf(original);
    const [first, second] = manifest.parts.map((part) => join(sessionPaths(dataDir, SESSION).parquetDir, part.path)) as [string, string];
    const whole = readFileSync(second);
    const changes: readonly (() => void)[] = [
      () => writeFileSync(second, whole.subarray(0, whole.length - 1)),
      () => writeFileSync(second, whole.subarray(0, 0)),
      () => writeFileSync(second, Buffer.concat([whole, Buffer.of(0)])),
      () => writeFileSync(second, readFileSync(first)),
      () => rmSync(second),
    ];
    for (const [i, change] of changes.entries()) {
      change();
      expect((await readUntilDamage(dataDir)).error, `change ${i}`).toMatchObject({ code: 'PARQUET_CORRUPT', exitCode: 3 });
      expect((await verifyParquet(dataDir, SESSION))?.problems[0]?.file, `change ${i}`).toBe(manifest.parts[1]!.path);
    }
  });

  test('a flipped bit anywhere in the manifest is found, and the session is not read', async () => {
    const dataDir = copyOf(original);
    const path = join(sessionPaths(dataDir, SESSION).parquetDir, '_manifest.json');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      expect((await verifyParquet(dataDir, SESSION))?.problems[0], `byte ${at}`).toMatchObject({
        file: '_manifest.json',
        kind: 'manifest-bad',
      });
      if (at % 20 === 0) await expect(openParquetTape(dataDir, SESSION)).rejects.toMatchObject({ code: 'MANIFEST_CORRUPT', exitCode: 3 });
    }
  });

  test('the row group that is damaged is named with its record and its place in the file', async () => {
    const dataDir = copyOf(original);
    const part = manifest.parts[2]!;
    const [group] = part.groups;
    const path = join(sessionPaths(dataDir, SESSION).parquetDir, part.path);
    const bytes = readFileSync(path);
    bytes[group!.offset + group!.bytes - 1]! ^= 4;
    writeFileSync(path, bytes);
    expect((await verifyParquet(dataDir, SESSION))?.problems).toEqual([
      expect.objectContaining({ file: part.path, sequence: group!.firstSequence, offset: group!.offset, kind: 'file-differs' }),
    ]);
    bytes[group!.offset + group!.bytes - 1]! ^= 4;
    bytes[bytes.length - 20]! ^= 4;
    writeFileSync(path, bytes);
    expect((await verifyParquet(dataDir, SESSION))?.problems[0]).toMatchObject({ file: part.path, kind: 'footer-bad' });
  });

  test('several damaged parts are all named', async () => {
    const dataDir = copyOf(original);
    for (const part of [manifest.parts[0]!, manifest.parts[2]!]) {
      const path = join(sessionPaths(dataDir, SESSION).parquetDir, part.path);
      const bytes = readFileSync(path);
      bytes[10]! ^= 1;
      writeFileSync(path, bytes);
    }
    const files = (await verifyParquet(dataDir, SESSION))?.problems.map((problem) => problem.file);
    expect(files).toEqual([manifest.parts[0]!.path, manifest.parts[2]!.path]);
  });
});

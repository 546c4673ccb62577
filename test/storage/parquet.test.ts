import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RecordBody, type Tape, TapeRecord } from '#domain';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { readParquetManifest } from '../../storage/parquet-manifest.ts';
import { computeTapeDigest, openParquetTape } from '../../storage/parquet-tape.ts';
import { verifyParquet } from '../../storage/parquet-verify.ts';
import { sealTape } from '../../storage/seal.ts';
import { sessionPaths } from '../../storage/session-paths.ts';
import { verifySession } from '../../storage/session-verify.ts';
import { aRecord } from '../fixtures/memory-tape.ts';
import { randomOf } from '../seeds.ts';

const DAY_US = 86_400_000_000;
const SESSION = 's';
let data = '';

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'tapedeck-parquet-'));
});

afterEach(() => rmSync(data, { recursive: true, force: true }));

async function journal(records: readonly RecordBody[]): Promise<JournalTape> {
  const writer = await JournalWriter.create(data, SESSION);
  for (const { receivedAtNs, monotonicNs, venue, connection, kind, meta, payload } of records) {
    writer.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, payload, 0, payload.length);
    await writer.drain();
  }
  await writer.close();
  return JournalTape.open(data, SESSION);
}

function seal(tape: Tape, partRowsMax = 4_000_000) {
  const channelOf = (record: TapeRecord): string => `c${record.payloadLength % 3}`;
  return sealTape(tape, { dataDir: data, channelOf, partRowsMax });
}

async function allRecords(tape: Tape) {
  const records = [];
  const record = new TapeRecord();
  for await (const batch of tape.batches()) while (batch.next(record)) records.push(record.copy());
  return records;
}

/** Every byte value, NUL, invalid UTF-8, nothing, 2 MiB; clocks that repeat, go back and jump; several venues and days. */
function oddRecords(): RecordBody[] {
  const random = randomOf(7);
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
  return [
    aRecord({ kind: 'session-open', venue: '', connection: '', meta: '{"format":"test"}' }),
    aRecord({ payload: everyByte, atUs: 5 }),
    aRecord({ payload: '', atUs: 5 }),
    aRecord({ payload: Uint8Array.of(0xff, 0xfe, 0, 0x80), venue: '거래소', atUs: 3 }),
    aRecord({ payload: random.bytes(2 * 1024 * 1024), atUs: DAY_US + 1 }),
    aRecord({ kind: 'http-response', meta: '{"status":200}', payload: '{}', atUs: 2 * DAY_US }),
    aRecord({ payload: 'back', atUs: DAY_US, connection: 'x' }),
    ...Array.from({ length: 300 }, (_, i) => aRecord({ payload: random.bytes(i % 40), atUs: 2 * DAY_US + i })),
    aRecord({ kind: 'session-close', venue: '', connection: '', atUs: 2 * DAY_US + 300 }),
  ];
}

test('what was sealed is read back record for record, with the digest of the journal', async () => {
  const tape = await journal(oddRecords());
  const sealed = await seal(tape, 100);
  expect(sealed).toMatchObject({ session: SESSION, rows: 308, tapeDigest: await tape.digest() });
  expect(sealed.parts).toBeGreaterThan(3);
  const copy = await openParquetTape(data, SESSION);
  expect(await allRecords(copy)).toEqual(await allRecords(tape));
  expect(await computeTapeDigest(copy.batches(), new TapeRecord())).toBe(await tape.digest());
});

test('sealing again changes nothing, and a damaged copy is written again from the journal', async () => {
  const tape = await journal(oddRecords());
  const first = await seal(tape);
  const paths = sessionPaths(data, SESSION);
  const part = join(paths.parquetDir, (await readParquetManifest(paths))!.parts[0]!.path);
  const bytes = readFileSync(part);
  expect(await seal(tape)).toEqual(first);
  expect(readFileSync(part).equals(bytes)).toBe(true);
  truncateSync(part, bytes.length - 1);
  expect(await seal(tape)).toEqual(first);
  expect((await verifySession(data, SESSION)).problems).toEqual([]);
  expect(existsSync(paths.journalDir)).toBe(true);
});

test('an open session is not sealed', async () => {
  const writer = await JournalWriter.create(data, SESSION);
  writer.append(0n, 0n, 'v', '1', 'frame-in', '', new Uint8Array(1), 0, 1);
  await writer.flush();
  await expect(seal(await JournalTape.open(data, SESSION))).rejects.toMatchObject({ code: 'SESSION_OPEN', exitCode: 2 });
  await writer.abandon();
});

test('a flipped bit, a missing or extra byte or file of the sealed copy is found, with its file', async () => {
  await seal(await journal(Array.from({ length: 40 }, (_, i) => aRecord({ payload: `frame ${i}`, atUs: i }))));
  const paths = sessionPaths(data, SESSION);
  const manifest = (await readParquetManifest(paths))!;
  for (const name of [manifest.parts[0]!.path, '_manifest.json']) {
    const path = join(paths.parquetDir, name);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      const found = await verifyParquet(data, SESSION);
      expect(found?.problems[0]?.file, `${name} byte ${at}`).toBe(name);
    }
    for (const bytes of [whole.subarray(0, whole.length - 1), whole.subarray(1), Buffer.concat([whole, Buffer.of(0)])]) {
      writeFileSync(path, bytes);
      expect((await verifyParquet(data, SESSION))?.problems.length).toBeGreaterThan(0);
    }
    rmSync(path);
    expect((await verifyParquet(data, SESSION))?.problems[0]?.kind).toBe('file-missing');
    writeFileSync(path, whole);
  }
  writeFileSync(join(paths.parquetDir, 'stray.parquet'), 'x');
  expect((await verifyParquet(data, SESSION))?.problems.map((problem) => problem.kind)).toEqual(['file-extra']);
});

const python = process.env.TAPEDECK_PYTHON ?? 'python3';
const hasPyarrow = spawnSync(python, ['-c', 'import pyarrow']).status === 0;
if (!hasPyarrow) process.stderr.write('skipped: pyarrow is not installed; set TAPEDECK_PYTHON to a Python that has it\n');

test.skipIf(!hasPyarrow)('pyarrow reads the whole session folder with the same bytes and times', async () => {
  const tape = await journal(oddRecords());
  await seal(tape, 100);
  const script = `
import hashlib, json, sys, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1]).sort_by('sequence')
rows = table.to_pydict()
print(json.dumps([[rows['sequence'][i], str(rows['received_at_ns'][i]), str(rows['monotonic_ns'][i]), rows['venue'][i], rows['connection'][i],
  rows['kind'][i], rows['meta'][i], hashlib.sha256(rows['payload'][i]).hexdigest()] for i in range(table.num_rows)]))`;
  const result = spawnSync(python, ['-c', script, sessionPaths(data, SESSION).parquetDir], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(result.stderr).toBe('');
  const { createHash } = await import('node:crypto');
  const expected = (await allRecords(tape)).map((record) => [
    record.sequence,
    String(record.receivedAtNs),
    String(record.monotonicNs),
    record.venue,
    record.connection,
    record.kind,
    record.meta,
    createHash('sha256').update(record.payload).digest('hex'),
  ]);
  expect(JSON.parse(result.stdout)).toEqual(expected);
});

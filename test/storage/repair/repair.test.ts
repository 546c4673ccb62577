import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { JournalTape } from '../../../storage/journal-tape.ts';
import { JournalWriter } from '../../../storage/journal-writer.ts';
import { openParquetTape } from '../../../storage/parquet-tape.ts';
import { repairSession } from '../../../storage/repair/repair-session.ts';
import { sealTape } from '../../../storage/seal.ts';
import { verifySession } from '../../../storage/session-verify.ts';
import { checkSeedsAsync } from '../../seeds.ts';
import { aDataDir, appendAll, aRecord, collect, copyOf, numbered, readSession, someRecords, writeSession } from '../journal-fixtures.ts';
import { damageFile, filesIn } from './damage.ts';

const SEGMENT_BYTES_MAX = 4_000;
const channelOf = () => 'c';
const journalOf = (dataDir: string) => join(dataDir, 'sessions', 's', 'journal');
const repair = (dataDir: string, options: Parameters<typeof repairSession>[2] = {}) =>
  repairSession(dataDir, 's', { channelOf, ...options });

async function aSession(records = someRecords(90, 31), isSealed = true): Promise<string> {
  const dataDir = aDataDir();
  await writeSession(dataDir, 's', records, { segmentBytesMax: SEGMENT_BYTES_MAX });
  if (isSealed) await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf, partRowsMax: 40 });
  return dataDir;
}

/** Flips one bit in the middle of the payload of a record; returns its sequence. */
function damageRecord(path: string, place: number): void {
  const bytes = readFileSync(path);
  let at = 64;
  for (let i = 0; i < place; i++) at += bytes.readUInt32LE(at + 4);
  bytes[at + bytes.readUInt32LE(at + 4) - 1]! ^= 4;
  writeFileSync(path, bytes);
}

describe('a damaged journal beside its sealed copy', () => {
  test('comes back to the byte, whatever happened to its files; a second repair and a dry run change nothing', async () => {
    const whole = await aSession();
    const original = filesIn(join(whole, 'sessions'));
    const { tapeDigest } = await verifySession(whole, 's');
    await checkSeedsAsync(25, async (random) => {
      const dataDir = copyOf(whole);
      const done = Array.from({ length: random.integer(1, 4) }, () => {
        const names = [...filesIn(join(dataDir, 'sessions')).keys()];
        return damageFile(random, join(dataDir, 'sessions', random.pick(names)));
      });
      const damaged = filesIn(dataDir);
      const planned = await repair(dataDir, { isDryRun: true });
      expect(filesIn(dataDir), done.join()).toEqual(damaged);
      const report = await repair(dataDir);
      expect(report, done.join()).toMatchObject({ recordsLost: 0, remaining: [], actions: planned.actions });
      const after = filesIn(join(dataDir, 'sessions'));
      // Without its manifest a session cannot know where each of its files ended, nor which bytes were none of its own: the tape is the same, and what was cut is kept.
      const hasManifest = damaged.get('sessions/s/session.json')?.equals(original.get('s/session.json')!) === true;
      for (const [name, bytes] of hasManifest ? original : [])
        expect(after.get(name)?.equals(bytes), `${name} after ${done.join()}`).toBe(true);
      expect(report.tapeDigest).toBe(tapeDigest);
      expect(await repair(dataDir)).toMatchObject({ found: [], actions: [], remaining: [] });
      rmSync(dataDir, { recursive: true });
    });
  });

  test('comes back from the copy folder where the sealed copy is gone too', async () => {
    const whole = await aSession();
    const dataDir = copyOf(whole);
    rmSync(join(dataDir, 'parquet'), { recursive: true });
    rmSync(join(journalOf(dataDir), '00000002.tdj'));
    damageRecord(join(journalOf(dataDir), '00000003.tdj'), 2);
    expect(await repair(dataDir, { copyDir: whole })).toMatchObject({ recordsLost: 0, remaining: [] });
    expect(filesIn(join(dataDir, 'sessions'))).toEqual(filesIn(join(whole, 'sessions')));
  });

  test('takes no record from a sealed copy of another tape', async () => {
    const dataDir = await aSession();
    const other = await aSession(someRecords(90, 32));
    rmSync(join(dataDir, 'parquet'), { recursive: true });
    renameSync(join(other, 'parquet'), join(dataDir, 'parquet'));
    const records = await readSession(dataDir, 's');
    damageRecord(join(journalOf(dataDir), '00000001.tdj'), 5);
    const report = await repair(dataDir);
    expect(report).toMatchObject({ recordsLost: 1, remaining: [] });
    expect(report.actions.map(({ kind }) => kind)).toContain('copy-set-aside');
    const after = await readSession(dataDir, 's');
    expect(after.filter(({ sequence }) => sequence !== 5)).toEqual(records.filter(({ sequence }) => sequence !== 5));
  });

  test('comes back from a sealed copy that is damaged too, as long as not at the same records', async () => {
    const dataDir = aDataDir();
    const records = Array.from({ length: 20_000 }, (_, i) => aRecord({ payload: Uint8Array.of(i & 255, i >> 8) }));
    await writeSession(dataDir, 's', records);
    const { parts } = await sealTape(await JournalTape.open(dataDir, 's'), { dataDir, channelOf });
    expect(parts).toBe(1);
    const original = filesIn(dataDir);
    const manifest = (await openParquetTape(dataDir, 's')).manifest;
    const [first, second] = manifest.parts[0]!.groups;
    const part = join(dataDir, 'parquet', 'session=s', manifest.parts[0]!.path);
    const damagedPart = readFileSync(part);
    damagedPart[first!.offset + 100]! ^= 1;
    writeFileSync(part, damagedPart);
    const path = join(journalOf(dataDir), '00000001.tdj');
    damageRecord(path, second!.firstSequence + 5);
    const report = await repair(dataDir);
    expect(report).toMatchObject({ recordsLost: 0, remaining: [] });
    expect(filesIn(dataDir)).toEqual(original);

    writeFileSync(part, damagedPart);
    damageRecord(path, 7);
    expect(await repair(dataDir)).toMatchObject({ recordsLost: 1, remaining: [] });
  });

  test('that is a segment of another session is taken from the copy', async () => {
    const dataDir = await aSession();
    const original = filesIn(dataDir);
    const other = await aSession(someRecords(90, 33));
    writeFileSync(join(journalOf(dataDir), '00000002.tdj'), readFileSync(join(journalOf(other), '00000002.tdj')));
    expect(await repair(dataDir)).toMatchObject({ recordsLost: 0, remaining: [] });
    expect(filesIn(dataDir)).toEqual(original);
  });
});

describe('a damaged journal without any copy', () => {
  test('keeps every record that verifies in its place; what is lost is a gap, and what was cut is kept beside', async () => {
    const whole = await aSession(someRecords(90, 31), false);
    const records = await readSession(whole, 's');
    await checkSeedsAsync(25, async (random) => {
      const dataDir = copyOf(whole);
      const segments = [...filesIn(journalOf(dataDir)).keys()].filter((name) => name.endsWith('.tdj'));
      const path = join(journalOf(dataDir), random.pick(segments));
      const place = random.integer(0, 6);
      damageRecord(path, place);
      const report = await repair(dataDir);
      expect(report).toMatchObject({ recordsLost: 1, remaining: [], records: records.length });
      const after = await readSession(dataDir, 's');
      const changed = after.filter((record, i) => !isSame(record, records[i]!));
      expect(changed.map(({ kind }) => kind)).toEqual(['gap']);
      expect(JSON.parse(changed[0]!.meta)).toMatchObject({ reason: 'damaged', records: 1 });
      const kept = [...filesIn(journalOf(dataDir))].filter(([name]) => name.includes('.tdj.torn-'));
      expect(kept.map(([, bytes]) => bytes.readBigUInt64LE(8))).toEqual([BigInt(changed[0]!.sequence)]);
      expect(await verifySession(dataDir, 's')).toMatchObject({
        ok: true,
        notes: expect.arrayContaining([expect.stringContaining('repair-1.json')]),
      });
      const repaired = filesIn(dataDir);
      expect(await repair(dataDir)).toMatchObject({ actions: [], recordsLost: 0 });
      expect(filesIn(dataDir)).toEqual(repaired);
      rmSync(dataDir, { recursive: true });
    });
  });

  test('always becomes a session that verifies, and no record that verified is lost or moved', async () => {
    const whole = await aSession(someRecords(90, 34), false);
    const records = await readSession(whole, 's');
    await checkSeedsAsync(40, async (random) => {
      const dataDir = copyOf(whole);
      const done = Array.from({ length: random.integer(1, 3) }, () => {
        const names = [...filesIn(join(dataDir, 'sessions')).keys()];
        return damageFile(random, join(dataDir, 'sessions', random.pick(names)));
      });
      const report = await repair(dataDir);
      expect(report.remaining, done.join()).toEqual([]);
      const after = await readSession(dataDir, 's');
      const changed = after.filter((record, i) => !isSame(record, records[i]!));
      expect(changed.length, done.join()).toBe(report.recordsLost);
      for (const { kind, meta } of changed) expect(`${kind} ${meta}`, done.join()).toMatch(/^gap .*damaged|^note .*record-lost/);
      expect(await repair(dataDir), done.join()).toMatchObject({ actions: [], found: [] });
      rmSync(dataDir, { recursive: true });
    });
  });

  test('that lost a whole segment has a gap record for each connection and placeholders of the same sequences', async () => {
    const dataDir = await aSession(someRecords(90, 31), false);
    const records = await readSession(dataDir, 's');
    rmSync(join(journalOf(dataDir), '00000002.tdj'));
    const { recordsLost, actions } = await repair(dataDir);
    const after = await readSession(dataDir, 's');
    expect(after.length).toBe(records.length);
    const changed = after.filter((record, i) => !isSame(record, records[i]!));
    expect(changed).toHaveLength(recordsLost);
    expect(recordsLost).toBeGreaterThan(10);
    const gaps = changed.filter(({ kind }) => kind === 'gap').map(({ venue, connection }) => `${venue}/${connection}`);
    expect(new Set(gaps).size).toBe(gaps.length);
    expect(gaps).toContain('kiwoom/market-1');
    expect(actions).toContainEqual(expect.objectContaining({ kind: 'records-lost', file: 'journal/00000002.tdj', records: recordsLost }));
  });
});

describe('an open session', () => {
  test('with a torn tail is closed; the tail is kept beside', async () => {
    const dataDir = aDataDir();
    const records = [...someRecords(5), aRecord({ payload: new Uint8Array(50) })];
    const writer = await JournalWriter.create(dataDir, 's');
    appendAll(writer, records);
    await writer.abandon();
    const path = join(journalOf(dataDir), '00000001.tdj');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -3));
    const report = await repair(dataDir);
    expect(report).toMatchObject({ recordsLost: 0, remaining: [], records: 5 });
    expect(report.actions.map(({ kind }) => kind)).toEqual(['bytes-set-aside', 'segment-written', 'index-written', 'manifest-written']);
    expect(await readSession(dataDir, 's')).toEqual(numbered(records.slice(0, 5)));
    const torn = [...filesIn(journalOf(dataDir))].filter(([name]) => name.includes('.torn-'));
    expect(torn).toEqual([[expect.stringMatching(/^00000001\.tdj\.torn-\d+$/), bytes.subarray(-3 - torn[0]![1].length, -3)]]);
    expect(torn[0]![1].readBigUInt64LE(8)).toBe(5n);
    expect((await verifySession(dataDir, 's')).ok).toBe(true);
  });

  test('that its recorder still writes is not touched', async () => {
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, 's');
    appendAll(writer, someRecords(5));
    await writer.flush();
    await expect(repair(dataDir)).rejects.toMatchObject({ code: 'SESSION_LOCKED', exitCode: 2 });
    appendAll(writer, someRecords(5));
    expect((await writer.close()).records).toBe(10);
  });

  test('damaged in the middle keeps the records after the damage', async () => {
    const dataDir = aDataDir();
    const records = someRecords(40, 35);
    const writer = await JournalWriter.create(dataDir, 's');
    appendAll(writer, records);
    await writer.abandon();
    damageRecord(join(journalOf(dataDir), '00000001.tdj'), 20);
    expect(await repair(dataDir)).toMatchObject({ recordsLost: 1, remaining: [], records: 40 });
    const after = await readSession(dataDir, 's');
    expect(after.slice(21)).toEqual(numbered(records).slice(21));
  });
});

test('a damaged sealed copy is made again from a journal that is whole', async () => {
  const dataDir = await aSession();
  const { tapeDigest } = await verifySession(dataDir, 's');
  const part = [...filesIn(join(dataDir, 'parquet')).keys()].find((name) => name.endsWith('.parquet'))!;
  const path = join(dataDir, 'parquet', part);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
  const report = await repair(dataDir);
  expect(report).toMatchObject({ remaining: [], recordsLost: 0, tapeDigest });
  expect(report.actions.map(({ kind }) => kind)).toEqual(['copy-sealed']);
  expect(await collect((await openParquetTape(dataDir, 's')).batches())).toHaveLength(90);
});

function isSame(a: { readonly payload: Uint8Array; readonly meta: string; readonly kind: string }, b: typeof a): boolean {
  return a.kind === b.kind && a.meta === b.meta && Buffer.compare(a.payload, b.payload) === 0;
}

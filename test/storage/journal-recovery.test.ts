import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeDurableDirectory } from '../../storage/disk-tree.ts';
import { writeAtomically } from '../../storage/journal-disk.ts';
import { JournalTape } from '../../storage/journal-tape.ts';
import { JournalWriter } from '../../storage/journal-writer.ts';
import { repairSession } from '../../storage/repair/repair-session.ts';
import { TapeDigest } from '../../storage/tape-digest.ts';
import { verifyJournal } from '../../storage/verify.ts';
import { FaultyDisk } from '../fixtures/faulty-disk.ts';
import { checkSeedsAsync, type Random, randomOf } from '../seeds.ts';
import { aDataDir, appendAll, aRecord, collect, numbered, readSession, someRecords } from './journal-fixtures.ts';
import { MemoryDisk } from './memory-disk.ts';

const TAIL_BYTES = 4096;
const HEADER_BYTES = 64;
const journalOf = (dataDir: string) => join(dataDir, 'sessions/s/journal');

/** A journal that was never closed: its files, and the ends of its records in them. */
interface OpenJournal {
  readonly records: ReturnType<typeof someRecords>;
  readonly segments: readonly { readonly name: string; readonly bytes: Buffer; readonly recordEnds: readonly number[] }[];
}

async function anOpenJournal(count: number, segmentBytesMax: number): Promise<OpenJournal> {
  const dataDir = aDataDir();
  const records = someRecords(count, 11);
  const writer = await JournalWriter.create(dataDir, 's', { segmentBytesMax });
  appendAll(writer, records);
  await writer.flush();
  await writer.abandon();
  const names = readdirSync(journalOf(dataDir)).filter((name) => name.endsWith('.tdj'));
  const segments = names.map((name) => {
    const bytes = readFileSync(join(journalOf(dataDir), name));
    return { name, bytes, recordEnds: recordEnds(bytes) };
  });
  return { records, segments };
}

function recordEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = HEADER_BYTES; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    if (length === 0xffff_ffff) break;
    at += length;
    ends.push(at);
  }
  return ends;
}

/** The tape digest of the first n records, for every n. */
function digestsOf(journal: OpenJournal): string[] {
  const digest = new TapeDigest();
  const digests = [digest.hex()];
  for (const { bytes, recordEnds } of journal.segments) {
    recordEnds.forEach((end, i) => {
      digest.addEncoded(bytes, recordEnds[i - 1] ?? HEADER_BYTES, end);
      digests.push(digest.hex());
    });
  }
  return digests;
}

/** The journal as if its last `cutBytes` had never reached the disk, and how many records are whole in it. */
function cutOff(journal: OpenJournal, cutBytes: number) {
  let keep = journal.segments.reduce((sum, segment) => sum + segment.bytes.length, 0) - cutBytes;
  let whole = 0;
  const files = new Map<string, Uint8Array>();
  for (const { name, bytes, recordEnds } of journal.segments) {
    if (keep < 0) break;
    files.set(name, bytes.subarray(0, keep));
    whole += recordEnds.filter((end) => end <= keep).length;
    keep -= bytes.length;
  }
  return { files, whole };
}

/** Puts it on the real disk. */
function restore(dataDir: string, journal: OpenJournal, cutBytes: number): number {
  const { files, whole } = cutOff(journal, cutBytes);
  mkdirSync(journalOf(dataDir), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(journalOf(dataDir), name), bytes);
  return whole;
}

function changeByte(dataDir: string, name: string, offset: number): void {
  const path = join(journalOf(dataDir), name);
  const bytes = readFileSync(path);
  bytes[offset]! ^= 1;
  writeFileSync(path, bytes);
}

/** An open journal whose second segment has a damaged record. */
async function aDamagedDisk(journal: OpenJournal, random: Random): Promise<FaultyDisk> {
  const disk = new FaultyDisk(random);
  await makeDurableDirectory(disk, journalOf('data'));
  for (const { name, bytes } of journal.segments) {
    const damaged = Uint8Array.from(bytes);
    if (name === '00000002.tdj') damaged[HEADER_BYTES + 50]! ^= 1;
    await writeAtomically(disk, journalOf('data'), join(journalOf('data'), name), damaged);
  }
  return disk;
}

describe('a journal that was cut off at any byte', () => {
  test.each([
    ['within one segment', 1_000_000],
    ['across segments, their footers and headers', 2500],
  ])('is recovered to exactly its whole records: %s', async (_, segmentBytesMax) => {
    const journal = await anOpenJournal(60, segmentBytesMax);
    const digests = digestsOf(journal);
    for (let cut = 0; cut <= TAIL_BYTES; cut++) {
      const disk = new MemoryDisk();
      const { files, whole } = cutOff(journal, cut);
      for (const [name, bytes] of files) disk.put(join(journalOf('data'), name), bytes);
      const open = await JournalTape.open('data', 's', { disk });
      expect(await open.digest(), `the open tape, ${cut} bytes cut`).toBe(digests[whole]);
      const writer = await JournalWriter.reopen('data', 's', { disk, syncIntervalMs: 0 });
      expect(writer.records, `recovered, ${cut} bytes cut`).toBe(whole);
      await writer.abandon();
      const recovered = await JournalTape.open('data', 's', { disk });
      expect(await recovered.digest(), `recovered, ${cut} bytes cut`).toBe(digests[whole]);
    }
  });

  test('is recovered on the real disk too', async () => {
    const journal = await anOpenJournal(60, 2500);
    for (let cut = 0; cut <= TAIL_BYTES; cut += 255) {
      const dataDir = aDataDir();
      const whole = restore(dataDir, journal, cut);
      const writer = await JournalWriter.reopen(dataDir, 's');
      await writer.close();
      expect(await readSession(dataDir, 's'), `${cut} bytes cut`).toEqual(numbered(journal.records.slice(0, whole)));
      expect((await verifyJournal(dataDir, 's')).problems, `${cut} bytes cut`).toEqual([]);
    }
  });
});

describe('a recovered session', () => {
  test('goes on in a new segment, keeps the cut bytes aside and can be closed', async () => {
    const journal = await anOpenJournal(60, 1_000_000);
    const dataDir = aDataDir();
    const whole = restore(dataDir, journal, 5);
    const [segment] = journal.segments;
    const offset = segment!.recordEnds[whole - 1]!;
    const tornBytes = segment!.bytes.length - 5 - offset;

    const writer = await JournalWriter.reopen(dataDir, 's');
    expect(writer.cuts).toEqual([{ file: '00000001.tdj', offset, bytes: tornBytes, reason: expect.stringContaining(`record ${whole}`) }]);
    const aside = readFileSync(join(journalOf(dataDir), `00000001.tdj.torn-${offset}`));
    expect(aside).toEqual(segment!.bytes.subarray(offset, offset + tornBytes));

    const more = someRecords(20, 12);
    appendAll(writer, more);
    const closed = await writer.close();
    const expected = numbered([...journal.records.slice(0, whole), ...more]);
    expect(closed.records).toBe(expected.length);
    expect(closed.firstReceivedAtNs).toBe(expected[0]!.receivedAtNs);
    expect(await readSession(dataDir, 's')).toEqual(expected);
    const check = await verifyJournal(dataDir, 's');
    expect(check.problems).toEqual([]);
    expect(check.tapeDigest).toBe(closed.tapeDigest);
    expect(check.notes).toEqual([expect.objectContaining({ kind: 'set-aside' })]);
  });

  test('loses nothing when it is recovered again and again', async () => {
    const dataDir = aDataDir();
    const all = someRecords(50, 13);
    let writer = await JournalWriter.create(dataDir, 's');
    for (let i = 0; i < 5; i++) {
      appendAll(writer, all.slice(i * 10, i * 10 + 10));
      await writer.abandon();
      writer = await JournalWriter.reopen(dataDir, 's');
      expect(writer.cuts).toEqual([]);
    }
    await writer.close();
    expect(await readSession(dataDir, 's')).toEqual(numbered(all));
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
  });

  test('that was damaged in the middle keeps every other record in its place: a gap record stands for the lost one, and its bytes are kept', async () => {
    const journal = await anOpenJournal(60, 2500);
    const dataDir = aDataDir();
    restore(dataDir, journal, 0);
    changeByte(dataDir, '00000002.tdj', HEADER_BYTES + 50);
    const lost = journal.segments[0]!.recordEnds.length;

    await expect(collectTape(dataDir)).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: expect.stringContaining(`record ${lost}`),
    });
    const writer = await JournalWriter.reopen(dataDir, 's');
    expect(writer.records).toBe(journal.records.length);
    expect(writer.cuts).toEqual([
      { file: '00000002.tdj', offset: 0, bytes: 0, reason: expect.stringContaining('1 records are in no copy') },
      { file: '00000002.tdj', offset: HEADER_BYTES, bytes: expect.any(Number), reason: expect.stringContaining('kept beside') },
    ]);
    const more = someRecords(20, 12);
    appendAll(writer, more);
    await writer.close();
    const found = await readSession(dataDir, 's');
    const expected = numbered([...journal.records, ...more]);
    expect(found.filter(({ sequence }) => sequence !== lost)).toEqual(expected.filter(({ sequence }) => sequence !== lost));
    expect(found[lost]).toMatchObject({ kind: 'gap', meta: expect.stringContaining('"reason":"damaged"') });
    expect(readFileSync(join(journalOf(dataDir), `00000002.tdj.torn-${HEADER_BYTES}`)).length).toBeGreaterThan(50);
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
  });

  test.each([
    ['a footer', (dataDir: string, { segments }: OpenJournal) => changeByte(dataDir, '00000002.tdj', segments[1]!.bytes.length - 20)],
    ['a header', (dataDir: string) => changeByte(dataDir, '00000003.tdj', 20)],
  ])('that was damaged in %s of an earlier segment loses no record, and says what it cut', async (_, damage) => {
    const journal = await anOpenJournal(60, 2500);
    expect(journal.segments.length).toBeGreaterThan(3);
    const dataDir = aDataDir();
    restore(dataDir, journal, 0);
    damage(dataDir, journal);
    const writer = await JournalWriter.reopen(dataDir, 's');
    expect(writer.cuts).toHaveLength(1);
    await writer.close();
    expect(await readSession(dataDir, 's')).toEqual(numbered(journal.records));
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
    expect(await repairSession(dataDir, 's')).toMatchObject({ found: [], actions: [], recordsLost: 0 });
  });

  test('that lost a whole segment has placeholders for its records, and all others in their place', async () => {
    const journal = await anOpenJournal(60, 2500);
    const dataDir = aDataDir();
    restore(dataDir, journal, 0);
    rmSync(join(journalOf(dataDir), '00000002.tdj'));
    const [first, second] = journal.segments.map(({ recordEnds }) => recordEnds.length);
    await (await JournalWriter.reopen(dataDir, 's')).close();
    const found = await readSession(dataDir, 's');
    const isLost = ({ sequence }: { readonly sequence: number }) => sequence >= first! && sequence < first! + second!;
    expect(found.filter((record) => !isLost(record))).toEqual(numbered(journal.records).filter((record) => !isLost(record)));
    expect(new Set(found.filter(isLost).map(({ kind }) => kind))).toEqual(new Set(['gap', 'note']));
    expect((await verifyJournal(dataDir, 's')).problems).toEqual([]);
  });

  test('whose recovery around damage was killed anywhere, or cut off, ends as if it had not been', async () => {
    const journal = await anOpenJournal(60, 2500);
    const recovered = async (disk: FaultyDisk) => {
      await (await JournalWriter.reopen('data', 's', { disk })).close();
      return readSession('data', 's', { disk });
    };
    const calm = await aDamagedDisk(journal, randomOf(1));
    const before = calm.operations;
    const expected = await recovered(calm);
    const operations = calm.operations - before;
    await checkSeedsAsync(40, async (random) => {
      const disk = await aDamagedDisk(journal, random);
      for (let lives = random.integer(1, 3); lives > 0; lives--) {
        disk.endAfter(random.integer(0, operations), random.pick(['kill', 'power-cut']));
        const writer = await JournalWriter.reopen('data', 's', { disk }).catch(() => undefined);
        await writer?.abandon().catch(() => undefined);
        disk.endNow('kill');
        disk.restart();
      }
      expect(await recovered(disk)).toEqual(expected);
    });
  });

  test('reads quietly up to the torn tail before it is recovered, and says how many bytes are torn', async () => {
    const dataDir = aDataDir();
    const writer = await JournalWriter.create(dataDir, 's');
    appendAll(writer, [aRecord(), aRecord({ payload: new Uint8Array(100) })]);
    await writer.abandon();
    const path = join(journalOf(dataDir), '00000001.tdj');
    truncateSync(path, statSync(path).size - 30);
    const tape = await JournalTape.open(dataDir, 's');
    expect(await collect(tape.batches())).toHaveLength(1);
    expect(tape.tornBytes).toBe(statSync(path).size - recordEnds(readFileSync(path))[0]!);
    const check = await verifyJournal(dataDir, 's');
    expect(check).toMatchObject({ state: 'open', records: 1, problems: [], notes: [{ kind: 'torn-tail', sequence: 1 }] });
  });

  async function collectTape(dataDir: string) {
    return collect((await JournalTape.open(dataDir, 's')).batches());
  }
});

import { basename, join } from 'node:path';
import { makeFilesDurable } from './disk-tree.ts';
import { type Disk, type DiskFile, readFully, readSmallFile, writeAtomically, writeFully } from './journal-disk.ts';
import { REBUILDING_NAME, rebuildJournal } from './repair/journal-rebuild.ts';
import type { RepairAction } from './repair/repair-report.ts';
import { sameBytes } from './same-bytes.ts';
import { type ClosedSegment, type JournalFile, SegmentBuilder } from './segment-builder.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { ReadBuffer, SegmentReader } from './segment-reader.ts';
import { indexName, type SessionPaths, segmentName, segmentNumber } from './session-paths.ts';
import { errorCode } from './system-error.ts';
import { TapeDigest } from './tape-digest.ts';
import { markedSegment, syncSegment, unsyncedMarkName } from './unsynced-mark.ts';

const COPY_CHUNK_BYTES = 1024 * 1024;

/** Bytes that recovery took out of a segment. They are kept in `<file>.torn-<offset>`. */
export interface JournalCut {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

/** The whole records of an open session, in closed segments, ready to be followed by a new segment. */
export interface RecoveredJournal {
  readonly records: number;
  readonly segments: number;
  readonly files: readonly JournalFile[];
  readonly tape: TapeDigest;
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
  readonly cuts: readonly JournalCut[];
}

/**
 * Keeps the longest run of records from the first on that verifies, and closes its last segment. Everything after it is
 * set aside, never deleted. May be run again after it was itself interrupted at any point.
 *
 * A segment is durable, footer and index, before the next one is made. So a segment that is not whole and has another behind it was damaged after it was written: no record behind
 * the damage is given up for it, see `rebuildAround`.
 */
export async function recoverJournal(disk: Disk, paths: SessionPaths): Promise<RecoveredJournal> {
  const recovery = new Recovery(disk, paths.journalDir);
  const numbers = await recovery.segmentNumbers();
  for (const [i, number] of numbers.entries()) {
    const isLast = i === numbers.length - 1;
    if (recovery.isRebuilding || number !== i + 1 || !(await recovery.keep(number, isLast))) return rebuildAround(disk, paths);
  }
  await disk.syncDirectory(paths.journalDir);
  await recovery.removeMarks();
  return recovery.result();
}

/**
 * Makes the journal anew from every record that verifies, each in its place: gap records stand for those that are lost, and the bytes that are no record are kept beside.
 * The tape goes on after the last record, as it would have.
 */
async function rebuildAround(disk: Disk, paths: SessionPaths): Promise<RecoveredJournal> {
  const rebuilt = await rebuildJournal({ disk, paths, reference: undefined, copies: [], isWriting: true });
  const names = await disk.list(paths.journalDir);
  await makeFilesDurable(disk, paths.journalDir, names);
  for (const name of names) if (name.endsWith('.tmp')) await disk.remove(join(paths.journalDir, name));
  await disk.syncDirectory(paths.journalDir);
  return {
    ...rebuilt,
    segments: rebuilt.files.filter(({ name }) => segmentNumber(name) !== undefined).length,
    cuts: rebuilt.actions.flatMap(cutsOf),
  };
}

/** What there is to tell of a rebuild: bytes that were cut, and segments of which records are lost. */
function cutsOf({ kind, file, message, offset = 0, bytes = 0 }: RepairAction): readonly JournalCut[] {
  if (kind !== 'bytes-set-aside' && kind !== 'records-lost') return [];
  return [{ file: basename(file), offset, bytes, reason: message }];
}

class Recovery {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #tape = new TapeDigest();
  readonly #files: JournalFile[] = [];
  readonly #cuts: JournalCut[] = [];
  readonly #buffer = new ReadBuffer();
  /** Segments of which a sync failed: some of their bytes may be in memory only, and no sync will write them. */
  readonly #unsynced = new Set<number>();
  /** A rebuild was interrupted: what the headers say of the records before them proves nothing. */
  isRebuilding = false;
  #records = 0;
  #segments = 0;
  #firstReceivedAtNs = 0n;
  #lastReceivedAtNs = 0n;

  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#dir = dir;
  }

  result(): RecoveredJournal {
    return {
      records: this.#records,
      segments: this.#segments,
      files: this.#files,
      tape: this.#tape,
      firstReceivedAtNs: this.#firstReceivedAtNs,
      lastReceivedAtNs: this.#lastReceivedAtNs,
      cuts: this.#cuts,
    };
  }

  /** Segments in order; files that an interrupted write left under a temporary name are removed. */
  async segmentNumbers(): Promise<number[]> {
    const numbers: number[] = [];
    for (const name of await this.#disk.list(this.#dir)) {
      const number = segmentNumber(name);
      const marked = markedSegment(name);
      if (number !== undefined) numbers.push(number);
      else if (marked !== undefined) this.#unsynced.add(marked);
      else if (name === REBUILDING_NAME) this.isRebuilding = true;
      else if (name.endsWith('.tmp')) await this.#disk.remove(join(this.#dir, name));
    }
    return numbers.sort((a, b) => a - b);
  }

  /** Keeps what verifies of a segment. Only the last one may be cut or set aside: false, and nothing is written, where another one is not whole. */
  async keep(number: number, isLast: boolean): Promise<boolean> {
    const builder = new SegmentBuilder(number, this.#records, this.#tape);
    const kept = await this.#scan(number, builder);
    const closed = builder.close();
    if (!isLast && !(await this.#endsIn(number, kept.end, closed.footer))) return false;
    if (kept.end === 0) {
      await this.#setAside(number, kept.reason);
      return true;
    }
    if (builder.records > 0) {
      if (this.#records === 0) this.#firstReceivedAtNs = builder.firstReceivedAtNs;
      this.#lastReceivedAtNs = builder.lastReceivedAtNs;
      this.#records += builder.records;
    }
    this.#segments = number;
    this.#files.push(...closed.files);
    await this.#close(number, kept.end, kept.reason, closed);
    await this.#repairIndex(number, closed.index);
    return true;
  }

  async #endsIn(number: number, end: number, footer: Uint8Array): Promise<boolean> {
    if (end === 0) return false;
    const file = await this.#disk.open(join(this.#dir, segmentName(number)), 'read');
    try {
      return await endsIn(file, end, footer);
    } finally {
      await file.close();
    }
  }

  /** What they ask for was done, and is durable. */
  async removeMarks(): Promise<void> {
    for (const number of this.#unsynced) await this.#disk.remove(join(this.#dir, unsyncedMarkName(number)));
  }

  /** Takes a whole segment (and its index) out of the tape. */
  async #setAside(number: number, reason: string): Promise<void> {
    const name = segmentName(number);
    const path = join(this.#dir, name);
    const bytes = (await this.#disk.sizeOf(path)) ?? 0;
    if (bytes > 0) await this.#makeDurable(number, bytes);
    if (bytes === 0) await this.#disk.remove(path);
    else await this.#disk.rename(path, await this.#freeName(`${path}.torn-0`));
    await this.#remove(join(this.#dir, indexName(number)));
    if (bytes > 0) this.#cuts.push({ file: name, offset: 0, bytes, reason });
  }

  /** Gives all records that verify to the builder; `end` is where they end, 0 when the header itself is wrong. */
  async #scan(number: number, builder: SegmentBuilder): Promise<{ readonly end: number; readonly reason: string }> {
    const reader = await SegmentReader.open(this.#disk, this.#dir, number);
    try {
      const header = await reader.readBytes(0, SEGMENT_HEADER_BYTES);
      if (!sameBytes(header, builder.header)) return { end: 0, reason: 'its header is torn, or does not continue the tape' };
      const size = await reader.size();
      for (let offset = SEGMENT_HEADER_BYTES; ; ) {
        const { scan, isWhole } = await reader.readRecords(this.#buffer, offset, size, builder.firstSequence + builder.records);
        builder.add(this.#buffer.bytes, this.#buffer.view, scan.start, scan.end, scan.lastStart);
        offset += scan.end;
        if (scan.stop.kind === 'bad')
          return { end: offset, reason: `record ${builder.firstSequence + builder.records}: ${scan.stop.reason}` };
        if (scan.stop.kind === 'footer') return { end: offset, reason: 'its footer is torn' };
        if (isWhole) return { end: offset, reason: `record ${builder.firstSequence + builder.records} is torn` };
      }
    } finally {
      await reader.close();
    }
  }

  /** Makes the file end in the footer at `end`. */
  async #close(number: number, end: number, reason: string, closed: ClosedSegment): Promise<void> {
    const path = join(this.#dir, segmentName(number));
    const file = await this.#disk.open(path, 'update');
    try {
      const size = await file.size();
      // Whoever wrote the footer may have been killed before it was synced.
      if (await endsIn(file, end, closed.footer)) return await this.#syncAll(number, file, size);
      if (size > end) {
        await this.#copyTail(path, end, size);
        this.#cuts.push({ file: segmentName(number), offset: end, bytes: size - end, reason });
        await file.truncate(end);
      }
      await writeFully(file, [closed.footer], end);
      await this.#syncAll(number, file, end);
    } finally {
      await file.close();
    }
  }

  async #makeDurable(number: number, size: number): Promise<void> {
    const file = await this.#disk.open(join(this.#dir, segmentName(number)), 'update');
    try {
      await this.#syncAll(number, file, size);
    } finally {
      await file.close();
    }
  }

  /** Makes a segment durable; where a sync of it failed before, its first `end` bytes are written again. */
  async #syncAll(number: number, file: DiskFile, end: number): Promise<void> {
    if (this.#unsynced.has(number)) await copyBytes(file, 0, end, file, 0);
    await syncSegment(this.#disk, this.#dir, number, file);
  }

  /** Keeps the bytes from `offset` on in a file of their own, durable before they are cut. */
  async #copyTail(path: string, offset: number, size: number): Promise<void> {
    const target = await this.#freeName(`${path}.torn-${offset}`);
    const from = await this.#disk.open(path, 'read');
    const to = await this.#disk.open(`${target}.tmp`, 'replace');
    try {
      await copyBytes(from, offset, size, to, 0);
      await to.datasync();
    } finally {
      await from.close();
      await to.close();
    }
    await this.#disk.rename(`${target}.tmp`, target);
    await this.#disk.syncDirectory(this.#dir);
  }

  async #repairIndex(number: number, index: Uint8Array): Promise<void> {
    const path = join(this.#dir, indexName(number));
    const found = await readSmallFile(this.#disk, path);
    if (found === undefined || !sameBytes(found, index)) await writeAtomically(this.#disk, this.#dir, path, index);
  }

  // A recovery that was interrupted may have kept bytes of the same offset before.
  async #freeName(path: string): Promise<string> {
    for (let copy = 1; ; copy++) {
      const candidate = copy === 1 ? path : `${path}.${copy}`;
      if ((await this.#disk.sizeOf(candidate)) === undefined) return candidate;
    }
  }

  async #remove(path: string): Promise<void> {
    await this.#disk.remove(path).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }
}

/** True when a file ends in this footer, and it begins at `end`. */
async function endsIn(file: DiskFile, end: number, footer: Uint8Array): Promise<boolean> {
  if ((await file.size()) !== end + SEGMENT_FOOTER_BYTES) return false;
  const tail = new Uint8Array(SEGMENT_FOOTER_BYTES);
  const count = await readFully(file, tail, 0, tail.length, end);
  return sameBytes(tail.subarray(0, count), footer);
}

/** Copies `[start, end)` of a file to a place of another, or onto itself. */
async function copyBytes(from: DiskFile, start: number, end: number, to: DiskFile, position: number): Promise<void> {
  const buffer = new Uint8Array(Math.min(COPY_CHUNK_BYTES, end - start));
  for (let at = start; at < end; ) {
    const count = await readFully(from, buffer, 0, Math.min(buffer.length, end - at), at);
    if (count === 0) throw Object.assign(new Error('the segment became shorter while it was recovered'), { code: 'EIO' });
    await writeFully(to, [buffer.subarray(0, count)], position + at - start);
    at += count;
  }
}

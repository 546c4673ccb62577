import { join } from 'node:path';
import { type Disk, type DiskFile, readFully, readSmallFile, writeAtomically, writeFully } from './journal-disk.ts';
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
 */
export async function recoverJournal(disk: Disk, paths: SessionPaths): Promise<RecoveredJournal> {
  const recovery = new Recovery(disk, paths.journalDir);
  const numbers = await recovery.segmentNumbers();
  let isWhole = true;
  for (const [i, number] of numbers.entries()) {
    if (!isWhole || number !== i + 1) {
      isWhole = false;
      await recovery.setAside(number, 'it comes after the place where the tape breaks off');
    } else {
      isWhole = await recovery.keep(number);
    }
  }
  await disk.syncDirectory(paths.journalDir);
  await recovery.removeMarks();
  return recovery.result();
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
      else if (name.endsWith('.tmp')) await this.#disk.remove(join(this.#dir, name));
    }
    return numbers.sort((a, b) => a - b);
  }

  /** Keeps what verifies of a segment; false when that was not all of it. */
  async keep(number: number): Promise<boolean> {
    const builder = new SegmentBuilder(number, this.#records, this.#tape);
    const kept = await this.#scan(number, builder);
    if (kept.end === 0) {
      await this.setAside(number, kept.reason);
      return false;
    }
    if (builder.records > 0) {
      if (this.#records === 0) this.#firstReceivedAtNs = builder.firstReceivedAtNs;
      this.#lastReceivedAtNs = builder.lastReceivedAtNs;
      this.#records += builder.records;
    }
    this.#segments = number;
    const closed = builder.close();
    this.#files.push(...closed.files);
    const isWhole = await this.#close(number, kept.end, kept.reason, closed);
    await this.#repairIndex(number, closed.index);
    return isWhole;
  }

  /** What they ask for was done, and is durable. */
  async removeMarks(): Promise<void> {
    for (const number of this.#unsynced) await this.#disk.remove(join(this.#dir, unsyncedMarkName(number)));
  }

  /** Takes a whole segment (and its index) out of the tape. */
  async setAside(number: number, reason: string): Promise<void> {
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

  /** Makes the file end in the footer at `end`; true when it did already. */
  async #close(number: number, end: number, reason: string, closed: ClosedSegment): Promise<boolean> {
    const path = join(this.#dir, segmentName(number));
    const file = await this.#disk.open(path, 'update');
    try {
      const size = await file.size();
      const tail = new Uint8Array(SEGMENT_FOOTER_BYTES);
      const count = await readFully(file, tail, 0, tail.length, end);
      if (size === end + SEGMENT_FOOTER_BYTES && sameBytes(tail.subarray(0, count), closed.footer)) {
        // Whoever wrote the footer may have been killed before it was synced.
        await this.#syncAll(number, file, size);
        return true;
      }
      if (size > end) {
        await this.#copyTail(path, end, size);
        this.#cuts.push({ file: segmentName(number), offset: end, bytes: size - end, reason });
        await file.truncate(end);
      }
      await writeFully(file, [closed.footer], end);
      await this.#syncAll(number, file, end);
      return false;
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

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

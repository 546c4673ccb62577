import { integrityError, isoNanoseconds, type RecordBatch, type Tape, type TapedeckError, usageError } from '#domain';
import { corruptRecord, JournalBatch, RecordTexts } from './journal-batch.ts';
import { type Disk, journalError, nodeDisk } from './journal-disk.ts';
import { readRemovedJournal } from './removed-journal.ts';
import { isFooterMark, SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES, type SegmentFooter } from './segment-format.ts';
import type { SegmentBlock } from './segment-index.ts';
import { chunkFrom, ReadBuffer, type RecordRead, type SegmentChunk, SegmentReader } from './segment-reader.ts';
import { findRecord } from './segment-scan.ts';
import { unknownSession } from './session-lookup.ts';
import { readManifest, type SessionManifest } from './session-manifest.ts';
import { type SessionPaths, segmentNumber, sessionPaths } from './session-paths.ts';
import { TapeDigest } from './tape-digest.ts';
import { firstSequenceOf, type TapeStart } from './tape-start.ts';

export interface JournalTapeOptions {
  readonly disk?: Disk;
  /** Only so many segments from the first on, all of which are closed: the tape as far as it can change no more while the session is recorded. */
  readonly closedSegments?: number;
}

/**
 * The tape of a session as its journal holds it. Memory does not grow with its length: two buffers of a few MiB, one read
 * while the other is looked at. Damage is `JOURNAL_CORRUPT` with file, offset and sequence; only an open session may end in a
 * torn record, which ends the tape quietly and is counted in `tornBytes`.
 */
export class JournalTape implements Tape {
  readonly session: string;
  /** What `session.json` says; `undefined` while the session is open, and for some of its segments. */
  readonly manifest: SessionManifest | undefined;
  readonly #disk: Disk;
  readonly #paths: SessionPaths;
  readonly #segments: readonly number[];
  /** The last segment is still written, or nobody closed it. */
  readonly #mayBeTorn: boolean;
  #tornBytes = 0;

  private constructor(
    disk: Disk,
    paths: SessionPaths,
    manifest: SessionManifest | undefined,
    segments: readonly number[],
    mayBeTorn: boolean,
  ) {
    this.#disk = disk;
    this.#paths = paths;
    this.session = paths.session;
    this.manifest = manifest;
    this.#segments = segments;
    this.#mayBeTorn = mayBeTorn;
  }

  /** Throws `SESSION_UNKNOWN` (with near names), `JOURNAL_REMOVED` by retention, `MANIFEST_CORRUPT`, `JOURNAL_CORRUPT` when segments are missing. */
  static async open(dataDir: string, session: string, options: JournalTapeOptions = {}): Promise<JournalTape> {
    const disk = options.disk ?? nodeDisk;
    const paths = sessionPaths(dataDir, session);
    if ((await disk.sizeOf(paths.journalDir)) === undefined) throw await unknownSession(dataDir, session, disk);
    const manifest = await readManifest(disk, paths);
    const removed = await readRemovedJournal(disk, paths);
    if (removed !== undefined)
      throw usageError(
        'JOURNAL_REMOVED',
        `retention removed the journal of session "${session}" on ${isoNanoseconds(removed.removedAtNs)}; read its sealed copy with --from parquet`,
      );
    const segments = await listSegments(disk, paths, manifest);
    const { closedSegments } = options;
    if (closedSegments === undefined) return new JournalTape(disk, paths, manifest, segments, manifest === undefined);
    return new JournalTape(disk, paths, undefined, segments.slice(0, closedSegments), false);
  }

  get isClosed(): boolean {
    return this.manifest !== undefined;
  }

  /** Bytes after the last whole record of an open session, as the last scan to the end found them; 0 before. */
  get tornBytes(): number {
    return this.#tornBytes;
  }

  /** From any record on it reads no segment and no block before it, where there is an index. What is not read is not checked. */
  async *batches(start: TapeStart = {}): AsyncGenerator<RecordBatch> {
    const texts = new RecordTexts();
    for await (const chunk of this.chunks(start)) yield new JournalBatch(chunk, texts);
  }

  /** From `session.json` when the session is closed (unless `recompute`), else computed over all whole records. */
  async digest(options: { readonly recompute?: boolean } = {}): Promise<string> {
    if (this.manifest !== undefined && options.recompute !== true) return this.manifest.tapeDigest;
    const digest = new TapeDigest();
    for await (const chunk of this.chunks()) digest.addEncoded(chunk.bytes, chunk.start, chunk.end);
    return digest.hex();
  }

  /** The verified bytes of all records in large pieces, read ahead; each is valid until the next is asked for. */
  async *chunks(start: TapeStart = {}): AsyncGenerator<SegmentChunk> {
    try {
      yield* readAhead(this.#readChunks(firstSequenceOf(start)));
    } catch (error) {
      throw journalError(error, `cannot read ${this.#paths.journalDir}`);
    }
  }

  async *#readChunks(fromSequence: number): AsyncGenerator<SegmentChunk> {
    // Two buffers in turn: while one is looked at, the other is read into.
    const buffers = [new ReadBuffer(), new ReadBuffer()] as const;
    let turn = 0;
    const first = await this.#segmentOf(fromSequence);
    let sequence = first.firstSequence;
    for (const number of this.#segments.slice(first.place)) {
      const reader = await SegmentReader.open(this.#disk, this.#paths.journalDir, number);
      try {
        const isLast = number === this.#segments.at(-1);
        for await (const chunk of this.#readSegment(reader, sequence, fromSequence, isLast, () => buffers[turn++ % 2]!)) {
          sequence = chunk.firstSequence + chunk.records;
          if (sequence > fromSequence) yield chunkFrom(chunk, fromSequence);
        }
      } finally {
        await reader.close();
      }
    }
    if (this.manifest !== undefined && sequence !== this.manifest.records) {
      throw integrityError(
        'JOURNAL_CORRUPT',
        `${this.#paths.journalDir} holds ${sequence} records, session.json says ${this.manifest.records}`,
      );
    }
  }

  /** The last segment that begins at or before a record: which of the segments it is, and where it begins. */
  async #segmentOf(fromSequence: number): Promise<{ readonly place: number; readonly firstSequence: number }> {
    let found = { place: 0, firstSequence: 0 };
    if (fromSequence === 0) return found;
    for (let low = 1, high = this.#segments.length - 1; low <= high; ) {
      const place = (low + high) >> 1;
      const firstSequence = await this.#firstSequenceOf(place);
      if (firstSequence > fromSequence) {
        high = place - 1;
      } else {
        found = { place, firstSequence };
        low = place + 1;
      }
    }
    return found;
  }

  /** Where a segment begins by its header; an open session may end in a segment that has none yet, which holds no records. */
  async #firstSequenceOf(place: number): Promise<number> {
    const reader = await SegmentReader.open(this.#disk, this.#paths.journalDir, this.#segments[place]!);
    try {
      const isLast = place === this.#segments.length - 1;
      if (isLast && this.#mayBeTorn && (await reader.size()) < SEGMENT_HEADER_BYTES) return Number.POSITIVE_INFINITY;
      const header = await reader.header();
      if (typeof header === 'string') throw corruptSegment(reader, header);
      return header.firstSequence;
    } finally {
      await reader.close();
    }
  }

  async *#readSegment(
    reader: SegmentReader,
    sequence: number,
    fromSequence: number,
    isLast: boolean,
    buffer: () => ReadBuffer,
  ): AsyncGenerator<SegmentChunk> {
    const mayBeTorn = isLast && this.#mayBeTorn;
    const size = await reader.size();
    if (mayBeTorn) this.#tornBytes = size < SEGMENT_HEADER_BYTES ? size : 0;
    if (mayBeTorn && size < SEGMENT_HEADER_BYTES) return;
    await checkHeader(reader, sequence);
    const footer = await reader.closingFooter(size);
    if (footer !== undefined && footer.firstSequence !== sequence) {
      throw corruptSegment(reader, `its footer begins at record ${footer.firstSequence}, expected ${sequence}`);
    }
    const blocks = footer === undefined ? undefined : await reader.index(footer);
    if (blocks !== undefined) return yield* readBlocks(reader, blocks, fromSequence, buffer);
    const tornBytes = yield* readRecords(reader, size, sequence, mayBeTorn, footer, buffer);
    this.#tornBytes = tornBytes;
  }
}

/** Reads a closed segment by its index, from the block that holds a record on (the last one, when it holds no such record): one checksum a block. */
async function* readBlocks(
  reader: SegmentReader,
  blocks: readonly SegmentBlock[],
  fromSequence: number,
  buffer: () => ReadBuffer,
): AsyncGenerator<SegmentChunk> {
  const first = blocks.findLastIndex((block) => block.firstSequence <= fromSequence);
  for (let from = Math.max(0, first); from < blocks.length; ) {
    const read = await reader.readBlocks(buffer(), blocks, from);
    if ('badBlock' in read) {
      const { badBlock, scan } = read;
      const offset = badBlock.offset + scan.end - scan.start;
      const reason = scan.stop.kind === 'bad' ? scan.stop.reason : `the block at ${badBlock.offset} differs from its index`;
      throw corruptRecord(reader.path, offset, badBlock.firstSequence + scan.records, reason);
    }
    yield read.chunk;
    from += read.blocks;
  }
}

/** Reads a segment without an index: every record is checked. Returns the bytes of a torn tail, where one is allowed. */
async function* readRecords(
  reader: SegmentReader,
  size: number,
  firstSequence: number,
  mayBeTorn: boolean,
  footer: SegmentFooter | undefined,
  buffer: () => ReadBuffer,
): AsyncGenerator<SegmentChunk, number> {
  const recordsEnd = footer === undefined ? size : size - SEGMENT_FOOTER_BYTES;
  let offset = SEGMENT_HEADER_BYTES;
  let sequence = firstSequence;
  while (offset < recordsEnd) {
    const target = buffer();
    const read = await reader.readRecords(target, offset, recordsEnd, sequence);
    if (read.scan.records > 0) yield read.chunk;
    offset += read.scan.end;
    sequence += read.scan.records;
    const { stop } = read.scan;
    if (offset === recordsEnd || (!read.isWhole && (stop.kind === 'end' || stop.kind === 'incomplete'))) continue;
    const reason = stop.kind === 'bad' ? stop.reason : stop.kind === 'footer' ? 'there is a torn footer' : 'it is torn';
    if (!mayBeTorn || footer !== undefined || hasRecordAfter(target, read, sequence))
      throw corruptRecord(reader.path, offset, sequence, reason);
    return size - offset;
  }
  if (footer === undefined && !mayBeTorn) throw corruptSegment(reader, 'it has no footer, but the session goes on after it or is closed');
  if (footer !== undefined && sequence !== footer.firstSequence + footer.records)
    throw corruptSegment(reader, 'its footer counts other records');
  return 0;
}

/** A record that verifies after one that does not: this is damage in the middle, not a torn end. */
function hasRecordAfter(buffer: ReadBuffer, read: RecordRead, sequence: number): boolean {
  const { scan, count } = read;
  if (scan.end + 8 <= count && isFooterMark(buffer.view, scan.end)) return false;
  return findRecord(buffer.bytes, buffer.view, scan.end + 1, count, sequence) !== undefined;
}

async function checkHeader(reader: SegmentReader, sequence: number): Promise<void> {
  const header = await reader.header();
  if (typeof header === 'string') throw corruptSegment(reader, header);
  if (header.number !== reader.number) throw corruptSegment(reader, `its header says segment ${header.number}`);
  if (header.firstSequence !== sequence) throw corruptSegment(reader, `it begins at record ${header.firstSequence}, expected ${sequence}`);
}

function corruptSegment(reader: SegmentReader, reason: string): TapedeckError {
  return integrityError('JOURNAL_CORRUPT', `${reader.path}: ${reason}; run "tapedeck verify" to see all damage`);
}

async function listSegments(disk: Disk, paths: SessionPaths, manifest: SessionManifest | undefined): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await disk.list(paths.journalDir)) {
    const number = segmentNumber(name);
    if (number !== undefined) numbers.push(number);
  }
  numbers.sort((a, b) => a - b);
  const expected = manifest?.files.filter((file) => segmentNumber(file.name) !== undefined).length ?? numbers.length;
  if (numbers.some((number, i) => number !== i + 1) || numbers.length !== expected) {
    throw integrityError(
      'JOURNAL_CORRUPT',
      `${paths.journalDir} has ${numbers.length} of ${expected} segments, in order: ${numbers.join(', ')}`,
    );
  }
  return numbers;
}

/** Asks the source for its next value while the last one is looked at. */
async function* readAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let pending = begin(source.next());
  try {
    for (;;) {
      const result = await pending;
      if (result.done === true) return;
      pending = begin(source.next());
      yield result.value;
    }
  } finally {
    await pending.catch(() => undefined); // thrown above already, or nobody wants to know any more
    await source.return(undefined);
  }
}

// A failure of a read that is under way is thrown when its value is asked for; until then it must not count as unhandled.
function begin<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

import { join } from 'node:path';
import { assert, type DelayHistogram, type RecordAppender, type RecordKind, TapedeckError, usageError } from '#domain';
import { makeDurableDirectory } from './disk-tree.ts';
import { FollowedDigests } from './followed-digests.ts';
import { AppendBuffer, JournalCommitter } from './journal-commit.ts';
import { InlineDigests, type JournalDigests } from './journal-digests.ts';
import { type Disk, journalError, nodeDisk } from './journal-disk.ts';
import { finishJournal } from './journal-finish.ts';
import { type JournalCut, recoverJournal } from './journal-recovery.ts';
import { checkRecordLimits, encodeRecord, kindCode, recordBytes } from './record-codec.ts';
import { TextBytes } from './record-text.ts';
import type { JournalFile } from './segment-builder.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { BLOCK_BYTES_MAX } from './segment-index.ts';
import { lockSession, type SessionLock } from './session-lock.ts';
import { readManifest } from './session-manifest.ts';
import { type SessionPaths, sessionPaths, sessionsDir } from './session-paths.ts';
import { errorCode } from './system-error.ts';
import { TapeDigest } from './tape-digest.ts';

const MEBIBYTE = 1024 * 1024;
const DAY_NS = 86_400_000_000_000n;
/** Written buffers kept to be filled again. */
const SPARE_BUFFERS_MAX = 32;

export interface JournalWriterOptions {
  /** Followers see a record at most this long after its append, unless an earlier write is still under way. Default 10. */
  readonly writeDelayMs?: number;
  /** How often new bytes are made durable; 0 leaves it to `flush`, `close` and the end of a segment. Default 50. */
  readonly syncIntervalMs?: number;
  /** A segment file is at most this long (unless one record is longer). Default 256 MiB. */
  readonly segmentBytesMax?: number;
  /** A later UTC day begins a new segment, unless the segment is still shorter than this (years of daily bars). Default 1 MiB. */
  readonly dayRollBytesMin?: number;
  /** `drain` waits until fewer bytes than this wait to be written. Default 8 MiB. */
  readonly drainBytes?: number;
  /** An append that would make more bytes than this wait fails with `JOURNAL_BACKLOG`. Default 128 MiB. */
  readonly pendingBytesMax?: number;
  /**
   * Who hashes. `inline` (default): the thread that appends, as it goes, some 1.5 ns a byte. `behind`: another thread, from the files, so that the
   * appending thread has its time for frames; where `disk` is not the real file system, or that thread fails, it is the appending one again. The
   * session is the same to the byte.
   */
  readonly digests?: 'inline' | 'behind';
  /** A new segment waits for the digests of the one before it; while they are further behind than this, that one goes on past its limit. Default 8 MiB. */
  readonly rollBehindBytesMax?: number;
  readonly disk?: Disk;
}

const DEFAULTS = {
  writeDelayMs: 10,
  syncIntervalMs: 50,
  segmentBytesMax: 256 * MEBIBYTE,
  dayRollBytesMin: MEBIBYTE,
  drainBytes: 8 * MEBIBYTE,
  pendingBytesMax: 128 * MEBIBYTE,
  digests: 'inline' as 'inline' | 'behind',
  rollBehindBytesMax: 8 * MEBIBYTE,
  disk: nodeDisk,
};

/** What `close` says about the session. */
export interface ClosedJournal {
  readonly records: number;
  readonly tapeDigest: string;
  /** Of the first and the last record; 0 when there is none. */
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
}

/** Where a writer begins: nothing for a new session, what recovery kept for an open one. */
interface JournalStart {
  readonly records: number;
  readonly segments: number;
  readonly files: readonly JournalFile[];
  readonly tape: TapeDigest;
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
  readonly cuts: readonly JournalCut[];
}

/**
 * Appends the records of one session (`storage/FORMAT.md`). `append` only fills memory; files are written behind it.
 * A file error stops the writer: it is thrown by the next `append`, `drain`, `flush` or `close`, as
 * `JOURNAL_DISK_FULL`, `JOURNAL_IO` and so on; `reopen` then keeps all that reached the disk.
 */
export class JournalWriter implements RecordAppender {
  /** What `reopen` cut from the files of the session; empty for a new one. Each cut is kept beside its segment. */
  readonly cuts: readonly JournalCut[];
  readonly #isNew: boolean;
  readonly #options: typeof DEFAULTS;
  readonly #paths: SessionPaths;
  readonly #lock: SessionLock;
  readonly #committer: JournalCommitter;
  readonly #text = new TextBytes();
  readonly #digests: JournalDigests;
  readonly #files: JournalFile[];
  readonly #spare: AppendBuffer[] = [];
  #buffer = new AppendBuffer();
  #segmentNumber: number;
  #segmentBytes = SEGMENT_HEADER_BYTES;
  #dayEndNs = 0n;
  #sequence: number;
  #appendedBytes = 0;
  #firstReceivedAtNs: bigint;
  #lastReceivedAtNs: bigint;
  readonly #reopenedAfterNs: bigint;
  #writeTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #closedSegments: number;
  #tellClosed: (segments: number) => void = () => undefined;
  /** `close` succeeded: the session is whole and to be kept. */
  #isComplete = false;

  private constructor(paths: SessionPaths, options: typeof DEFAULTS, lock: SessionLock, start: JournalStart) {
    this.#paths = paths;
    this.#lock = lock;
    this.#options = options;
    this.cuts = start.cuts;
    this.#isNew = start.segments === 0 && start.cuts.length === 0;
    this.#files = [...start.files];
    this.#sequence = start.records;
    this.#firstReceivedAtNs = start.firstReceivedAtNs;
    this.#lastReceivedAtNs = start.lastReceivedAtNs;
    this.#reopenedAfterNs = start.lastReceivedAtNs;
    this.#committer = new JournalCommitter(options.disk, paths.journalDir, start.records, {
      syncIntervalMs: options.syncIntervalMs,
      onWritten: (buffer) => this.#keepSpare(buffer),
      onGrown: (number, recordsEnd) => this.#digests.written(number, recordsEnd),
      onClosed: (number) => this.#noteClosed(number),
    });
    this.#digests = options.digests === 'inline' ? new InlineDigests(start.tape) : this.#followedDigests(start);
    this.#closedSegments = start.segments;
    this.#segmentNumber = this.#openSegment(start.segments + 1);
  }

  /** Begins a new session; a name that is in use is `SESSION_EXISTS` (exit code 2). */
  static async create(dataDir: string, session: string, options: JournalWriterOptions = {}): Promise<JournalWriter> {
    const paths = sessionPaths(dataDir, session);
    const settings = { ...DEFAULTS, ...options };
    await makeSession(settings.disk, dataDir, paths);
    const lock = await lockSession(settings.disk, paths);
    const start = { records: 0, segments: 0, files: [], tape: new TapeDigest(), firstReceivedAtNs: 0n, lastReceivedAtNs: 0n, cuts: [] };
    return JournalWriter.#begin(new JournalWriter(paths, settings, lock, start));
  }

  /**
   * Goes on with a session that was not closed: keeps every record that verifies, sets the rest aside (see `cuts`), and
   * appends to a new segment. `SESSION_CLOSED` for a closed one, `SESSION_UNKNOWN` when there is none, `SESSION_LOCKED` while another
   * writer has it open, in this or in another process.
   */
  static async reopen(dataDir: string, session: string, options: JournalWriterOptions = {}): Promise<JournalWriter> {
    const paths = sessionPaths(dataDir, session);
    const settings = { ...DEFAULTS, ...options };
    const lock = await lockUnlessMissing(settings.disk, dataDir, paths);
    try {
      // With the lock in hand: the writer that had it may just have closed the session.
      if ((await readManifest(settings.disk, paths)) !== undefined)
        throw usageError('SESSION_CLOSED', `session "${session}" is closed and takes no more records; record into a new session`);
      await completeSession(settings.disk, dataDir, paths);
      const recovered = await recoverJournal(settings.disk, paths);
      return await JournalWriter.#begin(new JournalWriter(paths, settings, lock, recovered));
    } catch (error) {
      await lock.release();
      throw journalError(error, `cannot recover ${paths.journalDir}`);
    }
  }

  static async #begin(writer: JournalWriter): Promise<JournalWriter> {
    try {
      await writer.#committer.idle();
      return writer;
    } catch (error) {
      await writer.#release();
      throw error;
    }
  }

  /** Records appended so far, those of earlier writers of the session included: the next sequence. */
  get records(): number {
    return this.#sequence;
  }

  /** Records that followers can see. */
  get writtenRecords(): number {
    return this.#committer.writtenRecords;
  }

  /** Records that survive a power cut. */
  get durableRecords(): number {
    return this.#committer.durableRecords;
  }

  /** How long it took to make records durable, of this writer. */
  get commits(): DelayHistogram {
    return this.#committer.commits;
  }

  /** Bytes appended and not yet written to the file. */
  get waitingBytes(): number {
    return this.#pendingBytes();
  }

  /** Receive time of the last record that an earlier writer of this session left; 0 for a new session. */
  get reopenedAfterNs(): bigint {
    return this.#reopenedAfterNs;
  }

  /**
   * Tells how many segments of the session are closed and durable, from the first on: now where there are any, and each time that one more is.
   * Their records change no more while this writer has the session. `tell` must not throw: it is called where the files are written.
   */
  tellClosedSegments(tell: (segments: number) => void): void {
    this.#tellClosed = tell;
    if (this.#closedSegments > 0) tell(this.#closedSegments);
  }

  append(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const venueBytes = this.#text.name(venue);
    const connectionBytes = this.#text.name(connection);
    const metaBytes = this.#text.meta(meta);
    checkRecordLimits(venueBytes, connectionBytes, metaBytes, end - start);
    const length = recordBytes(venueBytes, connectionBytes, metaBytes, end - start);
    const buffer = this.#bufferFor(length, receivedAtNs);
    const at = buffer.filled;
    const sequence = this.#sequence;
    buffer.filled = encodeRecord(
      buffer.bytes,
      buffer.view,
      at,
      sequence,
      receivedAtNs,
      monotonicNs,
      venueBytes,
      connectionBytes,
      kindCode(kind),
      metaBytes,
      bytes,
      start,
      end,
    );
    buffer.lastStart = at;
    this.#segmentBytes += length;
    this.#appendedBytes += length;
    this.#sequence = sequence + 1;
    if (sequence === 0) this.#firstReceivedAtNs = receivedAtNs;
    this.#lastReceivedAtNs = receivedAtNs;
    if (this.#writeTimer === undefined) this.#armWrite();
    return sequence;
  }

  /** Resolves when fewer than `drainBytes` wait to be written. */
  async drain(): Promise<void> {
    if (this.#pendingBytes() >= this.#options.drainBytes) this.#handOver();
    await this.#committer.until(() => this.#pendingBytes() < this.#options.drainBytes || this.#pendingBytes() === 0);
  }

  /** Resolves when every record appended so far survives a power cut. */
  async flush(): Promise<void> {
    this.#handOver();
    await this.#committer.sync(this.#sequence);
  }

  /** Ends the session: footer, index, then `session.json`, which makes it closed. Nothing may be appended after. */
  async close(): Promise<ClosedJournal> {
    assert(!this.#isClosed, 'a journal is closed once');
    this.#isClosed = true;
    clearTimeout(this.#writeTimer);
    try {
      this.#closeSegment();
      await this.#committer.idle();
      const closed = {
        records: this.#sequence,
        tapeDigest: this.#digests.tapeDigest(),
        firstReceivedAtNs: this.#firstReceivedAtNs,
        lastReceivedAtNs: this.#lastReceivedAtNs,
      };
      await finishJournal(this.#options.disk, this.#paths, closed, this.#files, { wasRead: this.#options.digests === 'behind' });
      this.#isComplete = true;
      return closed;
    } finally {
      await this.#release();
    }
  }

  /** Stops without closing the session: it stays open, with all that was appended, and can be reopened. Does nothing after `close`. */
  async abandon(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#writeTimer);
    try {
      this.#handOver();
      await this.#committer.idle();
    } finally {
      await this.#release();
    }
    // The last sync may have failed while the file was given back.
    if (this.#committer.failure !== undefined) throw this.#committer.failure;
  }

  /**
   * Removes the session this writer created, as if it had never been: for an import that failed, also when it failed to close. Not for a reopened or closed
   * one.
   */
  async discard(): Promise<void> {
    assert(this.#isNew && !this.#isComplete, 'only a session that was just created is discarded');
    const { disk } = this.#options;
    await this.abandon().catch(() => undefined); // what could not be written is not wanted any more
    try {
      for (const name of await disk.list(this.#paths.journalDir)) await disk.remove(join(this.#paths.journalDir, name));
      await disk.removeDirectory(this.#paths.journalDir);
      await disk.removeDirectory(this.#paths.sessionDir);
    } catch (error) {
      throw journalError(error, `cannot discard ${this.#paths.sessionDir}`);
    }
  }

  async #release(): Promise<void> {
    await this.#committer.release();
    await this.#digests.release();
    await this.#lock.release();
  }

  #followedDigests({ tape, files }: JournalStart): FollowedDigests {
    return new FollowedDigests({
      disk: this.#options.disk,
      journalDir: this.#paths.journalDir,
      digestBefore: tape.bytes(),
      filesBefore: files,
      onFailure: (error) => this.#committer.fail(error),
    });
  }

  /** The buffer the next record goes to, after any roll; throws the failure or `JOURNAL_BACKLOG`. */
  #bufferFor(length: number, receivedAtNs: bigint): AppendBuffer {
    if (this.#committer.failure !== undefined) throw this.#committer.failure;
    assert(!this.#isClosed, 'nothing is appended to a closed journal');
    if (this.#pendingBytes() + length > this.#options.pendingBytesMax) throw this.#backlog(length);
    if (this.#mustRoll(length, receivedAtNs)) this.#roll();
    if (this.#segmentBytes === SEGMENT_HEADER_BYTES) this.#dayEndNs = endOfDay(receivedAtNs);
    if (length > this.#buffer.bytes.length - this.#buffer.filled) this.#replaceBuffer(length);
    return this.#buffer;
  }

  #mustRoll(length: number, receivedAtNs: bigint): boolean {
    if (this.#segmentBytes === SEGMENT_HEADER_BYTES) return false;
    const isFull = this.#segmentBytes + length + SEGMENT_FOOTER_BYTES > this.#options.segmentBytesMax;
    // Only a later day rolls: receive times that go back and forth over midnight stay in one segment.
    const isNextDay = receivedAtNs >= this.#dayEndNs && this.#segmentBytes >= this.#options.dayRollBytesMin;
    return (isFull || isNextDay) && this.#digests.behindBytes <= this.#options.rollBehindBytesMax;
  }

  #roll(): void {
    this.#closeSegment();
    this.#segmentNumber = this.#openSegment(this.#segmentNumber + 1);
    this.#segmentBytes = SEGMENT_HEADER_BYTES;
  }

  #noteClosed(number: number): void {
    this.#closedSegments = number;
    this.#tellClosed(number);
  }

  #openSegment(number: number): number {
    this.#committer.push({ kind: 'open', number, header: this.#digests.begin(number, this.#sequence) });
    return number;
  }

  #closeSegment(): void {
    this.#replaceBuffer(0);
    const close = this.#digests.end();
    const finish = async (recordsEnd: number) => {
      const closed = await close(recordsEnd);
      this.#files.push(...closed.files);
      return closed;
    };
    this.#committer.push({ kind: 'close', number: this.#segmentNumber, finish });
  }

  /** Ends the buffer in use (its records go into digest and index at once, in one piece) and takes one with room. */
  #replaceBuffer(length: number): void {
    const full = this.#buffer;
    this.#handOver();
    this.#digests.add(full.bytes, full.view, 0, full.filled, full.lastStart);
    full.isRetired = true;
    if (full.written === full.filled) this.#keepSpare(full);
    const spare = length > BLOCK_BYTES_MAX ? undefined : this.#spare.pop();
    this.#buffer = spare ?? new AppendBuffer(Math.max(length, BLOCK_BYTES_MAX));
  }

  #keepSpare(buffer: AppendBuffer): void {
    if (buffer.bytes.length !== BLOCK_BYTES_MAX || this.#spare.length >= SPARE_BUFFERS_MAX) return;
    buffer.reset();
    this.#spare.push(buffer);
  }

  #handOver(): void {
    const buffer = this.#buffer;
    if (buffer.handed === buffer.filled) return;
    this.#committer.push({ kind: 'write', buffer, start: buffer.handed, end: buffer.filled, recordsAfter: this.#sequence });
    buffer.handed = buffer.filled;
  }

  #armWrite(): void {
    this.#writeTimer = setTimeout(() => {
      this.#writeTimer = undefined;
      this.#handOver();
    }, this.#options.writeDelayMs);
  }

  #pendingBytes(): number {
    return this.#appendedBytes - this.#committer.writtenBytes;
  }

  #backlog(length: number): TapedeckError {
    return new TapedeckError(
      'JOURNAL_BACKLOG',
      `cannot append ${length} bytes to ${this.#paths.journalDir}: ${this.#pendingBytes()} of ${this.#options.pendingBytesMax} bytes wait for the disk; await drain() between chunks of input`,
    );
  }
}

async function makeSession(disk: Disk, dataDir: string, paths: SessionPaths): Promise<void> {
  const { session } = paths;
  const exists = usageError(
    'SESSION_EXISTS',
    `session "${session}" is already in ${dataDir}; choose another name, or another data folder with --data`,
  );
  try {
    if ((await disk.sizeOf(paths.parquetDir)) !== undefined) throw exists;
    await makeDurableDirectory(disk, dataDir);
    await makeDurableDirectory(disk, sessionsDir(dataDir));
    await disk.makeDirectory(paths.sessionDir, { recursive: false });
    await disk.makeDirectory(paths.journalDir, { recursive: false });
    await disk.syncDirectory(paths.sessionDir);
    await disk.syncDirectory(sessionsDir(dataDir));
  } catch (error) {
    throw errorCode(error) === 'EEXIST' ? exists : journalError(error, `cannot make ${paths.journalDir}`);
  }
}

async function lockUnlessMissing(disk: Disk, dataDir: string, paths: SessionPaths): Promise<SessionLock> {
  try {
    if ((await disk.sizeOf(paths.sessionDir)) === undefined) throw noJournal(dataDir, paths.session);
  } catch (error) {
    throw journalError(error, `cannot open ${paths.sessionDir}`);
  }
  return lockSession(disk, paths);
}

/** Whoever created the session may have been stopped half-way: makes the folder that is missing, and all their names durable. */
async function completeSession(disk: Disk, dataDir: string, paths: SessionPaths): Promise<void> {
  const hasJournal = (await disk.sizeOf(paths.journalDir)) !== undefined;
  if (!hasJournal && (await disk.sizeOf(paths.parquetDir)) !== undefined) throw noJournal(dataDir, paths.session);
  for (const folder of [dataDir, sessionsDir(dataDir), paths.sessionDir, paths.journalDir]) await makeDurableDirectory(disk, folder);
}

function noJournal(dataDir: string, session: string): TapedeckError {
  return usageError('SESSION_UNKNOWN', `session "${session}" has no journal in ${dataDir}`);
}

function endOfDay(receivedAtNs: bigint): bigint {
  const rest = ((receivedAtNs % DAY_NS) + DAY_NS) % DAY_NS;
  return receivedAtNs - rest + DAY_NS;
}

import { integrityError, type RecordBatch, type StopSignal, type TapedeckError } from '#domain';
import { corruptRecord, JournalBatch, RecordTexts } from './journal-batch.ts';
import { type Disk, journalError, nodeDisk } from './journal-disk.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { chunkFrom, ReadBuffer, type RecordRead, SegmentReader } from './segment-reader.ts';
import { unknownSession } from './session-lookup.ts';
import { type SessionPaths, segmentNumber, sessionPaths } from './session-paths.ts';
import { errorCode } from './system-error.ts';
import { firstSequenceOf, type TapeStart } from './tape-start.ts';

const POLL_MS_DEFAULT = 5;
/** A record that is all there and does not verify is looked at this often before it counts as damage: some file systems show a size before its bytes. */
const BAD_LOOKS_MAX = 5;

export interface FollowOptions extends TapeStart {
  /** Ends the iteration quietly. */
  readonly signal?: StopSignal;
  /** How long to wait before looking for new bytes. Default 5. */
  readonly pollMs?: number;
  readonly disk?: Disk;
  /** How waiting is done: replaced in tests, and where time is scaled. */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

/**
 * The tape of a session that may still be written, by this thread, a worker or another process. It sees only what was
 * written to the files, verifies every record, moves over to the next segment, and ends when `session.json` is there and
 * the last footer was reached, or on `signal`. Throws `SESSION_UNKNOWN`, `JOURNAL_CORRUPT`, `JOURNAL_IO`.
 */
export async function* followJournal(dataDir: string, session: string, options: FollowOptions = {}): AsyncGenerator<RecordBatch> {
  const paths = sessionPaths(dataDir, session);
  const disk = options.disk ?? nodeDisk;
  if ((await disk.sizeOf(paths.journalDir)) === undefined) throw await unknownSession(dataDir, session);
  const follower = new Follower(disk, paths, options);
  try {
    for (let number = await follower.firstSegment(); await follower.open(number); number++) yield* follower.batches();
  } catch (error) {
    throw journalError(error, `cannot follow ${paths.journalDir}`);
  } finally {
    await follower.close();
  }
}

class Follower {
  readonly #disk: Disk;
  readonly #paths: SessionPaths;
  readonly #options: FollowOptions;
  readonly #buffer = new ReadBuffer();
  readonly #texts = new RecordTexts();
  #reader: SegmentReader | undefined;
  readonly #fromSequence: number;
  #sequence = 0;

  constructor(disk: Disk, paths: SessionPaths, options: FollowOptions) {
    this.#disk = disk;
    this.#paths = paths;
    this.#options = options;
    this.#fromSequence = firstSequenceOf(options);
  }

  /** The last segment that begins at or before the first record asked for. */
  async firstSegment(): Promise<number> {
    if (this.#fromSequence === 0) return 1;
    const numbers = (await this.#disk.list(this.#paths.journalDir)).flatMap((name) => segmentNumber(name) ?? []);
    for (const number of numbers.toReversed()) {
      const reader = await SegmentReader.open(this.#disk, this.#paths.journalDir, number);
      const header = await reader.header().finally(() => reader.close());
      if (typeof header === 'string' || header.firstSequence > this.#fromSequence) continue;
      this.#sequence = header.firstSequence;
      return number;
    }
    return 1;
  }

  /** Waits for a segment; false when the session ended before it, or on `signal`. */
  async open(number: number): Promise<boolean> {
    await this.close();
    while (!this.#isAborted()) {
      // Look for the end first: after `session.json` no segment is made.
      const isClosed = await this.#isSessionClosed();
      this.#reader = await this.#openWhenBegun(number);
      if (this.#reader !== undefined) return true;
      if (isClosed) return false;
      await this.#wait();
    }
    return false;
  }

  /** The rest of the open segment, until its footer. */
  async *batches(): AsyncGenerator<RecordBatch> {
    const reader = this.#openReader();
    let offset = SEGMENT_HEADER_BYTES;
    let badLooks = 0;
    while (!this.#isAborted()) {
      const isClosed = await this.#isSessionClosed();
      const size = await reader.size();
      if (size < offset) throw this.#corrupt(offset, 'the file became shorter than what was read from it');
      const read = await reader.readRecords(this.#buffer, offset, size, this.#sequence);
      if (read.scan.records > 0) {
        offset += read.scan.end;
        this.#sequence += read.scan.records;
        badLooks = 0;
        if (this.#sequence > this.#fromSequence) yield new JournalBatch(chunkFrom(read.chunk, this.#fromSequence), this.#texts);
      } else {
        const fault = await this.#fault(read, offset, size);
        if (fault === 'footer') return;
        badLooks += fault === undefined ? 0 : 1;
        if (isClosed || badLooks === BAD_LOOKS_MAX)
          throw this.#corrupt(offset, fault ?? 'the session is closed, but the segment has no footer');
        await this.#wait();
      }
    }
  }

  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close();
  }

  /** Why no record could be read: the footer, damage (as text), or just that nothing whole is there yet. */
  async #fault(read: RecordRead, offset: number, size: number): Promise<string | undefined> {
    const { stop } = read.scan;
    if (stop.kind === 'bad') return stop.reason;
    if (stop.kind !== 'footer' || size < offset + SEGMENT_FOOTER_BYTES) return undefined;
    const footer = await this.#openReader().footerAt(offset);
    return typeof footer === 'string' ? footer : 'footer';
  }

  // A file whose header is not whole is opened anew each time: recovery may put another one in its place.
  async #openWhenBegun(number: number): Promise<SegmentReader | undefined> {
    let reader: SegmentReader;
    try {
      reader = await SegmentReader.open(this.#disk, this.#paths.journalDir, number);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    const header = await reader.header();
    if (typeof header !== 'string' && header.number === number && header.firstSequence === this.#sequence) return reader;
    const size = await reader.size();
    await reader.close();
    if (size < SEGMENT_HEADER_BYTES) return undefined;
    throw integrityError('JOURNAL_CORRUPT', `${reader.path}: its header does not continue the tape at record ${this.#sequence}`);
  }

  async #isSessionClosed(): Promise<boolean> {
    return (await this.#disk.sizeOf(this.#paths.manifestPath)) !== undefined;
  }

  #openReader(): SegmentReader {
    if (this.#reader === undefined) throw new Error('bug: a segment is open while it is followed');
    return this.#reader;
  }

  #corrupt(offset: number, reason: string): TapedeckError {
    return corruptRecord(this.#openReader().path, offset, this.#sequence, reason);
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async #wait(): Promise<void> {
    const { signal, wait, pollMs = POLL_MS_DEFAULT } = this.#options;
    if (wait !== undefined) return wait(pollMs);
    await waitFor(pollMs, signal);
  }
}

/** An abort ends the wait early and is no failure. */
function waitFor(milliseconds: number, signal: StopSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

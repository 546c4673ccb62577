import { assert } from '#domain';
import { DigestThread } from './digest-thread.ts';
import { type DigestReader, FileDigests } from './file-digests.ts';
import type { JournalDigests } from './journal-digests.ts';
import type { Disk } from './journal-disk.ts';
import type { ClosedSegment, JournalFile } from './segment-builder.ts';
import { encodeSegmentHeader, SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { segmentNumber } from './session-paths.ts';

/** So many new bytes are worth a message to the thread. */
const ADVANCE_BYTES = 1024 * 1024;

export interface FollowedDigestsOptions {
  readonly disk: Disk;
  readonly journalDir: string;
  /** SHA-256 of the records of earlier writers of the session. */
  readonly digestBefore: Uint8Array;
  /** The closed segments of those records, and their indexes: they are read again, behind the recording. */
  readonly filesBefore: readonly JournalFile[];
  /** The files cannot be read back as they were written: the session must not go on. */
  readonly onFailure: (error: unknown) => void;
  /** Instead of the built thread; a test's. */
  readonly startThread?: ((journalDir: string, onRead: (bytes: number) => void) => DigestReader) | undefined;
}

/**
 * Digests made from the files behind the writer, on another thread. The files are all it needs, so it keeps no bytes however far behind it is, and where
 * the thread cannot be started, fails or falls silent, the same is done again from the first record on, on the thread of the writer.
 */
export class FollowedDigests implements JournalDigests {
  readonly #options: FollowedDigestsOptions;
  #reader: DigestReader;
  #isThread = true;
  #digest: Uint8Array;
  #number = 0;
  /** Up to where the file of the current segment is written. */
  #recordsEnd = SEGMENT_HEADER_BYTES;
  #writtenBytes: number;
  #readBytes = 0;
  #askedBytes = 0;
  /** What the reader is doing, if it is: it does one thing at a time. Never rejects. */
  #advancing: Promise<void> | undefined;
  #isReleased = false;

  constructor(options: FollowedDigestsOptions) {
    this.#options = options;
    this.#digest = options.digestBefore;
    this.#writtenBytes = recordBytesOf(options.filesBefore);
    const start = options.startThread ?? ((journalDir, onRead) => new DigestThread(journalDir, onRead));
    this.#reader = start(options.journalDir, (bytes) => this.#onRead(bytes));
  }

  get behindBytes(): number {
    return this.#writtenBytes - this.#readBytes;
  }

  begin(number: number, firstSequence: number): () => Promise<Uint8Array> {
    return () => {
      this.#number = number;
      this.#recordsEnd = SEGMENT_HEADER_BYTES;
      return Promise.resolve(encodeSegmentHeader({ number, firstSequence, digestBefore: this.#digest }));
    };
  }

  add(): void {}

  end(): (recordsEnd: number) => Promise<ClosedSegment> {
    return async (recordsEnd) => {
      while (this.#advancing !== undefined) await this.#advancing;
      const closed = await this.#close(this.#number, recordsEnd);
      this.#digest = closed.digestAfter;
      return closed;
    };
  }

  written(number: number, recordsEnd: number): void {
    assert(number === this.#number && recordsEnd >= this.#recordsEnd, 'segments grow one after the other');
    this.#writtenBytes += recordsEnd - this.#recordsEnd;
    this.#recordsEnd = recordsEnd;
    this.#advance();
  }

  tapeDigest(): string {
    return Buffer.from(this.#digest).toString('hex');
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#reader.release();
    await this.#advancing;
  }

  #advance(): void {
    if (this.#advancing !== undefined || this.#isReleased || this.#writtenBytes - this.#askedBytes < ADVANCE_BYTES) return;
    this.#askedBytes = this.#writtenBytes;
    this.#advancing = this.#reader.advance(this.#number, this.#recordsEnd).then(
      () => this.#advanced(),
      (error: unknown) => {
        this.#advancing = undefined;
        if (this.#isReleased) return;
        if (this.#isThread) {
          this.#takeOver();
          this.#advance();
        } else this.#options.onFailure(error);
      },
    );
  }

  #advanced(): void {
    this.#advancing = undefined;
    this.#advance();
  }

  async #close(number: number, recordsEnd: number): Promise<ClosedSegment> {
    try {
      return await this.#reader.close(number, recordsEnd);
    } catch (error) {
      if (!this.#isThread || this.#isReleased) throw error;
      this.#takeOver();
      return this.#reader.close(number, recordsEnd);
    }
  }

  /** The thread is no more: whatever it had done is done again here. */
  #takeOver(): void {
    const { disk, journalDir } = this.#options;
    void this.#reader.release();
    this.#isThread = false;
    this.#readBytes = 0;
    this.#askedBytes = 0;
    this.#reader = new FileDigests(disk, journalDir, (bytes) => this.#onRead(bytes));
  }

  #onRead(bytes: number): void {
    this.#readBytes += bytes;
  }
}

function recordBytesOf(files: readonly JournalFile[]): number {
  const segments = files.filter(({ name }) => segmentNumber(name) !== undefined);
  return segments.reduce((sum, { bytes }) => sum + bytes - SEGMENT_HEADER_BYTES - SEGMENT_FOOTER_BYTES, 0);
}

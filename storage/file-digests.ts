import { assert, integrityError, type TapedeckError } from '#domain';
import type { Disk } from './journal-disk.ts';
import { type ClosedSegment, SegmentBuilder } from './segment-builder.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { ReadBuffer, SegmentReader } from './segment-reader.ts';
import { TapeDigest } from './tape-digest.ts';

/** Makes digests from files that grow; calls come one after the other. */
export interface DigestReader {
  /** Reads on to `recordsEnd` of this segment. Segments before it are closed, and are read first where they were not. */
  advance(number: number, recordsEnd: number): Promise<void>;
  /** The same, and ends the segment there. */
  close(number: number, recordsEnd: number): Promise<ClosedSegment>;
  /** Never rejects. */
  release(): Promise<void>;
}

/**
 * The digests of a session made from its files, from the first record on: every record is read back and checked by its crc and sequence before a
 * footer vouches for it. Memory is one read buffer, however far behind it is.
 */
export class FileDigests implements DigestReader {
  readonly #disk: Disk;
  readonly #journalDir: string;
  readonly #onRead: (bytes: number) => void;
  readonly #tape = new TapeDigest();
  readonly #buffer = new ReadBuffer();
  #segment = new SegmentBuilder(1, 0, this.#tape);
  #offset = SEGMENT_HEADER_BYTES;
  #reader: SegmentReader | undefined;
  #isReleased = false;

  /** `onRead` is told of every piece of records that went into the digests. */
  constructor(disk: Disk, journalDir: string, onRead: (bytes: number) => void) {
    this.#disk = disk;
    this.#journalDir = journalDir;
    this.#onRead = onRead;
  }

  async advance(number: number, recordsEnd: number): Promise<void> {
    while (this.#segment.number < number) await this.#passClosed();
    await this.#readTo(recordsEnd);
  }

  async close(number: number, recordsEnd: number): Promise<ClosedSegment> {
    await this.advance(number, recordsEnd);
    const closed = this.#segment.close();
    await this.#next();
    return closed;
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#closeReader().catch(() => undefined);
  }

  /** A segment that an earlier writer, or another reader, closed: its records must make the same footer. */
  async #passClosed(): Promise<void> {
    const reader = await this.#openReader();
    const recordsEnd = (await reader.size()) - SEGMENT_FOOTER_BYTES;
    await this.#readTo(recordsEnd);
    const { footer } = this.#segment.close();
    const found = await reader.readBytes(recordsEnd, SEGMENT_FOOTER_BYTES);
    if (Buffer.compare(found, footer) !== 0) throw differs(reader.path, recordsEnd, 'its footer is not the one of its records');
    await this.#next();
  }

  async #readTo(recordsEnd: number): Promise<void> {
    while (this.#offset < recordsEnd) {
      const reader = await this.#openReader();
      const segment = this.#segment;
      const { scan } = await reader.readRecords(this.#buffer, this.#offset, recordsEnd, segment.firstSequence + segment.records);
      if (scan.records === 0) {
        const reason = scan.stop.kind === 'bad' ? scan.stop.reason : 'it is not whole';
        throw differs(reader.path, this.#offset, `record ${segment.firstSequence + segment.records}: ${reason}`);
      }
      segment.add(this.#buffer.bytes, this.#buffer.view, scan.start, scan.end, scan.lastStart);
      this.#offset += scan.end;
      this.#onRead(scan.end);
    }
  }

  async #next(): Promise<void> {
    await this.#closeReader();
    const { number, firstSequence, records } = this.#segment;
    this.#segment = new SegmentBuilder(number + 1, firstSequence + records, this.#tape);
    this.#offset = SEGMENT_HEADER_BYTES;
  }

  async #openReader(): Promise<SegmentReader> {
    assert(!this.#isReleased, 'nothing is read after the release');
    this.#reader ??= await SegmentReader.open(this.#disk, this.#journalDir, this.#segment.number);
    return this.#reader;
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close();
  }
}

function differs(path: string, offset: number, reason: string): TapedeckError {
  return integrityError(
    'JOURNAL_READ_BACK',
    `what was written to ${path} is not what is read back at byte ${offset}: ${reason}; check disk and memory of the machine, then reopen the session`,
  );
}

import { join } from 'node:path';
import { type Disk, readSmallFile } from './journal-disk.ts';
import { type ClosedSegment, type JournalFile, SegmentBuilder } from './segment-builder.ts';
import { decodeSegmentFooter, decodeSegmentHeader, SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { decodeSegmentIndex } from './segment-index.ts';
import { ReadBuffer, SegmentReader } from './segment-reader.ts';
import { findNextRecord } from './segment-search.ts';
import { indexName, segmentName } from './session-paths.ts';
import { TapeDigest } from './tape-digest.ts';
import type { VerifyFindings } from './verify-findings.ts';

/** What is allowed of the segment that is looked at. */
export interface SegmentState {
  /** True of the last segment of an open session: it may lack its footer and end in a torn record. */
  readonly mayBeTorn: boolean;
  readonly isClosed: boolean;
}

/**
 * Checks segments in order against what their own records say they must be: the header, footer and index are made again
 * and compared byte for byte, so that no byte is without a check.
 */
export class SegmentVerifier {
  /** Segments and indexes that are right to the byte, as the manifest must name them. */
  readonly files = new Map<string, JournalFile>();
  firstReceivedAtNs = 0n;
  lastReceivedAtNs = 0n;
  records = 0;
  /** True when the last segment looked at ended in its footer. */
  endsClosed = false;
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #findings: VerifyFindings;
  readonly #tape = new TapeDigest();
  readonly #buffer = new ReadBuffer();
  #sequence = 0;
  /** After lost records no later digest can be right: they are only checked by their own crc. */
  #isChainWhole = true;

  constructor(disk: Disk, dir: string, findings: VerifyFindings) {
    this.#disk = disk;
    this.#dir = dir;
    this.#findings = findings;
  }

  tapeDigest(): string {
    return this.#tape.hex();
  }

  /** A segment that should be there and is not. */
  missing(number: number): void {
    const sequence = this.#sequence;
    this.#isChainWhole = false;
    this.endsClosed = false;
    this.#findings.problem({ file: file(number), sequence, offset: 0, kind: 'file-missing', message: 'the segment is missing' });
  }

  async verify(number: number, state: SegmentState): Promise<void> {
    const reader = await SegmentReader.open(this.#disk, this.#dir, number);
    try {
      const size = await reader.size();
      if (state.mayBeTorn && size < SEGMENT_HEADER_BYTES) {
        this.endsClosed = false;
        return this.#torn(number, 0, size);
      }
      await this.#checkHeader(reader);
      const builder = new SegmentBuilder(number, this.#sequence, this.#tape);
      const end = await this.#checkRecords(reader, size, builder, state);
      this.#count(builder);
      const closed = builder.close();
      await this.#checkFooter(reader, size, end, closed, state);
      if (this.endsClosed || !state.mayBeTorn) await this.#checkIndex(number, closed, state);
    } finally {
      await reader.close();
    }
  }

  async #checkHeader(reader: SegmentReader): Promise<void> {
    const bytes = await reader.readBytes(0, SEGMENT_HEADER_BYTES);
    const header = decodeSegmentHeader(bytes);
    const problem = (message: string) =>
      this.#findings.problem({ file: file(reader.number), sequence: this.#sequence, offset: 0, kind: 'header-bad', message });
    if (typeof header === 'string') return problem(header);
    if (header.number !== reader.number) return problem(`it says segment ${header.number}`);
    if (!this.#isChainWhole) {
      // Records before it are lost: go on where this segment says it begins.
      this.#sequence = Math.max(this.#sequence, header.firstSequence);
      return;
    }
    if (header.firstSequence !== this.#sequence)
      problem(`it says that it begins at record ${header.firstSequence}, expected ${this.#sequence}`);
    else if (!sameBytes(header.digestBefore, this.#tape.bytes())) problem('its digest of the records before it is not theirs');
  }

  /** Checks record after record and goes on behind damage; returns where the records end. */
  async #checkRecords(reader: SegmentReader, size: number, builder: SegmentBuilder, state: SegmentState): Promise<number> {
    const footer = await reader.closingFooter(size);
    const limit = footer === undefined ? size : size - SEGMENT_FOOTER_BYTES;
    let offset = SEGMENT_HEADER_BYTES;
    while (offset < limit) {
      const { scan, isWhole } = await reader.readRecords(this.#buffer, offset, limit, this.#sequence);
      builder.add(this.#buffer.bytes, this.#buffer.view, scan.start, scan.end, scan.lastStart);
      offset += scan.end;
      this.#sequence += scan.records;
      const { stop } = scan;
      if (offset >= limit || stop.kind === 'footer') break;
      if (!isWhole && stop.kind !== 'bad') continue;
      const next = await findNextRecord(reader, offset, limit, this.#sequence);
      if (next === undefined && state.mayBeTorn) {
        this.#torn(reader.number, offset, size - offset);
        return size;
      }
      this.#isChainWhole = false;
      this.#damage(reader.number, offset, stop.kind === 'bad' ? stop.reason : 'it is torn', next);
      if (next === undefined) return limit;
      offset = next.offset;
      this.#sequence = next.sequence;
    }
    return offset;
  }

  #damage(number: number, offset: number, reason: string, next: { readonly offset: number; readonly sequence: number } | undefined): void {
    const until =
      next === undefined ? 'no whole record follows in this segment' : `record ${next.sequence} at offset ${next.offset} is whole again`;
    const message = `the record does not verify: ${reason}; ${until}`;
    this.#findings.problem({ file: file(number), sequence: this.#sequence, offset, kind: 'record-bad', message });
  }

  async #checkFooter(reader: SegmentReader, size: number, end: number, closed: ClosedSegment, state: SegmentState): Promise<void> {
    const found = await reader.readBytes(end, SEGMENT_FOOTER_BYTES);
    const footer = decodeSegmentFooter(found);
    const problem = (offset: number, kind: 'footer-bad' | 'extra-bytes', message: string) =>
      this.#findings.problem({ file: file(reader.number), sequence: this.#sequence, offset, kind, message });
    this.endsClosed = typeof footer !== 'string';
    if (typeof footer === 'string') {
      if (!state.mayBeTorn) problem(end, 'footer-bad', footer);
      else if (found.length > 0) this.#torn(reader.number, end, found.length);
    } else if (size > end + SEGMENT_FOOTER_BYTES) {
      problem(end + SEGMENT_FOOTER_BYTES, 'extra-bytes', `${size - end - SEGMENT_FOOTER_BYTES} bytes follow the footer`);
    } else if (this.#isChainWhole && !sameBytes(found, closed.footer)) {
      problem(end, 'footer-bad', 'it does not say what the records say');
    } else if (this.#isChainWhole && !this.#findings.hasProblem(file(reader.number))) {
      this.files.set(segmentName(reader.number), closed.files[0]!);
    }
  }

  async #checkIndex(number: number, closed: ClosedSegment, state: SegmentState): Promise<void> {
    const name = indexName(number);
    const bytes = await readSmallFile(this.#disk, join(this.#dir, name));
    const problem = (offset: number, message: string) =>
      this.#findings.problem({ file: `journal/${name}`, offset, kind: bytes === undefined ? 'file-missing' : 'index-bad', message });
    if (bytes === undefined) {
      // An interrupted close of the last segment leaves no index; readers do without and recovery makes it.
      if (state.isClosed || !state.mayBeTorn) problem(0, 'the index is missing');
      return;
    }
    const blocks = decodeSegmentIndex(bytes, number);
    if (this.#isChainWhole && !sameBytes(bytes, closed.index)) {
      problem(
        firstDifference(bytes, closed.index),
        typeof blocks === 'string' ? blocks : 'it does not describe the records of its segment',
      );
    } else if (typeof blocks === 'string') {
      problem(0, blocks);
    } else if (this.#isChainWhole) {
      this.files.set(name, closed.files[1]!);
    }
  }

  #count(builder: SegmentBuilder): void {
    if (builder.records === 0) return;
    if (this.records === 0) this.firstReceivedAtNs = builder.firstReceivedAtNs;
    this.lastReceivedAtNs = builder.lastReceivedAtNs;
    this.records += builder.records;
  }

  #torn(number: number, offset: number, bytes: number): void {
    const message = `${bytes} bytes at the end are no whole record; the session is open, so this is allowed`;
    this.#findings.note({ file: file(number), sequence: this.#sequence, offset, kind: 'torn-tail', message });
  }
}

function file(number: number): string {
  return `journal/${segmentName(number)}`;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? Math.min(a.length, b.length) : at;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

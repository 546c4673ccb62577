import type { Disk } from '../journal-disk.ts';
import { RECORD_FIELDS } from '../record-codec.ts';
import { SEGMENT_FOOTER_BYTES, SEGMENT_HEADER_BYTES, type SegmentFooter, type SegmentHeader } from '../segment-format.ts';
import { ReadBuffer, SegmentReader } from '../segment-reader.ts';
import { findNextRecord } from '../segment-search.ts';
import { segmentName } from '../session-paths.ts';

/** What a segment file holds, in order: runs of whole records, and sequences that are missing between them. */
export type SegmentPiece =
  | {
      readonly kind: 'records';
      readonly bytes: Uint8Array;
      readonly view: DataView;
      readonly start: number;
      readonly end: number;
      readonly lastStart: number;
      readonly records: number;
    }
  /** The record at `toSequence` is there again; it was received at `untilNs`. */
  | { readonly kind: 'missing'; readonly toSequence: number; readonly untilNs: bigint };

/** Bytes of a segment file that are no whole record, footer or header. */
export interface DamagedRange {
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

/** Reads what can be read of one segment file, however damaged: every record that verifies, wherever it begins. */
export class SegmentSalvage {
  readonly header: SegmentHeader | string;
  readonly headerBytes: Uint8Array;
  /** The footer at the end of the file, when it fits the file. */
  readonly footer: SegmentFooter | undefined;
  readonly footerBytes: Uint8Array;
  readonly size: number;
  readonly #reader: SegmentReader;
  readonly #buffer = new ReadBuffer();
  #damage: DamagedRange[] = [];

  private constructor(reader: SegmentReader, parts: Pick<SegmentSalvage, 'header' | 'headerBytes' | 'footer' | 'footerBytes' | 'size'>) {
    this.#reader = reader;
    this.header = parts.header;
    this.headerBytes = parts.headerBytes;
    this.footer = parts.footer;
    this.footerBytes = parts.footerBytes;
    this.size = parts.size;
  }

  /** `undefined` when there is no such file. */
  static async open(disk: Disk, journalDir: string, number: number): Promise<SegmentSalvage | undefined> {
    if (!(await disk.list(journalDir)).includes(segmentName(number))) return undefined;
    const reader = await SegmentReader.open(disk, journalDir, number);
    const size = await reader.size();
    const footer = await reader.closingFooter(size);
    return new SegmentSalvage(reader, {
      size,
      header: await reader.header(),
      headerBytes: await reader.readBytes(0, SEGMENT_HEADER_BYTES),
      footer,
      footerBytes: footer === undefined ? new Uint8Array(0) : await reader.readBytes(size - SEGMENT_FOOTER_BYTES, SEGMENT_FOOTER_BYTES),
    });
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  /** What the last reading of all pieces passed over. */
  get damage(): readonly DamagedRange[] {
    return this.#damage;
  }

  /** Every record from `firstSequence` on that verifies, below `endSequence` where that is known, with what is missing between them. */
  async *pieces(firstSequence: number, endSequence: number | undefined): AsyncGenerator<SegmentPiece> {
    this.#damage = [];
    if (typeof this.header === 'string') this.#pass(0, Math.min(this.size, SEGMENT_HEADER_BYTES), this.header);
    const limit = this.footer === undefined ? this.size : this.size - SEGMENT_FOOTER_BYTES;
    let offset = SEGMENT_HEADER_BYTES;
    let sequence = firstSequence;
    while (offset < limit) {
      const { scan, isWhole } = await this.#reader.readRecords(this.#buffer, offset, limit, sequence);
      if (scan.records > 0) {
        const { bytes, view } = this.#buffer;
        yield { kind: 'records', bytes, view, start: scan.start, end: scan.end, lastStart: scan.lastStart, records: scan.records };
      }
      offset += scan.end;
      sequence += scan.records;
      if (offset >= limit) break;
      if (!isWhole && (scan.stop.kind === 'end' || scan.stop.kind === 'incomplete')) continue;
      const reason = scan.stop.kind === 'bad' ? scan.stop.reason : scan.stop.kind === 'footer' ? 'there is a torn footer' : 'it is torn';
      const next = await findNextRecord(this.#reader, offset, limit, sequence);
      if (next === undefined || next.sequence >= (endSequence ?? Number.POSITIVE_INFINITY)) {
        this.#pass(offset, limit - offset, reason);
        break;
      }
      this.#pass(offset, next.offset - offset, reason);
      if (next.sequence > sequence) yield { kind: 'missing', toSequence: next.sequence, untilNs: next.receivedAtNs };
      offset = next.offset;
      sequence = next.sequence;
    }
  }

  #pass(offset: number, bytes: number, reason: string): void {
    if (bytes > 0) this.#damage.push({ offset, bytes, reason });
  }
}

/** Receive time of the record that begins at `at`. */
export function receivedAtOf(view: DataView, at: number): bigint {
  return view.getBigInt64(at + RECORD_FIELDS.receivedAtNs, true);
}

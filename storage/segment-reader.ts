import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Disk, type DiskFile, readFully, readSmallFile } from './journal-disk.ts';
import { RECORD_FIELDS } from './record-codec.ts';
import {
  decodeSegmentFooter,
  decodeSegmentHeader,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentFooter,
  type SegmentHeader,
} from './segment-format.ts';
import { decodeSegmentIndex, type SegmentBlock } from './segment-index.ts';
import { type RecordScan, scanRecords } from './segment-scan.ts';
import { indexName, segmentName } from './session-paths.ts';

/** Bytes read at once; a record longer than this makes its buffer grow up to `RECORD_BYTES_MAX`. */
export const READ_CHUNK_BYTES = 4 * 1024 * 1024;

/** Whole, verified records in memory: `bytes[start, end)`. Valid until its buffer is read into again. */
export interface SegmentChunk {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
  readonly records: number;
  readonly firstSequence: number;
  /** Where `start` is in the file. */
  readonly offset: number;
}

/** A chunk without its records before a sequence that it holds. */
export function chunkFrom(chunk: SegmentChunk, fromSequence: number): SegmentChunk {
  const skipped = fromSequence - chunk.firstSequence;
  if (skipped <= 0) return chunk;
  let start = chunk.start;
  for (let i = 0; i < skipped; i++) start += chunk.view.getUint32(start + RECORD_FIELDS.length, true);
  return {
    ...chunk,
    start,
    offset: chunk.offset + start - chunk.start,
    records: chunk.records - skipped,
    firstSequence: fromSequence,
  };
}

const BUFFER_BYTES_MIN = 4096;

/** Memory to read into; it grows by doubling to what one read needs and never shrinks. */
export class ReadBuffer {
  bytes = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);

  reserve(bytes: number): void {
    if (this.bytes.length >= bytes) return;
    let capacity = Math.max(BUFFER_BYTES_MIN, this.bytes.length);
    while (capacity < bytes) capacity *= 2;
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** A run of records that was read and scanned; `isWhole` says that the scan saw the file to its (given) end. */
export interface RecordRead {
  readonly chunk: SegmentChunk;
  readonly scan: RecordScan;
  /** Bytes read: the buffer is filled to here. */
  readonly count: number;
  readonly isWhole: boolean;
}

/** One segment file, open for reading. */
export class SegmentReader {
  readonly number: number;
  readonly path: string;
  readonly #disk: Disk;
  readonly #indexPath: string;
  readonly #file: DiskFile;

  private constructor(disk: Disk, journalDir: string, number: number, file: DiskFile) {
    this.#disk = disk;
    this.number = number;
    this.path = join(journalDir, segmentName(number));
    this.#indexPath = join(journalDir, indexName(number));
    this.#file = file;
  }

  static async open(disk: Disk, journalDir: string, number: number): Promise<SegmentReader> {
    return new SegmentReader(disk, journalDir, number, await disk.open(join(journalDir, segmentName(number)), 'read'));
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The header, or what is wrong with it. */
  async header(): Promise<SegmentHeader | string> {
    return decodeSegmentHeader(await this.readBytes(0, SEGMENT_HEADER_BYTES));
  }

  /** The footer that begins at `offset`, or what is wrong with it. */
  async footerAt(offset: number): Promise<SegmentFooter | string> {
    return decodeSegmentFooter(await this.readBytes(offset, SEGMENT_FOOTER_BYTES));
  }

  /** The footer at the end of a file of `size` bytes when it fits the file, else `undefined`. */
  async closingFooter(size: number): Promise<SegmentFooter | undefined> {
    if (size < SEGMENT_HEADER_BYTES + SEGMENT_FOOTER_BYTES) return undefined;
    const footer = await this.footerAt(size - SEGMENT_FOOTER_BYTES);
    if (typeof footer === 'string') return undefined;
    return footer.recordBytes === size - SEGMENT_HEADER_BYTES - SEGMENT_FOOTER_BYTES ? footer : undefined;
  }

  /** The index when it is there, is right by its own crc, and covers exactly the records the footer names; else `undefined`. */
  async index(footer: SegmentFooter): Promise<readonly SegmentBlock[] | undefined> {
    const bytes = await readSmallFile(this.#disk, this.#indexPath);
    const blocks = bytes === undefined ? 'missing' : decodeSegmentIndex(bytes, this.number);
    return typeof blocks === 'string' || !covers(blocks, footer) ? undefined : blocks;
  }

  /** Up to `length` bytes at `offset`. */
  async readBytes(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await readFully(this.#file, bytes, 0, length, offset));
  }

  /** Reads from a record's start at `offset` and verifies every record; `size` is where the file counts as ended. */
  async readRecords(buffer: ReadBuffer, offset: number, size: number, firstSequence: number): Promise<RecordRead> {
    const rest = Math.max(0, size - offset);
    for (let wanted = Math.min(READ_CHUNK_BYTES, rest); ; ) {
      buffer.reserve(wanted);
      const count = await readFully(this.#file, buffer.bytes, 0, wanted, offset);
      const scan = scanRecords(buffer.bytes, buffer.view, 0, count, firstSequence);
      const neededBytes = scan.stop.kind === 'incomplete' ? scan.stop.neededBytes : 0;
      if (scan.records > 0 || neededBytes <= wanted || neededBytes > rest) {
        const isWhole = offset + count >= size || count < wanted;
        return { chunk: this.#chunk(buffer, scan, firstSequence, offset), scan, count, isWhole };
      }
      wanted = neededBytes; // one record longer than a chunk
    }
  }

  /**
   * Reads blocks from `from` on, as many as fit the buffer (at least one), and verifies them.
   * Returns the chunk and the number of blocks, or the scan of the first block that does not verify.
   */
  async readBlocks(
    buffer: ReadBuffer,
    blocks: readonly SegmentBlock[],
    from: number,
  ): Promise<{ readonly chunk: SegmentChunk; readonly blocks: number } | { readonly badBlock: SegmentBlock; readonly scan: RecordScan }> {
    const first = blocks[from]!;
    const group = groupThatFits(blocks, from, Math.max(first.length, READ_CHUNK_BYTES));
    buffer.reserve(group.bytes);
    const count = await readFully(this.#file, buffer.bytes, 0, group.bytes, first.offset);
    for (let i = from, start = 0; i < from + group.blocks; i++) {
      const block = blocks[i]!;
      const end = start + block.length;
      if (end > count || crc32(buffer.bytes.subarray(start, end)) !== block.crc) {
        return { badBlock: block, scan: scanRecords(buffer.bytes, buffer.view, start, Math.min(end, count), block.firstSequence) };
      }
      start = end;
    }
    const { bytes, view } = buffer;
    const { firstSequence, offset } = first;
    const chunk = { path: this.path, bytes, view, start: 0, end: group.bytes, records: group.records, firstSequence, offset };
    return { chunk, blocks: group.blocks };
  }

  #chunk(buffer: ReadBuffer, scan: RecordScan, firstSequence: number, offset: number): SegmentChunk {
    const { bytes, view } = buffer;
    return { path: this.path, bytes, view, start: scan.start, end: scan.end, records: scan.records, firstSequence, offset };
  }
}

function groupThatFits(
  blocks: readonly SegmentBlock[],
  from: number,
  capacity: number,
): { blocks: number; bytes: number; records: number } {
  const group = { blocks: 0, bytes: 0, records: 0 };
  for (let i = from; i < blocks.length; i++) {
    const block = blocks[i]!;
    if (group.bytes + block.length > capacity) break;
    group.blocks += 1;
    group.bytes += block.length;
    group.records += block.records;
  }
  return group;
}

function covers(blocks: readonly SegmentBlock[], footer: SegmentFooter): boolean {
  let offset = SEGMENT_HEADER_BYTES;
  let sequence = footer.firstSequence;
  for (const block of blocks) {
    if (block.offset !== offset || block.firstSequence !== sequence || block.records < 1) return false;
    offset += block.length;
    sequence += block.records;
  }
  return offset === SEGMENT_HEADER_BYTES + footer.recordBytes && sequence === footer.firstSequence + footer.records;
}

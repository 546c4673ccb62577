import { crc32 } from 'node:zlib';
import { RECORD_FIELDS } from './record-codec.ts';
import { asciiBytes, JOURNAL_FORMAT_VERSION, startsWith } from './segment-format.ts';

/** A block ends before the record that would take it past this; a longer record is a block of its own. */
export const BLOCK_BYTES_MAX = 1024 * 1024;

const INDEX_MAGIC = asciiBytes('TAPEDIDX');
const INDEX_HEADER_BYTES = 32;
const ENTRY_BYTES = 40;

/** One block of records of a segment: a range that can be read and checked alone. */
export interface SegmentBlock {
  /** Where it is in the segment file. */
  readonly offset: number;
  readonly length: number;
  readonly records: number;
  readonly firstSequence: number;
  readonly firstReceivedAtNs: bigint;
  /** `zlib.crc32` of the block's bytes. */
  readonly crc: number;
}

/**
 * Cuts the records of a segment into blocks. The cut depends only on the lengths of the records, so that an index made
 * again from its segment is the same to the byte.
 */
export class BlockCutter {
  readonly #blocks: SegmentBlock[] = [];
  #offset: number;
  #length = 0;
  #records = 0;
  #firstSequence: number;
  #firstReceivedAtNs = 0n;
  #crc = 0;

  constructor(offset: number, firstSequence: number) {
    this.#offset = offset;
    this.#firstSequence = firstSequence;
  }

  /** Takes the whole records in `bytes[start, end)`, which follow those taken before; returns how many there were. */
  add(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    let records = 0;
    let runStart = start;
    for (let at = start; at < end; ) {
      const length = view.getUint32(at + RECORD_FIELDS.length, true);
      if (this.#records > 0 && this.#length + length > BLOCK_BYTES_MAX) {
        this.#checksum(bytes, runStart, at);
        this.#cut();
        runStart = at;
      }
      if (this.#records === 0) this.#firstReceivedAtNs = view.getBigInt64(at + RECORD_FIELDS.receivedAtNs, true);
      this.#records += 1;
      this.#length += length;
      records += 1;
      at += length;
    }
    this.#checksum(bytes, runStart, end);
    return records;
  }

  /** All blocks; nothing may be added after. */
  finish(): readonly SegmentBlock[] {
    if (this.#records > 0) this.#cut();
    return this.#blocks;
  }

  #checksum(bytes: Uint8Array, start: number, end: number): void {
    if (end > start) this.#crc = crc32(bytes.subarray(start, end), this.#crc);
  }

  #cut(): void {
    this.#blocks.push({
      offset: this.#offset,
      length: this.#length,
      records: this.#records,
      firstSequence: this.#firstSequence,
      firstReceivedAtNs: this.#firstReceivedAtNs,
      crc: this.#crc,
    });
    this.#offset += this.#length;
    this.#firstSequence += this.#records;
    this.#length = 0;
    this.#records = 0;
    this.#crc = 0;
  }
}

export function encodeSegmentIndex(number: number, blocks: readonly SegmentBlock[]): Uint8Array {
  const bytes = new Uint8Array(INDEX_HEADER_BYTES + blocks.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(INDEX_MAGIC, 0);
  view.setUint32(12, JOURNAL_FORMAT_VERSION, true);
  view.setUint32(16, number, true);
  view.setUint32(20, blocks.length, true);
  blocks.forEach((block, i) => {
    const at = INDEX_HEADER_BYTES + i * ENTRY_BYTES;
    view.setBigUint64(at, BigInt(block.offset), true);
    view.setUint32(at + 8, block.length, true);
    view.setUint32(at + 12, block.records, true);
    view.setBigUint64(at + 16, BigInt(block.firstSequence), true);
    view.setBigInt64(at + 24, block.firstReceivedAtNs, true);
    view.setUint32(at + 32, block.crc, true);
  });
  view.setUint32(8, crc32(bytes.subarray(12)), true);
  return bytes;
}

/** The blocks of an index file of segment `number`, or what is wrong with it. */
export function decodeSegmentIndex(bytes: Uint8Array, number: number): readonly SegmentBlock[] | string {
  if (bytes.length < INDEX_HEADER_BYTES || !startsWith(bytes, 0, INDEX_MAGIC)) return 'it does not start with TAPEDIDX';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(8, true) !== crc32(bytes.subarray(12))) return 'the crc of the index is wrong';
  const version = view.getUint32(12, true);
  if (version !== JOURNAL_FORMAT_VERSION) return `format version ${version} is unknown (this program reads ${JOURNAL_FORMAT_VERSION})`;
  if (view.getUint32(16, true) !== number) return `it belongs to segment ${view.getUint32(16, true)}`;
  const count = view.getUint32(20, true);
  if (bytes.length !== INDEX_HEADER_BYTES + count * ENTRY_BYTES) return `it has ${bytes.length} bytes for ${count} blocks`;
  return Array.from({ length: count }, (_, i) => decodeEntry(view, INDEX_HEADER_BYTES + i * ENTRY_BYTES));
}

function decodeEntry(view: DataView, at: number): SegmentBlock {
  return {
    offset: Number(view.getBigUint64(at, true)),
    length: view.getUint32(at + 8, true),
    records: view.getUint32(at + 12, true),
    firstSequence: Number(view.getBigUint64(at + 16, true)),
    firstReceivedAtNs: view.getBigInt64(at + 24, true),
    crc: view.getUint32(at + 32, true),
  };
}

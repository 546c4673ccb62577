import { createHash } from 'node:crypto';
import { assert } from '#domain';
import { RECORD_FIELDS } from './record-codec.ts';
import { encodeSegmentFooter, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { BlockCutter, encodeSegmentIndex } from './segment-index.ts';
import { indexName, segmentName } from './session-paths.ts';
import type { TapeDigest } from './tape-digest.ts';

/** One file under `journal/` as the manifest names it. */
export interface JournalFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** What closes a segment: the bytes still to write, and both files as the manifest names them. */
export interface ClosedSegment {
  readonly footer: Uint8Array;
  readonly index: Uint8Array;
  /** SHA-256 of all records of the session up to the end of the segment. */
  readonly digestAfter: Uint8Array;
  readonly files: readonly JournalFile[];
}

/**
 * Everything around the records of one segment: header, footer, index and digests, as a function of the records alone.
 * The writer, recovery and `verify` use the same one, so that they cannot disagree.
 */
export class SegmentBuilder {
  readonly number: number;
  readonly firstSequence: number;
  readonly header: Uint8Array;
  readonly #tape: TapeDigest;
  readonly #cutter: BlockCutter;
  readonly #fileHash = createHash('sha256');
  #records = 0;
  #recordBytes = 0;
  #firstReceivedAtNs = 0n;
  #lastReceivedAtNs = 0n;

  /** `tape` holds all records before this segment and takes those of this segment too. */
  constructor(number: number, firstSequence: number, tape: TapeDigest) {
    this.number = number;
    this.firstSequence = firstSequence;
    this.#tape = tape;
    this.#cutter = new BlockCutter(SEGMENT_HEADER_BYTES, firstSequence);
    this.header = encodeSegmentHeader({ number, firstSequence, digestBefore: tape.bytes() });
    this.#fileHash.update(this.header);
  }

  get records(): number {
    return this.#records;
  }

  get firstReceivedAtNs(): bigint {
    return this.#firstReceivedAtNs;
  }

  get lastReceivedAtNs(): bigint {
    return this.#lastReceivedAtNs;
  }

  /** Takes whole records that follow those taken before; `lastStart` is where the last of them begins. */
  add(bytes: Uint8Array, view: DataView, start: number, end: number, lastStart: number): void {
    if (end === start) return;
    assert(lastStart >= start && lastStart < end, 'the last record lies in the range');
    if (this.#records === 0) this.#firstReceivedAtNs = view.getBigInt64(start + RECORD_FIELDS.receivedAtNs, true);
    this.#lastReceivedAtNs = view.getBigInt64(lastStart + RECORD_FIELDS.receivedAtNs, true);
    this.#records += this.#cutter.add(bytes, view, start, end);
    this.#recordBytes += end - start;
    this.#tape.addEncoded(bytes, start, end);
    this.#fileHash.update(bytes.subarray(start, end));
  }

  /** Nothing may be added after. */
  close(): ClosedSegment {
    const digestAfter = this.#tape.bytes();
    const footer = encodeSegmentFooter({
      records: this.#records,
      firstSequence: this.firstSequence,
      lastSequence: this.firstSequence + this.#records - 1,
      firstReceivedAtNs: this.#firstReceivedAtNs,
      lastReceivedAtNs: this.#lastReceivedAtNs,
      recordBytes: this.#recordBytes,
      digestAfter,
    });
    const index = encodeSegmentIndex(this.number, this.#cutter.finish());
    const segmentFile = {
      name: segmentName(this.number),
      bytes: this.header.length + this.#recordBytes + footer.length,
      sha256: this.#fileHash.update(footer).digest('hex'),
    };
    return { footer, index, digestAfter, files: [segmentFile, journalFile(indexName(this.number), index)] };
  }
}

export function journalFile(name: string, bytes: Uint8Array): JournalFile {
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

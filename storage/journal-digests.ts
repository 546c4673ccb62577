import { type ClosedSegment, SegmentBuilder } from './segment-builder.ts';
import type { TapeDigest } from './tape-digest.ts';

/**
 * Makes what frames the segments of a writer: headers, footers, indexes and digests. The writer calls `begin`, `add` and `end` while it appends;
 * what they return is called when the files have come that far, in the same order.
 */
export interface JournalDigests {
  /** A segment begins; its header, once the segments before it are closed. */
  begin(number: number, firstSequence: number): () => Promise<Uint8Array>;
  /** Takes whole records of the segment; `lastStart` is where the last of them begins. The bytes are not looked at later. */
  add(bytes: Uint8Array, view: DataView, start: number, end: number, lastStart: number): void;
  /** The segment ends; what closes it, once its records are in the file up to `recordsEnd`. */
  end(): (recordsEnd: number) => Promise<ClosedSegment>;
  /** The file of this segment holds whole records up to `recordsEnd`. */
  written(number: number, recordsEnd: number): void;
  /** Bytes of records that are in the files and not yet in the digests. */
  readonly behindBytes: number;
  /** Of all segments closed so far, hex. */
  tapeDigest(): string;
  /** Gives back what it holds; never rejects. */
  release(): Promise<void>;
}

/** Digests made from the buffers of the writer on its own thread: never behind, and in need of nothing. */
export class InlineDigests implements JournalDigests {
  readonly behindBytes = 0;
  readonly #tape: TapeDigest;
  #segment: SegmentBuilder | undefined;

  /** `tape` holds all records of earlier writers of the session. */
  constructor(tape: TapeDigest) {
    this.#tape = tape;
  }

  begin(number: number, firstSequence: number): () => Promise<Uint8Array> {
    this.#segment = new SegmentBuilder(number, firstSequence, this.#tape);
    const { header } = this.#segment;
    return () => Promise.resolve(header);
  }

  add(bytes: Uint8Array, view: DataView, start: number, end: number, lastStart: number): void {
    this.#segment!.add(bytes, view, start, end, lastStart);
  }

  end(): () => Promise<ClosedSegment> {
    const closed = this.#segment!.close();
    return () => Promise.resolve(closed);
  }

  written(): void {}

  tapeDigest(): string {
    return this.#tape.hex();
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}

import type { RecordBatch, Tape, TapeRecord } from '#domain';
import type { Frames } from './captures.ts';

const BATCH_RECORDS = 4096;

/**
 * Frames in memory as a tape: what the full path costs without a store. The receive times are taken apart beforehand, as tardis-dev
 * gets its dates ready made, and the digest is a constant: hashing the frames is the journal's work.
 */
export class FrameTape implements Tape {
  readonly session = 'memory';
  readonly #frames: Frames;
  readonly #venue: string;
  readonly #timeWords: Int32Array;

  constructor(frames: Frames, venue: string) {
    this.#frames = frames;
    this.#venue = venue;
    this.#timeWords = new Int32Array(frames.receivedAtNs.slice().buffer);
  }

  async *batches(): AsyncGenerator<RecordBatch> {
    const { count } = this.#frames;
    for (let start = 0; start < count; start += BATCH_RECORDS) {
      yield new FrameBatch(this.#frames, this.#venue, this.#timeWords, start, Math.min(start + BATCH_RECORDS, count));
    }
  }

  async digest(): Promise<string> {
    return '0'.repeat(64);
  }
}

class FrameBatch implements RecordBatch {
  readonly #frames: Frames;
  readonly #venue: string;
  readonly #timeWords: Int32Array;
  readonly #end: number;
  #next: number;

  constructor(frames: Frames, venue: string, timeWords: Int32Array, start: number, end: number) {
    this.#frames = frames;
    this.#venue = venue;
    this.#timeWords = timeWords;
    this.#next = start;
    this.#end = end;
  }

  next(record: TapeRecord): boolean {
    const index = this.#next;
    if (index === this.#end) return false;
    this.#next = index + 1;
    const frames = this.#frames;
    const high = this.#timeWords[index * 2 + 1]!;
    const low = this.#timeWords[index * 2]! >>> 0;
    record.sequence = index;
    record.setTimes(high, low, high, low);
    record.venue = this.#venue;
    record.connection = '1';
    record.kind = 'frame-in';
    record.meta = '';
    record.bytes = frames.bytes;
    record.start = frames.starts[index]!;
    record.end = frames.ends[index]!;
    return true;
  }
}

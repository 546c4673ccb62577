import type { Clock } from '#domain';
import type { SessionJournal } from '#recorder';
import { type Disk, type DiskFile, type JournalWriter, nodeDisk } from '#storage';

/** One record in so many is followed from its stamp to the disk. */
const EVERY = 16;

interface Sample {
  readonly sequence: number;
  readonly receivedAtNs: bigint;
}

/**
 * How long records wait between the stamp of their frame and the end of the write that shows them to followers: notes the receive time of some at
 * the append, and looks after every write which of them were written.
 */
export class LatencySamples {
  readonly disk: Disk;
  readonly #clock: Clock;
  readonly #waiting: Sample[] = [];
  readonly #latenciesMs: number[] = [];
  #writer: JournalWriter | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.disk = { ...nodeDisk, open: async (path, mode) => this.#watched(await nodeDisk.open(path, mode)) };
  }

  /** The same journal, with its appends noted. */
  watch(writer: JournalWriter): SessionJournal {
    this.#writer = writer;
    const waiting = this.#waiting;
    return {
      get waitingBytes() {
        return writer.waitingBytes;
      },
      get records() {
        return writer.records;
      },
      reopenedAfterNs: writer.reopenedAfterNs,
      append: (receivedAtNs, monotonicNs, venue, connection, kind, meta, bytes, start, end) => {
        const sequence = writer.append(receivedAtNs, monotonicNs, venue, connection, kind, meta, bytes, start, end);
        if (sequence % EVERY === 0 && kind === 'frame-in') waiting.push({ sequence, receivedAtNs });
        return sequence;
      },
      drain: () => writer.drain(),
      close: () => writer.close(),
      abandon: () => writer.abandon(),
    };
  }

  latenciesMs(): readonly number[] {
    return this.#latenciesMs;
  }

  #watched(file: DiskFile): DiskFile {
    return {
      write: async (parts, position) => {
        const written = await file.write(parts, position);
        // The writer counts the write as done after this returns: it is looked at in the next turn.
        setImmediate(() => this.#look());
        return written;
      },
      read: (target, offset, length, position) => file.read(target, offset, length, position),
      datasync: () => file.datasync(),
      truncate: (bytes) => file.truncate(bytes),
      size: () => file.size(),
      close: () => file.close(),
    };
  }

  #look(): void {
    const written = this.#writer?.writtenRecords ?? 0;
    const nowNs = this.#clock.wallNs();
    let done = 0;
    for (const { sequence, receivedAtNs } of this.#waiting) {
      if (sequence >= written) break;
      this.#latenciesMs.push(Number(nowNs - receivedAtNs) / 1e6);
      done += 1;
    }
    this.#waiting.splice(0, done);
  }
}

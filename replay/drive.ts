import { type RecordBatch, type StopSignal, type Tape, TapeRecord } from '#domain';

export interface DriveOptions {
  /** Called now and then with the records done so far; never in the middle of a record. */
  readonly onProgress?: (records: number) => void;
  /** Awaited between two batches: where a slow target is waited for. */
  readonly betweenBatches?: () => Promise<void>;
  /** Stops between two batches. */
  readonly signal?: StopSignal;
}

/**
 * The one loop: hands every record of every tape to `visit`, one tape in its sequence, several merged by tape time
 * (the running maximum of the receive time), ties in the order the tapes are given. Back-test, live, inspect and export
 * all go through here. Returns the number of records.
 */
export async function drive(
  tapes: readonly Tape[],
  visit: (record: TapeRecord, tape: number) => void,
  options: DriveOptions = {},
): Promise<number> {
  return tapes.length === 1 ? driveOne(tapes[0]!, visit, options) : driveMerged(tapes, visit, options);
}

async function driveOne(tape: Tape, visit: (record: TapeRecord, tape: number) => void, options: DriveOptions): Promise<number> {
  const record = new TapeRecord();
  let records = 0;
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      visit(record, 0);
      records += 1;
    }
    options.onProgress?.(records);
    if (options.betweenBatches !== undefined) await options.betweenBatches();
    if (options.signal?.aborted) break;
  }
  return records;
}

/** One tape of a merge: its current record and the tape time of it. */
class TapeCursor {
  readonly record = new TapeRecord();
  timeNs = -(1n << 63n);
  isDone = false;
  readonly #batches: AsyncIterator<RecordBatch>;
  #batch: RecordBatch | undefined;

  constructor(tape: Tape) {
    this.#batches = tape.batches()[Symbol.asyncIterator]();
  }

  /** Moves on within the batch in memory; false when the next batch has to be fetched. */
  step(): boolean {
    if (this.#batch === undefined || !this.#batch.next(this.record)) return false;
    const receivedAtNs = this.record.receivedAtNs;
    if (receivedAtNs > this.timeNs) this.timeNs = receivedAtNs;
    return true;
  }

  async fetch(): Promise<void> {
    do {
      const next = await this.#batches.next();
      if (next.done === true) {
        this.isDone = true;
        return;
      }
      this.#batch = next.value;
    } while (!this.step());
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}

async function driveMerged(
  tapes: readonly Tape[],
  visit: (record: TapeRecord, tape: number) => void,
  options: DriveOptions,
): Promise<number> {
  const cursors = tapes.map((tape) => new TapeCursor(tape));
  let records = 0;
  try {
    for (const cursor of cursors) await cursor.fetch();
    for (let first = earliest(cursors); first >= 0; first = earliest(cursors)) {
      const cursor = cursors[first]!;
      visit(cursor.record, first);
      records += 1;
      if (!cursor.step()) {
        options.onProgress?.(records);
        if (options.betweenBatches !== undefined) await options.betweenBatches();
        if (options.signal?.aborted) break;
        await cursor.fetch();
      }
    }
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
  return records;
}

function earliest(cursors: readonly TapeCursor[]): number {
  let best = -1;
  for (let i = 0; i < cursors.length; i++) {
    const cursor = cursors[i]!;
    if (!cursor.isDone && (best < 0 || cursor.timeNs < cursors[best]!.timeNs)) best = i;
  }
  return best;
}

import { type RecordBatch, type Tape, TapedeckError, TapeRecord } from '#domain';
import { isSystemFailure } from '../system-error.ts';
import type { TapeStart } from '../tape-start.ts';
import type { RecordOutput, SeenConnections } from './record-output.ts';

/** A tape that can be read from any record on: those of the journal and of Parquet. */
export interface CopyTape extends Tape {
  batches(start?: TapeStart): AsyncIterable<RecordBatch>;
}

/** More lost records than this are no damage that placeholders can tell (at 100 bytes each, 1 GB of them). */
const RECORDS_LOST_MAX = 10_000_000;

/** Fills what is missing in a segment: from copies while they can be read, else with placeholders. */
export class Filler {
  readonly #copies: readonly CopyTape[];
  readonly #seen: SeenConnections;
  readonly #output: RecordOutput;
  readonly #bytesWanted: number | undefined;
  recordsFilled = 0;
  recordsLost = 0;

  constructor(copies: readonly CopyTape[], seen: SeenConnections, output: RecordOutput, bytesWanted: number | undefined) {
    this.#copies = copies;
    this.#seen = seen;
    this.#output = output;
    this.#bytesWanted = bytesWanted;
  }

  async fill(toSequence: number, untilNs: bigint): Promise<void> {
    await this.#fromCopies(() => this.#output.sequence >= toSequence);
    await this.#placeholders(toSequence, untilNs);
  }

  /** What follows the last record of the segment; without a known end only as much as the file had bytes. */
  async fillToEnd(endSequence: number | undefined, untilNs: bigint | undefined): Promise<void> {
    const bytes = this.#bytesWanted;
    if (bytes === undefined && endSequence === undefined) return;
    // The length of the file says it more exactly than where another file begins.
    await this.#fromCopies(() => (bytes === undefined ? this.#output.sequence >= endSequence! : this.#output.recordBytes >= bytes));
    const isEnough = bytes !== undefined && this.#output.recordBytes >= bytes;
    if (endSequence !== undefined && !isEnough) await this.#placeholders(endSequence, untilNs ?? this.#output.lastReceivedAtNs);
  }

  async #fromCopies(isFull: () => boolean): Promise<void> {
    for (const copy of this.#copies) {
      if (isFull()) return;
      try {
        await this.#fromCopy(copy, isFull);
      } catch (error) {
        // A copy that is damaged here is no reason to give up: the next one, or placeholders.
        // One that cannot be read just now is: it may hold what would be given up for lost.
        if (!(error instanceof TapedeckError) || isSystemFailure(error)) throw error;
      }
    }
  }

  async #fromCopy(copy: CopyTape, isFull: () => boolean): Promise<void> {
    const output = this.#output;
    const record = new TapeRecord();
    for await (const batch of copy.batches({ fromSequence: output.sequence })) {
      while (batch.next(record)) {
        if (isFull() || record.sequence !== output.sequence) return;
        await output.addRecord(record);
        this.recordsFilled += 1;
      }
    }
  }

  async #placeholders(toSequence: number, untilNs: bigint): Promise<void> {
    const output = this.#output;
    const records = toSequence - output.sequence;
    if (records <= 0) return;
    if (this.recordsLost + records > RECORDS_LOST_MAX) {
      throw new TapedeckError(
        'REPAIR_TOO_MUCH_LOST',
        `records ${output.sequence} to ${toSequence - 1} are in no store, more than ${RECORDS_LOST_MAX} that a repair fills; bring back a copy of the journal`,
      );
    }
    this.recordsLost += records;
    const fromNs = String(output.lastReceivedAtNs);
    const meta = { reason: 'damaged', channel: '', records, fromNs, toNs: String(untilNs) };
    const connections = this.#seen.all();
    const named = connections.length === 0 ? [{ venue: '', connection: '' }] : connections.slice(-records);
    for (const { venue, connection } of named) await output.addPlaceholder('gap', venue, connection, meta);
    while (output.sequence < toSequence)
      await output.addPlaceholder('note', '', '', { event: 'record-lost', subject: String(output.sequence) });
  }
}

import { type RecordAppender, type RecordBatch, type RecordBody, type RecordKind, type Tape, TapeRecord } from '#domain';
import { TapeDigest } from '#storage';

/** Writes the records of a tape and awaits `drain` now and then, as a recorder does. Called anew for each pass, it must write the same. */
export type ProduceTape = (appender: RecordAppender) => Promise<unknown>;

/**
 * A tape that is made while it is read: a synthetic market of any length is served without being written first. What the producer
 * appended up to a `drain` is one batch, and it waits there until the reader asks for more.
 */
export class ProducedTape implements Tape {
  readonly session: string;
  readonly #produce: ProduceTape;

  constructor(session: string, produce: ProduceTape) {
    this.session = session;
    this.#produce = produce;
  }

  async *batches(): AsyncGenerator<RecordBatch> {
    const handover = new Handover();
    const produced = this.#produce(handover).then(
      () => handover.end(),
      (error: unknown) => handover.fail(error),
    );
    try {
      for (let batch = await handover.next(); batch !== undefined; batch = await handover.next()) yield batch;
    } finally {
      handover.stop();
      await produced;
    }
  }

  async digest(): Promise<string> {
    const digest = new TapeDigest();
    const record = new TapeRecord();
    for await (const batch of this.batches()) while (batch.next(record)) digest.add(record);
    return digest.hex();
  }
}

/** The reader left: the producer is ended at its next `drain`. */
const STOPPED = new Error('the reader of a produced tape has left');

/** Passes batches from a producer to a reader, one at a time. */
class Handover implements RecordAppender {
  #records: RecordBody[] = [];
  #first = 0;
  #isOver = false;
  #isStopped = false;
  #failure: { readonly error: unknown } | undefined;
  #wakeReader: () => void = () => undefined;
  #wakeProducer: () => void = () => undefined;

  append(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    this.#records.push({ receivedAtNs, monotonicNs, venue, connection, kind, meta, payload: bytes.slice(start, end) });
    return this.#first + this.#records.length - 1;
  }

  async drain(): Promise<void> {
    if (this.#isStopped) throw STOPPED;
    if (this.#records.length === 0) return;
    this.#wakeReader();
    await new Promise<void>((resolve) => {
      this.#wakeProducer = resolve;
    });
    if (this.#isStopped) throw STOPPED;
  }

  /** The next batch; `undefined` after the last. Throws what the producer threw. */
  async next(): Promise<RecordBatch | undefined> {
    const waiting = new Promise<void>((resolve) => {
      this.#wakeReader = resolve;
    });
    this.#wakeProducer();
    if (!this.#isOver) await waiting;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#records.length === 0) return undefined;
    const batch = new ProducedBatch(this.#records, this.#first);
    this.#first += this.#records.length;
    this.#records = [];
    return batch;
  }

  end(): void {
    this.#isOver = true;
    this.#wakeReader();
  }

  fail(error: unknown): void {
    if (error !== STOPPED) this.#failure = { error };
    this.end();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wakeProducer();
  }
}

class ProducedBatch implements RecordBatch {
  readonly #records: readonly RecordBody[];
  readonly #first: number;
  #next = 0;

  constructor(records: readonly RecordBody[], first: number) {
    this.#records = records;
    this.#first = first;
  }

  next(record: TapeRecord): boolean {
    const body = this.#records[this.#next];
    if (body === undefined) return false;
    record.sequence = this.#first + this.#next++;
    record.setTimesNs(body.receivedAtNs, body.monotonicNs);
    record.venue = body.venue;
    record.connection = body.connection;
    record.kind = body.kind;
    record.meta = body.meta;
    record.bytes = body.payload;
    record.start = 0;
    record.end = body.payload.length;
    return true;
  }
}

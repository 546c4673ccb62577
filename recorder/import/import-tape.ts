import { canonicalJson, isInbound, isOutbound, type RecordAppender, type RecordKind } from '#domain';
import type { LineSink } from './line-sink.ts';
import { type Redact, redactFrame, redactLine } from './redaction.ts';

/** Malformed lines listed in a result; all are counted and all are notes on the tape. */
export const MALFORMED_LISTED_MAX = 100;
/** Records that wait for the stamp of the next line. At either limit they take the stamp of the previous one, to bound the memory. */
const WAITING_MAX = 10_000;
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

const NO_BYTES = new Uint8Array(0);

/** A line that is no record of its format; the tape keeps it as a note. */
export interface MalformedLine {
  /** Index of the file in the order given. */
  readonly file: number;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** What the lines are of. */
export interface ImportedVenue {
  readonly id: string;
  /** Absent for a venue whose frames cannot hold a secret, and for one that is not known. */
  readonly redact?: Redact | undefined;
}

/** A record that import makes: what it says is known, its stamp is that of the next line. */
interface WaitingRecord {
  readonly venue: string;
  readonly connection: string;
  readonly kind: RecordKind;
  readonly meta: string;
  readonly payload: Uint8Array;
}

/**
 * Turns what a parser says about lines into the records of a session, and counts them. Times and bytes are kept as they are, times
 * that go back too; `monotonicNs` is the distance to the first line. Only secrets are overwritten, at equal length and by the rule of
 * the venue, before they reach the journal; `meta.redacted` says where they were.
 */
export class ImportTape implements LineSink {
  /** Where the reader is, for notes: index of the file, number of the line. */
  file = 0;
  line = 0;
  records = 0;
  framesIn = 0;
  framesOut = 0;
  notes = 0;
  malformedTotal = 0;
  backwardTimes = 0;
  /** Frames and notes in which secrets were overwritten. */
  redacted = 0;
  readonly malformedLines: MalformedLine[] = [];
  readonly firstReceivedAtNs: bigint;
  readonly #appender: RecordAppender;
  readonly #venue: ImportedVenue;
  #lastReceivedAtNs: bigint;
  #waiting: WaitingRecord[] = [];
  #waitingBytes = 0;

  /** Begins with `session-open` at the time of the first line, which a probe has found. */
  constructor(appender: RecordAppender, venue: ImportedVenue, firstReceivedAtNs: bigint, openMeta: string) {
    this.#appender = appender;
    this.#venue = venue;
    this.firstReceivedAtNs = firstReceivedAtNs;
    this.#lastReceivedAtNs = firstReceivedAtNs;
    this.#append(firstReceivedAtNs, '', '', 'session-open', openMeta, NO_BYTES, 0, 0);
  }

  get lastReceivedAtNs(): bigint {
    return this.#lastReceivedAtNs;
  }

  record(receivedAtNs: bigint, connection: string, kind: RecordKind, meta: string, bytes: Uint8Array, start: number, end: number): void {
    if (receivedAtNs < this.#lastReceivedAtNs) this.backwardTimes += 1;
    if (this.#waiting.length > 0) this.#release(receivedAtNs);
    this.#lastReceivedAtNs = receivedAtNs;
    if (isInbound(kind)) this.framesIn += 1;
    else if (isOutbound(kind)) this.framesOut += 1;
    const { id, redact } = this.#venue;
    if (redact === undefined || start === end) {
      this.#append(receivedAtNs, id, connection, kind, meta, bytes, start, end);
      return;
    }
    // A copy: the bytes are the reader's, and what inflates the next of them may still look at these.
    const payload = new Uint8Array(bytes.subarray(start, end));
    const safeMeta = redactFrame(redact, kind, meta, payload);
    if (safeMeta !== meta) this.redacted += 1;
    this.#append(receivedAtNs, id, connection, kind, safeMeta, payload, 0, payload.length);
  }

  connected(connection: string, meta: string): void {
    this.#wait({ venue: this.#venue.id, connection, kind: 'connected', meta, payload: NO_BYTES });
  }

  note(reason: string, bytes: Uint8Array, start: number, end: number): void {
    this.notes += 1;
    // The file by its index, whose hash is in `session-open`: a path or a host would make the tape differ from machine to machine.
    const meta = canonicalJson({ file: this.file, line: this.line, reason });
    // A copy: `slice` of a Buffer would be a view of bytes that are overwritten before the next line is known.
    const payload = new Uint8Array(bytes.subarray(start, end));
    const { redact } = this.#venue;
    const safeMeta = redact === undefined ? meta : redactLine(redact, meta, payload);
    if (safeMeta !== meta) this.redacted += 1;
    this.#wait({ venue: '', connection: '', kind: 'note', meta: safeMeta, payload });
  }

  malformed(reason: string, bytes: Uint8Array, start: number, end: number): void {
    this.malformedTotal += 1;
    if (this.malformedLines.length < MALFORMED_LISTED_MAX) this.malformedLines.push({ file: this.file, line: this.line, reason });
    this.note(reason, bytes, start, end);
  }

  /** Ends with `session-close`; what still waits takes, like it, the stamp of the last line. */
  close(): void {
    this.#release(this.#lastReceivedAtNs);
    this.#append(this.#lastReceivedAtNs, '', '', 'session-close', '', NO_BYTES, 0, 0);
  }

  #wait(record: WaitingRecord): void {
    this.#waiting.push(record);
    this.#waitingBytes += record.payload.length;
    if (this.#waiting.length >= WAITING_MAX || this.#waitingBytes >= WAITING_BYTES_MAX) this.#release(this.#lastReceivedAtNs);
  }

  #release(receivedAtNs: bigint): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { venue, connection, kind, meta, payload } of waiting) {
      this.#append(receivedAtNs, venue, connection, kind, meta, payload, 0, payload.length);
    }
  }

  #append(
    receivedAtNs: bigint,
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.records += 1;
    this.#appender.append(receivedAtNs, receivedAtNs - this.firstReceivedAtNs, venue, connection, kind, meta, bytes, start, end);
  }
}

/** Every kind of record, in the order of its code in the journal (`storage/FORMAT.md`). Codes are for ever: append only. */
export const RECORD_KINDS = [
  'session-open',
  'connected',
  'disconnected',
  'frame-in',
  'frame-out',
  'http-request',
  'http-response',
  'tick',
  'gap',
  'note',
  'session-close',
] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

/** What a recorder hands to the journal; the journal gives the sequence. */
export interface RecordBody {
  /** Wall clock when the bytes arrived, nanoseconds since the epoch. A label: nothing is sorted by it. */
  readonly receivedAtNs: bigint;
  /** A clock that never goes back, nanoseconds since an origin of the session. */
  readonly monotonicNs: bigint;
  /** Venue id, at most 255 bytes of UTF-8; empty for records of the session itself. */
  readonly venue: string;
  /** Name of the connection within the venue, at most 255 bytes of UTF-8; empty where there is none. */
  readonly connection: string;
  readonly kind: RecordKind;
  /** Canonical JSON text, or empty. */
  readonly meta: string;
  readonly payload: Uint8Array;
}

const EMPTY = new Uint8Array(0);

/**
 * One record while it is looked at. Readers move one of these over the tape, so that a scan allocates nothing:
 * it is valid until the reader's next step. Copy what must live longer (`copyPayload`).
 */
export class TapeRecord {
  /** Per session, from 0, +1. */
  sequence = 0;
  /** ⌊receivedAtNs / 1000⌋. */
  receivedAtUs = 0;
  kind: RecordKind = 'note';
  venue = '';
  connection = '';
  meta = '';
  /** The payload is `bytes[start, end)`: a view into the reader's buffer. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  #receivedHigh = 0;
  #receivedLow = 0;
  #monotonicHigh = 0;
  #monotonicLow = 0;

  /** Sets both times from the halves of two little-endian int64: signed high word, unsigned low word. */
  setTimes(receivedHigh: number, receivedLow: number, monotonicHigh: number, monotonicLow: number): void {
    this.#receivedHigh = receivedHigh;
    this.#receivedLow = receivedLow;
    this.#monotonicHigh = monotonicHigh;
    this.#monotonicLow = monotonicLow;
    // 2^32 = 4294967 × 1000 + 296: every product stays a safe integer, so the floor is exact.
    this.receivedAtUs = receivedHigh * 4_294_967 + Math.floor((receivedHigh * 296 + receivedLow) / 1000);
  }

  /** Sets both times from int64 values. */
  setTimesNs(receivedAtNs: bigint, monotonicNs: bigint): void {
    this.setTimes(
      Number(BigInt.asIntN(32, receivedAtNs >> 32n)),
      Number(BigInt.asUintN(32, receivedAtNs)),
      Number(BigInt.asIntN(32, monotonicNs >> 32n)),
      Number(BigInt.asUintN(32, monotonicNs)),
    );
  }

  get receivedAtNs(): bigint {
    return (BigInt(this.#receivedHigh) << 32n) | BigInt(this.#receivedLow);
  }

  get monotonicNs(): bigint {
    return (BigInt(this.#monotonicHigh) << 32n) | BigInt(this.#monotonicLow);
  }

  get payloadLength(): number {
    return this.end - this.start;
  }

  /** A view of the payload, valid until the reader's next step. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** The record's own copy, to keep. */
  copy(): RecordBody & { readonly sequence: number } {
    return {
      sequence: this.sequence,
      receivedAtNs: this.receivedAtNs,
      monotonicNs: this.monotonicNs,
      venue: this.venue,
      connection: this.connection,
      kind: this.kind,
      meta: this.meta,
      payload: this.bytes.slice(this.start, this.end),
    };
  }
}

/** A run of records that are in memory; `next` moves the view to the following one and says whether there was one. */
export interface RecordBatch {
  next(record: TapeRecord): boolean;
}

/** Where records are written: the journal, and nothing else. */
export interface RecordAppender {
  /**
   * Appends one record whose payload is `bytes[start, end)` (copied before this returns) and returns its sequence.
   * `meta` is canonical JSON or empty.
   */
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
  ): number;
  /** Resolves when the bytes waiting to be written are below their limit: await it between chunks of input. */
  drain(): Promise<void>;
}

/** The ordered records of a session, from whatever store. */
export interface Tape {
  readonly session: string;
  /** Batches in sequence; each is valid until the next is asked for. */
  batches(): AsyncIterable<RecordBatch>;
  /** Hex SHA-256 over all records in the canonical form of `storage/FORMAT.md`. */
  digest(): Promise<string>;
}

/** True for what came from a venue: websocket frames and REST bodies. */
export function isInbound(kind: RecordKind): boolean {
  return kind === 'frame-in' || kind === 'http-response';
}

/** True for what was sent to a venue. */
export function isOutbound(kind: RecordKind): boolean {
  return kind === 'frame-out' || kind === 'http-request';
}

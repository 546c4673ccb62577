import { canonicalJson, isInbound, type JsonValue, type RecordAppender, type RecordKind, type TapeRecord } from '#domain';
import type { CutRange } from './cut-range.ts';
import type { CutRedaction } from './cut-redaction.ts';
import type { SequenceSet } from './sequence-set.ts';

/**
 * The clock of a cut: of the records that are left out, the first in every such stretch of engine time leaves its time behind as a `tick`. So
 * candles, bars and timers whose time is a multiple of it meet the same engine time in the cut as on the tape.
 */
export const CUT_CLOCK_US = 100_000;

const NO_BYTES = new Uint8Array(0);

/** Writes the chosen records of a tape as a session of their own: bytes, times and meta as they are, sequences from 0. */
export class CutWriter {
  readonly #appender: RecordAppender;
  readonly #kept: SequenceSet;
  readonly #range: CutRange;
  readonly #openMeta: string;
  readonly #redaction: CutRedaction | undefined;
  #nowUs = Number.NEGATIVE_INFINITY;
  /** The last stretch of time that the cut has a record in. */
  #stretch = Number.NEGATIVE_INFINITY;
  #lastReceivedAtNs = 0n;
  #lastMonotonicNs = 0n;
  records = 0;
  frames = 0;
  ticks = 0;
  redacted = 0;

  constructor(
    appender: RecordAppender,
    kept: SequenceSet,
    range: CutRange,
    openMeta: { readonly [key: string]: JsonValue | undefined },
    redaction: CutRedaction | undefined,
  ) {
    this.#appender = appender;
    this.#kept = kept;
    this.#range = range;
    this.#openMeta = canonicalJson(openMeta);
    this.#redaction = redaction;
  }

  /** The `visit` of `drive`. */
  readonly visit = (record: TapeRecord): void => {
    const { sequence } = record;
    const isInRange = sequence >= this.#range.first && sequence < this.#range.end;
    const isKept = this.#kept.has(sequence);
    if (!isInRange && !isKept) return;
    // The session opens when its first record was received: candles know by that which of them is incomplete.
    if (this.records === 0) this.#event('session-open', record, this.#openMeta);
    if (isKept) this.#copy(record);
    else this.#keepTime(record);
    this.#lastReceivedAtNs = record.receivedAtNs;
    this.#lastMonotonicNs = record.monotonicNs;
  };

  /** Ends the session at the time of the last record of the range, kept or not. */
  finish(): void {
    this.#append(this.#lastReceivedAtNs, this.#lastMonotonicNs, '', '', 'session-close', '', NO_BYTES, 0, 0);
  }

  #copy(record: TapeRecord): void {
    const { venue, connection, kind, meta, bytes, start, end } = this.#redaction?.of(record) ?? record;
    if (bytes !== record.bytes) this.redacted += 1;
    if (isInbound(kind)) this.frames += 1;
    this.#moveTo(record);
    this.#append(record.receivedAtNs, record.monotonicNs, venue, connection, kind, meta, bytes, start, end);
  }

  #keepTime(record: TapeRecord): void {
    if (!this.#moveTo(record)) return;
    this.ticks += 1;
    this.#event('tick', record, '');
  }

  #event(kind: RecordKind, at: TapeRecord, meta: string): void {
    this.#moveTo(at);
    this.#append(at.receivedAtNs, at.monotonicNs, '', '', kind, meta, NO_BYTES, 0, 0);
  }

  /** True when this is the first record of its stretch of time. */
  #moveTo({ receivedAtUs }: TapeRecord): boolean {
    if (receivedAtUs > this.#nowUs) this.#nowUs = receivedAtUs;
    const stretch = Math.floor(this.#nowUs / CUT_CLOCK_US);
    if (stretch === this.#stretch) return false;
    this.#stretch = stretch;
    return true;
  }

  #append(...record: Parameters<RecordAppender['append']>): void {
    this.records += 1;
    this.#appender.append(...record);
  }
}

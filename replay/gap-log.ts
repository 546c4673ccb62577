import type { GapRow, SymbolId, SymbolTable, TapeRecord } from '#domain';
import { parseMeta, type RecordMeta, textOr } from './record-meta.ts';

/** A hole that lasts. */
export interface OpenGap {
  readonly venue: string;
  readonly connection?: string;
  readonly symbol?: string;
  readonly fromSequence: number;
  readonly fromNs: bigint;
  readonly reason: string;
}

/** Every hole a tape admits to: gap records, connections that were down, and books whose update ids did not join; told when it has ended. */
export class GapLog {
  readonly #symbols: SymbolTable;
  readonly #onGap: (gap: GapRow) => void;
  /** By connection or book. */
  readonly #open = new Map<string, OpenGap>();
  #record: TapeRecord | undefined;

  constructor(symbols: SymbolTable, onGap: (gap: GapRow) => void) {
    this.#symbols = symbols;
    this.#onGap = onGap;
  }

  /** `known` is the record's meta, for callers that have read it already. */
  onRecord(record: TapeRecord, known?: RecordMeta): void {
    this.#record = record;
    if (record.kind === 'frame-in') return;
    const meta = known ?? parseMeta(record.meta);
    const key = `${record.venue}\u0000${record.connection}`;
    if (record.kind === 'gap') {
      this.#addGapRecord(record, meta, this.#open.get(key));
      // A recorder's own gap record of a connection that is down tells the hole from its last frame on: it stands for the disconnect too.
      if (meta.channel === undefined) this.#open.delete(key);
    }
    // A connection that nobody wanted any more was ended, not lost.
    if (record.kind === 'disconnected' && meta.expected !== true) {
      this.#begin(key, { venue: record.venue, connection: record.connection }, textOr(meta.reason, 'disconnected'));
    }
    if (record.kind === 'connected') this.#end(key);
  }

  /** A book became unknown because ids did not join, or known again. Losses of a connection are told by its records. */
  onBook(symbol: SymbolId, state: 'known' | 'unknown', reason: string): void {
    const name = this.#symbols.name(symbol);
    const key = `book\u0000${name.venue}\u0000${name.symbol}`;
    if (state === 'known') this.#end(key);
    else if (!reason.startsWith('feed lost')) this.#begin(key, { venue: name.venue, symbol: name.symbol }, reason);
  }

  /** What is not over by now. */
  open(): readonly OpenGap[] {
    return [...this.#open.values()];
  }

  /** The same as if the tape ended here. */
  openRows(): readonly GapRow[] {
    const last = this.#record;
    return this.open().map((gap) => closed(gap, last?.sequence ?? gap.fromSequence, last?.receivedAtNs ?? gap.fromNs));
  }

  /** The tape is over: what is still open ends with its last record. */
  finish(): void {
    for (const gap of this.openRows()) this.#onGap(gap);
    this.#open.clear();
  }

  #begin(key: string, place: Pick<OpenGap, 'venue' | 'connection' | 'symbol'>, reason: string): void {
    const record = this.#record!;
    if (this.#open.has(key)) return;
    this.#open.set(key, { ...place, fromSequence: record.sequence, fromNs: record.receivedAtNs, reason });
  }

  #end(key: string): void {
    const gap = this.#open.get(key);
    if (gap === undefined) return;
    this.#open.delete(key);
    this.#onGap(closed(gap, this.#record!.sequence, this.#record!.receivedAtNs));
  }

  #addGapRecord(record: TapeRecord, meta: RecordMeta, open: OpenGap | undefined): void {
    this.#onGap({
      venue: record.venue,
      ...(record.connection === '' ? {} : { connection: record.connection }),
      ...(typeof meta.symbol === 'string' ? { symbol: meta.symbol } : {}),
      ...(typeof meta.channel === 'string' ? { channel: meta.channel } : {}),
      fromSequence: open?.fromSequence ?? record.sequence,
      toSequence: record.sequence,
      fromNs: nanosecondsOr(meta.fromNs, record.receivedAtNs),
      toNs: nanosecondsOr(meta.toNs, record.receivedAtNs),
      reason: textOr(meta.reason, 'gap'),
    });
  }
}

function closed(gap: OpenGap, toSequence: number, toNs: bigint): GapRow {
  const { fromNs, ...rest } = gap;
  return { ...rest, toSequence, fromNs: String(fromNs), toNs: String(toNs) };
}

/** An int64 as decimal text; what a meta holds instead counts as not said. */
function nanosecondsOr(value: unknown, fallback: bigint): string {
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? value : String(fallback);
}

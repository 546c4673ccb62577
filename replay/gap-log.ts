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

/** How long the deltas of a book may come without a snapshot to join, receive time: recorders ask for one at once, and it takes seconds where many are asked for. */
export const SNAPSHOT_WAIT_NS = 10_000_000_000n;

/**
 * Every hole a tape admits to: gap records, connections that were down, books whose update ids did not join, and books whose deltas found no snapshot
 * in `SNAPSHOT_WAIT_NS`; told when it has ended.
 */
export class GapLog {
  readonly #symbols: SymbolTable;
  readonly #onGap: (gap: GapRow) => void;
  /** By connection or book. */
  readonly #open = new Map<string, OpenGap>();
  readonly #knownBooks = new Set<SymbolId>();
  /** Books with deltas and no snapshot; holes once they have waited too long. */
  readonly #withoutSnapshot = new Map<SymbolId, OpenGap>();
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
    const key = bookKey(name.venue, name.symbol);
    if (state === 'known') {
      this.#knownBooks.add(symbol);
      this.#snapshotCame(symbol);
      return this.#end(key);
    }
    this.#knownBooks.delete(symbol);
    if (reason.startsWith('feed lost')) return;
    // Ids that do not join are a hole at once; it lasts until the book is known, as the wait would.
    this.#withoutSnapshot.delete(symbol);
    this.#begin(key, { venue: name.venue, symbol: name.symbol }, reason);
  }

  /** A message of this book was applied or kept for later: call it after `onBook` of the same message. */
  onBookMessage(symbol: SymbolId): void {
    if (this.#knownBooks.has(symbol) || this.#withoutSnapshot.has(symbol)) return;
    const { venue, symbol: code } = this.#symbols.name(symbol);
    if (this.#open.has(bookKey(venue, code))) return;
    const { sequence, receivedAtNs } = this.#record!;
    const reason = 'deltas of the book came and no snapshot that they join';
    this.#withoutSnapshot.set(symbol, { venue, symbol: code, fromSequence: sequence, fromNs: receivedAtNs, reason });
  }

  /** What is not over by now. */
  open(): readonly OpenGap[] {
    return [...this.#open.values(), ...[...this.#withoutSnapshot.values()].filter((wait) => this.#isTooLong(wait))];
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
    this.#withoutSnapshot.clear();
  }

  #snapshotCame(symbol: SymbolId): void {
    const wait = this.#withoutSnapshot.get(symbol);
    if (wait === undefined) return;
    this.#withoutSnapshot.delete(symbol);
    if (this.#isTooLong(wait)) this.#onGap(closed(wait, this.#record!.sequence, this.#record!.receivedAtNs));
  }

  #isTooLong({ fromNs }: OpenGap): boolean {
    return this.#record!.receivedAtNs - fromNs >= SNAPSHOT_WAIT_NS;
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

function bookKey(venue: string, symbol: string): string {
  return `book\u0000${venue}\u0000${symbol}`;
}

function closed(gap: OpenGap, toSequence: number, toNs: bigint): GapRow {
  const { fromNs, ...rest } = gap;
  return { ...rest, toSequence, fromNs: String(fromNs), toNs: String(toNs) };
}

/** An int64 as decimal text; what a meta holds instead counts as not said. */
function nanosecondsOr(value: unknown, fallback: bigint): string {
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? value : String(fallback);
}

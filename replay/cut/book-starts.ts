import type { BookEvent, BookView, SymbolId } from '#domain';

/**
 * Where the book of a symbol starts in a cut: `before` from a snapshot before the range, which comes along with the deltas since · `within` at the
 * first snapshot of the range · `never` the range has deltas and no snapshot that they join.
 */
export interface CutBook {
  readonly symbol: string;
  readonly start: 'before' | 'within' | 'never';
  /** The snapshot's record on the tape that was cut; -1 for `never`. */
  readonly sequence: number;
}

interface Start {
  /** Of the snapshot that made the book known, -1 while it is unknown. */
  snapshot: number;
  /** Records that the book is made of, before the range: messages that wait for a snapshot, or a snapshot and what it needs. */
  sequences: number[];
  /** Update id of each. */
  updateIds: number[];
  /** First snapshot of the range that went into the book. */
  firstWithin: number;
}

/** Books that are sent as deltas need more than the range: a snapshot, and every delta from it on. */
export class BookStarts {
  readonly #starts = new Map<SymbolId, Start>();

  /** One message of a symbol; `book` has it already. */
  add(event: Readonly<BookEvent>, book: BookView & { readonly reason: string }, sequence: number, isInRange: boolean): void {
    if (event.rule === 'replace') return; // every message is a whole book
    const start = this.#startOf(event.symbol);
    const wentIn = event.isSnapshot && book.isKnown && book.reason === '';
    if (isInRange) {
      if (wentIn && start.firstWithin < 0) start.firstWithin = sequence;
      return;
    }
    if (event.isSnapshot && !wentIn) return; // the book did not take it
    // A gap, or the feed was lost: what was gathered does not lead to a book any more. This message is the first that may.
    if (!book.isKnown && (book.reason !== '' || start.snapshot >= 0)) clear(start);
    if (wentIn) begin(start, event.lastUpdateId, sequence);
    start.sequences.push(sequence);
    start.updateIds.push(event.lastUpdateId);
  }

  /** The range begins: books whose feed was lost since their last message begin anew. */
  checkKnown(isKnown: (symbol: SymbolId) => boolean): void {
    for (const [symbol, start] of this.#starts) if (start.snapshot >= 0 && !isKnown(symbol)) clear(start);
  }

  /** The records before the range that books of the cut are made of. */
  *sequences(): Generator<number> {
    for (const start of this.#starts.values()) if (start.snapshot >= 0 || start.firstWithin >= 0) yield* start.sequences;
  }

  books(nameOf: (symbol: SymbolId) => string): CutBook[] {
    return [...this.#starts].map(([id, { snapshot, firstWithin }]): CutBook => {
      const symbol = nameOf(id);
      if (snapshot >= 0) return { symbol, start: 'before', sequence: snapshot };
      return firstWithin >= 0 ? { symbol, start: 'within', sequence: firstWithin } : { symbol, start: 'never', sequence: -1 };
    });
  }

  #startOf(symbol: SymbolId): Start {
    const known = this.#starts.get(symbol);
    if (known !== undefined) return known;
    const start = { snapshot: -1, sequences: [], updateIds: [], firstWithin: -1 };
    this.#starts.set(symbol, start);
    return start;
  }
}

function clear(start: Start): void {
  start.snapshot = -1;
  start.sequences = [];
  start.updateIds = [];
}

/**
 * From this snapshot on: of the deltas before it those that it does not cover, as they join it, and one more: where a snapshot names no symbol, decoders
 * tell it by the deltas that came before.
 */
function begin(start: Start, snapshotId: number, sequence: number): void {
  const firstNeeded = start.updateIds.findIndex((updateId) => updateId >= snapshotId);
  const from = Math.max(0, (firstNeeded < 0 ? start.sequences.length : firstNeeded) - 1);
  start.snapshot = sequence;
  start.sequences = start.sequences.slice(from);
  start.updateIds = start.updateIds.slice(from);
}

import { type TapeRecord, usageError } from '#domain';

/** A place on a tape: a sequence, or the first record at or after a receive time. */
export type CutPlace = { readonly sequence: number } | { readonly timeNs: bigint };

/**
 * Which records a cut is about: from a place up to another, without it. A time is reached with the first record that was received
 * then or later, and stays reached when the recorder's clock goes back: the range is one run of sequences. Asked record by record from the first on.
 */
export class CutRange {
  readonly #from: CutPlace | undefined;
  readonly #to: CutPlace | undefined;
  /** First record of the range; -1 before it was seen. */
  first = -1;
  /** The record after the last of the range; known once it was seen, else the end of what was seen. */
  end = -1;
  #isOver = false;

  /** Throws CUT_RANGE_EMPTY for a range that ends where it begins. */
  constructor(from: CutPlace | undefined, to: CutPlace | undefined) {
    this.#from = from;
    this.#to = to;
    if (from === undefined || to === undefined) return;
    const isEmpty =
      ('sequence' in from && 'sequence' in to && from.sequence >= to.sequence) ||
      ('timeNs' in from && 'timeNs' in to && from.timeNs >= to.timeNs);
    if (isEmpty) throw usageError('CUT_RANGE_EMPTY', 'the cut ends where it begins: --to is the first record that stays out');
  }

  /** True once the range has ended: nothing after is looked at. */
  get isOver(): boolean {
    return this.#isOver;
  }

  place(record: TapeRecord): 'before' | 'within' | 'after' {
    if (this.#isOver || isReached(this.#to, record)) {
      this.#isOver = true;
      return 'after';
    }
    if (this.first < 0 && this.#from !== undefined && !isReached(this.#from, record)) return 'before';
    if (this.first < 0) this.first = record.sequence;
    this.end = record.sequence + 1;
    return 'within';
  }
}

function isReached(place: CutPlace | undefined, { sequence, receivedAtNs }: TapeRecord): boolean {
  if (place === undefined) return false;
  return 'sequence' in place ? sequence >= place.sequence : receivedAtNs >= place.timeNs;
}

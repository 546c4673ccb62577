import { assert } from '#domain';

/** Where reading begins; without it at the first record. A sequence that the tape does not reach gives nothing. */
export interface TapeStart {
  readonly fromSequence?: number;
}

export function firstSequenceOf({ fromSequence = 0 }: TapeStart): number {
  assert(Number.isSafeInteger(fromSequence) && fromSequence >= 0, `a tape begins at a sequence, not at ${fromSequence}`);
  return fromSequence;
}

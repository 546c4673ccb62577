import type { BookRule } from '#domain';

/*
 * The venue's table of how deltas join a snapshot (Binance, "How to manage a local order book correctly"), one function a row.
 * U, u and pu are the first, last and previous update id of a delta. A comparison with an absent id (NaN) is false: a gap.
 */

/** Whether a snapshot holds all that the delta says, so that the delta is dropped. */
export function isCovered(rule: BookRule, lastUpdateId: number, snapshotId: number): boolean {
  return rule === 'binance-futures' ? lastUpdateId < snapshotId : lastUpdateId <= snapshotId;
}

/** Whether the delta can be the first one applied on the snapshot. */
export function isFirst(rule: BookRule, firstUpdateId: number, lastUpdateId: number, snapshotId: number): boolean {
  const wanted = rule === 'binance-futures' ? snapshotId : snapshotId + 1;
  return firstUpdateId <= wanted && wanted <= lastUpdateId;
}

/** Whether the delta follows the one applied before it. */
export function isNext(rule: BookRule, firstUpdateId: number, previousUpdateId: number, appliedUpdateId: number): boolean {
  return rule === 'binance-futures' ? previousUpdateId === appliedUpdateId : firstUpdateId === appliedUpdateId + 1;
}

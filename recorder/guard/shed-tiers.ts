/** Tiers of importance: frames of tier 3 are shed first, those of tier 0 last, those of `KEPT_TIER` (control frames) never. */
export const LEAST_TIER = 3;
export const KEPT_TIER = -1;

/**
 * Sorts channels into tiers by their planned priorities, lower being more important: the numbers of a configuration say an order and nothing else, so that
 * only their order counts. Channels of one priority stay together; the most important are always of tier 0.
 */
export function shedTiers(priorities: Iterable<number>): ReadonlyMap<number, number> {
  const order = [...new Set(priorities)].sort((a, b) => a - b);
  const last = Math.max(1, order.length - 1);
  return new Map(order.map((priority, place) => [priority, Math.round((place * LEAST_TIER) / last)]));
}

import type { ChainStrike } from '#venues';

/** The `count` strikes nearest to the money, nearest first; of two equally near the lower one. */
export function nearestStrikes(strikes: readonly ChainStrike[], money: number, count: number): readonly ChainStrike[] {
  return [...strikes]
    .sort((a, b) => Math.abs(a.strike - money) - Math.abs(b.strike - money) || a.strike - b.strike)
    .slice(0, Math.max(0, count));
}

/** Whether the money is further from the strike `centre` than the next strike on that side is: it moved by more than one strike. */
export function hasMovedPast(strikes: readonly ChainStrike[], centre: number, money: number): boolean {
  const isUp = money > centre;
  let next: number | undefined;
  for (const { strike } of strikes) {
    if (isUp ? strike <= centre : strike >= centre) continue;
    if (next === undefined || Math.abs(strike - centre) < Math.abs(next - centre)) next = strike;
  }
  // Beyond the last strike that is listed there is nothing to move to.
  return next !== undefined && Math.abs(money - centre) > Math.abs(next - centre);
}

/** The strike in the middle of those that are listed: where to begin while nobody told the money. */
export function middleStrike(strikes: readonly ChainStrike[]): ChainStrike | undefined {
  return strikes[strikes.length >> 1];
}

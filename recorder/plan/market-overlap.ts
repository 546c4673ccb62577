import { DAY_US, dayNumber, isSubscriptionWindow, KNOWN_HOLIDAYS, KST_OFFSET_US, MARKETS, type Market, nextChangeUs } from '#domain';

/** A week with an hour's shift in it, so that every overlap a year can bring is seen: Monday 16 to Sunday 22 November 2026. */
const SAMPLE_WEEK_START_US = dayNumber('2026-11-16') * DAY_US - KST_OFFSET_US;
/**
 * Sets of markets whose subscriptions are held at the same time of the week. Slots are counted for each set: day and night derivatives never
 * meet, so the same slot serves both.
 */
export const OPEN_TOGETHER: readonly (readonly Market[])[] = openTogether();

/** What amounts come to when the most of them run together: calls a second of polls that keep the hours of their markets. */
export function busiestSum(parts: readonly { readonly market: string; readonly amount: number }[]): number {
  const sums = OPEN_TOGETHER.map((open) =>
    parts.reduce((sum, { market, amount }) => sum + (open.some((name) => name === market) ? amount : 0), 0),
  );
  return Math.max(0, ...sums);
}

function openTogether(): readonly (readonly Market[])[] {
  const sets = new Map<string, readonly Market[]>();
  let timeUs = SAMPLE_WEEK_START_US;
  while (timeUs < SAMPLE_WEEK_START_US + 7 * DAY_US) {
    const nowUs = timeUs;
    const open = MARKETS.filter((market) => isSubscriptionWindow(market, nowUs, KNOWN_HOLIDAYS));
    sets.set(open.join(' '), open);
    timeUs = Math.min(...MARKETS.map((market) => nextChangeUs(market, nowUs, KNOWN_HOLIDAYS)));
  }
  // A set within another says nothing that the larger one does not.
  return [...sets.values()].filter(
    (set) => ![...sets.values()].some((other) => other.length > set.length && set.every((market) => other.includes(market))),
  );
}

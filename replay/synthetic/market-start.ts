import { DAY_US, HOUR_US, isTradingDay, KNOWN_HOLIDAYS, KST_OFFSET_US, MINUTE_US, marketPhase, SECOND_US } from '#domain';

const KOREAN_MARKETS: Readonly<Record<string, readonly string[]>> = {
  kis: ['krx-stock', 'krx-derivatives', 'krx-night'],
  kiwoom: ['krx-stock'],
};
/** A minute before stocks open in Korea. */
const OPENING_US = 8 * HOUR_US + 59 * MINUTE_US;
/** Holidays are never so many in a row. */
const SEARCH_DAYS_MAX = 30;

/**
 * When a synthetic market of these venues starts if nobody says: now (a whole second), or, where one of them is Korean and its markets are closed now, a
 * minute before the last opening of the stock market.
 */
export function syntheticStartUs(venues: readonly string[], nowUs: number): number {
  const korean = venues.filter((venue) => Object.hasOwn(KOREAN_MARKETS, venue));
  const isOpen = korean.every((venue) => KOREAN_MARKETS[venue]!.some((market) => marketPhase(market, nowUs, KNOWN_HOLIDAYS).expectsData));
  if (isOpen) return Math.floor(nowUs / SECOND_US) * SECOND_US;
  const today = Math.floor((nowUs + KST_OFFSET_US) / DAY_US);
  for (let day = today; day > today - SEARCH_DAYS_MAX; day--) {
    const startUs = day * DAY_US - KST_OFFSET_US + OPENING_US;
    if (startUs <= nowUs && isTradingDay('krx-stock', startUs, KNOWN_HOLIDAYS)) return startUs;
  }
  return nowUs;
}

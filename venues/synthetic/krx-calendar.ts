import { civilTime, DAY_US, daysFromCivil, HOUR_US, isTradingDay, KNOWN_HOLIDAYS, KST_OFFSET_US, MINUTE_US } from '#domain';

/** One maturity of KOSPI 200 futures and options. */
export interface KrxMaturity {
  /** `202612`. */
  readonly name: string;
  /** The last digit of its year and its month, as codes have it: `612`. */
  readonly code: string;
  /** 15:20 in Korea on the last trade date, microseconds since the epoch. */
  readonly expiryUs: number;
}

const LAST_TRADE_US = 15 * HOUR_US + 20 * MINUTE_US;
const THURSDAY = 4;
const WEEK_DAYS = 7;
const QUARTER_MONTHS = 3;
const MONTHS = 12;
/** Farther away there is always one, and nothing is searched for ever. */
const SEARCH_MONTHS_MAX = 24;

/** The nearest maturity that expires after `timeUs`: monthly, or quarterly as futures are. Contracts end on the second Thursday, or the trading day before it. */
export function nextMaturity(timeUs: number, cycle: 'monthly' | 'quarterly'): KrxMaturity {
  const { year, month } = civilTime(timeUs + KST_OFFSET_US);
  for (let ahead = 0; ahead < SEARCH_MONTHS_MAX; ahead++) {
    const index = month - 1 + ahead;
    const found = maturityOf(year + Math.floor(index / MONTHS), (index % MONTHS) + 1);
    const isInCycle = cycle === 'monthly' || ((index % MONTHS) + 1) % QUARTER_MONTHS === 0;
    if (isInCycle && found.expiryUs > timeUs) return found;
  }
  throw new Error('bug: there is a maturity in every month');
}

function maturityOf(year: number, month: number): KrxMaturity {
  const first = daysFromCivil(year, month, 1);
  // 1970-01-01, day 0, was a Thursday.
  const weekday = (first + THURSDAY) % WEEK_DAYS;
  let day = first + ((THURSDAY - weekday + WEEK_DAYS) % WEEK_DAYS) + WEEK_DAYS;
  while (!isTradingDay('krx-derivatives', day * DAY_US, KNOWN_HOLIDAYS)) day -= 1;
  const digits = String(month).padStart(2, '0');
  return { name: `${year}${digits}`, code: `${year % 10}${digits}`, expiryUs: day * DAY_US - KST_OFFSET_US + LAST_TRADE_US };
}

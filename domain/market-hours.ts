import { HOUR_US, MINUTE_US, SECOND_US } from './time.ts';

/** Markets whose hours the calendar knows. `always` never closes: the crypto venues. */
export const MARKETS = ['krx-stock', 'krx-derivatives', 'krx-night', 'nxt', 'always'] as const;

export type Market = (typeof MARKETS)[number];

export type MarketPhaseName =
  | 'closed'
  | 'pre-market'
  | 'opening-auction'
  | 'regular'
  | 'closing-auction'
  /** Between two phases of a session, nothing trades. */
  | 'pause'
  /** Trading at the closing price. */
  | 'closing-price'
  /** After hours, one auction every ten minutes. */
  | 'single-price'
  | 'after-market';

/** Why a day starts late: `exam`, the college entrance examination, moves the whole day; `first-day` of the year moves the opening only. */
export type LateDay = 'exam' | 'first-day';

export interface PhaseHours {
  readonly phase: MarketPhaseName;
  /** Microseconds since midnight (KST) of the day on which the session starts; past 24 h on the next day. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Whether silence of a whole channel is worth an alarm. */
  readonly expectsData: boolean;
  /** The first and the last day (`YYYY-MM-DD`) on which the phase exists; without limits where absent. */
  readonly since?: string;
  readonly until?: string;
  /** False for a phase that is left out on late days. */
  readonly onLateDays?: boolean;
}

export interface MarketHours {
  readonly phases: readonly PhaseHours[];
  /** Subscriptions are wanted from so long before the first phase until so long after the last. */
  readonly leadUs: number;
  readonly trailUs: number;
  /** Times of day up to this one move by `LATE_DAY_SHIFT_US` on such a day, later ones stay. */
  readonly movesUntilUs: Readonly<Record<LateDay, number>>;
  /** Days before this one have no session. */
  readonly since?: string;
}

/** A late day starts one hour later (KRX, 2025-10-30 for the exam of 2025-11-13; 2025-12-18 for the opening of 2026). */
export const LATE_DAY_SHIFT_US = HOUR_US;

const NEVER_US = -1;

/**
 * Hours in KST. Sources: the protocol page of KIS, section 10 (regular hours, auctions, night since 2025-06-09, after-market since 2026-09-14),
 * its section 11 for the lead and trail of day and night derivatives (08:25–15:50, 17:45–06:05), the measured starts of Kiwoom's channels for
 * `expectsData` of auctions, and KRX's notices on exam day and the first day for `movesUntilUs` (on exam day the night opens at 19:00 and
 * still ends at 06:00; NXT holds no pre-market).
 */
export const MARKET_HOURS: Readonly<Record<Exclude<Market, 'always'>, MarketHours>> = {
  'krx-stock': {
    phases: [
      // Kiwoom sends expected prices and books from 08:50 on, not from the start of the auction.
      { phase: 'opening-auction', fromUs: at(8, 30), toUs: at(8, 50), expectsData: false },
      { phase: 'opening-auction', fromUs: at(8, 50), toUs: at(9, 0), expectsData: true },
      { phase: 'regular', fromUs: at(9, 0), toUs: at(15, 20), expectsData: true },
      { phase: 'closing-auction', fromUs: at(15, 20), toUs: at(15, 30), expectsData: true },
      { phase: 'pause', fromUs: at(15, 30), toUs: at(15, 40), expectsData: false },
      // Trades come only where somebody deals at the close, and books not at all.
      { phase: 'closing-price', fromUs: at(15, 40), toUs: at(16, 0), expectsData: false },
      { phase: 'single-price', fromUs: at(16, 0), toUs: at(18, 0), expectsData: false, until: '2026-09-13' },
      { phase: 'after-market', fromUs: at(16, 0), toUs: at(20, 0), expectsData: true, since: '2026-09-14' },
    ],
    // From 06:50: a pre-market of 07:00–08:00 was announced in January 2026 and never confirmed. Should it come, it is recorded.
    leadUs: 100 * MINUTE_US,
    trailUs: 5 * MINUTE_US,
    movesUntilUs: { exam: at(16, 0), 'first-day': at(9, 0) },
  },
  'krx-derivatives': {
    phases: [
      // No channel of expected prices exists for index futures and options, so an auction may well be silent.
      { phase: 'opening-auction', fromUs: at(8, 30), toUs: at(8, 45), expectsData: false },
      // A contract stops at 15:20 on its last day; the market as a whole goes on.
      { phase: 'regular', fromUs: at(8, 45), toUs: at(15, 35), expectsData: true },
      { phase: 'closing-auction', fromUs: at(15, 35), toUs: at(15, 45), expectsData: false },
    ],
    leadUs: 5 * MINUTE_US,
    trailUs: 5 * MINUTE_US,
    movesUntilUs: { exam: at(15, 45), 'first-day': at(8, 45) },
  },
  'krx-night': {
    phases: [
      { phase: 'opening-auction', fromUs: at(17, 50), toUs: at(18, 0), expectsData: false },
      { phase: 'regular', fromUs: at(18, 0), toUs: at(29, 50), expectsData: true },
      { phase: 'closing-auction', fromUs: at(29, 50), toUs: at(30, 0), expectsData: false },
    ],
    leadUs: 5 * MINUTE_US,
    trailUs: 5 * MINUTE_US,
    movesUntilUs: { exam: at(18, 0), 'first-day': NEVER_US },
    since: '2025-06-09',
  },
  nxt: {
    phases: [
      { phase: 'pre-market', fromUs: at(8, 0), toUs: at(8, 50), expectsData: true, onLateDays: false },
      { phase: 'pause', fromUs: at(8, 50), toUs: at(9, 0, 30), expectsData: false, onLateDays: false },
      { phase: 'regular', fromUs: at(9, 0, 30), toUs: at(15, 20), expectsData: true },
      // The after-market began at 15:30 formerly; until 15:40 silence is no alarm.
      { phase: 'pause', fromUs: at(15, 20), toUs: at(15, 40), expectsData: false },
      { phase: 'after-market', fromUs: at(15, 40), toUs: at(20, 0), expectsData: true },
    ],
    leadUs: 10 * MINUTE_US,
    trailUs: 5 * MINUTE_US,
    movesUntilUs: { exam: at(15, 40), 'first-day': at(9, 0, 30) },
    since: '2025-03-04',
  },
};

function at(hour: number, minute: number, second = 0): number {
  return hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
}

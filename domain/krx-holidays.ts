import type { LateDay } from './market-hours.ts';

/** The last day that the lists below speak about; later days count as trading days unless the configuration closes them. */
export const KRX_HOLIDAYS_KNOWN_UNTIL = '2027-12-31';

/**
 * Weekdays without a session of KRX and NXT. Relied on: the almanacs of the Korea AeroSpace Administration for 2025 and 2026 (public and
 * substitute holidays), the amendment that made 17 July a holiday from 2026 on (State Council, 2026-02-03), KRX's notices of elections and of
 * the year's last day, and the market rule that Labour Day and 31 December are closed. 2027 follows from the same rules.
 *
 * A day missing here costs an alarm, a day too many costs its data. So what is not certain is left out: 2027-05-03 and 2027-07-19 would be
 * substitutes for Labour Day and Constitution Day (both on a Saturday), which no source at hand confirms.
 */
export const KRX_CLOSED_DAYS: readonly string[] = [
  '2025-01-01', // New Year
  '2025-01-27', // one-off holiday before Seollal
  '2025-01-28',
  '2025-01-29', // Seollal
  '2025-01-30',
  '2025-03-03', // for 1 March, a Saturday
  '2025-05-01', // Labour Day
  '2025-05-05', // Children's Day and Buddha's Birthday
  '2025-05-06', // the substitute for the two on one day
  '2025-06-03', // presidential election
  '2025-06-06', // Memorial Day
  '2025-08-15', // Liberation Day
  '2025-10-03', // Foundation Day
  '2025-10-06', // Chuseok
  '2025-10-07',
  '2025-10-08', // for Chuseok's Sunday
  '2025-10-09', // Hangeul Day
  '2025-12-25', // Christmas
  '2025-12-31', // last day of the year

  '2026-01-01',
  '2026-02-16',
  '2026-02-17', // Seollal
  '2026-02-18',
  '2026-03-02', // for 1 March, a Sunday
  '2026-05-01', // Labour Day
  '2026-05-05', // Children's Day
  '2026-05-25', // for Buddha's Birthday, a Sunday
  '2026-06-03', // local elections
  '2026-07-17', // Constitution Day
  '2026-08-17', // for Liberation Day, a Saturday
  '2026-09-24',
  '2026-09-25', // Chuseok
  '2026-10-05', // for Foundation Day, a Saturday
  '2026-10-09', // Hangeul Day
  '2026-12-25',
  '2026-12-31',

  '2027-01-01',
  '2027-02-08',
  '2027-02-09', // for Seollal, a Sunday
  '2027-03-01',
  '2027-05-05',
  '2027-05-13', // Buddha's Birthday
  '2027-08-16', // for Liberation Day, a Sunday
  '2027-09-14',
  '2027-09-15', // Chuseok
  '2027-09-16',
  '2027-10-04', // for Foundation Day, a Sunday
  '2027-10-11', // for Hangeul Day, a Saturday
  '2027-12-27', // for Christmas, a Saturday
  '2027-12-31',
];

/**
 * Trading days on which no night session starts, beside the closed days themselves: KRX left it out before the long holidays of Chuseok 2025
 * and Seollal 2026 (notice of 2026-01-26) and said that it would go on so. The eves of later long holidays are not listed until announced.
 */
export const KRX_NIGHT_CLOSED_DAYS: readonly string[] = ['2025-10-02', '2026-02-13'];

/** Days that start an hour late: the college entrance examination (Ministry of Education's dates) and the first trading day of the year. */
export const KRX_LATE_DAYS: Readonly<Record<string, LateDay>> = {
  '2025-01-02': 'first-day',
  '2025-11-13': 'exam',
  '2026-01-02': 'first-day',
  '2026-11-19': 'exam',
  '2027-01-04': 'first-day',
  '2027-11-18': 'exam',
};

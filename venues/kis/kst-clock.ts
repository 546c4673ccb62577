import { civilTime, HOUR_US, KST_OFFSET_US, microsecondsFromCivil, SECOND_US } from '#domain';

const MILLISECOND_TO_US = 1000;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
/** Night trading runs 17:50–06:00; the day session 08:30–15:45. In between either answer is right, so the bounds lie in the gaps. */
const NIGHT_FROM_HOUR = 17;
const NIGHT_UNTIL_HOUR = 7;

/** A moment as the venue's texts name it, in Korean time. */
export interface KstMoment {
  /** `YYYYMMDD`. */
  readonly date: string;
  /** `HHMMSS`; past 24 hours in `nightMoment`. */
  readonly time: string;
}

/** The Korean date and time of `nowMs` (wall time, ms since the epoch). */
export function kstMoment(nowMs: number): KstMoment {
  return momentOf(kstUs(nowMs), 0);
}

/**
 * The same as the night session counts it: hours after midnight are 24 and more, on the date on which the session began
 * (asked so: documented by the bar page; answered so: observed).
 */
export function nightMoment(nowMs: number): KstMoment {
  const timeUs = kstUs(nowMs);
  return civilTime(timeUs).hour < NIGHT_UNTIL_HOUR ? momentOf(timeUs - 24 * HOUR_US, 24) : momentOf(timeUs, 0);
}

/** True from 17:00 to 07:00 in Korea, when the night markets are asked instead of those of the day. */
export function isNight(nowMs: number): boolean {
  const { hour } = civilTime(kstUs(nowMs));
  return hour >= NIGHT_FROM_HOUR || hour < NIGHT_UNTIL_HOUR;
}

/** `YYYY-MM-DD HH:MM:SS` in Korea. */
export function kstText(nowMs: number): string {
  const c = civilTime(kstUs(nowMs));
  return `${two(c.year)}-${two(c.month)}-${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
}

/** Reads `YYYY-MM-DD HH:MM:SS` in Korea as ms since the epoch; NaN when the text is none. */
export function msOfKstText(text: string): number {
  const found = DATE_TIME.exec(text);
  if (found === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  const civil = { year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second!, microsecond: 0 };
  return (microsecondsFromCivil(civil) - KST_OFFSET_US) / MILLISECOND_TO_US;
}

function kstUs(nowMs: number): number {
  return Math.floor((nowMs * MILLISECOND_TO_US) / SECOND_US) * SECOND_US + KST_OFFSET_US;
}

function momentOf(timeUs: number, hoursMore: number): KstMoment {
  const c = civilTime(timeUs);
  return { date: `${two(c.year)}${two(c.month)}${two(c.day)}`, time: `${two(c.hour + hoursMore)}${two(c.minute)}${two(c.second)}` };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

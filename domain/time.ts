import { usageError } from './failure.ts';

export const MILLISECOND_US = 1_000;
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;
/** Korea Standard Time is UTC+9 all year; Korea has had no daylight saving time since 1988. */
export const KST_OFFSET_US = 9 * HOUR_US;

export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

/** Engine time: ⌊nanoseconds / 1000⌋, also below zero. */
export function microsecondsOf(nanoseconds: bigint): number {
  const quotient = nanoseconds / 1000n;
  return Number(nanoseconds < 0n && nanoseconds % 1000n !== 0n ? quotient - 1n : quotient);
}

/** Days since 1970-01-01 of a Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The Gregorian date and time of day of `timeUs`, microseconds since the epoch (UTC, or local when an offset was added before). */
export function civilTime(timeUs: number): CivilTime {
  const days = Math.floor(timeUs / DAY_US);
  const rest = timeUs - days * DAY_US;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    hour: Math.floor(rest / HOUR_US),
    minute: Math.floor(rest / MINUTE_US) % 60,
    second: Math.floor(rest / SECOND_US) % 60,
    microsecond: rest % SECOND_US,
  };
}

/** Microseconds since the epoch of a civil time in UTC; the caller takes the zone's offset away. */
export function microsecondsFromCivil(civil: CivilTime): number {
  const days = daysFromCivil(civil.year, civil.month, civil.day);
  return days * DAY_US + civil.hour * HOUR_US + civil.minute * MINUTE_US + civil.second * SECOND_US + civil.microsecond;
}

/** The UTC day as `YYYY-MM-DD`. */
export function utcDate(timeUs: number): string {
  const c = civilTime(timeUs);
  return `${pad(c.year, 4)}-${pad(c.month, 2)}-${pad(c.day, 2)}`;
}

/** ISO 8601 UTC with exactly three digits, for candle open times. */
export function isoMilliseconds(timeUs: number): string {
  return `${isoSeconds(timeUs)}.${pad(Math.floor((timeUs - Math.floor(timeUs / SECOND_US) * SECOND_US) / 1000), 3)}Z`;
}

/** ISO 8601 UTC with as many digits (none, 3 or 6) as the microseconds need. */
export function isoMicroseconds(timeUs: number): string {
  const rest = timeUs - Math.floor(timeUs / SECOND_US) * SECOND_US;
  if (rest === 0) return `${isoSeconds(timeUs)}Z`;
  return rest % 1000 === 0 ? `${isoSeconds(timeUs)}.${pad(rest / 1000, 3)}Z` : `${isoSeconds(timeUs)}.${pad(rest, 6)}Z`;
}

/** ISO 8601 UTC with as many digits (none, 3, 6 or 9) as the nanoseconds need. */
export function isoNanoseconds(nanoseconds: bigint): string {
  const timeUs = microsecondsOf(nanoseconds);
  const rest = Number(nanoseconds - BigInt(timeUs) * 1000n);
  if (rest === 0) return isoMicroseconds(timeUs);
  const micros = timeUs - Math.floor(timeUs / SECOND_US) * SECOND_US;
  return `${isoSeconds(timeUs)}.${pad(micros, 6)}${pad(rest, 3)}Z`;
}

const ISO_PATTERN = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads an ISO 8601 date or date and time, exact to the nanosecond.
 * A text without a zone is read at `zoneOffsetUs` (0 is UTC). Returns `undefined` for anything that is no such date.
 */
export function parseIsoNanoseconds(text: string, zoneOffsetUs = 0): bigint | undefined {
  const match = ISO_PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const civil = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    microsecond: 0,
  };
  if (!isCivil(civil)) return undefined;
  const offsetUs = zone === undefined ? zoneOffsetUs : parseZoneOffset(zone);
  if (offsetUs === undefined) return undefined;
  return BigInt(microsecondsFromCivil(civil) - offsetUs) * 1000n + BigInt(fraction.padEnd(9, '0'));
}

/** `Z`, `UTC`, `KST`, `+09:00`, `+0900` or `Asia/Seoul` as microseconds east of UTC; zones with daylight saving time are refused as unknown. */
export function parseZoneOffset(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'UTC') return 0;
  if (zone === 'KST' || zone === 'Asia/Seoul') return KST_OFFSET_US;
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -1 : 1) * minutes * MINUTE_US;
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: MILLISECOND_US,
  s: SECOND_US,
  m: MINUTE_US,
  h: HOUR_US,
  d: DAY_US,
};

/** Reads `250us`, `500ms`, `2s`, `5m`, `1h`, `1d` or a plain `0` as whole microseconds. */
export function parseDuration(text: string, what: string): number {
  if (text === '0') return 0;
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/.exec(text);
  const unit = match === null ? undefined : DURATION_UNITS[match[2]!];
  const durationUs = unit === undefined ? Number.NaN : Number(match![1]) * unit;
  if (!Number.isSafeInteger(durationUs))
    throw usageError('DURATION_INVALID', `${what}: "${text}" is no duration; write for example 500ms, 2s, 5m or 1h`);
  return durationUs;
}

/** The shortest text that `parseDuration` reads back: 120000000 is `2m`. */
export function formatDuration(durationUs: number): string {
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const unitUs = DURATION_UNITS[unit]!;
    if (durationUs !== 0 && durationUs % unitUs === 0) return `${durationUs / unitUs}${unit}`;
  }
  return durationUs === 0 ? '0' : `${durationUs}us`;
}

/**
 * Finds the instant of a time of day that a venue sent without a date: the one nearest to the receive time.
 * `timeOfDayUs` counts from local midnight at `zoneOffsetUs`.
 */
export function nearestTimeOfDay(timeOfDayUs: number, receivedAtUs: number, zoneOffsetUs: number): number {
  const localUs = receivedAtUs + zoneOffsetUs;
  const candidateUs = Math.floor(localUs / DAY_US) * DAY_US + timeOfDayUs;
  if (candidateUs - localUs > DAY_US / 2) return candidateUs - DAY_US - zoneOffsetUs;
  if (localUs - candidateUs > DAY_US / 2) return candidateUs + DAY_US - zoneOffsetUs;
  return candidateUs - zoneOffsetUs;
}

function isoSeconds(timeUs: number): string {
  const c = civilTime(timeUs);
  return `${pad(c.year, 4)}-${pad(c.month, 2)}-${pad(c.day, 2)}T${pad(c.hour, 2)}:${pad(c.minute, 2)}:${pad(c.second, 2)}`;
}

function isCivil(c: CivilTime): boolean {
  if (c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59 || c.second > 59) return false;
  const back = civilTime(daysFromCivil(c.year, c.month, c.day) * DAY_US);
  return back.month === c.month && back.day === c.day;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

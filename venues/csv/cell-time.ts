import { DAY_US, daysFromCivil, HOUR_US, MINUTE_US, SECOND_US } from '#domain';

const ZERO = 0x30;
const SPACE = 0x20;
const MINUS = 0x2d;
const PLUS = 0x2b;
const SLASH = 0x2f;
const COLON = 0x3a;
const DOT = 0x2e;
const COMMA = 0x2c;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Digits of an epoch time tell its unit: up to 11 seconds, 13 milliseconds, 17 microseconds, 20 nanoseconds (14 is a date and time). */
const SECONDS_DIGITS_MAX = 11;
const MILLISECONDS_DIGITS_MAX = 13;
const MICROSECONDS_DIGITS_MAX = 17;
const NANOSECONDS_DIGITS_MAX = 20;

/**
 * Reads a cell that holds a whole time, as microseconds since the epoch (finer digits are cut off); NaN when it is none of:
 * ISO 8601 date, or date and time, with or without zone (`zoneOffsetUs` applies without; `/` may stand for `-`), `YYYYMMDD`,
 * `YYYYMMDDHHMMSS`, and an integer epoch time in s, ms, µs or ns by its magnitude (seconds may have a fraction).
 */
export function readCellTime(bytes: Uint8Array, start: number, stop: number, zoneOffsetUs: number): number {
  return safeOrNaN(readAnyTime(bytes, start, stop, zoneOffsetUs));
}

function readAnyTime(bytes: Uint8Array, start: number, stop: number, zoneOffsetUs: number): number {
  const digits = digitRun(bytes, start, stop);
  if (start + digits === stop) return readDigits(bytes, start, digits, zoneOffsetUs);
  if (digits === 4) return readIso(bytes, start, stop, zoneOffsetUs);
  if (digits < 1 || digits > SECONDS_DIGITS_MAX || digits === 8 || bytes[start + digits] !== DOT) return Number.NaN;
  const fractionDigits = digitRun(bytes, start + digits + 1, stop);
  if (fractionDigits === 0 || start + digits + 1 + fractionDigits !== stop) return Number.NaN;
  return wholeNumber(bytes, start, digits) * SECOND_US + fractionUs(bytes, start + digits + 1, fractionDigits);
}

/** Reads a date cell and a time-of-day cell (`HH:MM`, `HH:MM:SS[.f]`, `HHMM`, `HHMMSS`, also without the leading zero); NaN when either is none. */
export function readDateAndTime(
  bytes: Uint8Array,
  dateStart: number,
  dateStop: number,
  timeStart: number,
  timeStop: number,
  zoneOffsetUs: number,
): number {
  const digits = digitRun(bytes, dateStart, dateStop);
  const dayUs =
    digits === 8 && dateStart + 8 === dateStop
      ? readCompactDate(bytes, dateStart)
      : dateStop - dateStart === 10
        ? readSeparatedDate(bytes, dateStart)
        : Number.NaN;
  const timeDigits = digitRun(bytes, timeStart, timeStop);
  if (timeStart + timeDigits === timeStop) return safeOrNaN(dayUs + readCompactTime(bytes, timeStart, timeDigits) - zoneOffsetUs);
  const after = clockEnd(bytes, timeStart, timeStop);
  return after === timeStop ? safeOrNaN(dayUs + readClock(bytes, timeStart, after) - zoneOffsetUs) : Number.NaN;
}

function readDigits(bytes: Uint8Array, start: number, digits: number, zoneOffsetUs: number): number {
  if (digits === 0 || digits > NANOSECONDS_DIGITS_MAX) return Number.NaN;
  if (digits === 8) return readCompactDate(bytes, start) - zoneOffsetUs;
  if (digits === 14) return readCompactDate(bytes, start) + readCompactTime(bytes, start + 8, 6) - zoneOffsetUs;
  if (digits <= SECONDS_DIGITS_MAX) return wholeNumber(bytes, start, digits) * SECOND_US;
  if (digits <= MILLISECONDS_DIGITS_MAX) return wholeNumber(bytes, start, digits) * 1000;
  return wholeNumber(bytes, start, digits <= MICROSECONDS_DIGITS_MAX ? digits : digits - 3);
}

function readIso(bytes: Uint8Array, start: number, stop: number, zoneOffsetUs: number): number {
  if (stop - start < 10) return Number.NaN;
  const dayUs = readSeparatedDate(bytes, start);
  let at = start + 10;
  let clockUs = 0;
  if (at < stop && (bytes[at] === LETTER_T || bytes[at] === SPACE) && at + 1 < stop && isDigit(bytes[at + 1]!)) {
    const after = clockEnd(bytes, at + 1, stop);
    if (after < 0) return Number.NaN;
    clockUs = readClock(bytes, at + 1, after);
    at = after;
  }
  while (at < stop && bytes[at] === SPACE) at++;
  if (at === stop) return dayUs + clockUs - zoneOffsetUs;
  return dayUs + clockUs - readZone(bytes, at, stop);
}

function readZone(bytes: Uint8Array, start: number, stop: number): number {
  const first = bytes[start]!;
  if (first === LETTER_Z) return stop - start === 1 ? 0 : Number.NaN;
  if (first !== PLUS && first !== MINUS) return Number.NaN;
  const length = stop - start;
  const minutesAt = length === 6 && bytes[start + 3] === COLON ? start + 4 : start + 3;
  if ((length !== 6 && length !== 5) || minutesAt + 2 !== stop) return Number.NaN;
  if (digitRun(bytes, start + 1, start + 3) !== 2 || digitRun(bytes, minutesAt, stop) !== 2) return Number.NaN;
  const offsetUs = wholeNumber(bytes, start + 1, 2) * HOUR_US + wholeNumber(bytes, minutesAt, 2) * MINUTE_US;
  return first === MINUS ? -offsetUs : offsetUs;
}

/** The position after `HH:MM[:SS[.f]]` at `start`, or -1. */
function clockEnd(bytes: Uint8Array, start: number, stop: number): number {
  if (digitRun(bytes, start, stop) !== 2 || bytes[start + 2] !== COLON || start + 5 > stop) return -1;
  if (digitRun(bytes, start + 3, start + 5) !== 2) return -1;
  if (start + 5 === stop || bytes[start + 5] !== COLON) return start + 5;
  if (start + 8 > stop || digitRun(bytes, start + 6, start + 8) !== 2) return -1;
  if (start + 8 === stop || (bytes[start + 8] !== DOT && bytes[start + 8] !== COMMA)) return start + 8;
  const digits = digitRun(bytes, start + 9, stop);
  return digits >= 1 && digits <= 9 ? start + 9 + digits : -1;
}

/** Microseconds since midnight of a text that `clockEnd` accepted; NaN for an hour, minute or second that no clock shows. */
function readClock(bytes: Uint8Array, start: number, stop: number): number {
  const seconds = stop - start > 5 ? wholeNumber(bytes, start + 6, 2) : 0;
  const clockUs = timeOfDayUs(wholeNumber(bytes, start, 2), wholeNumber(bytes, start + 3, 2), seconds);
  return stop - start > 8 ? clockUs + fractionUs(bytes, start + 9, stop - start - 9) : clockUs;
}

function readCompactTime(bytes: Uint8Array, start: number, digits: number): number {
  if (digits < 3 || digits > 6) return Number.NaN;
  const hourDigits = digits <= 4 ? digits - 2 : digits - 4;
  const seconds = digits <= 4 ? 0 : wholeNumber(bytes, start + hourDigits + 2, 2);
  return timeOfDayUs(wholeNumber(bytes, start, hourDigits), wholeNumber(bytes, start + hourDigits, 2), seconds);
}

function timeOfDayUs(hour: number, minute: number, second: number): number {
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  return hour * HOUR_US + minute * MINUTE_US + second * SECOND_US;
}

function readCompactDate(bytes: Uint8Array, start: number): number {
  return dayUsOf(wholeNumber(bytes, start, 4), wholeNumber(bytes, start + 4, 2), wholeNumber(bytes, start + 6, 2));
}

/** `YYYY-MM-DD` or `YYYY/MM/DD`; the caller knows that ten bytes are there. */
function readSeparatedDate(bytes: Uint8Array, start: number): number {
  const separator = bytes[start + 4]!;
  if ((separator !== MINUS && separator !== SLASH) || bytes[start + 7] !== separator) return Number.NaN;
  if (digitRun(bytes, start, start + 4) !== 4 || digitRun(bytes, start + 5, start + 7) !== 2) return Number.NaN;
  if (digitRun(bytes, start + 8, start + 10) !== 2) return Number.NaN;
  return dayUsOf(wholeNumber(bytes, start, 4), wholeNumber(bytes, start + 5, 2), wholeNumber(bytes, start + 8, 2));
}

function dayUsOf(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month < 1 || month > 12 || day < 1 || day > MONTH_DAYS[month - 1]! || (month === 2 && day === 29 && !isLeap)) return Number.NaN;
  return daysFromCivil(year, month, day) * DAY_US;
}

/** Engine times are safe integers (years 1684 to 2255); what is past them is no time of a market. */
function safeOrNaN(timeUs: number): number {
  return Math.abs(timeUs) <= Number.MAX_SAFE_INTEGER ? timeUs : Number.NaN;
}

/** The first six digits of a fraction of a second, as microseconds. */
function fractionUs(bytes: Uint8Array, start: number, digits: number): number {
  let microseconds = 0;
  for (let i = 0; i < 6; i++) microseconds = microseconds * 10 + (i < digits ? bytes[start + i]! ^ ZERO : 0);
  return microseconds;
}

function wholeNumber(bytes: Uint8Array, start: number, digits: number): number {
  let value = 0;
  for (let at = start; at < start + digits; at++) value = value * 10 + (bytes[at]! ^ ZERO);
  return value;
}

function digitRun(bytes: Uint8Array, start: number, stop: number): number {
  let at = start;
  while (at < stop && isDigit(bytes[at]!)) at++;
  return at - start;
}

function isDigit(byte: number): boolean {
  return (byte ^ ZERO) <= 9;
}

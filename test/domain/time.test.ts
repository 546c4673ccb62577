import { describe, expect, test } from 'vitest';
import {
  civilTime,
  DAY_US,
  daysFromCivil,
  formatDuration,
  HOUR_US,
  isoMicroseconds,
  isoMilliseconds,
  isoNanoseconds,
  KST_OFFSET_US,
  MINUTE_US,
  microsecondsFromCivil,
  microsecondsOf,
  nearestTimeOfDay,
  parseDuration,
  parseIsoNanoseconds,
  parseZoneOffset,
  SECOND_US,
  utcDate,
} from '../../domain/time.ts';
import { checkSeeds } from '../seeds.ts';

/** Where microseconds are safe integers: the years 1684 to 2255. */
const LIMIT_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

test('microseconds are the floor of nanoseconds, also below zero', () => {
  expect(microsecondsOf(1_723_161_256_000_999n)).toBe(1_723_161_256_000);
  expect(microsecondsOf(0n)).toBe(0);
  expect(microsecondsOf(-1n)).toBe(-1);
  expect(microsecondsOf(-1000n)).toBe(-1);
  expect(microsecondsOf(-1001n)).toBe(-2);
});

describe('the calendar', () => {
  test('days are counted from 1970 over leap years and centuries', () => {
    expect(daysFromCivil(1970, 1, 1)).toBe(0);
    expect(daysFromCivil(1969, 12, 31)).toBe(-1);
    expect(daysFromCivil(2000, 2, 29)).toBe(11_016);
    expect(daysFromCivil(1900, 3, 1) - daysFromCivil(1900, 2, 28)).toBe(1);
    expect(daysFromCivil(2024, 3, 1) - daysFromCivil(2024, 2, 28)).toBe(2);
  });

  test('agrees with the calendar of the platform wherever microseconds are safe integers', () => {
    checkSeeds(2000, (random) => {
      const timeUs = random.integer(-LIMIT_MS, LIMIT_MS) * 1000;
      const date = new Date(timeUs / 1000);
      expect(civilTime(timeUs)).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
        microsecond: date.getUTCMilliseconds() * 1000,
      });
      expect(microsecondsFromCivil(civilTime(timeUs))).toBe(timeUs);
      expect(isoMilliseconds(timeUs)).toBe(date.toISOString());
      expect(utcDate(timeUs)).toBe(date.toISOString().slice(0, 10));
    });
  });

  test('a microsecond before midnight belongs to the day before', () => {
    expect(utcDate(DAY_US - 1)).toBe('1970-01-01');
    expect(utcDate(DAY_US)).toBe('1970-01-02');
    expect(utcDate(-1)).toBe('1969-12-31');
  });
});

describe('ISO 8601', () => {
  test('prints as many digits as there are', () => {
    expect(isoMilliseconds(1_234_567)).toBe('1970-01-01T00:00:01.234Z');
    expect(isoMicroseconds(1_000_000)).toBe('1970-01-01T00:00:01Z');
    expect(isoMicroseconds(1_200_000)).toBe('1970-01-01T00:00:01.200Z');
    expect(isoMicroseconds(1_000_007)).toBe('1970-01-01T00:00:01.000007Z');
    expect(isoNanoseconds(1_000_000_000n)).toBe('1970-01-01T00:00:01Z');
    expect(isoNanoseconds(1_000_007_000n)).toBe('1970-01-01T00:00:01.000007Z');
    expect(isoNanoseconds(1_000_000_009n)).toBe('1970-01-01T00:00:01.000000009Z');
    expect(isoNanoseconds(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
  });

  test('reads back what it printed, to the nanosecond', () => {
    checkSeeds(500, (random) => {
      const nanoseconds = BigInt(random.integer(-LIMIT_MS, LIMIT_MS)) * 1_000_000n + BigInt(random.integer(0, 999_999));
      expect(parseIsoNanoseconds(isoNanoseconds(nanoseconds))).toBe(nanoseconds);
    });
  });

  test.each([
    ['2026-09-11T11:56:00.5+09:00', 1_789_095_360_500_000_000n],
    ['2026-09-11 11:56:00,5 +0900', 1_789_095_360_500_000_000n],
    ['2026-09-11T02:56:00.500Z', 1_789_095_360_500_000_000n],
    ['2026-09-11T02:56Z', 1_789_095_360_000_000_000n],
    ['2026-09-11', 1_789_084_800_000_000_000n],
    ['2000-02-29T23:59:59.999999999Z', 951_868_799_999_999_999n],
  ])('reads %s', (text, nanoseconds) => {
    expect(parseIsoNanoseconds(text)).toBe(nanoseconds);
  });

  test('a text without a zone is read at the zone it is given', () => {
    expect(parseIsoNanoseconds('2026-09-11T09:00:00', KST_OFFSET_US)).toBe(parseIsoNanoseconds('2026-09-11T00:00:00Z'));
    expect(parseIsoNanoseconds('2026-09-11T09:00:00Z', KST_OFFSET_US)).toBe(parseIsoNanoseconds('2026-09-11T09:00:00'));
  });

  test.each([
    '',
    'now',
    '2026-9-1',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-01T24:00:00',
    '2026-01-01T10:60',
    '2026-01-01T10:00:00.',
    '20260101',
  ])('refuses "%s"', (text) => {
    expect(parseIsoNanoseconds(text)).toBeUndefined();
  });
});

test('zones are fixed offsets or Korea; others are unknown', () => {
  expect(['Z', 'UTC', 'KST', 'Asia/Seoul', '+09:00', '-0530'].map(parseZoneOffset)).toEqual([
    0,
    0,
    9 * HOUR_US,
    9 * HOUR_US,
    9 * HOUR_US,
    -(5 * HOUR_US + 30 * MINUTE_US),
  ]);
  expect(['Europe/Berlin', '+9', ''].map(parseZoneOffset)).toEqual([undefined, undefined, undefined]);
});

describe('durations', () => {
  test('are read with their unit', () => {
    const texts = ['0', '250us', '500ms', '2s', '1.5s', '5m', '1h', '1d'];
    expect(texts.map((text) => parseDuration(text, 'lateness'))).toEqual([
      0,
      250,
      500_000,
      2 * SECOND_US,
      1_500_000,
      5 * MINUTE_US,
      HOUR_US,
      DAY_US,
    ]);
  });

  test.each(['', '5', '-2s', '2 s', '1.5us', 's', '2sec', '1e3s', '99999999999999999999d'])('refuse "%s" and say of what', (text) => {
    expect(() => parseDuration(text, 'lateness')).toThrow(/lateness: ".*" is no duration/);
  });

  test('print in the largest unit that holds them exactly, and are read back', () => {
    expect([0, 1, 1500, 2_000_000, 90_000_000, 120_000_000, HOUR_US, 36 * HOUR_US, 2 * DAY_US].map(formatDuration)).toEqual([
      '0',
      '1us',
      '1500us',
      '2s',
      '90s',
      '2m',
      '1h',
      '36h',
      '2d',
    ]);
    checkSeeds(300, (random) => {
      const durationUs = random.integer(0, 1000) * random.pick([1, 1000, SECOND_US, MINUTE_US, HOUR_US, DAY_US]);
      expect(parseDuration(formatDuration(durationUs), 'it')).toBe(durationUs);
    });
  });
});

test('a time of day without a date is the one nearest to the receive time', () => {
  const midnightKst = microsecondsOf(parseIsoNanoseconds('2026-09-11T00:00:00+09:00')!);
  const instant = (timeOfDayUs: number, receivedAtUs: number) => nearestTimeOfDay(timeOfDayUs, receivedAtUs, KST_OFFSET_US);
  expect(instant(12 * HOUR_US, midnightKst + 12 * HOUR_US + 5)).toBe(midnightKst + 12 * HOUR_US);
  expect(instant(DAY_US - SECOND_US, midnightKst + SECOND_US)).toBe(midnightKst - SECOND_US);
  expect(instant(SECOND_US, midnightKst - SECOND_US)).toBe(midnightKst + SECOND_US);
});

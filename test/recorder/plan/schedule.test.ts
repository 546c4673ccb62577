import { describe, expect, test } from 'vitest';
import { KNOWN_CLOSED_DAYS, KNOWN_HOLIDAYS } from '../../../domain/calendar.ts';
import { KRX_LATE_DAYS } from '../../../domain/krx-holidays.ts';
import { KST_OFFSET_US, microsecondsOf, parseIsoNanoseconds } from '../../../domain/time.ts';
import type { SessionConfig } from '../../../recorder/config/session-config.ts';
import { localText, nextRun, planHolidays, scheduleOf, sessionName, stopAt } from '../../../recorder/plan/schedule.ts';

function kst(text: string): number {
  return microsecondsOf(parseIsoNanoseconds(text, KST_OFFSET_US)!);
}

function runAt(schedule: NonNullable<SessionConfig['schedule']>, now: string): string {
  const run = nextRun(scheduleOf({ schedule }, KST_OFFSET_US), kst(now), KNOWN_HOLIDAYS);
  return run === undefined ? 'none' : `${localText(run.startUs, KST_OFFSET_US)} – ${localText(run.stopUs, KST_OFFSET_US)}`;
}

describe('a schedule', () => {
  const NIGHT = { days: 'krx-night', start: '17:40', stop: '06:10' } as const;
  const DAY = { days: 'krx', start: '06:45', stop: '17:00' } as const;

  test('of a night that is on says the run that is on, after midnight too', () => {
    expect(runAt([NIGHT], '2026-12-08 20:00')).toBe('2026-12-08 17:40 – 2026-12-09 06:10');
    expect(runAt([NIGHT], '2026-12-09 02:00')).toBe('2026-12-08 17:40 – 2026-12-09 06:10');
    expect(runAt([NIGHT], '2026-12-09 06:10')).toBe('2026-12-09 17:40 – 2026-12-10 06:10');
  });

  test('leaves out weekends, holidays and nights that do not start', () => {
    expect(runAt([DAY], '2026-12-24 18:00')).toBe('2026-12-28 06:45 – 2026-12-28 17:00');
    expect(runAt([NIGHT], '2026-02-13 12:00')).toBe('2026-02-19 17:40 – 2026-02-20 06:10');
  });

  test('of day and night takes turns', () => {
    expect(runAt([NIGHT, DAY], '2026-12-08 12:00')).toBe('2026-12-08 06:45 – 2026-12-08 17:00');
    expect(runAt([NIGHT, DAY], '2026-12-08 17:00')).toBe('2026-12-08 17:40 – 2026-12-09 06:10');
  });

  test('by weekdays asks no calendar', () => {
    expect(runAt([{ days: ['sun'], start: '09:00', stop: '10:00' }], '2026-12-08 12:00')).toBe('2026-12-13 09:00 – 2026-12-13 10:00');
    expect(runAt([{ days: 'weekdays', start: '09:00', stop: '10:00' }], '2026-12-25 08:00')).toBe('2026-12-25 09:00 – 2026-12-25 10:00');
    expect(runAt([{ days: 'daily', start: '09:00', stop: '09:00' }], '2026-12-12 08:00')).toBe('2026-12-11 09:00 – 2026-12-12 09:00');
  });

  test('without windows has no run', () => {
    expect(nextRun([], 0, KNOWN_HOLIDAYS)).toBeUndefined();
  });
});

describe('the end of a recording', () => {
  const at = (session: SessionConfig, now: string) => localText(stopAt(session, kst(now), KST_OFFSET_US) ?? Number.NaN, KST_OFFSET_US);

  test('at a time of day is the next one', () => {
    expect(at({ until: '06:10' }, '2026-12-08 20:00')).toBe('2026-12-09 06:10');
    expect(at({ until: '06:10' }, '2026-12-08 02:00')).toBe('2026-12-08 06:10');
    expect(at({ until: '06:10' }, '2026-12-08 06:10')).toBe('2026-12-09 06:10');
  });

  test('at a date is that one, and the earlier of two ends counts', () => {
    expect(at({ until: '2026-12-24T06:10' }, '2026-12-08 20:00')).toBe('2026-12-24 06:10');
    expect(at({ until: '06:10', duration: '1h' }, '2026-12-08 20:00')).toBe('2026-12-08 21:00');
    expect(stopAt({}, 0, KST_OFFSET_US)).toBeUndefined();
  });
});

describe('the name of a session', () => {
  test('keeps the day of the evening until the morning, so that a restart goes on with the tape', () => {
    const name = (now: string) => sessionName({ name: 'korea-{date}' }, kst(now), KST_OFFSET_US);
    expect(name('2026-12-08 17:40')).toBe('korea-2026-12-08');
    expect(name('2026-12-09 02:00')).toBe('korea-2026-12-08');
    expect(name('2026-12-09 06:29')).toBe('korea-2026-12-08');
    expect(name('2026-12-09 06:30')).toBe('korea-2026-12-09');
  });

  test('is the day alone without a configuration, and follows its zone and new day', () => {
    expect(sessionName({}, kst('2026-12-08 12:00'), KST_OFFSET_US)).toBe('2026-12-08');
    expect(sessionName({ newday: '08:00' }, Date.UTC(2026, 11, 9, 7, 59) * 1000, 0)).toBe('2026-12-08');
  });
});

test('the calendar of a plan is the calendar of its lists', () => {
  expect(planHolidays({ holidays: KNOWN_CLOSED_DAYS, lateDays: KRX_LATE_DAYS })).toEqual(KNOWN_HOLIDAYS);
});

import {
  assertNever,
  civilTime,
  DAY_US,
  isTradingDay,
  type MarketHolidays,
  marketHolidays,
  microsecondsOf,
  parseIsoNanoseconds,
  utcDate,
} from '#domain';
import type { SessionConfig } from '../config/session-config.ts';
import { WEEKDAYS } from '../config/session-config.ts';
import { durationOf, timeOfDayUs } from '../config/texts.ts';
import type { RecordingPlan, ScheduleWindow, Weekday } from './recording-plan.ts';

/** How far ahead a window is looked for: longer than any holidays. */
const SEARCH_DAYS_MAX = 60;

/** One run of the schedule, microseconds since the epoch. */
export interface ScheduledRun {
  readonly startUs: number;
  readonly stopUs: number;
}

/** The calendar as the plan has it, for the functions of `#domain`. */
export function planHolidays(plan: Pick<RecordingPlan, 'holidays' | 'lateDays'>): MarketHolidays {
  return marketHolidays(plan.holidays, plan.lateDays);
}

/** The run that is on now, or the next one; `undefined` where there is none in sight. */
export function nextRun(schedule: readonly ScheduleWindow[], nowUs: number, holidays: MarketHolidays): ScheduledRun | undefined {
  const runs = schedule.flatMap((window) => nextRunOf(window, nowUs, holidays) ?? []);
  return runs.sort((a, b) => a.startUs - b.startUs)[0];
}

function nextRunOf(window: ScheduleWindow, nowUs: number, holidays: MarketHolidays): ScheduledRun | undefined {
  const today = Math.floor((nowUs + window.zoneOffsetUs) / DAY_US);
  // The window of yesterday may still be on.
  for (let day = today - 1; day <= today + SEARCH_DAYS_MAX; day++) {
    const midnightUs = day * DAY_US - window.zoneOffsetUs;
    const run = { startUs: midnightUs + window.startUs, stopUs: midnightUs + window.stopUs };
    if (run.stopUs > nowUs && startsOn(window, day, run.startUs, holidays)) return run;
  }
  return undefined;
}

function startsOn({ days }: ScheduleWindow, day: number, startUs: number, holidays: MarketHolidays): boolean {
  const weekday = ((((day + 4) % 7) + 7) % 7) as Weekday;
  if (typeof days !== 'string') return days.includes(weekday);
  switch (days) {
    case 'daily':
      return true;
    case 'weekdays':
      return weekday !== 0 && weekday !== 6;
    case 'krx':
      return isTradingDay('krx-stock', startUs, holidays);
    case 'krx-night':
      return isTradingDay('krx-night', startUs, holidays);
    default:
      return assertNever(days);
  }
}

/** The windows of the configuration in numbers. */
export function scheduleOf(session: SessionConfig, zoneOffsetUs: number): readonly ScheduleWindow[] {
  return (session.schedule ?? []).map(({ days, start, stop }) => {
    const startUs = timeOfDayUs(start);
    const stopUs = timeOfDayUs(stop);
    return {
      days: typeof days === 'string' ? days : days.map((name) => ((WEEKDAYS.indexOf(name) + 1) % 7) as Weekday),
      startUs,
      stopUs: stopUs > startUs ? stopUs : stopUs + DAY_US,
      zoneOffsetUs,
    };
  });
}

/** When the recording ends by itself: after `duration`, at `until`, whichever is first; a time of day is the next one after now. */
export function stopAt(session: SessionConfig, nowUs: number, zoneOffsetUs: number): number | undefined {
  const stops: number[] = [];
  if (session.duration !== undefined) stops.push(nowUs + durationOf(session.duration));
  if (session.until !== undefined) stops.push(untilUs(session.until, nowUs, zoneOffsetUs));
  return stops.length === 0 ? undefined : Math.min(...stops);
}

function untilUs(text: string, nowUs: number, zoneOffsetUs: number): number {
  const ofDayUs = timeOfDayUs(text);
  if (Number.isNaN(ofDayUs)) return microsecondsOf(parseIsoNanoseconds(text, zoneOffsetUs) ?? 0n);
  const midnightUs = Math.floor((nowUs + zoneOffsetUs) / DAY_US) * DAY_US - zoneOffsetUs;
  const todayUs = midnightUs + ofDayUs;
  return todayUs > nowUs ? todayUs : todayUs + DAY_US;
}

/** `{date}` is the local day, which begins at `newday`: a restart after midnight goes on with the tape of the evening. */
export function sessionName(session: SessionConfig, nowUs: number, zoneOffsetUs: number): string {
  const newDayUs = timeOfDayUs(session.newday ?? DEFAULT_NEW_DAY);
  return (session.name ?? '{date}').replaceAll('{date}', utcDate(nowUs + zoneOffsetUs - newDayUs));
}

/** After the night session's end (06:00) and before the day's first subscription (06:50). */
const DEFAULT_NEW_DAY = '06:30';

/** `2026-12-24 06:10` in the zone, for people. */
export function localText(timeUs: number, zoneOffsetUs: number): string {
  const { hour, minute } = civilTime(timeUs + zoneOffsetUs);
  return `${utcDate(timeUs + zoneOffsetUs)} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

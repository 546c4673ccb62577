import { z } from 'zod';
import { parseZoneOffset } from '#domain';
import { bytesText, dateText, durationText, timeOfDayText, untilText } from './texts.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** `krx`: days on which Korean stocks trade · `krx-night`: days on which a night session starts. A window that passes midnight counts by its start. */
const scheduleDays = z.union([z.enum(['krx', 'krx-night', 'weekdays', 'daily']), z.array(z.enum(WEEKDAYS)).min(1)]);

export const scheduleConfig = z.strictObject({
  days: scheduleDays,
  start: timeOfDayText,
  /** On the next day where it is not after `start`. */
  stop: timeOfDayText,
});

export const sessionConfig = z.strictObject({
  /** Name of the tape; `{date}` becomes the day on which the session starts. Default `{date}`. */
  name: z
    .string()
    .refine(
      (text) => /^(?!\.)[A-Za-z0-9._-]{1,100}$/.test(text.replaceAll('{date}', '2026-12-24')),
      'must be of A-Z a-z 0-9 . _ - and may hold {date}',
    )
    .optional(),
  /** Folder of sessions and runs; the command line's `--data` goes before it. Default `./data`. */
  data: z.string().min(1).optional(),
  /** Zone of every time of day here: `Asia/Seoul` (the default), `UTC`, `+09:00`. */
  zone: z
    .string()
    .refine((text) => parseZoneOffset(text) !== undefined, 'must be Asia/Seoul, UTC or an offset such as +09:00')
    .optional(),
  /** When `{date}` becomes the next day, so that a restart in the night goes on with the same tape. Default 06:30. */
  newday: timeOfDayText.optional(),
  /** Stop after so long. */
  duration: durationText.optional(),
  /** Stop at this time. */
  until: untilText.optional(),
  /** Record only in these windows, day after day. */
  schedule: z.array(scheduleConfig).min(1).optional(),
});

export const calendarConfig = z.strictObject({
  /** Further days without any Korean session. */
  closed: z.array(dateText).optional(),
  /** Further days on which only the night session does not start. */
  night: z.array(dateText).optional(),
  /** Days that trade though the built-in list closes them. */
  open: z.array(dateText).optional(),
  /** Further days that start an hour late. */
  late: z.record(dateText, z.enum(['exam', 'first-day'])).optional(),
});

export const limitsConfig = z.strictObject({
  /** Frames waiting to be written, above which the least important are shed. Default 64MiB. */
  waiting: bytesText.optional(),
  /** First acknowledgements and data must come in this time while the market is open. Default 60s. */
  startup: durationText.optional(),
  /** Free disk below which the least important frames are shed. Default 2GiB. */
  disk: bytesText.optional(),
});

export type SessionConfig = z.infer<typeof sessionConfig>;
export type ScheduleConfig = z.infer<typeof scheduleConfig>;
export type CalendarConfig = z.infer<typeof calendarConfig>;
export type LimitsConfig = z.infer<typeof limitsConfig>;

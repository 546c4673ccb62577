import { z } from 'zod';
import { MINUTE_US, parseDuration, parseIsoNanoseconds } from '#domain';

/** Texts of a configuration that mean a number. They stay texts in the configuration, so that what was written is what is shown. */

/** `500ms`, `2s`, `1m`, `24h`: more than nothing. */
export const durationText = z.string().refine((text) => durationOf(text) > 0, 'must be a duration: 500ms, 2s, 5m, 1h or 1d');

/** `64MiB`, `2GiB`, `1TiB`. */
export const bytesText = z.string().refine((text) => bytesOf(text) > 0, 'must be a size: 512KiB, 64MiB, 2GiB or 1TiB');

/** `08:20`. */
export const timeOfDayText = z.string().refine((text) => !Number.isNaN(timeOfDayUs(text)), 'must be a time of day: 08:20');

/** `2026-12-24`. */
export const dateText = z.string().refine((text) => isDate(text), 'must be a date: 2026-12-24');

/** `06:10`, or `2026-12-24T06:10`, with a zone or in the session's own. */
export const untilText = z
  .string()
  .refine(
    (text) => !Number.isNaN(timeOfDayUs(text)) || parseIsoNanoseconds(text) !== undefined,
    'must be a time of day (06:10) or a date and time (2026-12-24T06:10)',
  );

/** Microseconds; NaN for what is no duration. */
export function durationOf(text: string): number {
  try {
    return parseDuration(text, '');
  } catch {
    return Number.NaN;
  }
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 * 1024,
  GiB: 1024 * 1024 * 1024,
  TiB: 1024 * 1024 * 1024 * 1024,
};

/** Bytes; NaN for what is no size. */
export function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)$/.exec(text);
  if (match === null) return Number.NaN;
  const bytes = Number(match[1]) * BYTE_UNITS[match[2]!]!;
  return Number.isSafeInteger(bytes) ? bytes : Number.NaN;
}

/** Microseconds since midnight; NaN for what is no time of day. */
export function timeOfDayUs(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match === null ? Number.NaN : (Number(match[1]) * 60 + Number(match[2])) * MINUTE_US;
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseIsoNanoseconds(text) !== undefined;
}

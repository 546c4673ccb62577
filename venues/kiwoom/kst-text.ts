import { civilTime, KST_OFFSET_US, microsecondsFromCivil } from '#domain';

const MILLISECOND_TO_US = 1000;
const DATE_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** `YYYYMMDDHHMMSS` in Korea of `timeMs`, ms since the epoch: how the venue writes when a token expires. */
export function kstText(timeMs: number): string {
  const c = civilTime(Math.floor(timeMs) * MILLISECOND_TO_US + KST_OFFSET_US);
  return [c.year, c.month, c.day, c.hour, c.minute, c.second].map((part) => String(part).padStart(2, '0')).join('');
}

/** Reads `YYYYMMDDHHMMSS` in Korea as ms since the epoch; NaN when the text is none. */
export function msOfKstText(text: string): number {
  const found = DATE_TIME.exec(text);
  if (found === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  const civil = { year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second!, microsecond: 0 };
  return (microsecondsFromCivil(civil) - KST_OFFSET_US) / MILLISECOND_TO_US;
}

import { civilTime, DAY_US, HOUR_US, MINUTE_US, microsecondsFromCivil } from '#domain';
import { QUOTE, skipString, stringText } from '../json-scan.ts';

/** Periods of a kline as pushes print them, with their length; 0 where it is a number of months. */
const PERIODS = [
  { name: 'm1', lengthUs: MINUTE_US, months: 0 },
  { name: 'm5', lengthUs: 5 * MINUTE_US, months: 0 },
  { name: 'm15', lengthUs: 15 * MINUTE_US, months: 0 },
  { name: 'm30', lengthUs: 30 * MINUTE_US, months: 0 },
  { name: 'h1', lengthUs: HOUR_US, months: 0 },
  { name: 'h4', lengthUs: 4 * HOUR_US, months: 0 },
  { name: 'd1', lengthUs: DAY_US, months: 0 },
  { name: 'w1', lengthUs: 7 * DAY_US, months: 0 },
  { name: 'mn1', lengthUs: 0, months: 1 },
  { name: 'quarter', lengthUs: 0, months: 3 },
] as const;

/** How a person is told what a period can be. */
export const PERIOD_NAMES: string = PERIODS.map(({ name }) => name).join(' ');

/** Reads the name of a period as its number into `out[slot]`; returns the position after it, or -1 where it is none. */
export function readPeriod(bytes: Uint8Array, position: number, end: number, out: Float64Array, slot: number): number {
  if (position >= end || bytes[position] !== QUOTE) return -1;
  for (let period = 0; period < PERIODS.length; period++) {
    const name = PERIODS[period]!.name;
    if (!isQuoted(bytes, position, end, name)) continue;
    out[slot] = period;
    return position + name.length + 2;
  }
  const stop = skipString(bytes, position, end);
  const text = stop < 0 ? '' : stringText(bytes, position + 1, stop - 1);
  out[slot] = PERIODS.findIndex(({ name }) => name === text);
  return out[slot]! < 0 ? -1 : stop;
}

function isQuoted(bytes: Uint8Array, position: number, end: number, name: string): boolean {
  if (end - position < name.length + 2 || bytes[position + name.length + 1] !== QUOTE) return false;
  for (let i = 0; i < name.length; i++) if (bytes[position + 1 + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** The length of the bar of this period that opens at `openTimeUs`, microseconds; months are those of the UTC calendar. */
export function periodLengthUs(period: number, openTimeUs: number): number {
  const { lengthUs, months } = PERIODS[period]!;
  if (months === 0) return lengthUs;
  const open = civilTime(openTimeUs);
  const month = open.month - 1 + months;
  const next = { ...open, year: open.year + Math.floor(month / 12), month: (month % 12) + 1 };
  return microsecondsFromCivil(next) - openTimeUs;
}

/** The name of the period whose bar at `openTimeUs` has this length, or `undefined`. */
export function periodName(intervalUs: number, openTimeUs: number): string | undefined {
  return PERIODS.find((_, period) => periodLengthUs(period, openTimeUs) === intervalUs)?.name;
}

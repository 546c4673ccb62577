import { DAY_US, daysFromCivil, KST_OFFSET_US, nearestTimeOfDay } from '#domain';

/** Dates that the venue sends with a time of day; all rows of a day carry the same one, so the last is kept. */
export class VenueDates {
  #date = 0;
  #midnightUs = 0;

  /**
   * The instant of a time of day in Korea. `date` is `YYYYMMDD` as a number; where the row has none (NaN), it is the day that puts
   * the instant nearest to the receive time: night sessions wrap at midnight.
   */
  timeUs(date: number, timeOfDayUs: number, receivedAtUs: number): number {
    if (Number.isNaN(date)) return nearestTimeOfDay(timeOfDayUs, receivedAtUs, KST_OFFSET_US);
    if (date !== this.#date) {
      this.#date = date;
      this.#midnightUs = kstMidnightUs(date);
    }
    return this.#midnightUs + timeOfDayUs;
  }
}

const DATE = /^(?:19|[2-9]\d)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;

/** `YYYYMMDD` as a number; NaN for a text that is no date. */
export function readDate(text: string): number {
  return DATE.test(text) ? Number(text) : Number.NaN;
}

/** Midnight in Korea of a date `YYYYMMDD` as a number, microseconds since the epoch. */
export function kstMidnightUs(date: number): number {
  const year = Math.floor(date / 10_000);
  const month = Math.floor(date / 100) % 100;
  return daysFromCivil(year, month, date % 100) * DAY_US - KST_OFFSET_US;
}

import { civilTime, KST_OFFSET_US, plainDecimal } from '#domain';
import { fieldMeaning } from './fields.ts';

/** Numbers by their names in a reading. */
export type NamedNumbers = Readonly<Record<string, number>>;

/** Codes whose letters a reading counts from A = 10; other codes above 9 have more digits. */
const LETTER_CODES: ReadonlySet<string> = new Set(['HOUR_CLS_CODE']);
const LETTER_A = 0x41;
/** What the venue prints where nothing is the matter; every other number is 0. */
const USUAL: Readonly<Record<string, string>> = {
  PRDY_VRSS_SIGN: '3',
  OPRC_VRSS_PRPR_SIGN: '3',
  HGPR_VRSS_PRPR_SIGN: '3',
  LWPR_VRSS_PRPR_SIGN: '3',
  OPRC_HOUR: '000000',
  HGPR_HOUR: '000000',
  LWPR_HOUR: '000000',
  NEW_MKOP_CLS_CODE: '20',
  MARKET_CLS_CODE: '2',
  TRHT_YN: 'N',
  DYNM_PRC_LIMT_YN: 'N',
};

/** A number as the venue prints it; NaN is an empty field. */
export function numberText(value: number): string {
  return Number.isNaN(value) ? '' : plainDecimal(value);
}

/** A price or size that is not there is 0. */
export function numberOrZero(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '0' : plainDecimal(value);
}

/** A field by its name in a reading, or what the venue usually prints there. `field` is in upper case. */
export function readingText(field: string, readings: NamedNumbers | undefined): string {
  const { reads, reading } = fieldMeaning(field);
  const value = reading === '' || readings === undefined || !Object.hasOwn(readings, reading) ? undefined : readings[reading];
  if (value === undefined) return usualText(field);
  if (Number.isNaN(value)) return '';
  if (reads === 'flag') return value === 1 ? 'Y' : 'N';
  if (value >= 10 && LETTER_CODES.has(field)) return String.fromCharCode(LETTER_A + value - 10);
  return field.endsWith('_HOUR') ? String(value).padStart(6, '0') : plainDecimal(value);
}

/** `HHMMSS` in Korea. */
export function timeText(venueTimeUs: number): string {
  const { hour, minute, second } = civilTime(venueTimeUs + KST_OFFSET_US);
  return [hour, minute, second].map((part) => String(part).padStart(2, '0')).join('');
}

/** `YYYYMMDD` in Korea. */
export function dateText(venueTimeUs: number): string {
  const { year, month, day } = civilTime(venueTimeUs + KST_OFFSET_US);
  return `${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}

function usualText(field: string): string {
  if (Object.hasOwn(USUAL, field)) return USUAL[field]!;
  return fieldMeaning(field).reading === '' ? '' : '0';
}

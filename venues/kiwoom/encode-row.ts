import { assert, civilTime, KST_OFFSET_US, plainDecimal } from '#domain';
import type { ChannelTable, FieldEntry } from './channel-table.ts';

/** Numbers of a row by their names in a reading. */
export type NamedNumbers = Readonly<Record<string, number>>;

const ENCODER = new TextEncoder();
const EXCHANGE_NAMES = ['통합', 'KRX', 'NXT'];
/** Codes that are printed with leading zeros, and the digits of times of day. */
const PADDED: Readonly<Record<string, number>> = { market_code: 3, high_time_raw: 6 };
const TIME_OF_DAY_DIGITS = 6;

/** A REAL frame of these rows. */
export function realFrame(rows: readonly string[]): Uint8Array {
  return ENCODER.encode(`{"data":[${rows.join(',')}],"trnm":"REAL"}`);
}

/** A row with these fields of the table, keys in the order of the wire. */
export function rowText(
  table: ChannelTable,
  item: string,
  fieldText: (entry: FieldEntry) => string,
  fields: readonly FieldEntry[] = table.fields,
): string {
  const values = fields.map((entry) => `"${entry.fid}":${JSON.stringify(fieldText(entry))}`);
  return `{"values":{${values.join(',')}},"type":"${table.type}","name":"${table.label}","item":${JSON.stringify(item)}}`;
}

/** A number of a reading as the venue prints it. */
export function numberText(entry: FieldEntry, value: number): string {
  if (entry.reads === 'exchange') return EXCHANGE_NAMES[value] ?? String(value);
  if (entry.reads === 'character') return String.fromCharCode(value);
  const digits = entry.name.endsWith('_hhmmss') ? TIME_OF_DAY_DIGITS : (PADDED[entry.name] ?? 0);
  return plainDecimal(value).padStart(digits, '0');
}

/** The number of that name as the venue prints it, or `absent` where there is none. */
export function namedText(entry: FieldEntry, numbers: NamedNumbers | undefined, absent: string): string {
  const value = numbers?.[entry.name];
  return value === undefined || Number.isNaN(value) ? absent : numberText(entry, value);
}

/** A price with the sign of its distance to the previous close; without a sign where they are equal or the close is not known. */
export function priceText(price: number, previousClose: number | undefined): string {
  return `${signText(price - (previousClose ?? price))}${plainDecimal(price)}`;
}

export function signText(sign: number): string {
  if (sign === 0) return '';
  return sign > 0 ? '+' : '-';
}

/** `HHMMSS` in Korea. */
export function timeOfDayText(venueTimeUs: number): string {
  const { hour, minute, second, microsecond } = civilTime(venueTimeUs + KST_OFFSET_US);
  assert(microsecond === 0, `Kiwoom prints whole seconds, not ${venueTimeUs} µs`);
  return [hour, minute, second].map((part) => String(part).padStart(2, '0')).join('');
}

import type { EventSink, SymbolId } from '#domain';
import type { DriftNotes } from '../drift-notes.ts';
import { fieldMeaning, isKnownField } from './fields.ts';
import type { JsonObject } from './json-object.ts';
import type { KnownInstruments } from './known-instruments.ts';
import { looseNumber } from './loose-number.ts';
import type { VenueSymbols } from './venue-symbols.ts';

/** What all readers of REST bodies share. */
export interface RestContext {
  readonly sink: EventSink;
  readonly drifts: DriftNotes;
  readonly symbols: VenueSymbols;
  readonly instruments: KnownInstruments;
}

const SYMBOL = /^[\x21-\x7e]{1,20}$/;
const FOUND_MAX = 40;
/** Members that are texts, or times and dates which events say in another way. */
const TEXT_KEYS: ReadonlySet<string> = new Set([
  'hts_kor_isnm',
  'futs_shrn_iscd',
  'optn_shrn_iscd',
  'atm_cls_name',
  'futs_last_tr_date',
  'bstp_cls_code',
  'aspr_acpt_hour',
]);
/** What the option board calls the money; the same numbers as in the master file. */
const MONEYNESS: Readonly<Record<string, number>> = { ATM: 1, ITM: 2, OTM: 3 };

/** The number of a member; NaN where it is missing, empty or no number (which is drift). */
export function numberOf(context: RestContext, label: string, row: JsonObject, key: string): number {
  const value = Object.hasOwn(row, key) ? row[key] : undefined;
  const number =
    typeof value === 'string' || typeof value === 'number' ? looseNumber(String(value)) : value === undefined ? Number.NaN : undefined;
  if (number !== undefined) return number;
  context.drifts.note(label, `${key}: expected a number, found ${JSON.stringify(value).slice(0, FOUND_MAX)}`);
  return Number.NaN;
}

/** The code that a member holds, without blanks; empty where it is none. */
export function symbolOf(row: JsonObject, key: string): string {
  const value = Object.hasOwn(row, key) ? row[key] : undefined;
  const symbol = typeof value === 'string' ? value.trim() : '';
  return SYMBOL.test(symbol) ? symbol : '';
}

/** Says every number of a row but those in `said` as a reading without a time; a member that no table names is drift. */
export function sayRow(
  context: RestContext,
  label: string,
  symbol: SymbolId,
  venueTimeUs: number,
  row: JsonObject,
  said: ReadonlySet<string>,
): void {
  const names: string[] = [];
  const values: number[] = [];
  const unknown: string[] = [];
  for (const key of Object.keys(row)) {
    if (said.has(key)) continue;
    const name = key.toUpperCase();
    const isKnown = isKnownField(name) && fieldMeaning(name).reading !== '';
    if (!isKnown && !TEXT_KEYS.has(key)) unknown.push(key);
    const value = isKnown ? numberOf(context, label, row, key) : key === 'atm_cls_name' ? moneynessOf(row) : Number.NaN;
    if (Number.isNaN(value)) continue;
    names.push(isKnown ? fieldMeaning(name).reading : 'moneyness');
    values.push(value);
  }
  if (names.length > 0) sayNumbers(context.sink, label, symbol, venueTimeUs, names, values);
  if (unknown.length > 0) context.drifts.noteKeys(label, unknown);
}

/** Nothing but the reading's own numbers may be said between its begin and its end. */
function sayNumbers(
  sink: EventSink,
  label: string,
  symbol: SymbolId,
  venueTimeUs: number,
  names: readonly string[],
  values: readonly number[],
): void {
  sink.readingBegin(symbol, venueTimeUs, label);
  values.forEach((value, index) => {
    sink.readingValue(names[index]!, value);
  });
  sink.readingEnd();
}

function moneynessOf(row: JsonObject): number {
  const name = symbolOf(row, 'atm_cls_name');
  return Object.hasOwn(MONEYNESS, name) ? MONEYNESS[name]! : Number.NaN;
}

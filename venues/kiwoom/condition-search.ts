import type { EventSink } from '#domain';
import { type FieldEntry, magnitude, signed } from './channel-table.ts';
import { quoted, trimmed } from './field-text.ts';
import { isReply, type Reply, textOf } from './reply.ts';
import type { RowSymbols } from './row-reader.ts';

/** The `trnm` of a condition search's result. */
export const CONDITION_SEARCH = 'CNSRREQ';
/** Fields of the rows of a search without real time (ka10172), zero padded; a search with real time (ka10173) sends codes only. */
export const RESULT_FIELDS: readonly FieldEntry[] = [
  magnitude(10, 'price'),
  magnitude(25, 'direction_code'),
  signed(11, 'change'),
  signed(12, 'change_percent_times_1000'),
  magnitude(13, 'cumulative_volume'),
  magnitude(16, 'open_price'),
  magnitude(17, 'high_price'),
  magnitude(18, 'low_price'),
];
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
/** Codes of replies have a letter in front (`A005930`), which real-time rows lack. */
const PREFIXED_CODE = /^[A-Z](?=[0-9A-Z]{6}$)/;

/**
 * Says every instrument of a condition search's result as a reading like those of type `02`: it is in the result now. The rows
 * name no time. Other fields than numbers (names) are left out.
 */
export function sayConditionResult(sink: EventSink, symbols: RowSymbols, reply: Reply): void {
  const { data } = reply;
  if (data === undefined || data === null) return; // an empty result
  if (!Array.isArray(data)) {
    sink.decodeFailure(CONDITION_SEARCH, 'data: expected a list');
    return;
  }
  const condition = numberOf(reply.seq);
  for (const row of data) sayMember(sink, symbols, row, condition);
}

function sayMember(sink: EventSink, symbols: RowSymbols, row: unknown, condition: number): void {
  const fields = isReply(row) ? row : {};
  const code = trimmed(textOf(fields.jmcode) || textOf(fields['9001'])).replace(PREFIXED_CODE, '');
  if (code === '') {
    sink.decodeFailure(CONDITION_SEARCH, 'a row of data names no instrument');
    return;
  }
  for (const { fid } of RESULT_FIELDS) sayBadField(sink, fid, fields[fid]);
  sink.readingBegin(symbols.named(code), Number.NaN, CONDITION_SEARCH);
  sink.readingValue('inserted', 1);
  if (!Number.isNaN(condition)) sink.readingValue('condition_number', condition);
  for (const { fid, name, reads } of RESULT_FIELDS) {
    const number = numberOf(fields[fid]);
    if (!Number.isNaN(number)) sink.readingValue(name, reads === 'signed' ? number : Math.abs(number));
  }
  sink.readingEnd();
}

function sayBadField(sink: EventSink, fid: number, value: unknown): void {
  if (value === undefined || !Number.isNaN(numberOf(value))) return;
  const isEmpty = typeof value === 'string' && trimmed(value) === '';
  if (!isEmpty) sink.drift(CONDITION_SEARCH, `FID ${fid}: expected a number, found ${quoted(textOf(value))}`);
}

/** NaN for what is no text of a number; never -0. */
function numberOf(value: unknown): number {
  const text = trimmed(textOf(value));
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number + 0 : Number.NaN;
}

import { z } from 'zod';
import type { EventSink, SymbolTable } from '#domain';
import type { ChannelTable, FieldEntry } from '../../../venues/kiwoom/channel-table.ts';
import { RESULT_FIELDS } from '../../../venues/kiwoom/condition-search.ts';
import { REAL_TYPES } from '../../../venues/kiwoom/real-types.ts';
import { CHANNEL_TABLES } from '../../../venues/kiwoom/slots.ts';
import { sayReferenceBody } from './reference-rest.ts';
import { acceptedReply, numberOfText, quoted, Refusal, type Said, timeOf, trim } from './reference-text.ts';

const ROWS_MAX = 4096;
const UNSENT = Number.NaN;
const EXCHANGES: Readonly<Record<string, number>> = { 통합: 0, '0': 0, KRX: 1, '1': 1, NXT: 2, '2': 2 };

const Frame = z.record(z.string(), z.unknown());
const Row = z.looseObject({ type: z.string() });
const Values = z.record(z.string(), z.unknown());

/** One row with its fields read: numbers by FID, in the order of the table. */
interface ReadRow extends Said {
  readonly table: ChannelTable;
  readonly values: Readonly<Record<string, unknown>>;
  readonly numbers: ReadonlyMap<number, number>;
  readonly item: string;
  readonly venueTimeUs: number;
  readonly receivedAtUs: number;
}

/** What each type says, once its row was read. */
const SAYERS: Readonly<Record<string, (row: ReadRow) => void>> = {
  '0B': sayTrade,
  '0C': sayQuote,
  '0D': sayBook,
  '0s': sayPhase,
  '1h': sayVolatility,
  '02': sayCondition,
  '00': sayOrder,
};

/** What a Kiwoom frame means, written to be read: `JSON.parse`, then field by field. The production decoder must say the same. */
export function decodeKiwoomReference(sink: EventSink, symbols: SymbolTable, bytes: Uint8Array, receivedAtUs: number, meta?: string): void {
  const said: Said = { sink, symbolOf: (name) => symbols.intern('kiwoom', name) };
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (meta !== undefined) return sayReferenceBody(said, parseFrame(text), meta);
  if (text === 'PING') return;
  const frame = parseFrame(text);
  if (frame === undefined) return sink.decodeFailure('', 'no JSON object');
  if (frame.trnm !== 'REAL') return sayControl(said, frame);
  const rows = frame.data;
  if (!Array.isArray(rows) || rows.length > ROWS_MAX) return sink.decodeFailure('REAL', 'no list of rows');
  for (const row of rows) {
    try {
      sayRow(said, row, receivedAtUs);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      sink.decodeFailure('REAL', error.message);
    }
  }
}

function parseFrame(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Frame.safeParse(value).success ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sayControl(said: Said, frame: Record<string, unknown>): void {
  const { sink } = said;
  const trnm = frame.trnm;
  if (!Object.hasOwn(frame, 'trnm')) return sink.undecoded('');
  if (typeof trnm !== 'string') return sink.decodeFailure('', 'trnm');
  if (trnm === 'PING') return;
  if (trnm === 'SYSTEM') {
    if (typeof frame.code !== 'string') return sink.decodeFailure('SYSTEM', 'code');
    return sink.drift('SYSTEM', `code ${frame.code}: ${typeof frame.message === 'string' ? frame.message : ''}`);
  }
  const isKnown = ['LOGIN', 'REG', 'REMOVE', 'CNSRLST', 'CNSRREQ', 'CNSRCLR'].includes(trnm);
  if (acceptedReply(said, trnm, frame, isKnown) && trnm === 'CNSRREQ') saySearchResult(said, frame);
}

function saySearchResult({ sink, symbolOf }: Said, { data, seq }: Record<string, unknown>): void {
  if (data === undefined || data === null) return;
  if (!Array.isArray(data)) return sink.decodeFailure('CNSRREQ', 'data');
  const condition = numberOfText(seq);
  for (const member of data) {
    const row = Values.safeParse(member).success ? (member as Record<string, unknown>) : {};
    const texts = [row.jmcode, row['9001']].filter((text) => typeof text === 'string' && text !== '') as string[];
    const code = trim(texts[0] ?? '').replace(/^[A-Z]([0-9A-Z]{6})$/, '$1');
    if (code === '') {
      sink.decodeFailure('CNSRREQ', 'code');
      continue;
    }
    const read = RESULT_FIELDS.map((entry) => ({ ...entry, number: numberOfText(row[entry.fid]), text: row[entry.fid] }));
    for (const { fid, number, text } of read) {
      const isBad = number === undefined && text !== undefined && !(typeof text === 'string' && trim(text) === '');
      if (isBad) sink.drift('CNSRREQ', `FID ${fid}: expected a number, found ${quoted(typeof text === 'string' ? text : '')}`);
    }
    sink.readingBegin(symbolOf(code), Number.NaN, 'CNSRREQ');
    sink.readingValue('inserted', 1);
    if (condition !== undefined) sink.readingValue('condition_number', condition);
    for (const { name, number, reads } of read) {
      if (number !== undefined) sink.readingValue(name, reads === 'magnitude' ? Math.abs(number) : number);
    }
    sink.readingEnd();
  }
}

function sayRow(said: Said, value: unknown, receivedAtUs: number): void {
  const row = Row.safeParse(value);
  if (!row.success) throw new Refusal('a row has no type');
  const { type } = row.data;
  const table = CHANNEL_TABLES.find((candidate) => candidate.type === type);
  if (table === undefined) {
    said.sink.undecoded(type);
    if (!REAL_TYPES.has(type)) said.sink.drift('REAL', `type ${quoted(type)} is not in the table`);
    return;
  }
  if (!Values.safeParse(row.data.values).success) throw new Refusal('a row has no values');
  const values = row.data.values as Record<string, unknown>;
  const item = typeof row.data.item === 'string' ? row.data.item : '';
  const { numbers, drift } = readFields(table, values);
  const venueTimeUs = table.timeFid === 0 ? Number.NaN : timeOf(values[table.timeFid], receivedAtUs);
  const held = [...drift, ...unknown(values, table)];
  const sink = driftFirst(said.sink, type, held);
  SAYERS[type]!({ sink, symbolOf: said.symbolOf, table, values, numbers, item, venueTimeUs, receivedAtUs });
  for (const detail of held) said.sink.drift(type, detail);
}

/** Says the drift of a row before its first event: a row that is refused says nothing but that. */
function driftFirst(sink: EventSink, type: string, details: string[]): EventSink {
  return new Proxy(sink, {
    get: (target, method: keyof EventSink) => {
      if (method !== 'decodeFailure') for (const detail of details.splice(0)) target.drift(type, detail);
      return target[method];
    },
  });
}

function readFields(table: ChannelTable, values: Readonly<Record<string, unknown>>) {
  const drift: string[] = [];
  const numbers = new Map<number, number>();
  for (const entry of table.fields) {
    const isRequired = table.required.includes(entry.fid);
    if (!Object.hasOwn(values, String(entry.fid))) {
      if (isRequired) throw new Refusal(`FID ${entry.fid} is missing`);
      continue;
    }
    const problem = readField(entry, values[entry.fid], numbers);
    if (problem !== '' && isRequired) throw new Refusal(problem);
    if (problem !== '') drift.push(problem);
  }
  return { numbers, drift };
}

function readField(entry: FieldEntry, text: unknown, numbers: Map<number, number>): string {
  const { fid, reads } = entry;
  if (reads === 'text' || reads === 'time') return typeof text === 'string' ? '' : `FID ${fid}: expected a text`;
  if (typeof text === 'string' && trim(text) === '') return '';
  const number = numberOf(text, entry);
  if (number === undefined) return `FID ${fid}: expected a number, found ${typeof text === 'string' ? quoted(text) : 'no text'}`;
  numbers.set(fid, number);
  return '';
}

function numberOf(value: unknown, { reads }: FieldEntry): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = trim(value);
  if (reads === 'exchange') return Object.hasOwn(EXCHANGES, text) ? EXCHANGES[text] : undefined;
  if (reads === 'character') return text.length === 1 && text < '\u0080' ? text.charCodeAt(0) : undefined;
  const number = numberOfText(text);
  return number !== undefined && reads === 'magnitude' ? Math.abs(number) : number;
}

function sayTrade(row: ReadRow): void {
  const { sink, numbers, values, venueTimeUs } = row;
  const symbol = row.symbolOf(itemOf(row));
  const [price = 0, size = 0] = [numbers.get(10), Math.abs(numbers.get(15) ?? 0)];
  const sign = trim(values['15'] as string)[0];
  const side = sign === '+' ? 1 : sign === '-' ? -1 : 0;
  const volume = numbers.get(13) ?? Number.NaN;
  if (price > 0 && size > 0) sink.trade(symbol, venueTimeUs, price, size, side, '', volume, side === 0 ? 'auction' : 'regular');
  sayBestPrices(row, symbol);
  sayReading(row, symbol, venueTimeUs);
}

function sayQuote(row: ReadRow): void {
  const symbol = row.symbolOf(itemOf(row));
  sayBestPrices(row, symbol);
  sayReading(row, symbol, row.venueTimeUs);
}

function sayBestPrices({ sink, numbers, venueTimeUs }: ReadRow, symbol: number): void {
  const [bid = 0, ask = 0] = [numbers.get(28), numbers.get(27)];
  if (bid > 0 && ask > 0) sink.quote(symbol, venueTimeUs, bid, Number.NaN, ask, Number.NaN, Number.NaN);
}

function sayBook(row: ReadRow): void {
  const { sink, numbers, venueTimeUs } = row;
  const of = (fid: number) => numbers.get(fid) ?? UNSENT;
  const side = (priceFid: number) =>
    Array.from({ length: 10 }, (_, level) => ({
      sizeFid: priceFid + 20 + level,
      price: of(priceFid + level),
      size: of(priceFid + 20 + level),
      change: of(priceFid + 40 + level),
    }));
  const [asks, bids] = [side(41), side(51)];
  for (const { price, size, sizeFid } of [...bids, ...asks]) {
    if (price > 0 && Number.isNaN(size)) throw new Refusal(`FID ${sizeFid}: a level without a size`);
  }
  const symbol = row.symbolOf(itemOf(row));
  const unpriced = [...bids, ...asks].filter(({ price, size }) => !(price > 0) && size > 0);
  for (const { sizeFid } of unpriced) sink.drift('0D', `FID ${sizeFid}: a size without a price`);
  sink.bookBegin(symbol, venueTimeUs, true, 'replace', UNSENT, UNSENT, UNSENT);
  for (const { price, size, change } of bids) if (price > 0) sink.bookLevel(1, price, size, UNSENT, change);
  for (const { price, size, change } of asks) if (price > 0) sink.bookLevel(-1, price, size, UNSENT, change);
  sink.bookTotals(of(125), of(121), UNSENT, UNSENT, of(126), of(122), UNSENT, UNSENT);
  sink.bookEnd();
  const [expected] = [
    [of(23), of(24)],
    [of(291), of(292)],
  ].filter(([price, size]) => price! > 0 && size! > 0);
  if (expected !== undefined) sink.auction(symbol, venueTimeUs, expected[0]!, expected[1]!);
  sayReading(row, symbol, venueTimeUs);
}

function sayPhase({ sink, values, venueTimeUs }: ReadRow): void {
  const code = trim(values['215'] as string);
  if (code === '') throw new Refusal('FID 215 is empty');
  sink.status(-1, venueTimeUs, 'phase', false, code, Number.NaN);
}

function sayVolatility(row: ReadRow): void {
  const { values, numbers } = row;
  const isReleased = (numbers.get(1224) ?? 0) > 0;
  const venueTimeUs = timeOf(values[isReleased ? '1224' : '1223'], row.receivedAtUs);
  const symbol = row.symbolOf(itemOrCode(row));
  const kind = trim(values['9068'] as string);
  row.sink.status(symbol, venueTimeUs, 'volatility-interruption', !isReleased, kind, numbers.get(1221) ?? Number.NaN);
  sayReading(row, symbol, venueTimeUs);
}

function sayCondition(row: ReadRow): void {
  const change = trim(row.values['843'] as string);
  if (change !== 'I' && change !== 'D') throw new Refusal('FID 843');
  sayReading(row, row.symbolOf(itemOrCode(row)), row.venueTimeUs, [['inserted', change === 'I' ? 1 : 0]]);
}

function sayOrder(row: ReadRow): void {
  const { sink, table, values } = row;
  const time = values['908'] as string;
  const venueTimeUs = trim(time) === '' ? Number.NaN : timeOf(time, row.receivedAtUs);
  const symbol = row.symbolOf(itemOrCode(row));
  sink.noticeBegin(trim(values['913'] as string) === '체결' ? 'fill' : 'order', symbol, venueTimeUs);
  for (const { fid, name } of table.fields) {
    const text = Object.hasOwn(values, String(fid)) ? values[fid] : undefined;
    if (typeof text === 'string') sink.noticeField(name, text);
  }
  sink.noticeEnd();
}

function sayReading(row: ReadRow, symbol: number, venueTimeUs: number, first: readonly (readonly [string, number])[] = []): void {
  const told = row.table.fields.filter(({ fid, isInReading }) => isInReading && row.numbers.has(fid));
  const all = [...first, ...told.map(({ fid, name }) => [name, row.numbers.get(fid)!] as const)];
  if (all.length === 0) return;
  row.sink.readingBegin(symbol, venueTimeUs, row.table.type);
  for (const [name, number] of all) row.sink.readingValue(name, number);
  row.sink.readingEnd();
}

function itemOf({ item }: ReadRow): string {
  if (item === '') throw new Refusal('a row has no item');
  return item;
}

function itemOrCode({ item, values }: ReadRow): string {
  const code = item === '' ? trim(values['9001'] as string) : item;
  if (code === '') throw new Refusal('no instrument');
  return code;
}

function unknown(values: Readonly<Record<string, unknown>>, table: ChannelTable): readonly string[] {
  const known = new Set(table.fields.map(({ fid }) => String(fid)));
  const keys = Object.keys(values).filter((key) => !known.has(key));
  return keys.sort().map((key) => `FID ${key.slice(0, 40)} is not in the table`);
}

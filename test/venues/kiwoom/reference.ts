import { z } from 'zod';
import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolTable } from '#domain';
import { ORDER_FIDS, TRADE_FIDS, type TradeFid } from '../../../venues/kiwoom/fids.ts';

const ROWS_MAX = 4096;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
const EXCHANGES: Readonly<Record<string, number>> = { 통합: 0, '0': 0, KRX: 1, '1': 1, NXT: 2, '2': 2 };
const NEEDED_BY_TRADES = [20, 10, 15, 13];
const NEEDED_BY_ORDERS = [9001, 913, 908];

const Frame = z.record(z.string(), z.unknown());
const Row = z.looseObject({ type: z.string() });
const Values = z.record(z.string(), z.unknown());
const ReturnCode = z.union([
  z.int(),
  z
    .string()
    .regex(/^ *-?\d{1,12} *$/)
    .transform(Number),
]);

class Refusal extends Error {}

/** What a Kiwoom frame means, written to be read: `JSON.parse`, then field by field. The production decoder must say the same. */
export function decodeKiwoomReference(sink: EventSink, symbols: SymbolTable, bytes: Uint8Array, receivedAtUs: number): void {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (text === 'PING') return;
  const frame = parseFrame(text);
  if (frame === undefined) return sink.decodeFailure('', 'no JSON object');
  if (frame.trnm !== 'REAL') return sayControl(sink, frame);
  const rows = frame.data;
  if (!Array.isArray(rows) || rows.length > ROWS_MAX) return sink.decodeFailure('REAL', 'no list of rows');
  for (const row of rows) {
    try {
      sayRow(sink, symbols, row, receivedAtUs);
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

function sayControl(sink: EventSink, frame: Record<string, unknown>): void {
  const trnm = frame.trnm;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
  if (!Object.hasOwn(frame, 'trnm')) return sink.undecoded('');
  if (typeof trnm !== 'string') return sink.decodeFailure('', 'trnm');
  if (trnm === 'PING') return;
  if (trnm === 'SYSTEM') {
    if (typeof frame.code !== 'string') return sink.decodeFailure('SYSTEM', 'code');
    return sink.drift('SYSTEM', `code ${frame.code}: ${textOf(frame.message)}`);
  }
  const isKnown = ['LOGIN', 'REG', 'REMOVE'].includes(trnm);
  const code = ReturnCode.safeParse(frame.return_code);
  if (code.success && code.data !== 0) sink.drift(trnm, `return_code ${code.data}: ${textOf(frame.return_msg)}`);
  else if (!isKnown) sink.undecoded(trnm);
  else if (!code.success) sink.decodeFailure(trnm, 'return_code');
}

function sayRow(sink: EventSink, symbols: SymbolTable, value: unknown, receivedAtUs: number): void {
  const row = Row.safeParse(value);
  if (!row.success) throw new Refusal('a row has no type');
  const { type } = row.data;
  const item = typeof row.data.item === 'string' ? row.data.item : '';
  if (type !== '0B' && type !== '00') return sink.undecoded(type);
  if (!Values.safeParse(row.data.values).success) throw new Refusal('a row has no values');
  const values = row.data.values as Record<string, unknown>;
  if (type === '0B') sayTrade(sink, symbols, values, item, receivedAtUs);
  else sayOrder(sink, symbols, values, item, receivedAtUs);
}

function sayTrade(sink: EventSink, symbols: SymbolTable, values: Record<string, unknown>, item: string, receivedAtUs: number): void {
  if (item === '') throw new Refusal('a row has no item');
  needTexts(values, NEEDED_BY_TRADES);
  const venueTimeUs = timeOf(values['20'], receivedAtUs);
  const drift: string[] = [];
  const numbers = new Map<string, number>();
  for (const entry of TRADE_FIDS) {
    const text = values[String(entry.fid)];
    if (entry.reads === 'time' || text === undefined) continue;
    const number = numberOf(text, entry);
    if (number !== undefined) numbers.set(entry.name, number);
    else if (typeof text === 'string' && trim(text) === '') continue;
    else if (NEEDED_BY_TRADES.includes(entry.fid)) throw new Refusal(`FID ${entry.fid}`);
    else drift.push(`FID ${entry.fid}: expected a number, found ${typeof text === 'string' ? quoted(text) : 'no text'}`);
  }
  for (const detail of [...drift, ...unknown(values, TRADE_FIDS)]) sink.drift('0B', detail);
  const symbol = symbols.intern('kiwoom', item);
  const [price = 0, size = 0] = [numbers.get('price'), Math.abs(numbers.get('signed_size') ?? 0)];
  const sign = trim(values['15'] as string)[0];
  const side = sign === '+' ? 1 : sign === '-' ? -1 : 0;
  const volume = numbers.get('cumulative_volume') ?? Number.NaN;
  if (price > 0 && size > 0) sink.trade(symbol, venueTimeUs, price, size, side, '', volume, side === 0 ? 'auction' : 'regular');
  const [bid = 0, ask = 0] = [numbers.get('bid_price'), numbers.get('ask_price')];
  if (bid > 0 && ask > 0) sink.quote(symbol, venueTimeUs, bid, Number.NaN, ask, Number.NaN, Number.NaN);
  if (numbers.size === 0) return;
  sink.readingBegin(symbol, venueTimeUs, '0B');
  for (const [name, number] of numbers) sink.readingValue(name, number);
  sink.readingEnd();
}

function sayOrder(sink: EventSink, symbols: SymbolTable, values: Record<string, unknown>, item: string, receivedAtUs: number): void {
  needTexts(values, NEEDED_BY_ORDERS);
  const venueTimeUs = trim(values['908'] as string) === '' ? Number.NaN : timeOf(values['908'], receivedAtUs);
  const code = item === '' ? trim(values['9001'] as string) : item;
  if (code === '') throw new Refusal('no instrument');
  for (const detail of unknown(values, ORDER_FIDS)) sink.drift('00', detail);
  const present = ORDER_FIDS.filter(({ fid }) => Object.hasOwn(values, String(fid)));
  for (const { fid } of present) if (typeof values[fid] !== 'string') sink.drift('00', `FID ${fid}: expected a text`);
  sink.noticeBegin(trim(values['913'] as string) === '체결' ? 'fill' : 'order', symbols.intern('kiwoom', code), venueTimeUs);
  for (const { fid, name } of present) {
    const text = values[fid];
    if (typeof text === 'string') sink.noticeField(name, text);
  }
  sink.noticeEnd();
}

function needTexts(values: Record<string, unknown>, fids: readonly number[]): void {
  for (const fid of fids) if (typeof values[fid] !== 'string') throw new Refusal(`FID ${fid} is missing or no text`);
}

function timeOf(text: unknown, receivedAtUs: number): number {
  const match = /^([01]\d|2[0-3])([0-5]\d)([0-5]\d)$/.exec(trim(String(text)));
  if (match === null) throw new Refusal(`expected HHMMSS, found ${text}`);
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return nearestTimeOfDay(seconds * 1_000_000, receivedAtUs, KST_OFFSET_US);
}

function numberOf(value: unknown, entry: TradeFid): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = trim(value);
  if (entry.reads === 'exchange') return Object.hasOwn(EXCHANGES, text) ? EXCHANGES[text] : undefined;
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) return undefined;
  return entry.reads === 'magnitude' ? Math.abs(number) : number + 0;
}

function unknown(values: Record<string, unknown>, table: readonly { readonly fid: number }[]): readonly string[] {
  const known = new Set(table.map(({ fid }) => String(fid)));
  const keys = Object.keys(values).filter((key) => !known.has(key));
  return keys.sort().map((key) => `FID ${key.slice(0, 40)} is not in the table`);
}

function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

function trim(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '');
}

import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseIsoNanoseconds, SymbolTable, TapeRecord } from '#domain';
import { createKiwoomDecoder } from '../../../venues/kiwoom/decode.ts';
import { comparable, type RecordedSink, recordedSink } from '../recorded-sink.ts';
import { decodeKiwoomReference } from './reference.ts';

const FOLDER = new URL('../../../../shared/data/kiwoom/', import.meta.url);
export const hasKiwoomData = existsSync(FOLDER);
if (!hasKiwoomData) process.stdout.write(`skipped: no recorded Kiwoom frames in ${FOLDER.pathname}\n`);

/** 2026-09-11 11:56:30 in Korea. */
export const NOON_US = Number(parseIsoNanoseconds('2026-09-11T11:56:30+09:00')! / 1000n);

export interface KiwoomLine {
  readonly receivedAtUs: number;
  readonly segment: string;
  readonly direction: string;
  readonly text: string;
}

export function readKiwoom(name: 'intraday' | 'offhours'): readonly KiwoomLine[] {
  const lines = gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, FOLDER)))
    .toString('utf8')
    .split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { t, seg = '', dir, text } = JSON.parse(line) as { t: string; seg?: string; dir: string; text: string };
      return { receivedAtUs: Number(parseIsoNanoseconds(t)! / 1000n), segment: seg, direction: dir, text };
    });
}

export function kiwoomExpected(): { readonly [key: string]: unknown } {
  return JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8')) as { readonly [key: string]: unknown };
}

/** Decodes frames one after the other, each in the middle of a larger buffer, as a reader of a journal hands them over. */
export function decodeFrames(frames: readonly (string | Uint8Array)[], receivedAtUs = NOON_US): RecordedSink {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const decoder = createKiwoomDecoder(recorded.sink, symbols);
  for (const frame of frames) decoder.decode(frameRecord(bytesOf(frame), receivedAtUs));
  return recorded;
}

export function frameRecord(bytes: Uint8Array, receivedAtUs: number): TapeRecord {
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.venue = 'kiwoom';
  record.setTimesNs(BigInt(receivedAtUs) * 1000n, 0n);
  // What surrounds the payload would make a frame longer that is read past its end.
  record.bytes = new Uint8Array(bytes.length + 8).fill(0x20);
  record.bytes.fill(0x7d, bytes.length + 4);
  record.bytes.set(bytes, 4);
  record.start = 4;
  record.end = 4 + bytes.length;
  return record;
}

/** Decodes one REST body, the answer to the call that `meta` names. */
export function decodeBody(body: string | Uint8Array, meta: string): RecordedSink {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const record = frameRecord(bytesOf(body), NOON_US);
  record.kind = 'http-response';
  record.meta = meta;
  createKiwoomDecoder(recorded.sink, symbols).decode(record);
  return recorded;
}

/** What both forms say of a frame, or of the REST body that answers the call `meta` names, as lines to compare. */
export function bothForms(
  bytes: Uint8Array,
  meta?: string,
): { readonly production: readonly string[]; readonly reference: readonly string[] } {
  const symbols = new SymbolTable();
  const reference = recordedSink(symbols);
  decodeKiwoomReference(reference.sink, symbols, bytes, NOON_US, meta);
  const production = meta === undefined ? decodeFrames([bytes]) : decodeBody(bytes, meta);
  return { production: comparable(production.calls), reference: comparable(reference.calls) };
}

function bytesOf(frame: string | Uint8Array): Uint8Array {
  return typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
}

/** A frame of one row of any type. */
export function aRealFrame(type: string, values: { readonly [fid: string]: unknown }, item: unknown = '005930'): string {
  return JSON.stringify({ data: [{ values, type, name: 'x', item }], trnm: 'REAL' });
}

/** A `0B` row with only what a test is about. */
export function aTradeFrame(values: { readonly [fid: string]: unknown }, item: unknown = '005930'): string {
  const all = { '20': '115618', '10': '-257750', '15': '-19', '13': '7198927', ...values };
  return aRealFrame('0B', all, item);
}

/** A `0D` row whose fields are all 0 but for what a test is about. */
export function aBookFrame(values: { readonly [fid: string]: unknown } = {}, item: unknown = '005930'): string {
  const levels = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [String(41 + index), '0']));
  return aRealFrame('0D', { '21': '115618', ...levels, ...values }, item);
}

/** A `1h` row of an interruption that lasts, with only what a test is about. */
export function aVolatilityFrame(values: { readonly [fid: string]: unknown } = {}, item: unknown = '005930'): string {
  return aRealFrame('1h', { '9001': '005930', '9068': '1', '1221': '4125', '1223': '111454', '1224': '000000', ...values }, item);
}

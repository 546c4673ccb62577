import { canonicalJson, SymbolTable, TapeRecord } from '#domain';
import { createCsvDecoder } from '../../../venues/csv/decode.ts';
import { type RecordedSink, recordedSink } from '../recorded-sink.ts';

export interface CsvMeta {
  readonly columns?: readonly string[];
  readonly interval?: string;
  readonly symbol?: string;
  readonly zoneOffsetUs?: number;
  readonly timeIs?: string;
}

export function metaOf(meta: CsvMeta): string {
  const columns = ['time', 'open', 'high', 'low', 'close', 'volume'];
  return canonicalJson({ columns, interval: '1m', symbol: 'AAPL', zoneOffsetUs: 0, timeIs: 'open', ...meta });
}

/** Decodes lines of one file, each in the middle of a larger buffer. */
export function decodeLines(lines: readonly (string | Uint8Array)[], meta: CsvMeta = {}): RecordedSink {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const decoder = createCsvDecoder(recorded.sink, symbols);
  decoder.decode(csvRecord('connected', metaOf(meta), new Uint8Array(0)));
  for (const line of lines) decoder.decode(csvRecord('frame-in', '', typeof line === 'string' ? new TextEncoder().encode(line) : line));
  return recorded;
}

export function csvRecord(kind: 'connected' | 'frame-in', meta: string, line: Uint8Array, connection = 'file'): TapeRecord {
  const record = new TapeRecord();
  record.kind = kind;
  record.venue = 'csv';
  record.connection = connection;
  record.meta = meta;
  // Digits around the line: a cell that is read past its end would be another number.
  record.bytes = new Uint8Array(line.length + 8).fill(0x39);
  record.bytes.set(line, 4);
  record.start = 4;
  record.end = 4 + line.length;
  return record;
}

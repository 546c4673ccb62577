import { assert, type EventSink, type SymbolId, type SymbolTable, type TapeRecord } from '#domain';
import { readSignedDecimal } from '../byte-number.ts';
import type { Decoder } from '../venue.ts';
import { readCellTime, readDateAndTime } from './cell-time.ts';
import { CsvCells, cellText } from './cells.ts';
import { type CsvLayout, layoutOfColumns } from './columns.ts';
import { type CsvConnection, parseCsvConnection } from './connection.ts';

export const CSV_VENUE = 'csv';
/** The one channel: every line of a file is a bar. */
export const CSV_CHANNEL = 'ohlcv';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** How files write "no value" in the columns that may be empty. */
const ABSENT = /^(?:|-|nan|na|n\/a|null|none)$/i;
const QUOTED_MAX = 60;

interface OpenFile {
  readonly connection: CsvConnection;
  readonly symbol: SymbolId;
}

/** Reads each line of an imported file as a final bar; the `connected` record of its connection names the columns. */
export function createCsvDecoder(sink: EventSink, symbols: SymbolTable): Decoder {
  return new CsvDecoder(sink, symbols);
}

/**
 * The time a line names by the file's time columns, microseconds since the epoch; NaN when the line has no readable time.
 * `columns` are those of `parseCsvHeader`; `zoneOffsetUs` applies to times without a zone. For many lines use `csvBarClock`.
 */
export function csvBarTime(line: Uint8Array | string, columns: readonly string[], zoneOffsetUs: number): number {
  return csvBarClock(columns, zoneOffsetUs)(typeof line === 'string' ? new TextEncoder().encode(line) : line);
}

/** `csvBarTime` for all lines of a file: the columns are looked up once. */
export function csvBarClock(columns: readonly string[], zoneOffsetUs: number): (line: Uint8Array) => number {
  const result = layoutOfColumns(columns);
  assert(result.kind === 'layout', 'the columns come from parseCsvHeader, which takes only headers of bars');
  const cells = new CsvCells();
  const { layout } = result;
  return (line) => barTime(line, cells, cells.split(line, 0, line.length), layout, zoneOffsetUs);
}

class CsvDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #files = new Map<string, OpenFile | undefined>();
  readonly #cells = new CsvCells();
  /** open, high, low, close, volume, value, trades. */
  readonly #numbers = new Float64Array(7);
  #lastName = '';
  #lastFile: OpenFile | undefined;

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
  }

  decode(record: TapeRecord): void {
    if (record.kind === 'frame-in') this.#decodeLine(record);
    else if (record.kind === 'connected') this.#openFile(record.connection, record.meta);
  }

  #openFile(name: string, meta: string): void {
    const connection = parseCsvConnection(meta);
    this.#lastFile = undefined;
    this.#files.delete(name);
    if (typeof connection === 'string') {
      this.#sink.decodeFailure(CSV_CHANNEL, `connected record of "${name}": ${connection}`);
      return;
    }
    this.#files.set(name, { connection, symbol: this.#symbols.intern(CSV_VENUE, connection.symbol) });
    for (const column of connection.layout.unread) this.#sink.drift(CSV_CHANNEL, `column "${column}" is not read`);
  }

  #decodeLine(record: TapeRecord): void {
    const file = this.#fileOf(record.connection);
    if (file === undefined) {
      this.#sink.decodeFailure(CSV_CHANNEL, `no connected record named the columns of "${record.connection}"`);
      return;
    }
    const count = this.#cells.split(record.bytes, record.start, record.end);
    if (count >= 0) this.#sayBar(record.bytes, count, file);
    else this.#sink.decodeFailure(CSV_CHANNEL, 'a quote is not closed or is followed by more than a comma, or there are too many cells');
  }

  #sayBar(bytes: Uint8Array, count: number, file: OpenFile): void {
    const { layout, zoneOffsetUs, intervalUs, timeIs } = file.connection;
    const timeUs = barTime(bytes, this.#cells, count, layout, zoneOffsetUs);
    if (Number.isNaN(timeUs)) {
      this.#refuseTime(bytes, layout, count);
      return;
    }
    if (!this.#readNumbers(bytes, layout, count)) return;
    const n = this.#numbers;
    const openTimeUs = timeIs === 'open' ? timeUs : timeUs - intervalUs;
    this.#sink.bar(file.symbol, intervalUs, openTimeUs, n[0]!, n[1]!, n[2]!, n[3]!, n[4]!, n[5]!, n[6]!, true, false);
  }

  #fileOf(name: string): OpenFile | undefined {
    if (this.#lastFile === undefined || this.#lastName !== name) {
      this.#lastName = name;
      this.#lastFile = this.#files.get(name);
    }
    return this.#lastFile;
  }

  #readNumbers(bytes: Uint8Array, layout: CsvLayout, count: number): boolean {
    return (
      this.#readNumber(bytes, layout.open, count, 0, 'open') &&
      this.#readNumber(bytes, layout.high, count, 1, 'high') &&
      this.#readNumber(bytes, layout.low, count, 2, 'low') &&
      this.#readNumber(bytes, layout.close, count, 3, 'close') &&
      this.#readNumber(bytes, layout.volume, count, 4, 'volume') &&
      this.#readNumber(bytes, layout.value, count, 5, 'value') &&
      this.#readNumber(bytes, layout.trades, count, 6, 'trades')
    );
  }

  /** Prices (slots 0 to 3) must be there; the others are NaN where the file has no column or the cell says that there is none. */
  #readNumber(bytes: Uint8Array, column: number, count: number, slot: number, name: string): boolean {
    const isPresent = column >= 0 && column < count;
    const start = isPresent ? this.#cells.starts[column]! : 0;
    const stop = isPresent ? this.#cells.stops[column]! : 0;
    if (stop > start && readSignedDecimal(bytes, start, stop, this.#numbers, slot) === stop) return true;
    const text = cellText(bytes, start, stop);
    const value = NUMBER.test(text) ? Number(text) + 0 : Number.NaN; // + 0 makes -0 a 0
    const isAbsent = slot > 3 && ABSENT.test(text);
    this.#numbers[slot] = value;
    if (Number.isFinite(value) || isAbsent) return true;
    this.#refuse(name, isPresent ? `expected a number, found "${shortened(text)}"` : 'the line ends before it');
    return false;
  }

  #refuseTime(bytes: Uint8Array, layout: CsvLayout, count: number): void {
    const columns = layout.time >= 0 ? [layout.time] : [layout.date, layout.timeOfDay];
    const isCut = columns.some((column) => column >= count);
    const texts = isCut ? [] : columns.map((column) => cellText(bytes, this.#cells.starts[column]!, this.#cells.stops[column]!));
    this.#refuse('time', isCut ? 'the line ends before it' : `expected a time, found "${shortened(texts.join(' '))}"`);
  }

  #refuse(column: string, reason: string): void {
    this.#sink.decodeFailure(CSV_CHANNEL, `column "${column}": ${reason}`);
  }
}

function barTime(bytes: Uint8Array, cells: CsvCells, count: number, layout: CsvLayout, zoneOffsetUs: number): number {
  const { time, date, timeOfDay } = layout;
  if (time >= 0) {
    if (time >= count) return Number.NaN;
    return readCellTime(bytes, cells.starts[time]!, cells.stops[time]!, zoneOffsetUs);
  }
  if (date >= count || timeOfDay >= count) return Number.NaN;
  const { starts, stops } = cells;
  return readDateAndTime(bytes, starts[date]!, stops[date]!, starts[timeOfDay]!, stops[timeOfDay]!, zoneOffsetUs);
}

function shortened(text: string): string {
  return text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text;
}

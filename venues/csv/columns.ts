/** Which cell of a line is what; -1 where the file has no such column. */
export interface CsvLayout {
  /** The one column with the whole time, or -1 when `date` and `timeOfDay` are apart. */
  readonly time: number;
  readonly date: number;
  readonly timeOfDay: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly value: number;
  readonly trades: number;
  /** Names of the columns that no bar uses, in file order. */
  readonly unread: readonly string[];
}

export type CsvHeader =
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'invalid'; readonly reason: string };

export type CsvLayoutResult =
  | { readonly kind: 'layout'; readonly layout: CsvLayout }
  | { readonly kind: 'invalid'; readonly reason: string };

/** A line with more cells than this is no line of bars. */
export const CSV_COLUMNS_MAX = 1024;

/** Columns that hold date and time together, the most telling first. */
const WHOLE_TIME_NAMES = ['datetime', 'date_time', 'date time', 'timestamp', 'open_time', 'open time', 'opentime'];
const VOLUME_NAMES = ['volume', 'vol'];
const VALUE_NAMES = ['value', 'amount', 'turnover', 'quote_volume', 'quote volume', 'quote_asset_volume', 'quote asset volume'];
const TRADES_NAMES = ['trades', 'count', 'number_of_trades', 'number of trades', 'trade_count'];

/**
 * The columns of a header line: lower-cased names in file order, as the meta of the `connected` record holds them.
 * An unnamed first column is `time`, or `index` when another column already tells the time (a data frame's row numbers).
 * `<OPEN>` is read as `open`. The reason of an invalid header says what is missing and what was found.
 */
export function parseCsvHeader(line: string): CsvHeader {
  const cells = splitCsvLine(line.replace(/^\ufeff/, '').replace(/\r$/, ''));
  if (cells === undefined) return { kind: 'invalid', reason: 'a quoted column name is not closed' };
  if (cells.length > CSV_COLUMNS_MAX) return { kind: 'invalid', reason: `more than ${CSV_COLUMNS_MAX} columns` };
  const columns = cells.map((cell) =>
    cell
      .trim()
      .toLowerCase()
      .replace(/^<(.*)>$/, '$1'),
  );
  if (columns[0] === '') columns[0] = timeColumns(columns) === undefined ? 'time' : 'index';
  const result = layoutOfColumns(columns);
  return result.kind === 'layout' ? { kind: 'columns', columns } : result;
}

/** Finds the columns a bar is made of, by name. */
export function layoutOfColumns(columns: readonly string[]): CsvLayoutResult {
  if (columns.length > CSV_COLUMNS_MAX) return { kind: 'invalid', reason: `more than ${CSV_COLUMNS_MAX} columns` };
  const time = timeColumns(columns);
  if (time === undefined) return invalid('time', columns);
  const prices = ['open', 'high', 'low', 'close'].map((name) => columns.indexOf(name));
  const [open = -1, high = -1, low = -1, close = -1] = prices;
  if (open < 0) return invalid('open', columns);
  if (high < 0) return invalid('high', columns);
  if (low < 0) return invalid('low', columns);
  if (close < 0) return invalid('close', columns);
  const volume = firstOf(columns, VOLUME_NAMES);
  const value = firstOf(columns, VALUE_NAMES);
  const trades = firstOf(columns, TRADES_NAMES);
  const used = [time.time, time.date, time.timeOfDay, open, high, low, close, volume, value, trades];
  const repeated = columns.find((name, index) => used.includes(columns.indexOf(name)) && columns.indexOf(name) !== index);
  if (repeated !== undefined) return { kind: 'invalid', reason: `column "${repeated}" appears twice` };
  const unread = columns.filter((_, index) => !used.includes(index));
  return { kind: 'layout', layout: { ...time, open, high, low, close, volume, value, trades, unread } };
}

/** The cells of one line by RFC 4180, or `undefined` when a quote is not closed or is followed by more than a comma. */
export function splitCsvLine(line: string): string[] | undefined {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const stop = closingQuote(line, at + 1);
      if (stop < 0 || (stop + 1 < line.length && line[stop + 1] !== ',')) return undefined;
      cells.push(line.slice(at + 1, stop).replaceAll('""', '"'));
      at = stop + 1;
    } else {
      const comma = line.indexOf(',', at);
      const stop = comma < 0 ? line.length : comma;
      cells.push(line.slice(at, stop));
      at = stop;
    }
    if (at >= line.length) return cells;
    at++;
  }
}

function closingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] !== '"') continue;
    if (line[at + 1] !== '"') return at;
    at++;
  }
  return -1;
}

function timeColumns(columns: readonly string[]): Pick<CsvLayout, 'time' | 'date' | 'timeOfDay'> | undefined {
  const whole = firstOf(columns, WHOLE_TIME_NAMES);
  if (whole >= 0) return { time: whole, date: -1, timeOfDay: -1 };
  const date = columns.indexOf('date');
  const time = columns.indexOf('time');
  if (date >= 0 && time >= 0) return { time: -1, date, timeOfDay: time };
  if (date < 0 && time < 0) return undefined;
  return { time: time >= 0 ? time : date, date: -1, timeOfDay: -1 };
}

function firstOf(columns: readonly string[], names: readonly string[]): number {
  for (const name of names) {
    const index = columns.indexOf(name);
    if (index >= 0) return index;
  }
  return -1;
}

function invalid(name: string, columns: readonly string[]): { readonly kind: 'invalid'; readonly reason: string } {
  const separator = columns.length === 1 && /[;\t|]/.test(columns[0] ?? '') ? '; columns are separated by commas' : '';
  return { kind: 'invalid', reason: `no column "${name}" among ${columns.map((column) => `"${column}"`).join(', ')}${separator}` };
}

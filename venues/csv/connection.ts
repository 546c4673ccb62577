import { parseDuration, TapedeckError } from '#domain';
import { type CsvLayout, layoutOfColumns } from './columns.ts';

/** What the `connected` record of an imported file says about its lines. */
export interface CsvConnection {
  readonly layout: CsvLayout;
  readonly intervalUs: number;
  readonly symbol: string;
  /** Microseconds east of UTC for times without a zone. */
  readonly zoneOffsetUs: number;
  /** What the time column tells of a bar. */
  readonly timeIs: 'open' | 'close';
}

/** The meta of such a record, before it is written as canonical JSON. */
export interface CsvConnectionMeta {
  readonly columns: readonly string[];
  /** `1m`, `1h`, `1d`. */
  readonly interval: string;
  readonly symbol: string;
  readonly zoneOffsetUs: number;
  readonly timeIs: 'open' | 'close';
}

/** Reads the meta, or says as a text what is wrong with it. */
export function parseCsvConnection(meta: string): CsvConnection | string {
  const value = parseObject(meta);
  if (value === undefined) return 'the meta is no JSON object';
  const { columns, interval, symbol, zoneOffsetUs, timeIs } = value;
  if (!Array.isArray(columns) || !columns.every((name) => typeof name === 'string')) return 'columns: expected a list of names';
  if (typeof symbol !== 'string' || symbol === '') return 'symbol: expected a name';
  if (typeof zoneOffsetUs !== 'number' || !Number.isSafeInteger(zoneOffsetUs)) return 'zoneOffsetUs: expected whole microseconds';
  if (timeIs !== 'open' && timeIs !== 'close') return 'timeIs: expected "open" or "close"';
  const intervalUs = typeof interval === 'string' ? readInterval(interval) : Number.NaN;
  if (!(intervalUs > 0)) return 'interval: expected a length of time such as "1m"';
  const result = layoutOfColumns(columns);
  if (result.kind === 'invalid') return result.reason;
  return { layout: result.layout, intervalUs, symbol, zoneOffsetUs, timeIs };
}

function readInterval(text: string): number {
  try {
    return parseDuration(text, 'interval');
  } catch (error) {
    if (error instanceof TapedeckError) return Number.NaN;
    throw error;
  }
}

function parseObject(meta: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(meta);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // the caller reports it
  }
}

import { z } from 'zod';
import { type EventSink, microsecondsFromCivil, microsecondsOf, parseDuration, parseIsoNanoseconds, type SymbolTable } from '#domain';
import { layoutOfColumns } from '../../../venues/csv/columns.ts';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const ABSENT = ['', '-', 'nan', 'na', 'n/a', 'null', 'none'];

const Meta = z.object({
  columns: z.array(z.string()),
  interval: z.string(),
  symbol: z.string().min(1),
  zoneOffsetUs: z.int(),
  timeIs: z.enum(['open', 'close']),
});

/** What one line of a file means, written to be read: split, patterns, `Number`. The production decoder must say the same. */
export function decodeCsvReference(sink: EventSink, symbols: SymbolTable, meta: string, line: Uint8Array): void {
  const { columns, interval, symbol, zoneOffsetUs, timeIs } = Meta.parse(JSON.parse(meta));
  const result = layoutOfColumns(columns);
  if (result.kind === 'invalid') throw new Error(result.reason);
  const cells = split(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line).replace(/\r$/, ''));
  if (cells === undefined) return sink.decodeFailure('ohlcv', 'quotes');
  const { layout } = result;
  const anyTimeUs =
    layout.time >= 0 ? wholeTime(cells[layout.time], zoneOffsetUs) : dateAndTime(cells[layout.date], cells[layout.timeOfDay], zoneOffsetUs);
  const timeUs = anyTimeUs !== undefined && Number.isSafeInteger(anyTimeUs) ? anyTimeUs : undefined;
  const prices = [layout.open, layout.high, layout.low, layout.close].map((column) => numberOf(cells[column]));
  const extras = [layout.volume, layout.value, layout.trades].map((column) =>
    isAbsent(cells[column]) ? Number.NaN : numberOf(cells[column]),
  );
  if (timeUs === undefined || prices.includes(undefined) || extras.includes(undefined)) return sink.decodeFailure('ohlcv', 'a bad cell');
  const intervalUs = parseDuration(interval, 'interval');
  const [open, high, low, close] = prices as [number, number, number, number];
  const [volume, value, trades] = extras as [number, number, number];
  const openTimeUs = timeIs === 'open' ? timeUs : timeUs - intervalUs;
  sink.bar(symbols.intern('csv', symbol), intervalUs, openTimeUs, open, high, low, close, volume, value, trades, true, false);
}

/** Cells without the blanks around them; `undefined` where RFC 4180 is broken. */
function split(line: string): string[] | undefined {
  const cells: string[] = [];
  let rest = line;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",][^,]*|))(,|$)/s.exec(rest);
    if (match === null || cells.length === 1024) return undefined;
    cells.push((match[1] ?? match[2] ?? '').replace(/^[ \t]+/, '').replace(/[ \t]+$/, ''));
    if (match[3] === '') return cells;
    rest = rest.slice(match[0].length);
  }
}

function numberOf(text: string | undefined): number | undefined {
  const value = text !== undefined && NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value + 0 : undefined;
}

function isAbsent(text: string | undefined): boolean {
  return text === undefined || ABSENT.includes(text.toLowerCase());
}

function wholeTime(text: string | undefined, zoneOffsetUs: number): number | undefined {
  if (text === undefined || /[^ -~]/.test(text)) return undefined;
  if (/^\d{8}$/.test(text)) return dateAndTime(text, '000000', zoneOffsetUs);
  if (/^\d{14}$/.test(text)) return dateAndTime(text.slice(0, 8), text.slice(8), zoneOffsetUs);
  if (/^\d+$/.test(text)) return safe(epochUs(text));
  const seconds = /^(\d+)\.(\d+)$/.exec(text);
  if (seconds !== null)
    return seconds[1]!.length <= 11 && seconds[1]!.length !== 8 && seconds[1]!.length !== 4 ? fractional(seconds) : undefined;
  const iso = text.replace(/^(\d{4})\/(\d\d)\/(\d\d)/, '$1-$2-$3');
  const nanoseconds = parseIsoNanoseconds(iso, zoneOffsetUs);
  return nanoseconds === undefined ? undefined : microsecondsOf(nanoseconds);
}

function fractional(match: RegExpExecArray): number | undefined {
  return safe(BigInt(match[1]!) * 1_000_000n + BigInt(match[2]!.padEnd(6, '0').slice(0, 6)));
}

function epochUs(digits: string): bigint {
  if (digits.length <= 11) return BigInt(digits) * 1_000_000n;
  if (digits.length <= 13) return BigInt(digits) * 1000n;
  if (digits.length <= 17) return BigInt(digits);
  return digits.length <= 20 ? BigInt(digits) / 1000n : 1n << 64n;
}

function safe(timeUs: bigint): number | undefined {
  return timeUs <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(timeUs) : undefined;
}

function dateAndTime(date: string | undefined, time: string | undefined, zoneOffsetUs: number): number | undefined {
  const day =
    /^(\d{4})(\d\d)(\d\d)$/.exec(date ?? '') ?? /^(\d{4})-(\d\d)-(\d\d)$/.exec(date ?? '') ?? /^(\d{4})\/(\d\d)\/(\d\d)$/.exec(date ?? '');
  const clock = /^(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/.exec(time ?? '') ?? compactClock(time ?? '');
  if (day === null || clock === null) return undefined;
  const [year, month, dayOfMonth] = [Number(day[1]), Number(day[2]), Number(day[3])];
  const [hour, minute, second] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
  const microsecond = Number((clock[4] ?? '').padEnd(6, '0').slice(0, 6));
  const check = new Date(0);
  check.setUTCFullYear(year, month - 1, dayOfMonth);
  if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== dayOfMonth || hour > 23 || minute > 59 || second > 59) return undefined;
  return microsecondsFromCivil({ year, month, day: dayOfMonth, hour, minute, second, microsecond }) - zoneOffsetUs;
}

function compactClock(text: string): RegExpExecArray | null {
  return /^(\d{1,2})(\d\d)$/.exec(text) ?? /^(\d{1,2})(\d\d)(\d\d)$/.exec(text);
}

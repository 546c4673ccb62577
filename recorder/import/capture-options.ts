import { parseDuration, parseZoneOffset, usageError } from '#domain';

/** Every kind of file that `importCapture` reads. */
export const CAPTURE_FORMATS = ['ns-lines', 'jsonl', 'cryptofeed', 'ohlcv-csv'] as const;
export type CaptureFormat = (typeof CAPTURE_FORMATS)[number];

/** The unit of times written as numbers, and how many of its decimal digits are nanoseconds. */
export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Names of the members of a `jsonl` line. */
export interface JsonFields {
  readonly time: string;
  readonly direction: string;
  readonly text: string;
}

export interface CaptureProgress {
  /** Index of the file being read, and how many there are. */
  readonly file: number;
  readonly files: number;
  /** Bytes read of all files, as they are on disk. */
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly records: number;
}

export interface CaptureOptions {
  /** Regular files, gzip or plain, appended in this order. */
  readonly files: readonly string[];
  readonly format: CaptureFormat;
  /** The venue the frames come from; `ohlcv-csv` is always `csv`. */
  readonly venue?: string;
  /** `jsonl`: other names for `t`, `dir` and `text`. */
  readonly fields?: Partial<JsonFields>;
  /** `jsonl`: the unit of times that are numbers. */
  readonly timeUnit?: TimeUnit;
  /** `ohlcv-csv`: what the bars are of. */
  readonly symbol?: string;
  /** `ohlcv-csv`: the length of a bar, such as `1m`. */
  readonly interval?: string;
  /** `jsonl`, `ohlcv-csv`: the zone of times that name none, such as `+09:00`; UTC unless given. */
  readonly zone?: string;
  readonly onProgress?: (progress: CaptureProgress) => void;
}

/** The options after every check, with the defaults filled in. */
export interface CaptureSettings {
  readonly files: readonly string[];
  readonly format: CaptureFormat;
  readonly venue: string;
  readonly fields: JsonFields;
  readonly timeUnit: TimeUnit | undefined;
  readonly symbol: string;
  readonly intervalUs: number;
  readonly zoneOffsetUs: number;
}

/** Venue and connection names are one length byte in the journal. */
const VENUE_BYTES_MAX = 255;

/** Checks what can be checked without opening a file. */
export function checkCaptureOptions(options: CaptureOptions): CaptureSettings {
  const { files, format } = options;
  if (files.length === 0) throw usageError('IMPORT_FILE_MISSING', 'import needs at least one file');
  if (!CAPTURE_FORMATS.includes(format)) {
    throw usageError(
      'IMPORT_FORMAT_UNKNOWN',
      `there is no import format "${format}"; write one of ${CAPTURE_FORMATS.join(', ')} (--format)`,
    );
  }
  if (options.timeUnit !== undefined && !TIME_UNITS.includes(options.timeUnit)) {
    throw usageError('TIME_UNIT_UNKNOWN', `"${options.timeUnit}" is no time unit; write --time-unit ${TIME_UNITS.join('|')}`);
  }
  return {
    files,
    format,
    venue: venueOf(options),
    fields: { time: options.fields?.time ?? 't', direction: options.fields?.direction ?? 'dir', text: options.fields?.text ?? 'text' },
    timeUnit: options.timeUnit,
    zoneOffsetUs: zoneOffsetOf(options.zone),
    ...barsOf(options),
  };
}

function venueOf({ format, venue }: CaptureOptions): string {
  if (format === 'ohlcv-csv') {
    if (venue !== undefined && venue !== 'csv') {
      throw usageError('VENUE_INVALID', `ohlcv-csv lines are frames of venue csv, not of "${venue}"; leave --venue out`);
    }
    return 'csv';
  }
  if (venue === undefined || venue === '') throw usageError('VENUE_MISSING', `import of ${format} needs the venue of the frames (--venue)`);
  if (Buffer.byteLength(venue) > VENUE_BYTES_MAX) {
    throw usageError(
      'VENUE_INVALID',
      `the venue name has ${Buffer.byteLength(venue)} bytes; at most ${VENUE_BYTES_MAX} fit a record (--venue)`,
    );
  }
  return venue;
}

function zoneOffsetOf(zone: string | undefined): number {
  if (zone === undefined) return 0;
  const offsetUs = parseZoneOffset(zone);
  if (offsetUs !== undefined) return offsetUs;
  throw usageError(
    'TIME_ZONE_UNKNOWN',
    `time zone "${zone}" is not known; write UTC, KST or an offset such as +09:00 (--time-zone), because zones with daylight saving time are ambiguous`,
  );
}

function barsOf({ format, symbol, interval }: CaptureOptions): { readonly symbol: string; readonly intervalUs: number } {
  if (format !== 'ohlcv-csv') return { symbol: '', intervalUs: 0 };
  if (symbol === undefined || symbol === '')
    throw usageError('SYMBOL_MISSING', 'import of ohlcv-csv needs the symbol of the bars (--symbol)');
  if (interval === undefined)
    throw usageError('INTERVAL_MISSING', 'import of ohlcv-csv needs the length of a bar, such as 1m (--interval)');
  const intervalUs = parseDuration(interval, 'bar interval (--interval)');
  if (intervalUs <= 0) throw usageError('INTERVAL_INVALID', `bar interval "${interval}" must be above 0 (--interval)`);
  return { symbol, intervalUs };
}

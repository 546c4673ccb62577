import { isUtf8 } from 'node:buffer';
import { canonicalJson, formatDuration, usageError } from '#domain';
import { csvBarClock, parseCsvHeader } from '#venues';
import type { CaptureSettings } from './capture-options.ts';
import { isReceiveTime } from './decimal-time.ts';
import { type LineParser, ONLY_CONNECTION } from './line-parser.ts';
import type { LineSink } from './line-sink.ts';

/** A longer first line is no list of columns; it must fit the meta of a record. */
const HEADER_BYTES_MAX = 64 * 1024;

/**
 * Bars of one symbol, a header line first. Each line is one `frame-in` that arrived when its bar ended: earlier, a strategy would
 * see prices before they were made. The header is kept in the meta of a `connected` record, made anew when a file has other columns.
 */
export class OhlcvLineParser implements LineParser {
  readonly hasRawLines = false;
  readonly #settings: CaptureSettings;
  readonly #sink: LineSink;
  #meta = '';
  #clock: ((line: Uint8Array) => number) | undefined;

  constructor(settings: CaptureSettings, sink: LineSink) {
    this.#settings = settings;
    this.#sink = sink;
  }

  beginFile(): void {
    this.#clock = undefined;
  }

  parse(bytes: Buffer, start: number, end: number): void {
    if (this.#clock === undefined) this.#readHeader(bytes, start, end);
    else this.#readBar(this.#clock(bytes.subarray(start, end)), bytes, start, end);
  }

  #readBar(openTimeUs: number, bytes: Buffer, start: number, end: number): void {
    const endTimeUs = openTimeUs + this.#settings.intervalUs;
    // No safe integer either: the NaN of a time that cannot be read.
    const receivedAtNs = Number.isSafeInteger(endTimeUs) ? BigInt(endTimeUs) * 1000n : undefined;
    if (receivedAtNs !== undefined && isReceiveTime(receivedAtNs)) {
      this.#sink.record(receivedAtNs, ONLY_CONNECTION, 'frame-in', '', bytes, start, end);
    } else {
      this.#sink.malformed('the bar has no time that can be read', bytes, start, end);
    }
  }

  /** Throws a usage error for a header that names no bars: nothing after it could be read. */
  #readHeader(bytes: Buffer, start: number, end: number): void {
    const isText = end - start <= HEADER_BYTES_MAX && isUtf8(bytes.subarray(start, end));
    const header = isText
      ? parseCsvHeader(bytes.toString('utf8', start, end))
      : { kind: 'invalid' as const, reason: 'it is no line of text' };
    if (header.kind === 'invalid') throw usageError('CSV_HEADER_INVALID', `the first line names no columns of bars: ${header.reason}`);
    const { intervalUs, symbol, zoneOffsetUs } = this.#settings;
    this.#clock = csvBarClock(header.columns, zoneOffsetUs);
    const meta = canonicalJson({ columns: header.columns, interval: formatDuration(intervalUs), symbol, timeIs: 'open', zoneOffsetUs });
    if (meta === this.#meta) return;
    this.#meta = meta;
    this.#sink.connected(ONLY_CONNECTION, meta);
  }
}

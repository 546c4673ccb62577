import type { TapeRecord } from '#domain';

/** A batch is sent when it has this many rows or bytes: measured best between 5,000 and 10,000 rows. */
export const BATCH_ROWS_MAX = 10_000;
export const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** Distinct beginnings of lines that are kept ready: venue, connection, kind and channel. */
const HEADS_MAX = 4096;
/** Numbers, field names and quotes of a line, rounded up. */
const LINE_FIXED_BYTES = 256;
const INT64_MIN = -(1n << 63n);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;
const CR = 0x0d;

/** What a byte of a payload takes on the line: 1 as it is, 2 escaped or as two bytes of UTF-8. */
const WIDTH = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x80 || isEscaped(byte) ? 2 : 1));

function isEscaped(byte: number): boolean {
  return byte === QUOTE || byte === BACKSLASH || byte === LF || byte === CR;
}

/**
 * A batch of records as lines of the InfluxDB line protocol, in one buffer that is used again. Written by hand because the client's own
 * writer puts out one character at a time and cannot carry an exact int64 (22 k rows a second against 110 k).
 */
export class FrameLines {
  readonly #table: string;
  readonly #session: string;
  readonly #rowsMax: number;
  readonly #heads = new Map<string, Buffer>();
  #buffer = Buffer.allocUnsafe(BATCH_BYTES_MAX);
  #filled = 0;
  rows = 0;

  constructor(table: string, session: string, rowsMax: number) {
    this.#rowsMax = rowsMax;
    this.#table = table;
    this.#session = session;
  }

  /** True when the record has to wait for the next batch. A single record longer than a batch is a batch of its own. */
  isFullFor(record: TapeRecord): boolean {
    return this.rows > 0 && (this.rows >= this.#rowsMax || this.#filled + bytesMaxOf(record) > BATCH_BYTES_MAX);
  }

  add(record: TapeRecord, channel: string, tapeTimeNs: bigint): void {
    const bytesMax = bytesMaxOf(record) + channel.length * 6;
    if (this.#buffer.length - this.#filled < bytesMax) this.#grow(bytesMax);
    const head = this.#head(record, channel);
    head.copy(this.#buffer, this.#filled);
    this.#filled += head.length;
    this.#ascii(` seq=${record.sequence}i`);
    // Null stands for the one int64 that the server cannot hold; the reader gives it back.
    const { receivedAtNs, monotonicNs } = record;
    if (receivedAtNs !== INT64_MIN) this.#ascii(`,received=${receivedAtNs}n`);
    if (monotonicNs !== INT64_MIN) this.#ascii(`,mono=${monotonicNs}n`);
    if (record.meta !== '') this.#meta(record.meta);
    this.#ascii(',payload="');
    this.#payload(record.bytes, record.start, record.end);
    this.#ascii(`" ${tapeTimeNs}\n`);
    this.rows += 1;
  }

  /** Valid until `clear`. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#filled);
  }

  clear(): void {
    this.rows = 0;
    this.#filled = 0;
    // The room for one huge record is not kept.
    if (this.#buffer.length > 2 * BATCH_BYTES_MAX) this.#buffer = Buffer.allocUnsafe(BATCH_BYTES_MAX);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafe(this.#filled + bytes);
    this.#buffer.copy(larger, 0, 0, this.#filled);
    this.#buffer = larger;
  }

  #ascii(text: string): void {
    this.#filled += this.#buffer.write(text, this.#filled, 'latin1');
  }

  #meta(meta: string): void {
    this.#ascii(',meta="');
    this.#filled += this.#buffer.write(meta.replace(/["\\\n\r]/g, '\\$&'), this.#filled);
    this.#ascii('"');
  }

  /** Each byte as the character of its number, in UTF-8: invalid UTF-8 would be stored as it is and come back as something else. */
  #payload(bytes: Uint8Array, start: number, end: number): void {
    const target = this.#buffer;
    let at = this.#filled;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (WIDTH[byte] === 1) {
        target[at++] = byte;
      } else if (byte >= 0x80) {
        target[at++] = 0xc0 | (byte >> 6);
        target[at++] = 0x80 | (byte & 0x3f);
      } else {
        target[at++] = BACKSLASH;
        target[at++] = byte;
      }
    }
    this.#filled = at;
  }

  #head(record: TapeRecord, channel: string): Buffer {
    const { venue, connection, kind } = record;
    const key = `${kind}\u0000${channel}\u0000${connection}\u0000${venue}`;
    const known = this.#heads.get(key);
    if (known !== undefined) return known;
    if (this.#heads.size === HEADS_MAX) this.#heads.clear();
    const symbols = [
      ['session', this.#session],
      ['venue', venue],
      ['connection', connection],
      ['kind', kind],
      ['channel', channel],
    ] as const;
    const head = Buffer.from(`${this.#table}${symbols.map(([name, value]) => `,${name}=${escapedSymbol(value)}`).join('')}`);
    this.#heads.set(key, head);
    return head;
  }
}

function escapedSymbol(text: string): string {
  return text.replace(/[ ,=\\\n\r]/g, '\\$&');
}

/** Upper bound of the bytes of a line without its channel. */
function bytesMaxOf(record: TapeRecord): number {
  const texts = record.venue.length + record.connection.length + record.meta.length;
  return LINE_FIXED_BYTES + 200 + texts * 6 + record.payloadLength * 2;
}

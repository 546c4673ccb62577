import { RECORD_KINDS, type RecordKind, type TapeRecord } from '#domain';
import type { ParquetColumn, ParquetValues } from './parquet-writer.ts';

/** The columns of sealed frames. Times are plain INT64 nanoseconds: readers disagree about nanosecond annotations. */
export const FRAME_COLUMNS: readonly ParquetColumn[] = [
  { name: 'sequence', type: 'int64', isOptional: false, hasStatistics: true },
  { name: 'received_at_ns', type: 'int64', isOptional: false, hasStatistics: true },
  { name: 'monotonic_ns', type: 'int64', isOptional: false, hasStatistics: true },
  { name: 'venue', type: 'text', isOptional: false, hasStatistics: true, isDictionary: true },
  { name: 'connection', type: 'text', isOptional: false, hasStatistics: true, isDictionary: true },
  { name: 'kind', type: 'text', isOptional: false, hasStatistics: true, isDictionary: true },
  { name: 'meta', type: 'text', isOptional: false, hasStatistics: false },
  { name: 'channel', type: 'text', isOptional: false, hasStatistics: true, isDictionary: true },
  { name: 'payload', type: 'bytes', isOptional: false, hasStatistics: false },
];

/** What is read back: `channel` is derived from the payload and not part of the record. */
export const RECORD_COLUMNS: readonly string[] = FRAME_COLUMNS.map((column) => column.name).filter((name) => name !== 'channel');

export const GROUP_ROWS_MAX = 8_192;
export const GROUP_PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

/** Gathers records for one row group: copies what a record view will not keep. */
export class FrameGroup {
  readonly #sequence = new BigInt64Array(GROUP_ROWS_MAX);
  readonly #receivedAtNs = new BigInt64Array(GROUP_ROWS_MAX);
  readonly #monotonicNs = new BigInt64Array(GROUP_ROWS_MAX);
  readonly #texts: {
    readonly venue: string[];
    readonly connection: string[];
    readonly kind: RecordKind[];
    readonly meta: string[];
    readonly channel: string[];
  } = {
    venue: [],
    connection: [],
    kind: [],
    meta: [],
    channel: [],
  };
  #payloads: Uint8Array[] = [];
  #payloadBytes = 0;
  #copied = new Uint8Array(1 << 20);
  #filled = 0;
  rows = 0;

  /** True when the record would make the group larger than its limits; a single huge frame is a group of its own. */
  isFullFor(record: TapeRecord): boolean {
    return this.rows > 0 && (this.rows === GROUP_ROWS_MAX || this.#payloadBytes + record.payloadLength > GROUP_PAYLOAD_BYTES_MAX);
  }

  add(record: TapeRecord, channel: string): void {
    const row = this.rows++;
    this.#sequence[row] = BigInt(record.sequence);
    this.#receivedAtNs[row] = record.receivedAtNs;
    this.#monotonicNs[row] = record.monotonicNs;
    this.#texts.venue.push(record.venue);
    this.#texts.connection.push(record.connection);
    this.#texts.kind.push(record.kind);
    this.#texts.meta.push(record.meta);
    this.#texts.channel.push(channel);
    this.#payloads.push(this.#copy(record));
    this.#payloadBytes += record.payloadLength;
  }

  /** The group's columns, rows clustered by venue and channel (which compresses twice as well), each cluster in sequence. */
  columns(): readonly ParquetValues[] {
    const order = clusteredOrder(this.#texts.venue, this.#texts.channel, this.rows);
    const { venue, connection, kind, meta, channel } = this.#texts;
    return [
      permuted64(this.#sequence, order),
      permuted64(this.#receivedAtNs, order),
      permuted64(this.#monotonicNs, order),
      ...[venue, connection, kind, meta, channel].map((texts) => permuted<string>(texts, order)),
      permuted(this.#payloads, order),
    ];
  }

  clear(): void {
    this.rows = 0;
    for (const texts of Object.values(this.#texts)) texts.length = 0;
    this.#payloads = [];
    this.#payloadBytes = 0;
    this.#copied = new Uint8Array(1 << 20);
    this.#filled = 0;
  }

  /** Payloads are copied into blocks: one allocation for thousands of frames. */
  #copy(record: TapeRecord): Uint8Array {
    const length = record.payloadLength;
    if (length > this.#copied.length - this.#filled) {
      if (length > 1 << 18) return record.bytes.slice(record.start, record.end);
      this.#copied = new Uint8Array(1 << 20);
      this.#filled = 0;
    }
    const copy = this.#copied.subarray(this.#filled, this.#filled + length);
    // Frames are short: a loop beats the call that makes a view of the source.
    for (let i = 0; i < length; i++) copy[i] = record.bytes[record.start + i]!;
    this.#filled += length;
    return copy;
  }
}

/** Row numbers by cluster, clusters in order of first appearance. */
function clusteredOrder(venues: readonly string[], channels: readonly string[], rows: number): Uint32Array {
  const clusters = new Map<string, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = `${venues[row]}\u0000${channels[row]}`;
    const cluster = clusters.get(key);
    if (cluster === undefined) clusters.set(key, [row]);
    else cluster.push(row);
  }
  const order = new Uint32Array(rows);
  let at = 0;
  for (const cluster of clusters.values()) for (const row of cluster) order[at++] = row;
  return order;
}

function permuted<T>(values: readonly T[], order: Uint32Array): T[] {
  return Array.from(order, (row) => values[row]!);
}

function permuted64(values: BigInt64Array, order: Uint32Array): BigInt64Array {
  const result = new BigInt64Array(order.length);
  for (let i = 0; i < order.length; i++) result[i] = values[order[i]!]!;
  return result;
}

const KINDS: ReadonlySet<string> = new Set(RECORD_KINDS);

export function isRecordKind(text: string): text is RecordKind {
  return KINDS.has(text);
}

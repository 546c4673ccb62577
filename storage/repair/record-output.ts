import { canonicalJson, type JsonValue, type RecordKind, type TapeRecord } from '#domain';
import { type DiskFile, writeFully } from '../journal-disk.ts';
import { encodeRecord, kindCode, RECORD_FIELDS, RECORD_HEADER_BYTES, recordBytes } from '../record-codec.ts';
import { TextBytes } from '../record-text.ts';
import type { SegmentBuilder } from '../segment-builder.ts';
import type { TapeDigest } from '../tape-digest.ts';
import type { SegmentPiece } from './segment-salvage.ts';

const BUFFER_BYTES = 1024 * 1024;
const NO_BYTES = new Uint8Array(0);
const DECODER = new TextDecoder();

/** Connections that frames came from, most lately seen last: those that a hole in the tape may have cost something. */
export class SeenConnections {
  readonly #seen = new Map<string, { readonly venue: string; readonly connection: string }>();
  #last = NO_BYTES;

  /** One that goes on by itself: a segment may be made more than once. */
  copy(): SeenConnections {
    const copy = new SeenConnections();
    for (const [key, seen] of this.#seen) copy.#seen.set(key, seen);
    return copy;
  }

  /** Looks at the names of each record of a run; a name like the last one costs a comparison of bytes. */
  note(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    for (let at = start; at < end; at += view.getUint32(at + RECORD_FIELDS.length, true)) {
      const venueLength = bytes[at + RECORD_FIELDS.venueLength]!;
      const length = venueLength + bytes[at + RECORD_FIELDS.connectionLength]!;
      const from = at + RECORD_HEADER_BYTES;
      if (length === 0 || this.#isLast(bytes, from, length)) continue;
      this.#last = bytes.slice(from, from + length);
      const venue = DECODER.decode(this.#last.subarray(0, venueLength));
      const connection = DECODER.decode(this.#last.subarray(venueLength));
      this.#seen.set(`${venue}\u0000${connection}`, { venue, connection });
    }
  }

  all(): readonly { readonly venue: string; readonly connection: string }[] {
    return [...this.#seen.values()];
  }

  #isLast(bytes: Uint8Array, from: number, length: number): boolean {
    const last = this.#last;
    if (last.length !== length) return false;
    for (let i = 0; i < length; i++) if (last[i] !== bytes[from + i]) return false;
    return true;
  }
}

/** Takes the records of a segment that is made anew, from wherever they come: into its digests, and into its file where there is one. */
export class RecordOutput {
  readonly #builder: SegmentBuilder;
  readonly #file: DiskFile | undefined;
  readonly #text = new TextBytes();
  #buffer = new Uint8Array(BUFFER_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #filled = 0;
  #lastStart = 0;
  #position: number;
  #recordBytes = 0;
  #sequence: number;
  /** Times of the last record taken, for placeholders of lost ones. */
  lastReceivedAtNs = 0n;
  lastMonotonicNs = 0n;

  constructor(builder: SegmentBuilder, file: DiskFile | undefined) {
    this.#builder = builder;
    this.#file = file;
    this.#sequence = builder.firstSequence;
    this.#position = builder.header.length;
  }

  /** The sequence of the next record. */
  get sequence(): number {
    return this.#sequence;
  }

  get recordBytes(): number {
    return this.#recordBytes;
  }

  async addPiece({ bytes, view, start, end, lastStart, records }: SegmentPiece & { readonly kind: 'records' }): Promise<void> {
    await this.flush();
    this.#builder.add(bytes, view, start, end, lastStart);
    await this.#write(bytes.subarray(start, end));
    this.#sequence += records;
    this.#recordBytes += end - start;
    this.#keepTimes(view, lastStart);
  }

  /** A record of another store: encoded again, it has the very bytes it had. */
  async addRecord(record: TapeRecord): Promise<void> {
    const { venue, connection, kind, meta, bytes, start, end } = record;
    await this.#encode(record.receivedAtNs, record.monotonicNs, venue, connection, kind, meta, bytes, start, end);
  }

  /** A record that stands where one was lost; it has the times of the one before it. */
  async addPlaceholder(kind: RecordKind, venue: string, connection: string, meta: Readonly<Record<string, JsonValue>>): Promise<void> {
    const { lastReceivedAtNs, lastMonotonicNs } = this;
    await this.#encode(lastReceivedAtNs, lastMonotonicNs, venue, connection, kind, canonicalJson(meta), NO_BYTES, 0, 0);
  }

  async flush(): Promise<void> {
    const end = this.#filled;
    if (end === 0) return;
    this.#builder.add(this.#buffer, this.#view, 0, end, this.#lastStart);
    await this.#write(this.#buffer.subarray(0, end));
    this.#filled = 0;
  }

  async #encode(
    receivedAtNs: bigint,
    monotonicNs: bigint,
    venue: string,
    connection: string,
    kind: RecordKind,
    meta: string,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Promise<void> {
    const names = [this.#text.name(venue), this.#text.name(connection), this.#text.meta(meta)] as const;
    const length = recordBytes(...names, end - start);
    if (length > this.#buffer.length - this.#filled) await this.#makeRoom(length);
    const at = this.#filled;
    const code = kindCode(kind);
    const [venueBytes, connectionBytes, metaBytes] = names;
    this.#filled = encodeRecord(
      this.#buffer,
      this.#view,
      at,
      this.#sequence,
      receivedAtNs,
      monotonicNs,
      venueBytes,
      connectionBytes,
      code,
      metaBytes,
      bytes,
      start,
      end,
    );
    this.#lastStart = at;
    this.#sequence += 1;
    this.#recordBytes += length;
    this.#keepTimes(this.#view, at);
  }

  async #makeRoom(length: number): Promise<void> {
    await this.flush();
    if (length <= this.#buffer.length) return;
    this.#buffer = new Uint8Array(length);
    this.#view = new DataView(this.#buffer.buffer);
  }

  #keepTimes(view: DataView, at: number): void {
    this.lastReceivedAtNs = view.getBigInt64(at + RECORD_FIELDS.receivedAtNs, true);
    this.lastMonotonicNs = view.getBigInt64(at + RECORD_FIELDS.monotonicNs, true);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#file !== undefined) await writeFully(this.#file, [bytes], this.#position);
    this.#position += bytes.length;
  }
}

/** The digest of a tape so far, and where it stands. */
export interface TapePlace {
  readonly tape: TapeDigest;
  readonly records: number;
  readonly lastReceivedAtNs: bigint;
  readonly lastMonotonicNs: bigint;
}

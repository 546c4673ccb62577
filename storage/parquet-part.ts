import { createHash, type Hash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DAY_US, type TapeRecord, utcDate } from '#domain';
import { FRAME_COLUMNS, type FrameGroup } from './frame-columns.ts';
import { type Disk, type DiskFile, writeFully } from './journal-disk.ts';
import { PARQUET_SCHEMA_VERSION, type ParquetPart } from './parquet-manifest.ts';
import { ParquetFileWriter } from './parquet-writer.ts';

/** The key under which a part says the digest of the tape up to and with its last record. */
export const TAPE_DIGEST_KEY = 'tapedeck.tape_digest';
/** Payload of one part; files of about a tenth of it. */
const PART_PAYLOAD_BYTES_MAX = 1024 * 1024 * 1024;

/** Writes one sealed file. */
export class PartWriter {
  readonly #path: string;
  readonly #nextDayUs: number;
  readonly #file: PartFile;
  readonly #writer: ParquetFileWriter;
  readonly #groups: { offset: number; bytes: number; crc32: number; firstSequence: number; rows: number }[] = [];
  readonly #first: { readonly sequence: number; readonly receivedAtNs: bigint };
  #last: { sequence: number; receivedAtNs: bigint };
  #groupFirst: number;
  #payloadBytes = 0;

  private constructor(path: string, file: PartFile, writer: ParquetFileWriter, first: TapeRecord) {
    this.#path = path;
    this.#nextDayUs = (Math.floor(first.receivedAtUs / DAY_US) + 1) * DAY_US;
    this.#file = file;
    this.#writer = writer;
    this.#first = { sequence: first.sequence, receivedAtNs: first.receivedAtNs };
    this.#last = { ...this.#first };
    this.#groupFirst = first.sequence;
  }

  /** Begins part `number` of a session in a folder with its first record, whose UTC day names the folder below. */
  static async create(disk: Disk, folder: string, session: string, number: number, first: TapeRecord): Promise<PartWriter> {
    const path = `date=${utcDate(first.receivedAtUs)}/part-${String(number).padStart(6, '0')}.parquet`;
    await disk.makeDirectory(dirname(join(folder, path)), { recursive: true });
    const file = new PartFile(await disk.open(join(folder, path), 'create'));
    const metadata = {
      'tapedeck.table': 'frames',
      'tapedeck.schema_version': String(PARQUET_SCHEMA_VERSION),
      'tapedeck.session': session,
    };
    return new PartWriter(path, file, await ParquetFileWriter.create(file, FRAME_COLUMNS, metadata), first);
  }

  /** A part ends at its limits and when a later UTC day begins; a clock that goes back does not end it, or it could end at every record. */
  isFullFor(record: TapeRecord, rowsMax: number): boolean {
    const rows = record.sequence - this.#first.sequence;
    return rows >= rowsMax || this.#payloadBytes + record.payloadLength > PART_PAYLOAD_BYTES_MAX || record.receivedAtUs >= this.#nextDayUs;
  }

  note(record: TapeRecord): void {
    this.#last.sequence = record.sequence;
    this.#last.receivedAtNs = record.receivedAtNs;
    this.#payloadBytes += record.payloadLength;
  }

  async writeGroup(group: FrameGroup): Promise<void> {
    const offset = this.#file.bytes;
    await this.#writer.writeGroup(group.columns());
    const bytes = this.#file.bytes - offset;
    this.#groups.push({ offset, bytes, crc32: this.#file.lastCrc32, firstSequence: this.#groupFirst, rows: group.rows });
    this.#groupFirst += group.rows;
  }

  /** Ends the file and makes its bytes survive a power cut. `tapeDigest` is that of the tape up to and with the part's last record. */
  async finish(tapeDigest: string): Promise<ParquetPart> {
    await this.#writer.finish({ [TAPE_DIGEST_KEY]: tapeDigest });
    await this.#file.sync();
    await this.#file.close();
    return {
      path: this.#path,
      bytes: this.#file.bytes,
      sha256: this.#file.sha256(),
      rows: this.#last.sequence - this.#first.sequence + 1,
      firstSequence: this.#first.sequence,
      lastSequence: this.#last.sequence,
      firstReceivedAtNs: String(this.#first.receivedAtNs),
      lastReceivedAtNs: String(this.#last.receivedAtNs),
      groups: this.#groups,
    };
  }

  /** Closes the file as it is, of which nothing is wanted. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }
}

/** The file under a part, with what the manifest says of its bytes. */
class PartFile {
  readonly #file: DiskFile;
  readonly #hash: Hash = createHash('sha256');
  bytes = 0;
  /** Of the last write, which is one row group. */
  lastCrc32 = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.lastCrc32 = crc32(bytes);
    this.bytes += await writeFully(this.#file, [bytes], this.bytes);
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  /** May be called again. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { integrityError, type Tape, TapeRecord, usageError, utcDate } from '#domain';
import { sessionInfo } from './catalogue.ts';
import { FRAME_COLUMNS, FrameGroup } from './frame-columns.ts';
import { nodeDisk } from './journal-disk.ts';
import {
  PARQUET_SCHEMA_VERSION,
  type ParquetManifest,
  type ParquetPart,
  readParquetManifest,
  writeParquetManifest,
} from './parquet-manifest.ts';
import { computeTapeDigest, readPart } from './parquet-tape.ts';
import { verifyParquet } from './parquet-verify.ts';
import { ParquetFileWriter } from './parquet-writer.ts';
import { type SessionPaths, sessionPaths } from './session-paths.ts';
import { TapeDigest } from './tape-digest.ts';

export interface SealOptions {
  readonly dataDir: string;
  /** The channel label of a record; storage knows no venues. */
  readonly channelOf: (record: TapeRecord) => string;
  readonly onProgress?: (rows: number) => void;
  /** A part is cut when it has this many rows; 4 Mi unless told. */
  readonly partRowsMax?: number;
}

export interface SealResult {
  readonly session: string;
  readonly parts: number;
  readonly rows: number;
  readonly bytes: number;
  readonly tapeDigest: string;
}

const PART_ROWS_MAX = 4 * 1024 * 1024;
/** Payload of one part; files of about a tenth of it. */
const PART_PAYLOAD_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Writes a closed session's tape as Parquet, reads every file back and compares it with what was written, and only then names it in the manifest.
 * A session that is sealed and whole is left as it is; a damaged copy is written again. The journal is never touched.
 */
export async function sealTape(tape: Tape, options: SealOptions): Promise<SealResult> {
  const paths = sessionPaths(options.dataDir, tape.session);
  const info = await sessionInfo(options.dataDir, tape.session);
  if (info.state === 'open')
    throw usageError('SESSION_OPEN', `session "${tape.session}" is still open; close it (stop the recorder) before it is sealed`);
  const tapeDigest = await tape.digest();
  const known = await wholeCopy(options.dataDir, tape.session, paths, tapeDigest);
  if (known !== undefined) return resultOf(known);
  await mkdir(paths.parquetDir, { recursive: true });
  const sealer = new Sealer(paths, options);
  const manifest = await sealer.write(tape);
  if (manifest.tapeDigest !== tapeDigest) {
    throw integrityError(
      'SEAL_DIFFERS',
      `session "${tape.session}": what was sealed has digest ${manifest.tapeDigest}, the journal ${tapeDigest}; run "tapedeck verify ${tape.session}"`,
    );
  }
  await removeStrays(paths, manifest);
  await writeParquetManifest(paths, manifest);
  return resultOf(manifest);
}

/** The manifest of a sealed copy that is whole and of this very tape. */
async function wholeCopy(dataDir: string, session: string, paths: SessionPaths, tapeDigest: string): Promise<ParquetManifest | undefined> {
  const found = await verifyParquet(dataDir, session);
  if (found === undefined || found.problems.length > 0 || found.tapeDigest !== tapeDigest) return undefined;
  return readParquetManifest(paths);
}

function resultOf({ session, parts, rows, tapeDigest }: ParquetManifest): SealResult {
  return { session, parts: parts.length, rows, bytes: parts.reduce((sum, part) => sum + part.bytes, 0), tapeDigest };
}

/** Parts of an earlier, damaged copy that the new manifest does not name. */
async function removeStrays(paths: SessionPaths, manifest: ParquetManifest): Promise<void> {
  const kept = new Set(manifest.parts.map((part) => part.path));
  for (const folder of await readdir(paths.parquetDir)) {
    if (!folder.startsWith('date=')) continue;
    for (const name of await readdir(join(paths.parquetDir, folder))) {
      if (!kept.has(`${folder}/${name}`)) await rm(join(paths.parquetDir, folder, name));
    }
  }
}

class Sealer {
  readonly #paths: SessionPaths;
  readonly #options: SealOptions;
  readonly #group = new FrameGroup();
  readonly #parts: ParquetPart[] = [];
  readonly #digest = new TapeDigest();
  #part: PartWriter | undefined;
  #rows = 0;

  constructor(paths: SessionPaths, options: SealOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  async write(tape: Tape): Promise<ParquetManifest> {
    const record = new TapeRecord();
    try {
      for await (const batch of tape.batches()) {
        while (batch.next(record)) await this.#add(record);
        this.#options.onProgress?.(this.#rows);
      }
      await this.#endPart();
    } catch (error) {
      await this.#part?.abandon();
      throw error;
    }
    return { session: tape.session, rows: this.#rows, tapeDigest: this.#digest.hex(), parts: this.#parts };
  }

  async #add(record: TapeRecord): Promise<void> {
    if (this.#part?.isFullFor(record, this.#options.partRowsMax ?? PART_ROWS_MAX) === true) await this.#endPart();
    if (this.#group.isFullFor(record)) await this.#endGroup();
    this.#part ??= await PartWriter.create(this.#paths, this.#parts.length + 1, record);
    this.#part.note(record);
    this.#digest.add(record);
    this.#group.add(record, this.#options.channelOf(record));
    this.#rows += 1;
  }

  async #endGroup(): Promise<void> {
    if (this.#group.rows === 0) return;
    await this.#part!.writeGroup(this.#group);
    this.#group.clear();
  }

  async #endPart(): Promise<void> {
    if (this.#part === undefined) return;
    await this.#endGroup();
    this.#parts.push(await this.#part.finish());
    this.#part = undefined;
  }
}

/** One sealed file while it is written, under a name that readers of the folder pass over. */
class PartWriter {
  readonly #folder: string;
  readonly #path: string;
  readonly #day: string;
  readonly #file: FileHandle;
  readonly #writer: ParquetFileWriter;
  readonly #hash: Hash;
  readonly #digest = new TapeDigest();
  readonly #groups: { offset: number; bytes: number; crc32: number; firstSequence: number; rows: number }[] = [];
  readonly #written: { bytes: number; crc: number };
  readonly #firstSequence: number;
  readonly #firstReceivedAtNs: bigint;
  #lastSequence = -1;
  #lastReceivedAtNs = 0n;
  #groupFirst: number;
  #payloadBytes = 0;

  private constructor(
    folder: string,
    path: string,
    day: string,
    file: FileHandle,
    writer: ParquetFileWriter,
    hash: Hash,
    written: { bytes: number; crc: number },
    first: TapeRecord,
  ) {
    this.#folder = folder;
    this.#path = path;
    this.#day = day;
    this.#file = file;
    this.#writer = writer;
    this.#hash = hash;
    this.#written = written;
    this.#firstSequence = first.sequence;
    this.#firstReceivedAtNs = first.receivedAtNs;
    this.#groupFirst = first.sequence;
  }

  static async create(paths: SessionPaths, number: number, first: TapeRecord): Promise<PartWriter> {
    const day = utcDate(first.receivedAtUs);
    const path = `date=${day}/part-${String(number).padStart(6, '0')}.parquet`;
    await mkdir(dirname(join(paths.parquetDir, path)), { recursive: true });
    const file = await open(join(paths.parquetDir, temporaryName(path)), 'w');
    const hash = createHash('sha256');
    const written = { bytes: 0, crc: 0 };
    const target = {
      write: async (bytes: Uint8Array): Promise<void> => {
        hash.update(bytes);
        written.crc = crc32(bytes);
        written.bytes += bytes.length;
        await file.write(bytes);
      },
    };
    const metadata = { 'tapedeck.schema_version': String(PARQUET_SCHEMA_VERSION), 'tapedeck.session': paths.session };
    const writer = await ParquetFileWriter.create(target, FRAME_COLUMNS, metadata);
    return new PartWriter(paths.parquetDir, path, day, file, writer, hash, written, first);
  }

  /** A part ends at its limits and when a later UTC day begins; a clock that goes back does not end it. */
  isFullFor(record: TapeRecord, rowsMax: number): boolean {
    const rows = record.sequence - this.#firstSequence;
    return (
      rows >= rowsMax || this.#payloadBytes + record.payloadLength > PART_PAYLOAD_BYTES_MAX || utcDate(record.receivedAtUs) > this.#day
    );
  }

  note(record: TapeRecord): void {
    this.#lastSequence = record.sequence;
    this.#lastReceivedAtNs = record.receivedAtNs;
    this.#payloadBytes += record.payloadLength;
    this.#digest.add(record);
  }

  async writeGroup(group: FrameGroup): Promise<void> {
    const offset = this.#written.bytes;
    await this.#writer.writeGroup(group.columns());
    const bytes = this.#written.bytes - offset;
    this.#groups.push({ offset, bytes, crc32: this.#written.crc, firstSequence: this.#groupFirst, rows: group.rows });
    this.#groupFirst += group.rows;
  }

  /** Ends the file, reads it back, compares, and gives it its name. */
  async finish(): Promise<ParquetPart> {
    await this.#writer.finish();
    await this.#file.datasync();
    await this.#file.close();
    const temporary = join(this.#folder, temporaryName(this.#path));
    const readBack = await computeTapeDigest(readPart(temporary, this.#path, this.#firstSequence), new TapeRecord());
    if (readBack !== this.#digest.hex()) {
      throw integrityError('SEAL_DIFFERS', `${this.#path} read back is not what was written; nothing was sealed, the journal is untouched`);
    }
    await rename(temporary, join(this.#folder, this.#path));
    await nodeDisk.syncDirectory(dirname(join(this.#folder, this.#path)));
    return {
      path: this.#path,
      bytes: this.#written.bytes,
      sha256: this.#hash.digest('hex'),
      rows: this.#lastSequence - this.#firstSequence + 1,
      firstSequence: this.#firstSequence,
      lastSequence: this.#lastSequence,
      firstReceivedAtNs: String(this.#firstReceivedAtNs),
      lastReceivedAtNs: String(this.#lastReceivedAtNs),
      groups: this.#groups,
    };
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(join(this.#folder, temporaryName(this.#path)), { force: true });
  }
}

function temporaryName(path: string): string {
  const [folder, name] = path.split('/');
  return `${folder}/_${name}.tmp`;
}

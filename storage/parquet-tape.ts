import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { integrityError, type RecordBatch, type RecordKind, type Tape, type TapeRecord, usageError } from '#domain';
import { isRecordKind, RECORD_COLUMNS } from './frame-columns.ts';
import { type Disk, nodeDisk, parquetError } from './journal-disk.ts';
import { partFault } from './parquet-check.ts';
import { BytesColumn, Int64Column, TextColumn } from './parquet-columns.ts';
import { type ParquetManifest, readParquetManifest } from './parquet-manifest.ts';
import { type ColumnChunk, KeptBytes } from './parquet-pages.ts';
import { ParquetFile } from './parquet-reader.ts';
import { sessionPaths } from './session-paths.ts';
import { isSystemError } from './system-error.ts';
import { TapeDigest } from './tape-digest.ts';
import { firstSequenceOf, type TapeStart } from './tape-start.ts';

/** Opens the sealed copy of a session as a tape; `SESSION_NOT_SEALED` when there is none. */
export async function openParquetTape(dataDir: string, session: string, options: { readonly disk?: Disk } = {}): Promise<ParquetTape> {
  const paths = sessionPaths(dataDir, session);
  const manifest = await readParquetManifest(paths, options.disk);
  if (manifest === undefined)
    throw usageError('SESSION_NOT_SEALED', `session "${session}" has no sealed copy in ${dataDir}; run: tapedeck seal ${session}`);
  return new ParquetTape(paths.parquetDir, manifest, options.disk);
}

/**
 * The records of a sealed session in sequence, one row group in memory at a time.
 * The bytes of a file are compared with its SHA-256 before its first record is given: what is read is what was read back when it was sealed.
 * Damage is `PARQUET_CORRUPT` with file and record, a read that fails `PARQUET_IO`.
 */
export class ParquetTape implements Tape {
  readonly session: string;
  readonly manifest: ParquetManifest;
  /** Where its parts are. */
  readonly folder: string;
  readonly #disk: Disk;

  constructor(folder: string, manifest: ParquetManifest, disk: Disk = nodeDisk) {
    this.folder = folder;
    this.#disk = disk;
    this.manifest = manifest;
    this.session = manifest.session;
  }

  /** From any record on it reads no part and no row group before it. What is not read is not checked. */
  async *batches(start: TapeStart = {}): AsyncGenerator<RecordBatch> {
    const fromSequence = firstSequenceOf(start);
    const memory = new GroupMemory();
    let sequence = 0;
    for (const part of this.manifest.parts) {
      if (part.firstSequence !== sequence) throw corrupt(part.path, sequence, `it begins at record ${part.firstSequence}`);
      if (part.lastSequence < fromSequence) {
        sequence = part.lastSequence + 1;
        continue;
      }
      const fault = await partFault(this.folder, part, this.#disk);
      if (fault !== undefined) throw corrupt(part.path, fault.sequence, fault.message);
      const path = join(this.folder, part.path);
      for await (const batch of readPart(path, part.path, sequence, { memory, fromSequence, disk: this.#disk })) {
        yield batch;
        sequence = batch.end;
      }
      if (sequence !== part.lastSequence + 1) throw corrupt(part.path, sequence, `it should end at record ${part.lastSequence}`);
    }
    if (sequence !== this.manifest.rows)
      throw corrupt('_manifest.json', sequence, `the parts hold ${sequence} of ${this.manifest.rows} records`);
  }

  /** What the manifest says: computed from the records when the files were read back. `verifyParquet` computes it again. */
  async digest(): Promise<string> {
    return this.manifest.tapeDigest;
  }
}

/** The tape digest of any store, computed from its records. */
export async function computeTapeDigest(batches: AsyncIterable<RecordBatch>, record: TapeRecord, onRecord?: () => void): Promise<string> {
  const digest = new TapeDigest();
  for await (const batch of batches) {
    while (batch.next(record)) {
      digest.add(record);
      onRecord?.();
    }
  }
  return digest.hex();
}

/**
 * A row group is handed out in batches of this many records with a turn of the event loop between them. Without it, what a replay writes
 * waits a whole row group, grows old in the heap and makes memory grow with the tape (5 million frames: 226 MB, with it 168 MB).
 */
const BATCH_ROWS_MAX = 8192;

/**
 * Reads one sealed file, whose first record is `firstSequence`, from record `fromSequence` on; a row group is read and decoded, over the one
 * before, when it is asked for.
 */
export async function* readPart(
  path: string,
  name: string,
  firstSequence: number,
  options: { readonly memory?: GroupMemory; readonly fromSequence?: number; readonly disk?: Disk } = {},
): AsyncGenerator<FrameBatch> {
  const { memory = new GroupMemory(), fromSequence = firstSequence, disk = nodeDisk } = options;
  let sequence = firstSequence;
  let file: ParquetFile | undefined;
  try {
    file = await ParquetFile.open(path, memory.read, disk);
    for (let group = 0; group < file.groupCount; group++) {
      const rows = file.groupRows(group);
      const skipped = Math.max(0, fromSequence - sequence);
      if (skipped < rows) memory.decode(await file.readGroup(group, RECORD_COLUMNS), sequence);
      for (let first = skipped; first < rows; first += BATCH_ROWS_MAX) {
        yield new FrameBatch(memory, first, Math.min(rows, first + BATCH_ROWS_MAX), sequence);
        await nextTurn();
      }
      sequence += rows;
    }
  } catch (error) {
    if (isSystemError(error)) throw parquetError(error, `cannot read ${path}`);
    throw corrupt(name, sequence, error instanceof Error ? error.message : String(error), error);
  } finally {
    await file?.close();
  }
}

/** One decoded row group, in memory that is kept for the next: about the largest group, compressed and not. */
export class GroupMemory {
  readonly read = new KeptBytes();
  readonly sequence = new Int64Column();
  readonly receivedAtNs = new Int64Column();
  readonly monotonicNs = new Int64Column();
  readonly venue = new TextColumn();
  readonly connection = new TextColumn();
  readonly kind = new TextColumn();
  readonly meta = new TextColumn();
  readonly payload = new BytesColumn();
  /** The row of each sequence: rows are clustered by channel in the file. */
  rowOf = new Int32Array(0);

  /** Decodes the columns of `RECORD_COLUMNS`; throws unless the group holds exactly the sequences from `firstSequence` on. */
  decode(chunks: readonly ColumnChunk[], firstSequence: number): void {
    const { sequence, receivedAtNs, monotonicNs, venue, connection, kind, meta, payload } = this;
    const columns = [sequence, receivedAtNs, monotonicNs, venue, connection, kind, meta, payload];
    for (const [i, column] of columns.entries()) column.decode(chunks[i]!);
    this.#findRows(chunks[0]!.rows, firstSequence);
  }

  /** Moves the view to the record at a place of the group in sequence. */
  show(place: number, sequence: number, record: TapeRecord): void {
    const row = this.rowOf[place]!;
    const times = this.receivedAtNs.words;
    const monotonic = this.monotonicNs.words;
    record.sequence = sequence;
    record.setTimes(times[row * 2 + 1]!, times[row * 2]! >>> 0, monotonic[row * 2 + 1]!, monotonic[row * 2]! >>> 0);
    record.venue = this.venue.text(row);
    record.connection = this.connection.text(row);
    record.kind = recordKind(this.kind.text(row), sequence);
    record.meta = this.meta.text(row);
    record.bytes = this.payload.bytes;
    record.start = this.payload.starts[row]!;
    record.end = this.payload.ends[row]!;
  }

  #findRows(rows: number, firstSequence: number): void {
    if (this.rowOf.length < rows) this.rowOf = new Int32Array(rows);
    const rowOf = this.rowOf.fill(-1, 0, rows);
    for (let row = 0; row < rows; row++) {
      const place = this.sequence.number(row) - firstSequence;
      if (!(place >= 0 && place < rows) || rowOf[place] !== -1) throw new Error(`record ${this.sequence.number(row)} is out of place`);
      rowOf[place] = row;
    }
  }
}

/** Records of a row group in sequence, from place `start` of the group to `end`. */
class FrameBatch implements RecordBatch {
  /** The sequence after its last record. */
  readonly end: number;
  readonly #group: GroupMemory;
  readonly #firstSequence: number;
  readonly #endPlace: number;
  #next: number;

  constructor(group: GroupMemory, start: number, end: number, firstSequence: number) {
    this.#group = group;
    this.end = firstSequence + end;
    this.#next = start;
    this.#endPlace = end;
    this.#firstSequence = firstSequence;
  }

  next(record: TapeRecord): boolean {
    const place = this.#next;
    if (place === this.#endPlace) return false;
    this.#next = place + 1;
    this.#group.show(place, this.#firstSequence + place, record);
    return true;
  }
}

function recordKind(text: string, sequence: number): RecordKind {
  if (!isRecordKind(text)) throw new Error(`record ${sequence} has the unknown kind "${text}"`);
  return text;
}

function corrupt(file: string, sequence: number, reason: string, cause?: unknown) {
  return integrityError(
    'PARQUET_CORRUPT',
    `${file}: damaged at record ${sequence}: ${reason}; run "tapedeck verify", then seal again from the journal`,
    cause,
  );
}

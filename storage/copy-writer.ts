import { join } from 'node:path';
import { integrityError, type RecordBatch, type Tape, type TapedeckError, TapeRecord } from '#domain';
import { FrameGroup } from './frame-columns.ts';
import type { Disk } from './journal-disk.ts';
import { partFault, statedDigest } from './parquet-check.ts';
import { PARQUET_SCHEMA_VERSION, type ParquetManifest, type ParquetPart } from './parquet-manifest.ts';
import { PartWriter } from './parquet-part.ts';
import { GroupMemory, readPart } from './parquet-tape.ts';
import type { SealingFolder } from './sealing-folder.ts';
import type { TapeDigest } from './tape-digest.ts';
import type { TapeStart } from './tape-start.ts';

/** A tape that can be read from a record on; one that begins at its first record whatever is asked is right too, and slower. */
export interface SealedTape extends Tape {
  batches(start?: TapeStart): AsyncIterable<RecordBatch>;
}

export interface CopyOptions {
  readonly session: string;
  /** The channel label of a record; storage knows no venues. */
  readonly channelOf: (record: TapeRecord) => string;
  readonly partRowsMax: number;
  readonly onProgress?: (rows: number) => void;
}

/** Parts of an earlier writer, and the digest of the tape up to their end. */
export interface CopyStart {
  readonly parts: readonly ParquetPart[];
  readonly digest: TapeDigest;
}

/**
 * Writes the parts of one session into the folder where its copy is made: from a closed tape in one go, or from what there is of a growing one, as often as
 * there is more. A part ends at its own limits only, so that both ways make the same files. Every part is read back when it is finished, and noted.
 */
export class CopyWriter {
  readonly #disk: Disk;
  readonly #folder: SealingFolder;
  readonly #options: CopyOptions;
  readonly #group = new FrameGroup();
  readonly #parts: ParquetPart[];
  /** Of what was handed to the writer, and of what the files gave back. */
  readonly #written: TapeDigest;
  readonly #readBack: TapeDigest;
  readonly #memory = new GroupMemory();
  #part: PartWriter | undefined;
  #rows: number;

  constructor(disk: Disk, folder: SealingFolder, start: CopyStart, options: CopyOptions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#options = options;
    this.#parts = [...start.parts];
    this.#written = start.digest.copy();
    this.#readBack = start.digest.copy();
    this.#rows = rowsOf(start.parts);
  }

  /** Records that were taken; those of a part that is not finished are in no file that is kept. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes the records of the tape that it has not taken yet. */
  async take(tape: SealedTape): Promise<void> {
    const record = new TapeRecord();
    for await (const batch of tape.batches({ fromSequence: this.#rows })) {
      while (this.#takeBatch(batch, record)) await this.#makeRoom(record);
      this.#options.onProgress?.(this.#rows);
    }
  }

  /** Ends the last part, and says what the copy is. */
  async finish(): Promise<ParquetManifest> {
    await this.#endPart();
    return this.#finished();
  }

  /** Closes what is open; nothing may be called after. */
  async abandon(): Promise<void> {
    await this.#part?.abandon();
  }

  /** Takes records until the batch is empty (false), or until one needs room (true) and is still to be added: a promise a record is too dear. */
  #takeBatch(batch: RecordBatch, record: TapeRecord): boolean {
    while (batch.next(record)) {
      if (record.sequence < this.#rows) continue;
      if (this.#part === undefined || this.#part.isFullFor(record, this.#options.partRowsMax) || this.#group.isFullFor(record)) return true;
      this.#add(this.#part, record);
    }
    return false;
  }

  async #makeRoom(record: TapeRecord): Promise<void> {
    if (this.#part?.isFullFor(record, this.#options.partRowsMax) === true) {
      await this.#endPart();
      // Not the last one of the session: that one may end anywhere, and is finished with the copy.
      await this.#folder.note(this.#finished());
    }
    if (this.#group.isFullFor(record)) await this.#endGroup();
    this.#part ??= await PartWriter.create(this.#disk, this.#folder.copyDir, this.#options.session, this.#parts.length + 1, record);
    this.#add(this.#part, record);
  }

  #add(part: PartWriter, record: TapeRecord): void {
    part.note(record);
    this.#written.add(record);
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
    const part = await this.#part.finish(this.#written.hex());
    this.#part = undefined;
    await this.#compare(part);
    this.#parts.push(part);
  }

  /** Reads a finished part back: all its bytes, then, as anybody would read them, its records. */
  async #compare(part: ParquetPart): Promise<void> {
    const { session } = this.#options;
    const fault = await partFault(this.#folder.copyDir, part, this.#disk);
    if (fault !== undefined) throw sealDiffers(session, `${part.path} read back is not what was written: ${fault.message}`);
    await addRecords(this.#readBack, this.#folder.copyDir, part, this.#memory, this.#disk);
    const digest = this.#readBack.hex();
    if (digest === this.#written.hex() && (await statedDigest(this.#folder.copyDir, part, this.#disk)) === digest) return;
    throw sealDiffers(session, `records ${part.firstSequence} to ${part.lastSequence} read back are not what was written`);
  }

  #finished(): ParquetManifest {
    return manifestOf(this.#options.session, this.#parts, this.#readBack);
  }
}

export function sealDiffers(session: string, what: string): TapedeckError {
  return integrityError('SEAL_DIFFERS', `session "${session}": ${what}; nothing was sealed, run "tapedeck verify ${session}"`);
}

/** What these parts, read back into the digest, are as a copy. */
export function manifestOf(session: string, parts: readonly ParquetPart[], readBack: TapeDigest): ParquetManifest {
  return { schemaVersion: PARQUET_SCHEMA_VERSION, session, rows: rowsOf(parts), tapeDigest: readBack.hex(), parts: [...parts] };
}

/** Adds the records of a finished part to a digest, as they are read back from its file. */
export async function addRecords(digest: TapeDigest, folder: string, part: ParquetPart, memory: GroupMemory, disk: Disk): Promise<void> {
  const record = new TapeRecord();
  for await (const batch of readPart(join(folder, part.path), part.path, part.firstSequence, { memory, disk })) {
    while (batch.next(record)) digest.add(record);
  }
}

function rowsOf(parts: readonly ParquetPart[]): number {
  return (parts.at(-1)?.lastSequence ?? -1) + 1;
}

import { dirname, join } from 'node:path';
import { integrityError, type RecordBatch, type Tape, type TapedeckError, TapeRecord, usageError } from '#domain';
import { sessionInfo } from './catalogue.ts';
import { filesBelow, removeTree } from './disk-tree.ts';
import { FrameGroup } from './frame-columns.ts';
import { type Disk, nodeDisk, sealError } from './journal-disk.ts';
import { partFault, statedDigest } from './parquet-check.ts';
import {
  isManifestAsWritten,
  PARQUET_SCHEMA_VERSION,
  type ParquetManifest,
  type ParquetPart,
  readParquetManifest,
  writeParquetManifest,
} from './parquet-manifest.ts';
import { PartWriter } from './parquet-part.ts';
import { GroupMemory, readPart } from './parquet-tape.ts';
import { verifyParquet } from './parquet-verify.ts';
import { lockSession } from './session-lock.ts';
import { parquetRoot, type SessionPaths, sessionPaths } from './session-paths.ts';
import { errorCode } from './system-error.ts';
import { TapeDigest } from './tape-digest.ts';

export interface SealOptions {
  readonly dataDir: string;
  /** The channel label of a record; storage knows no venues. */
  readonly channelOf: (record: TapeRecord) => string;
  readonly onProgress?: (rows: number) => void;
  /** A part is cut when it has this many rows; 4 Mi unless told. */
  readonly partRowsMax?: number;
  readonly disk?: Disk;
}

export interface SealResult {
  readonly session: string;
  readonly parts: number;
  readonly rows: number;
  readonly bytes: number;
  readonly tapeDigest: string;
}

const PART_ROWS_MAX = 4 * 1024 * 1024;
/** Files that a seal makes in its folder. */
const OUR_FILE = /^(_manifest\.json(\.tmp)?|date=\d{4}-\d{2}-\d{2}\/part-\d{6}\.parquet)$/;

/**
 * Writes a closed session's tape as Parquet beside the place of the sealed copy, reads every file back, compares it with what was written and
 * with the tape, and only then puts the folder, manifest and all, in its place with one rename: a copy is there whole or not at all.
 * A session that is sealed and whole is left alone; a damaged copy stays as it is until the new one is whole. The journal is never touched.
 * `SESSION_OPEN`, `SESSION_LOCKED`, `SEAL_DIFFERS`, `SEAL_FOLDER_FOREIGN` when the place holds files that no seal made, `SEAL_DISK_FULL` and
 * `SEAL_IO` when the disk fails.
 */
export async function sealTape(tape: Tape, options: SealOptions): Promise<SealResult> {
  const disk = options.disk ?? nodeDisk;
  const paths = sessionPaths(options.dataDir, tape.session);
  try {
    return resultOf(await sealedCopy(disk, tape, paths, options));
  } catch (error) {
    // Anything but a failure of the system is a bug, or of whoever gave the tape: it is not the disk's.
    if (errorCode(error) === '') throw error;
    throw sealError(error, `cannot seal session "${tape.session}" in ${parquetRoot(options.dataDir)}`);
  }
}

async function sealedCopy(disk: Disk, tape: Tape, paths: SessionPaths, options: SealOptions): Promise<ParquetManifest> {
  const { dataDir } = options;
  const info = await sessionInfo(dataDir, tape.session, disk);
  if (info.state === 'open')
    throw usageError('SESSION_OPEN', `session "${tape.session}" is still open; close it (stop the recorder) before it is sealed`);
  const tapeDigest = await tape.digest();
  const known = await wholeCopy(disk, dataDir, tape.session, paths, tapeDigest);
  if (known !== undefined) {
    // Whoever put it in its place may have been killed before the name was durable.
    await syncPlace(disk, dataDir);
    return known;
  }
  await refuseForeignFiles(disk, paths);
  const lock = await lockSession(disk, paths);
  try {
    // The same of the session.json: a power cut must not leave a sealed copy of a session that is open again.
    await disk.syncDirectory(paths.sessionDir);
    return await makeCopy(disk, tape, tapeDigest, paths, options);
  } finally {
    await lock.release();
  }
}

async function makeCopy(disk: Disk, tape: Tape, tapeDigest: string, paths: SessionPaths, options: SealOptions): Promise<ParquetManifest> {
  try {
    const manifest = await writeCopy(disk, tape, tapeDigest, paths, options);
    await install(disk, options.dataDir, paths);
    await removeTree(disk, paths.sealingDir);
    return manifest;
  } catch (error) {
    // What went wrong first is told; the next seal tidies up.
    await removeTree(disk, paths.sealingDir).catch(() => undefined);
    throw error;
  }
}

/** The manifest of a sealed copy that is whole and of this very tape. */
async function wholeCopy(
  disk: Disk,
  dataDir: string,
  session: string,
  paths: SessionPaths,
  tapeDigest: string,
): Promise<ParquetManifest | undefined> {
  const found = await verifyParquet(dataDir, session, disk);
  if (found === undefined || found.problems.length > 0 || found.tapeDigest !== tapeDigest) return undefined;
  return readParquetManifest(paths, disk);
}

function resultOf({ session, parts, rows, tapeDigest }: ParquetManifest): SealResult {
  return { session, parts: parts.length, rows, bytes: parts.reduce((sum, part) => sum + part.bytes, 0), tapeDigest };
}

/** A file that we did not write is not ours to remove, and readers of the folder would take it for a part. */
async function refuseForeignFiles(disk: Disk, paths: SessionPaths): Promise<void> {
  const foreign = (await filesBelow(disk, paths.parquetDir)).find((file) => !OUR_FILE.test(file));
  if (foreign === undefined) return;
  throw usageError(
    'SEAL_FOLDER_FOREIGN',
    `${join(paths.parquetDir, foreign)} was not made by a seal; move it out of the folder, then seal again`,
  );
}

/** Writes the whole copy, manifest included, where a seal is made; what a seal that was killed left there is removed first. */
async function writeCopy(disk: Disk, tape: Tape, tapeDigest: string, paths: SessionPaths, options: SealOptions): Promise<ParquetManifest> {
  const folder = newCopyDir(paths);
  await removeTree(disk, paths.sealingDir);
  await disk.makeDirectory(folder, { recursive: true });
  const manifest = await new CopyWriter(disk, folder, options).write(tape);
  if (manifest.tapeDigest !== tapeDigest)
    throw sealDiffers(tape.session, `what was sealed has digest ${manifest.tapeDigest}, the journal ${tapeDigest}`);
  for (const date of new Set(manifest.parts.map((part) => dirname(part.path)))) await disk.syncDirectory(join(folder, date));
  await writeParquetManifest(folder, manifest, disk);
  if (!(await isManifestAsWritten(folder, manifest, disk)))
    throw sealDiffers(tape.session, 'the manifest read back is not what was written');
  return manifest;
}

/** Puts the new copy in its place. Between the renames of an earlier copy and of the new one the session counts as not sealed. */
async function install(disk: Disk, dataDir: string, paths: SessionPaths): Promise<void> {
  const old = join(paths.sealingDir, 'old');
  const hasOld = (await disk.sizeOf(paths.parquetDir)) !== undefined;
  if (hasOld) await disk.rename(paths.parquetDir, old);
  try {
    await disk.rename(newCopyDir(paths), paths.parquetDir);
  } catch (error) {
    if (hasOld) await disk.rename(old, paths.parquetDir).catch(() => undefined);
    throw error;
  }
  await syncPlace(disk, dataDir);
}

/** Makes the names of sealed copies durable. The folder of all copies may be new itself. */
async function syncPlace(disk: Disk, dataDir: string): Promise<void> {
  await disk.syncDirectory(parquetRoot(dataDir));
  await disk.syncDirectory(dataDir);
}

function newCopyDir(paths: SessionPaths): string {
  return join(paths.sealingDir, 'new');
}

function sealDiffers(session: string, what: string): TapedeckError {
  return integrityError('SEAL_DIFFERS', `session "${session}": ${what}; nothing was sealed, run "tapedeck verify ${session}"`);
}

/** Writes the parts of one session into a folder. */
class CopyWriter {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #options: SealOptions;
  readonly #group = new FrameGroup();
  readonly #parts: ParquetPart[] = [];
  /** Of what was handed to the writer, and of what the files gave back. */
  readonly #written = new TapeDigest();
  readonly #readBack = new TapeDigest();
  readonly #memory = new GroupMemory();
  #session = '';
  #part: PartWriter | undefined;
  #rows = 0;

  constructor(disk: Disk, folder: string, options: SealOptions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#options = options;
  }

  async write(tape: Tape): Promise<ParquetManifest> {
    this.#session = tape.session;
    const record = new TapeRecord();
    try {
      for await (const batch of tape.batches()) {
        while (this.#take(batch, record)) await this.#makeRoom(record);
        this.#options.onProgress?.(this.#rows);
      }
      await this.#endPart();
    } finally {
      await this.#part?.abandon();
    }
    return {
      schemaVersion: PARQUET_SCHEMA_VERSION,
      session: tape.session,
      rows: this.#rows,
      tapeDigest: this.#readBack.hex(),
      parts: this.#parts,
    };
  }

  /** Takes records until the batch is empty (false), or until one needs room (true) and is still to be added: a promise a record is too dear. */
  #take(batch: RecordBatch, record: TapeRecord): boolean {
    while (batch.next(record)) {
      if (this.#part === undefined || this.#part.isFullFor(record, this.#rowsMax) || this.#group.isFullFor(record)) return true;
      this.#add(this.#part, record);
    }
    return false;
  }

  async #makeRoom(record: TapeRecord): Promise<void> {
    if (this.#part?.isFullFor(record, this.#rowsMax) === true) await this.#endPart();
    if (this.#group.isFullFor(record)) await this.#endGroup();
    this.#part ??= await PartWriter.create(this.#disk, this.#folder, this.#session, this.#parts.length + 1, record);
    this.#add(this.#part, record);
  }

  get #rowsMax(): number {
    return this.#options.partRowsMax ?? PART_ROWS_MAX;
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
    const fault = await partFault(this.#folder, part, this.#disk);
    if (fault !== undefined) throw sealDiffers(this.#session, `${part.path} read back is not what was written: ${fault.message}`);
    const record = new TapeRecord();
    const memory = this.#memory;
    for await (const batch of readPart(join(this.#folder, part.path), part.path, part.firstSequence, { memory, disk: this.#disk })) {
      while (batch.next(record)) this.#readBack.add(record);
    }
    const digest = this.#readBack.hex();
    if (digest === this.#written.hex() && (await statedDigest(this.#folder, part, this.#disk)) === digest) return;
    throw sealDiffers(this.#session, `records ${part.firstSequence} to ${part.lastSequence} read back are not what was written`);
  }
}

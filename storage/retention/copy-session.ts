import { createHash } from 'node:crypto';
import { dirname, join, relative, resolve } from 'node:path';
import { integrityError, TapedeckError, usageError } from '#domain';
import { makeDurableDirectory, makeFilesDurable } from '../disk-tree.ts';
import { type Disk, type DiskFile, nodeDisk, readFully, readSmallFile, writeFully } from '../journal-disk.ts';
import { hashFile } from '../journal-finish.ts';
import { PARQUET_MANIFEST_NAME, readParquetManifest } from '../parquet-manifest.ts';
import { readManifest } from '../session-manifest.ts';
import { sessionPaths } from '../session-paths.ts';
import { errorCode, isSystemError } from '../system-error.ts';

export interface CopyOptions {
  /** Reads back files that were copied before, too: before anything is removed. */
  readonly isThorough?: boolean;
  readonly disk?: Disk;
  /** Called after each file; may throw to end the work between two files. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

export interface CopyResult {
  readonly session: string;
  readonly files: number;
  readonly bytes: number;
  /** What was written this time; 0 when all of it was there. */
  readonly filesCopied: number;
  readonly bytesCopied: number;
}

/** One file to copy, as a manifest names it; `path` within the data folder. */
interface NamedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const CHUNK_BYTES = 1024 * 1024;
/** Of the sealed copy and of the journal. */
const MANIFESTS = 2;

/**
 * Copies a closed and sealed session to another data folder, file by file: temporary name, sync, read back and compared with the SHA-256 of its manifest, rename.
 * Manifests come last, when all that they name would survive a power cut, so a copy without `session.json` is one that was interrupted; it goes on where it stopped.
 * Nothing at the target is ever removed or written over: a file there with other bytes is `COPY_TARGET_DIFFERS`. `COPY_SOURCE_DAMAGED` when a file is not what its manifest says,
 * `COPY_FOLDER_INVALID`, `SESSION_OPEN`, `SESSION_NOT_SEALED`, `COPY_DISK_FULL`, `COPY_FAILED`.
 */
export async function copySession(dataDir: string, copyDir: string, session: string, options: CopyOptions = {}): Promise<CopyResult> {
  refuseSameFolder(dataDir, copyDir);
  try {
    return await new SessionCopy(dataDir, copyDir, options).run(session);
  } catch (error) {
    throw isSystemError(error) ? copyError(error, join(copyDir, session)) : error;
  }
}

class SessionCopy {
  readonly #disk: Disk;
  readonly #dataDir: string;
  readonly #copyDir: string;
  readonly #options: CopyOptions;
  #filesCopied = 0;
  #bytesCopied = 0;
  #bytesDone = 0;

  constructor(dataDir: string, copyDir: string, options: CopyOptions) {
    this.#disk = options.disk ?? nodeDisk;
    this.#dataDir = dataDir;
    this.#copyDir = copyDir;
    this.#options = options;
  }

  async run(session: string): Promise<CopyResult> {
    const [disk, dataDir, copyDir] = [this.#disk, this.#dataDir, this.#copyDir];
    const files = await filesOf(disk, dataDir, session);
    const isTrusted = this.#options.isThorough !== true && (await hasManifests(disk, dataDir, copyDir, files));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    if (!isTrusted) await makeDurableDirectory(disk, copyDir);
    for (const some of [files.slice(0, -MANIFESTS), files.slice(-MANIFESTS)]) {
      for (const file of some) await this.#copy(file, isTrusted, bytes);
      // Also of files that were there: who copied them may have been killed before their names were durable.
      if (!isTrusted) await this.#makeDurable(some);
    }
    return { session, files: files.length, bytes, filesCopied: this.#filesCopied, bytesCopied: this.#bytesCopied };
  }

  async #copy(file: NamedFile, isTrusted: boolean, total: number): Promise<void> {
    if (await copyFile(this.#disk, this.#dataDir, this.#copyDir, file, isTrusted)) {
      this.#filesCopied += 1;
      this.#bytesCopied += file.bytes;
    }
    this.#bytesDone += file.bytes;
    this.#options.onProgress?.(this.#bytesDone, total);
  }

  async #makeDurable(files: readonly NamedFile[]): Promise<void> {
    try {
      const paths = files.map(({ path }) => path);
      await makeFilesDurable(this.#disk, this.#copyDir, paths);
    } catch (error) {
      throw copyError(error, this.#copyDir);
    }
  }
}

function refuseSameFolder(dataDir: string, copyDir: string): void {
  const path = relative(resolve(dataDir), resolve(copyDir));
  if (path !== '' && path.startsWith('..')) return;
  throw usageError('COPY_FOLDER_INVALID', `the copy folder ${copyDir} is the data folder or lies in it; choose one on another disk`);
}

/** Every file of the session, manifests last. */
async function filesOf(disk: Disk, dataDir: string, session: string): Promise<readonly NamedFile[]> {
  const paths = sessionPaths(dataDir, session);
  const journal = await readManifest(disk, paths);
  if (journal === undefined) throw usageError('SESSION_OPEN', `session "${session}" is open; only closed and sealed sessions are copied`);
  const sealed = await readParquetManifest(paths, disk);
  if (sealed === undefined) throw usageError('SESSION_NOT_SEALED', `session "${session}" is not sealed; run: tapedeck seal ${session}`);
  const within = (path: string) => relative(dataDir, path);
  const manifest = async (path: string) => ({ ...(await hashFile(disk, path, '')), path: within(path) });
  return [
    ...journal.files.map(({ name, bytes, sha256 }) => ({ path: within(join(paths.journalDir, name)), bytes, sha256 })),
    ...sealed.parts.map(({ path, bytes, sha256 }) => ({ path: within(join(paths.parquetDir, path)), bytes, sha256 })),
    await manifest(join(paths.parquetDir, PARQUET_MANIFEST_NAME)),
    await manifest(paths.manifestPath),
  ];
}

/** The manifests are written last: where they are there and the same, every file was read back when it was copied. */
async function hasManifests(disk: Disk, dataDir: string, copyDir: string, files: readonly NamedFile[]): Promise<boolean> {
  for (const { path } of files.slice(-MANIFESTS)) {
    const [own, other] = [await readSmallFile(disk, join(dataDir, path)), await readSmallFile(disk, join(copyDir, path))];
    if (own === undefined || other === undefined || Buffer.compare(own, other) !== 0) return false;
  }
  return true;
}

/** True when it was written, false when it was there. */
async function copyFile(disk: Disk, dataDir: string, copyDir: string, file: NamedFile, isTrusted: boolean): Promise<boolean> {
  const target = join(copyDir, file.path);
  const size = await disk.sizeOf(target);
  if (size !== undefined) {
    const isSame = size === file.bytes && (isTrusted || (await hashFile(disk, target, '')).sha256 === file.sha256);
    if (isSame) return false;
    throw integrityError(
      'COPY_TARGET_DIFFERS',
      `${target} is not the file of this session (SHA-256 ${file.sha256}); nothing there is written over: look at it, move it away, and copy again`,
    );
  }
  try {
    await write(disk, join(dataDir, file.path), target, file);
  } catch (error) {
    throw copyError(error, target);
  }
  return true;
}

/** The name of the file is given only to bytes that were read back. */
async function write(disk: Disk, source: string, target: string, expected: NamedFile): Promise<void> {
  await disk.makeDirectory(dirname(target), { recursive: true });
  const temporary = `${target}.tmp`;
  const written = await writeCopy(disk, source, temporary);
  if (written !== expected.sha256)
    throw integrityError(
      'COPY_SOURCE_DAMAGED',
      `${source} has SHA-256 ${written}, its manifest says ${expected.sha256}; run "tapedeck verify"`,
    );
  const { sha256 } = await hashFile(disk, temporary, '');
  if (sha256 !== expected.sha256)
    throw integrityError(
      'COPY_TARGET_DIFFERS',
      `${temporary} reads back with SHA-256 ${sha256}, ${expected.sha256} was written: do not trust that disk`,
    );
  await disk.rename(temporary, target);
}

async function writeCopy(disk: Disk, source: string, target: string): Promise<string> {
  const from = await disk.open(source, 'read');
  try {
    const to = await disk.open(target, 'replace');
    try {
      const sha256 = await copyAll(from, to);
      await to.datasync();
      return sha256;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function copyAll(from: DiskFile, to: DiskFile): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let at = 0; ; ) {
    const count = await readFully(from, buffer, 0, buffer.length, at);
    if (count === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, count));
    await writeFully(to, [buffer.subarray(0, count)], at);
    at += count;
  }
}

function copyError(error: unknown, target: string): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  if (errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT')
    return new TapedeckError('COPY_DISK_FULL', `cannot copy to ${target}: that disk is full; make room there, then copy again`, {
      cause: error,
    });
  return new TapedeckError('COPY_FAILED', `cannot copy to ${target}: ${detail}; it goes on where it stopped when it is run again`, {
    cause: error,
  });
}

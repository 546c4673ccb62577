import { type FileHandle, lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { integrityError, TapedeckError } from '#domain';
import { type LockAttempt, lockFolder } from './process-lock.ts';
import { errorCode } from './system-error.ts';

/** An open file. `write` and `read` may do less than asked, as the system calls may: they return the bytes done. */
export interface DiskFile {
  write(parts: readonly Uint8Array[], position: number): Promise<number>;
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Resolves when data (and the size needed to read it) would survive a power cut. */
  datasync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/** The file operations of journal, sealed copy and cursors, so that a faulty disk can be put under them. Errors carry a `code` as Node's do. */
export interface Disk {
  /** `create` fails with EEXIST when the file is there; `replace` empties it; `update` and `read` need it. */
  open(path: string, mode: 'create' | 'replace' | 'update' | 'read'): Promise<DiskFile>;
  /** Fails with EEXIST when the folder is there, unless `recursive`. */
  makeDirectory(path: string, options: { readonly recursive: boolean }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Fails unless the folder is empty. */
  removeDirectory(path: string): Promise<void>;
  /** Names in a folder in code unit order; empty when the folder is missing. */
  list(path: string): Promise<string[]>;
  /** False for a file, for a link to a folder, and where there is nothing. */
  isDirectory(path: string): Promise<boolean>;
  /** Bytes of a file, or `undefined` when there is none. */
  sizeOf(path: string): Promise<number | undefined>;
  /** Makes created, renamed and removed names of a folder survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /** Takes the lock of a folder, which is free again when it is released and when its process ends, however it ends. */
  lock(folder: string): Promise<LockAttempt>;
}

const FLAGS = { create: 'wx+', replace: 'w+', update: 'r+', read: 'r' } as const;

/** The real file system. */
export const nodeDisk: Disk = {
  async open(path, mode) {
    return new NodeFile(await open(path, FLAGS[mode]));
  },
  async makeDirectory(path, options) {
    await mkdir(path, options);
  },
  rename,
  remove: unlink,
  removeDirectory: rmdir,
  async list(path) {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  },
  async isDirectory(path) {
    try {
      return (await lstat(path)).isDirectory();
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
      throw error;
    }
  },
  async sizeOf(path) {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  async syncDirectory(path) {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  lock: lockFolder,
};

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<number> {
    const only = parts.length === 1 ? parts[0] : undefined;
    if (only !== undefined) return (await this.#handle.write(only, 0, only.length, position)).bytesWritten;
    return (await this.#handle.writev(parts as Uint8Array[], position)).bytesWritten;
  }

  async read(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return (await this.#handle.read(target, offset, length, position)).bytesRead;
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Writes all parts, however many calls it takes. */
export async function writeFully(file: DiskFile, parts: readonly Uint8Array[], position: number): Promise<number> {
  let rest = parts.filter((part) => part.length > 0);
  let at = position;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    if (written <= 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO' });
    at += written;
    rest = afterBytes(rest, written);
  }
  return at - position;
}

/** Reads until `length` bytes came or the file ended; returns how many came. */
export async function readFully(file: DiskFile, target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
  let done = 0;
  while (done < length) {
    const count = await file.read(target, offset + done, length - done, position + done);
    if (count <= 0) break;
    done += count;
  }
  return done;
}

/** A whole small file, or `undefined` when there is none. */
export async function readSmallFile(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  const bytes = await disk.sizeOf(path);
  if (bytes === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const target = new Uint8Array(bytes);
    return target.subarray(0, await readFully(file, target, 0, bytes, 0));
  } finally {
    await file.close();
  }
}

/** Writes a file so that it is there whole or not at all: temporary name, sync, rename, and sync of the folder. */
export async function writeAtomically(
  disk: Disk,
  directory: string,
  path: string,
  bytes: Uint8Array,
  options: { readonly isReadBack?: boolean } = {},
): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await disk.open(temporary, 'replace');
  try {
    await writeFully(file, [bytes], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  if (options.isReadBack === true) await compareWritten(disk, temporary, path, bytes);
  await disk.rename(temporary, path);
  await disk.syncDirectory(directory);
}

/** As `writeAtomically`, for files that others are believed by: read back before they take their place, else `FILE_DIFFERS`. */
export function writeProven(disk: Disk, directory: string, path: string, bytes: Uint8Array): Promise<void> {
  return writeAtomically(disk, directory, path, bytes, { isReadBack: true });
}

async function compareWritten(disk: Disk, temporary: string, path: string, bytes: Uint8Array): Promise<void> {
  const found = await readSmallFile(disk, temporary);
  if (found !== undefined && Buffer.compare(found, bytes) === 0) return;
  const message = `${temporary} reads back as something else than was written: do not trust that disk; ${path} is as it was`;
  throw integrityError('FILE_DIFFERS', message);
}

/** A failed file operation of the journal: `JOURNAL_DISK_FULL`, `JOURNAL_PERMISSION`, `JOURNAL_FILES_MAX` or `JOURNAL_IO`. */
export function journalError(error: unknown, what: string): TapedeckError {
  const advice = { full: 'free space, then reopen the session', other: 'what was written before is kept, reopen the session to go on' };
  return diskError(error, 'JOURNAL', what, advice);
}

/** A failed file operation of a seal: `SEAL_DISK_FULL`, `SEAL_PERMISSION`, `SEAL_FILES_MAX` or `SEAL_IO`. */
export function sealError(error: unknown, what: string): TapedeckError {
  const advice = { full: 'free space, then seal again', other: 'the journal is as it was, seal again' };
  return diskError(error, 'SEAL', what, advice);
}

/** A failed read of a sealed copy: `PARQUET_PERMISSION`, `PARQUET_FILES_MAX` or `PARQUET_IO`. Nothing is known of its bytes. */
export function parquetError(error: unknown, what: string): TapedeckError {
  const advice = { full: 'free space, then try again', other: 'nothing was changed, try again' };
  return diskError(error, 'PARQUET', what, advice);
}

/** A failed file operation of retention: `RETENTION_DISK_FULL`, `RETENTION_PERMISSION`, `RETENTION_FILES_MAX` or `RETENTION_IO`. */
export function retentionError(error: unknown, what: string): TapedeckError {
  const advice = { full: 'free space, then run it again', other: 'it goes on where it stopped when it is run again' };
  return diskError(error, 'RETENTION', what, advice);
}

/** A failed file operation of the decoded tables: `DECODED_DISK_FULL`, `DECODED_PERMISSION`, `DECODED_FILES_MAX` or `DECODED_IO`. */
export function decodedError(error: unknown, what: string): TapedeckError {
  const advice = { full: 'free space, then open it again', other: 'the tape is as it was, open it again' };
  return diskError(error, 'DECODED', what, advice);
}

function diskError(error: unknown, prefix: string, what: string, advice: { readonly full: string; readonly other: string }): TapedeckError {
  if (error instanceof TapedeckError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const failed = (code: string, reason: string) => new TapedeckError(`${prefix}_${code}`, `${what}: ${reason}`, { cause: error });
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return failed('DISK_FULL', `the disk is full (${detail}); ${advice.full}`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return failed('PERMISSION', `not allowed (${detail}); check owner and mode of the data folder`);
    case 'EMFILE':
    case 'ENFILE':
      return failed('FILES_MAX', `too many open files (${detail}); raise the limit (ulimit -n)`);
    default:
      return failed('IO', `${detail}; ${advice.other}`);
  }
}

function afterBytes(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const part of parts) {
    if (skip >= part.length) skip -= part.length;
    else {
      rest.push(skip === 0 ? part : part.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { TapedeckError, usageError } from '#domain';

/** How much of a file one read asks for. */
export const READ_BYTES = 1024 * 1024;

/** What the first pass over an input found; the second pass must find the same. */
export interface InputFile {
  /** As the caller named it: for messages, never for the tape. */
  readonly path: string;
  /** Hex, of the bytes as they are on disk. */
  readonly sha256: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly isGzip: boolean;
}

/**
 * Reads the whole file once for its SHA-256, so that `session-open` can name it before the first line is imported.
 * Throws a usage error (`IMPORT_FILE_UNREADABLE`) for what cannot be read twice: missing files, folders, pipes.
 */
export async function inspectInput(path: string): Promise<InputFile> {
  const handle = await openInput(path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let bytes = 0;
    let isGzip = false;
    for (;;) {
      const length = await readAt(handle, buffer, bytes);
      if (length === 0) break;
      if (bytes === 0) isGzip = hasGzipMagic(buffer, length);
      hash.update(buffer.subarray(0, length));
      bytes += length;
    }
    return { path, sha256: hash.digest('hex'), bytes, modifiedMs: (await handle.stat()).mtimeMs, isGzip };
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await handle.close();
  }
}

/** Opens the file again for the pass that imports it. */
export async function reopenInput(input: InputFile): Promise<FileHandle> {
  const handle = await openInput(input.path);
  const { size, mtimeMs } = await handle.stat();
  if (size === input.bytes && mtimeMs === input.modifiedMs) return handle;
  await handle.close();
  throw changed(input);
}

/** Fills the buffer from `position` as far as the file goes; 0 at its end. */
export async function readAt(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** The tape names the input by its hash, so an input that changes under the import makes the tape a lie. */
export function changed(input: InputFile): TapedeckError {
  return new TapedeckError('IMPORT_FILE_CHANGED', `${input.path} changed while it was imported; import it again when nothing writes to it`);
}

async function openInput(path: string): Promise<FileHandle> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const isFile = (await handle.stat()).isFile();
  if (isFile) return handle;
  await handle.close();
  throw usageError('IMPORT_FILE_UNREADABLE', `${path} is no regular file; import reads its input twice, so write pipes to a file first`);
}

function unreadable(path: string, cause: unknown): TapedeckError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const hint = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
  return usageError('IMPORT_FILE_UNREADABLE', `cannot import ${path}: ${hint}`, cause);
}

function hasGzipMagic(buffer: Buffer, length: number): boolean {
  return length >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

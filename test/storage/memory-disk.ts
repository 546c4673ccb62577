import { dirname } from 'node:path';
import type { Disk, DiskFile } from '../../storage/journal-disk.ts';
import type { LockAttempt } from '../../storage/process-lock.ts';

export type DiskOperation = 'open' | 'write' | 'read' | 'datasync' | 'truncate' | 'rename' | 'remove' | 'syncDirectory' | 'makeDirectory';

interface MemoryFile {
  bytes: Uint8Array;
  size: number;
}

/** A disk in memory that can be told to fail, and to do less than asked, as real ones do. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, MemoryFile>();
  readonly folders = new Set<string>();
  readonly locks = new Set<string>();
  /** Gives the system error code an operation fails with, or `undefined`. */
  fail: (operation: DiskOperation, path: string) => string | undefined = () => undefined;
  /** Bytes one write or read call takes at most. */
  transferBytesMax = Number.POSITIVE_INFINITY;

  /** Makes a file (and its folders) as it is given. */
  put(path: string, bytes: Uint8Array): void {
    const file = this.files.get(path) ?? { bytes, size: 0 }; // the same file for those who have it open
    file.bytes = bytes.slice();
    file.size = bytes.length;
    this.files.set(path, file);
    for (let folder = dirname(path); !this.folders.has(folder) && folder !== dirname(folder); folder = dirname(folder))
      this.folders.add(folder);
  }

  get(path: string): Uint8Array {
    const file = this.#file(path);
    return file.bytes.slice(0, file.size);
  }

  async open(path: string, mode: 'create' | 'replace' | 'update' | 'read'): Promise<DiskFile> {
    this.check('open', path);
    if (mode === 'create' && this.files.has(path)) throw systemError('EEXIST', path);
    if (mode === 'create' || mode === 'replace') this.put(path, new Uint8Array(0));
    return new OpenFile(this, path, this.#file(path));
  }

  async makeDirectory(path: string, options: { readonly recursive: boolean }): Promise<void> {
    this.check('makeDirectory', path);
    if (!options.recursive && this.folders.has(path)) throw systemError('EEXIST', path);
    for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) this.folders.add(folder);
  }

  async removeDirectory(path: string): Promise<void> {
    this.folders.delete(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.check('rename', from);
    this.files.set(to, this.#file(from));
    this.files.delete(from);
  }

  async remove(path: string): Promise<void> {
    this.check('remove', path);
    this.#file(path);
    this.files.delete(path);
  }

  async list(path: string): Promise<string[]> {
    const names = new Set<string>();
    for (const entry of [...this.files.keys(), ...this.folders]) {
      if (entry.startsWith(`${path}/`)) names.add(entry.slice(path.length + 1).split('/')[0]!);
    }
    return [...names].sort();
  }

  async isDirectory(path: string): Promise<boolean> {
    return this.folders.has(path);
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return this.folders.has(path) ? 0 : this.files.get(path)?.size;
  }

  async syncDirectory(path: string): Promise<void> {
    this.check('syncDirectory', path);
  }

  async lock(folder: string): Promise<LockAttempt> {
    if (this.locks.has(folder)) return { kind: 'held', pid: process.pid };
    this.locks.add(folder);
    return {
      kind: 'taken',
      release: async () => {
        this.locks.delete(folder);
      },
    };
  }

  check(operation: DiskOperation, path: string): void {
    const code = this.fail(operation, path);
    if (code !== undefined) throw systemError(code, path);
  }

  #file(path: string): MemoryFile {
    const file = this.files.get(path);
    if (file === undefined) throw systemError('ENOENT', path);
    return file;
  }
}

class OpenFile implements DiskFile {
  readonly #disk: MemoryDisk;
  readonly #path: string;
  readonly #file: MemoryFile;

  constructor(disk: MemoryDisk, path: string, file: MemoryFile) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
  }

  async write(parts: readonly Uint8Array[], position: number): Promise<number> {
    this.#disk.check('write', this.#path);
    let done = 0;
    for (const part of parts) {
      const taken = part.subarray(0, this.#disk.transferBytesMax - done);
      this.#put(taken, position + done);
      done += taken.length;
    }
    return done;
  }

  async read(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    this.#disk.check('read', this.#path);
    const end = Math.min(this.#file.size, position + Math.min(length, this.#disk.transferBytesMax));
    if (end <= position) return 0;
    target.set(this.#file.bytes.subarray(position, end), offset);
    return end - position;
  }

  async datasync(): Promise<void> {
    this.#disk.check('datasync', this.#path);
  }

  async truncate(bytes: number): Promise<void> {
    this.#disk.check('truncate', this.#path);
    this.#file.size = bytes;
  }

  async size(): Promise<number> {
    return this.#file.size;
  }

  async close(): Promise<void> {}

  #put(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#file.bytes.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.#file.bytes.subarray(0, this.#file.size));
      this.#file.bytes = grown;
    }
    this.#file.bytes.set(bytes, position);
    this.#file.size = Math.max(this.#file.size, end);
  }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

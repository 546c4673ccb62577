import { dirname, join } from 'node:path';
import { filesBelow, makeDurableDirectory, removeTree } from './disk-tree.ts';
import { type Disk, readSmallFile, writeAtomically } from './journal-disk.ts';
import { decodeParquetManifest, encodeParquetManifest, type ParquetManifest, type ParquetPart } from './parquet-manifest.ts';
import { isLockName } from './process-lock.ts';
import { lockSealing, type SessionLock } from './session-lock.ts';
import type { SessionPaths } from './session-paths.ts';
import { errorCode } from './system-error.ts';

/** In the form of `_manifest.json`, of the tape so far: names parts that are finished, durable and were read back. */
export const FINISHED_PARTS_NAME = '_parts.json';

/**
 * Where the sealed copy of one session is made (`storage/FORMAT.md`), in the hands of one sealer. What a seal that was killed left is there: parts that
 * it noted as finished may be kept, and the rest is removed.
 */
export class SealingFolder {
  /** The copy while it is made. */
  readonly copyDir: string;
  /** An earlier copy while the new one takes its place. */
  readonly oldDir: string;
  readonly #disk: Disk;
  readonly #sealingDir: string;
  readonly #notesPath: string;
  readonly #session: string;
  readonly #lock: SessionLock;

  private constructor(disk: Disk, paths: SessionPaths, lock: SessionLock) {
    this.#disk = disk;
    this.#sealingDir = paths.sealingDir;
    this.#session = paths.session;
    this.#lock = lock;
    this.copyDir = join(paths.sealingDir, 'new');
    this.oldDir = join(paths.sealingDir, 'old');
    this.#notesPath = join(paths.sealingDir, FINISHED_PARTS_NAME);
  }

  /** Makes the folder where it is missing; `SESSION_LOCKED` while somebody else seals the session, ahead or after. */
  static async open(disk: Disk, paths: SessionPaths): Promise<SealingFolder> {
    await makeDurableDirectory(disk, join(paths.sealingDir, 'new'));
    return new SealingFolder(disk, paths, await lockSealing(disk, paths));
  }

  /** The parts that were noted as finished; none where the note is missing or damaged. */
  async finishedParts(): Promise<readonly ParquetPart[]> {
    const bytes = await readSmallFile(this.#disk, this.#notesPath);
    const notes = bytes === undefined ? 'missing' : decodeParquetManifest(bytes);
    return typeof notes === 'string' || notes.session !== this.#session ? [] : notes.parts;
  }

  /** Notes the parts that are finished so far; they are durable by name too, so that a power cut takes neither them nor the note. */
  async note(finished: ParquetManifest): Promise<void> {
    const last = finished.parts.at(-1);
    if (last !== undefined) await this.#disk.syncDirectory(join(this.copyDir, dirname(last.path)));
    await this.#disk.syncDirectory(this.copyDir);
    await writeAtomically(this.#disk, this.#sealingDir, this.#notesPath, encodeParquetManifest(finished));
  }

  /** Removes everything but these parts. A note that says more is made right first: it never names a file that is being written again. */
  async keepOnly(kept: ParquetManifest): Promise<void> {
    if (kept.parts.length === 0) await this.#removeNotes();
    else await this.note(kept);
    await removeTree(this.#disk, this.oldDir);
    const names = new Set(kept.parts.map((part) => part.path));
    for (const file of await filesBelow(this.#disk, this.copyDir)) {
      if (!names.has(file)) await this.#disk.remove(join(this.copyDir, file));
    }
  }

  /** Removes all that is there, and gives the folder back. */
  async remove(): Promise<void> {
    await this.#removeNotes();
    for (const name of await this.#disk.list(this.#sealingDir)) {
      const path = join(this.#sealingDir, name);
      if (await this.#disk.isDirectory(path)) await removeTree(this.#disk, path);
      else if (!isLockName(name)) await this.#disk.remove(path);
    }
    await this.release();
    await this.#disk.removeDirectory(this.#sealingDir).catch((error: unknown) => {
      // The next sealer has begun.
      if (errorCode(error) !== 'ENOTEMPTY') throw error;
    });
  }

  /** Gives the folder back as it is: the next seal may keep what was noted. May be called again. */
  release(): Promise<void> {
    return this.#lock.release();
  }

  async #removeNotes(): Promise<void> {
    if ((await this.#disk.sizeOf(this.#notesPath)) === undefined) return;
    await this.#disk.remove(this.#notesPath);
    await this.#disk.syncDirectory(this.#sealingDir);
  }
}

import { dirname, join } from 'node:path';
import { TapedeckError, type TapeRecord, usageError } from '#domain';
import { sessionInfo } from './catalogue.ts';
import { CopyWriter, manifestOf, type SealedTape, sealDiffers } from './copy-writer.ts';
import { filesBelow } from './disk-tree.ts';
import { type Disk, nodeDisk, sealError } from './journal-disk.ts';
import { JournalTape } from './journal-tape.ts';
import { keptParts } from './kept-parts.ts';
import { isManifestAsWritten, type ParquetManifest, readParquetManifest, writeParquetManifest } from './parquet-manifest.ts';
import { verifyParquet } from './parquet-verify.ts';
import { SealingFolder } from './sealing-folder.ts';
import { lockSession } from './session-lock.ts';
import { parquetRoot, type SessionPaths, sessionPaths } from './session-paths.ts';
import { errorCode } from './system-error.ts';

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
 * `SESSION_OPEN`, `SESSION_LOCKED`, `SEAL_DIFFERS`, `SEAL_FOLDER_FOREIGN` when the place holds files that no seal made, `SEAL_DISK_FULL`,
 * `SEAL_IO` and, where a part cannot be read back, `PARQUET_IO` when the disk fails.
 */
export function sealTape(tape: SealedTape, options: SealOptions): Promise<SealResult> {
  return new SessionSeal(tape.session, options).finish(tape);
}

/**
 * The seal of one session, which may begin while the session is recorded: the records of its closed segments go into parts beside the place of the copy,
 * where no reader sees them, and at the end only the rest is left. The copy is the one that `sealTape` makes afterwards, to the byte. Parts that
 * were finished survive a kill: the next seal of the session compares them with the journal and goes on behind them.
 * One call at a time.
 */
export class SessionSeal {
  readonly #disk: Disk;
  readonly #paths: SessionPaths;
  readonly #options: SealOptions;
  #work: { readonly folder: SealingFolder; readonly copy: CopyWriter } | undefined;

  constructor(session: string, options: SealOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#paths = sessionPaths(options.dataDir, session);
  }

  /**
   * Takes the records of the first `segments` segments of the session, which must be closed and durable. Throws as `sealTape` does; nothing is left of
   * what was taken then, and `finish` does it all.
   */
  async takeSegments(segments: number): Promise<void> {
    try {
      const { dataDir } = this.#options;
      const tape = await JournalTape.open(dataDir, this.#paths.session, { disk: this.#disk, closedSegments: segments });
      await (await this.#begun(tape)).copy.take(tape);
    } catch (error) {
      await this.#discard();
      throw this.#named(error);
    }
  }

  /** Seals the rest of the session, which is closed now; see `sealTape`. */
  async finish(tape: SealedTape): Promise<SealResult> {
    try {
      return resultOf(await this.#sealedCopy(tape));
    } catch (error) {
      throw this.#named(error);
    }
  }

  /** Stops before the end: what was finished is there for the next seal. */
  async abandon(): Promise<void> {
    const work = this.#work;
    this.#work = undefined;
    await work?.copy.abandon();
    await work?.folder.release();
  }

  /** Anything but a failure of the system is a bug, or of whoever gave the tape: it is not the disk's. */
  #named(error: unknown): unknown {
    if (errorCode(error) === '') return error;
    return sealError(error, `cannot seal session "${this.#paths.session}" in ${parquetRoot(this.#options.dataDir)}`);
  }

  async #sealedCopy(tape: SealedTape): Promise<ParquetManifest> {
    const disk = this.#disk;
    const paths = this.#paths;
    const { dataDir } = this.#options;
    try {
      const info = await sessionInfo(dataDir, tape.session, disk);
      if (info.state === 'open')
        throw usageError('SESSION_OPEN', `session "${tape.session}" is still open; close it (stop the recorder) before it is sealed`);
      const tapeDigest = await tape.digest();
      const known = await wholeCopy(disk, dataDir, paths, tapeDigest);
      if (known !== undefined) {
        await this.#removeLeftovers();
        // Whoever put it in its place may have been killed before the name was durable.
        await syncPlace(disk, dataDir);
        return known;
      }
      await refuseForeignFiles(disk, paths);
      const lock = await lockSession(disk, paths);
      try {
        // The same of the session.json: a power cut must not leave a sealed copy of a session that is open again.
        await disk.syncDirectory(paths.sessionDir);
        return await this.#makeCopy(tape, tapeDigest);
      } finally {
        await lock.release();
      }
    } finally {
      await this.abandon();
    }
  }

  async #makeCopy(tape: SealedTape, tapeDigest: string): Promise<ParquetManifest> {
    try {
      const manifest = await this.#writeCopy(tape, tapeDigest);
      const { folder } = await this.#begun(tape);
      await install(this.#disk, this.#options.dataDir, this.#paths, folder);
      this.#work = undefined;
      await folder.remove();
      return manifest;
    } catch (error) {
      await this.#discard();
      throw error;
    }
  }

  /** Writes the whole copy, manifest included, where a seal is made. */
  async #writeCopy(tape: SealedTape, tapeDigest: string): Promise<ParquetManifest> {
    const manifest = await this.#writeParts(tape, tapeDigest);
    const { copyDir } = (await this.#begun(tape)).folder;
    for (const date of new Set(manifest.parts.map((part) => dirname(part.path)))) await this.#disk.syncDirectory(join(copyDir, date));
    await writeParquetManifest(copyDir, manifest, this.#disk);
    if (!(await isManifestAsWritten(copyDir, manifest, this.#disk)))
      throw sealDiffers(tape.session, 'the manifest read back is not what was written');
    return manifest;
  }

  async #writeParts(tape: SealedTape, tapeDigest: string): Promise<ParquetManifest> {
    const { copy } = await this.#begun(tape);
    const rowsBefore = copy.rows;
    await copy.take(tape);
    const manifest = await copy.finish();
    if (manifest.tapeDigest === tapeDigest) return manifest;
    if (rowsBefore === 0) throw sealDiffers(tape.session, `what was sealed has digest ${manifest.tapeDigest}, the journal ${tapeDigest}`);
    // The journal is another one than when its first records were taken: it was recovered or repaired since.
    await this.#restart();
    return this.#writeParts(tape, tapeDigest);
  }

  async #begun(tape: SealedTape): Promise<{ readonly folder: SealingFolder; readonly copy: CopyWriter }> {
    if (this.#work !== undefined) return this.#work;
    const disk = this.#disk;
    const folder = await SealingFolder.open(disk, this.#paths);
    try {
      const start = await keptParts(disk, folder.copyDir, await folder.finishedParts(), tape);
      await folder.keepOnly(manifestOf(tape.session, start.parts, start.digest));
      const { partRowsMax = PART_ROWS_MAX } = this.#options;
      this.#work = { folder, copy: new CopyWriter(disk, folder, start, { ...this.#options, session: tape.session, partRowsMax }) };
      return this.#work;
    } catch (error) {
      await folder.release().catch(() => undefined);
      throw error;
    }
  }

  /** Of a seal that was killed when its copy was in its place (or whose removal a power cut undid), or of one that began ahead of somebody else's. */
  async #removeLeftovers(): Promise<void> {
    if (this.#work !== undefined) return this.#restart();
    if (!(await this.#disk.isDirectory(this.#paths.sealingDir))) return;
    try {
      await (await SealingFolder.open(this.#disk, this.#paths)).remove();
    } catch (error) {
      // Whoever has it puts it in order himself.
      if (!(error instanceof TapedeckError && error.code === 'SESSION_LOCKED')) throw error;
    }
  }

  /** Removes what was taken; whatever comes next begins with the first record. */
  async #restart(): Promise<void> {
    const work = this.#work;
    this.#work = undefined;
    await work?.copy.abandon();
    await work?.folder.remove();
  }

  /** After a failure, which is what is told; what cannot be removed the next seal removes. */
  async #discard(): Promise<void> {
    const work = this.#work;
    this.#work = undefined;
    await work?.copy.abandon().catch(() => undefined);
    await work?.folder.remove().catch(() => undefined);
    await work?.folder.release().catch(() => undefined);
  }
}

/** The manifest of a sealed copy that is whole and of this very tape. */
async function wholeCopy(disk: Disk, dataDir: string, paths: SessionPaths, tapeDigest: string): Promise<ParquetManifest | undefined> {
  const found = await verifyParquet(dataDir, paths.session, disk);
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

/** Puts the new copy in its place. Between the renames of an earlier copy and of the new one the session counts as not sealed. */
async function install(disk: Disk, dataDir: string, paths: SessionPaths, { copyDir, oldDir }: SealingFolder): Promise<void> {
  const hasOld = (await disk.sizeOf(paths.parquetDir)) !== undefined;
  if (hasOld) await disk.rename(paths.parquetDir, oldDir);
  try {
    await disk.rename(copyDir, paths.parquetDir);
  } catch (error) {
    if (hasOld) await disk.rename(oldDir, paths.parquetDir).catch(() => undefined);
    throw error;
  }
  await syncPlace(disk, dataDir);
}

/** Makes the names of sealed copies durable. The folder of all copies may be new itself. */
async function syncPlace(disk: Disk, dataDir: string): Promise<void> {
  await disk.syncDirectory(parquetRoot(dataDir));
  await disk.syncDirectory(dataDir);
}

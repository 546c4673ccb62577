import { join, relative } from 'node:path';
import { usageError } from '#domain';
import { makeFilesDurable, removeTree } from '../disk-tree.ts';
import { type Disk, readSmallFile } from '../journal-disk.ts';
import { PARQUET_MANIFEST_NAME, readParquetManifest } from '../parquet-manifest.ts';
import { decodeRemovedJournal, type RemovedJournal, writeRemovedJournal } from '../removed-journal.ts';
import { lockSession } from '../session-lock.ts';
import { readManifest } from '../session-manifest.ts';
import { indexName, type SessionPaths, segmentNumber } from '../session-paths.ts';

/** What is written down before the first file is removed. */
export type RemovalNote = Pick<RemovedJournal, 'removedAtNs' | 'rule' | 'copy'>;

/**
 * Removes the segments and indexes of a closed session whose sealed copy the caller has just verified; tells the bytes of each file that is gone. What recovery or repair
 * set aside stays: it is in no sealed copy. Interrupted anywhere, the session reads from its sealed copy, and `finishRemoval` removes the rest.
 */
export async function removeJournal(
  disk: Disk,
  paths: SessionPaths,
  verifiedDigest: string,
  note: RemovalNote,
  onRemoved: (bytes: number) => void,
): Promise<void> {
  const lock = await lockSession(disk, paths);
  try {
    const manifest = await readManifest(disk, paths);
    if (manifest === undefined)
      throw usageError('SESSION_OPEN', `session "${paths.session}" is open; its journal is the only tape there is`);
    if (manifest.tapeDigest !== verifiedDigest)
      throw usageError('SESSION_CHANGED', `session "${paths.session}" is not the tape that was verified; run retention again`);
    await removeTree(disk, paths.sealingDir); // of a seal that was killed: no seal will look here again
    await makeSealedDurable(disk, paths, verifiedDigest);
    const files = manifest.files.filter(({ name }) => isOfTape(name));
    await writeRemovedJournal(disk, paths, { session: paths.session, tapeDigest: manifest.tapeDigest, files, ...note });
    const names = files.map(({ name }) => name);
    await removeFiles(disk, paths, names, onRemoved);
  } finally {
    await lock.release();
  }
}

/** Files that an interrupted removal left. */
export async function leftToRemove(disk: Disk, paths: SessionPaths): Promise<readonly string[]> {
  const bytes = await readSmallFile(disk, paths.removedPath);
  const removed = bytes === undefined ? undefined : decodeRemovedJournal(bytes);
  if (removed === undefined || typeof removed === 'string') return [];
  const present = new Set(await disk.list(paths.journalDir));
  return removed.files.map(({ name }) => name).filter((name) => present.has(name));
}

/** Goes on with a removal that was interrupted, whose session the caller has just verified. */
export async function finishRemoval(
  disk: Disk,
  paths: SessionPaths,
  verifiedDigest: string,
  onRemoved: (bytes: number) => void,
): Promise<void> {
  const lock = await lockSession(disk, paths);
  try {
    await makeSealedDurable(disk, paths, verifiedDigest);
    // Whoever wrote the note may have been killed before its name was durable.
    await disk.syncDirectory(paths.sessionDir);
    await removeFiles(disk, paths, await leftToRemove(disk, paths), onRemoved);
  } finally {
    await lock.release();
  }
}

/** Verified is what everybody sees; what a power cut leaves is another thing, and the sealed copy is about to be the only store here. */
async function makeSealedDurable(disk: Disk, paths: SessionPaths, verifiedDigest: string): Promise<void> {
  const sealed = await readParquetManifest(paths, disk);
  if (sealed?.tapeDigest !== verifiedDigest)
    throw usageError(
      'SESSION_CHANGED',
      `the sealed copy of session "${paths.session}" is not the one that was verified; run retention again`,
    );
  const folder = relative(paths.dataDir, paths.parquetDir);
  const names = [PARQUET_MANIFEST_NAME, ...sealed.parts.map(({ path }) => path)];
  await makeFilesDurable(
    disk,
    paths.dataDir,
    names.map((name) => join(folder, name)),
  );
}

async function removeFiles(disk: Disk, paths: SessionPaths, names: readonly string[], onRemoved: (bytes: number) => void): Promise<void> {
  for (const name of names) {
    const path = join(paths.journalDir, name);
    const size = await disk.sizeOf(path);
    if (size === undefined) continue;
    await disk.remove(path);
    onRemoved(size);
  }
  await disk.syncDirectory(paths.journalDir);
}

/** A segment or its index: their records are in the sealed copy. */
function isOfTape(name: string): boolean {
  const number = segmentNumber(name.replace(/\.tdx$/, '.tdj'));
  return number !== undefined && (segmentNumber(name) !== undefined || name === indexName(number));
}

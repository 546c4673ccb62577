import { join } from 'node:path';
import { usageError } from '#domain';
import { type Disk, readSmallFile } from '../journal-disk.ts';
import { decodeRemovedJournal, type RemovedJournal, writeRemovedJournal } from '../removed-journal.ts';
import { lockSession } from '../session-lock.ts';
import { readManifest } from '../session-manifest.ts';
import { indexName, type SessionPaths, segmentNumber } from '../session-paths.ts';

/** What is written down before the first file is removed. */
export type RemovalNote = Pick<RemovedJournal, 'removedAtNs' | 'rule' | 'copy'>;

/**
 * Removes the segments and indexes of a closed session whose sealed copy the caller has just verified; returns the bytes freed. What recovery or repair set aside stays:
 * it is in no sealed copy. Interrupted anywhere, the session reads from its sealed copy, and `finishRemoval` removes the rest.
 */
export async function removeJournal(disk: Disk, paths: SessionPaths, verifiedDigest: string, note: RemovalNote): Promise<number> {
  const lock = await lockSession(disk, paths);
  try {
    const manifest = await readManifest(disk, paths);
    if (manifest === undefined)
      throw usageError('SESSION_OPEN', `session "${paths.session}" is open; its journal is the only tape there is`);
    if (manifest.tapeDigest !== verifiedDigest)
      throw usageError('SESSION_CHANGED', `session "${paths.session}" is not the tape that was verified; run retention again`);
    const files = manifest.files.filter(({ name }) => isOfTape(name));
    await writeRemovedJournal(disk, paths, { session: paths.session, tapeDigest: manifest.tapeDigest, files, ...note });
    return await removeFiles(
      disk,
      paths,
      files.map(({ name }) => name),
    );
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

/** Goes on with a removal that was interrupted, whose session the caller has just verified; returns the bytes freed. */
export async function finishRemoval(disk: Disk, paths: SessionPaths): Promise<number> {
  const lock = await lockSession(disk, paths);
  try {
    return await removeFiles(disk, paths, await leftToRemove(disk, paths));
  } finally {
    await lock.release();
  }
}

async function removeFiles(disk: Disk, paths: SessionPaths, names: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const name of names) {
    const path = join(paths.journalDir, name);
    const size = await disk.sizeOf(path);
    if (size === undefined) continue;
    await disk.remove(path);
    bytes += size;
  }
  await disk.syncDirectory(paths.journalDir);
  return bytes;
}

/** A segment or its index: their records are in the sealed copy. */
function isOfTape(name: string): boolean {
  const number = segmentNumber(name.replace(/\.tdx$/, '.tdj'));
  return number !== undefined && (segmentNumber(name) !== undefined || name === indexName(number));
}

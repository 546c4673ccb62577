import { join } from 'node:path';
import { filesBelow, removeTree } from '../disk-tree.ts';
import { type Disk, decodedError, nodeDisk } from '../journal-disk.ts';
import { decodedRoot, isSessionName, type SessionPaths, sessionPaths } from '../session-paths.ts';
import { isSystemError } from '../system-error.ts';
import { lockMaking } from './making-lock.ts';

const FOLDER = /^(?:session=|_making-)(.+)$/;

/** Sessions that have decoded tables, or what a maker who was killed left; also such as are no sessions any more. */
export async function decodedSessions(dataDir: string, disk: Disk = nodeDisk): Promise<readonly string[]> {
  const names = (await disk.list(decodedRoot(dataDir))).map((folder) => FOLDER.exec(folder)?.[1] ?? '');
  return [...new Set(names.filter(isSessionName))].sort();
}

/**
 * Removes the decoded tables of a session and returns their bytes. Nothing is lost: whoever opens one next makes it again from the tape. Programs that
 * have one open keep it. `DECODED_LOCKED` while they are made, `DECODED_PERMISSION` and `DECODED_IO` when the disk fails.
 */
export async function removeDecoded(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<number> {
  const paths = sessionPaths(dataDir, session);
  try {
    const isThere = (await disk.isDirectory(paths.decodedDir)) || (await disk.isDirectory(paths.decodingDir));
    if (!isThere) return 0;
    const release = await lockMaking(disk, paths);
    try {
      // The manifest goes first, in code unit order, so that what is left of an interrupted removal is not believed.
      return (await removeFolder(disk, paths.decodedDir)) + (await removeLeavings(disk, paths));
    } finally {
      await release();
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw decodedError(error, `cannot remove the decoded tables in ${paths.decodedDir}`);
  }
}

/** Removes what makers left behind, under their lock, and returns its bytes. */
export async function removeLeavings(disk: Disk, paths: SessionPaths): Promise<number> {
  return (await removeFolder(disk, newTablesDir(paths))) + (await removeFolder(disk, oldTablesDir(paths)));
}

/** Tables that are made. */
export function newTablesDir({ decodingDir }: SessionPaths): string {
  return join(decodingDir, 'new');
}

/** Tables that were in the place of new ones. */
export function oldTablesDir({ decodingDir }: SessionPaths): string {
  return join(decodingDir, 'old');
}

async function removeFolder(disk: Disk, folder: string): Promise<number> {
  let bytes = 0;
  for (const file of await filesBelow(disk, folder)) bytes += (await disk.sizeOf(join(folder, file))) ?? 0;
  await removeTree(disk, folder);
  return bytes;
}

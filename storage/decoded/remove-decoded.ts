import { join } from 'node:path';
import { filesBelow, removeTree } from '../disk-tree.ts';
import { type Disk, decodedError, nodeDisk } from '../journal-disk.ts';
import { decodedRoot, isSessionName, sessionPaths } from '../session-paths.ts';
import { errorCode } from '../system-error.ts';
import { lockMaking } from './making-lock.ts';

const FOLDER = /^session=(.+)$/;

/** Sessions that have a folder of decoded tables, in code unit order; also such as are no sessions any more. */
export async function decodedSessions(dataDir: string, disk: Disk = nodeDisk): Promise<readonly string[]> {
  const names = (await disk.list(decodedRoot(dataDir))).map((folder) => FOLDER.exec(folder)?.[1] ?? '');
  return names.filter(isSessionName);
}

/**
 * Removes the decoded tables of a session and returns their bytes. Nothing is lost: whoever opens one next makes it again from the tape. Programs that
 * have one open keep it. `DECODED_LOCKED` while they are made, `DECODED_PERMISSION` and `DECODED_IO` when the disk fails.
 */
export async function removeDecoded(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<number> {
  const paths = sessionPaths(dataDir, session);
  try {
    if (!(await disk.isDirectory(paths.decodedDir))) return 0;
    const release = await lockMaking(disk, paths);
    try {
      let bytes = 0;
      for (const file of await filesBelow(disk, paths.decodedDir)) bytes += (await disk.sizeOf(join(paths.decodedDir, file))) ?? 0;
      // The manifest goes first, in code unit order, so that what is left of an interrupted removal is not believed.
      await removeTree(disk, paths.decodedDir);
      return bytes;
    } finally {
      await release();
    }
  } catch (error) {
    if (errorCode(error) === '') throw error;
    throw decodedError(error, `cannot remove the decoded tables in ${paths.decodedDir}`);
  }
}

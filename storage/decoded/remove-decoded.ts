import { join } from 'node:path';
import { filesBelow, removeTree } from '../disk-tree.ts';
import { type Disk, nodeDisk } from '../journal-disk.ts';
import { decodedRoot, isSessionName } from '../session-paths.ts';

const FOLDER = /^session=(.+)$/;

/** Sessions that have a folder of decoded tables, in code unit order. */
export async function decodedSessions(dataDir: string, disk: Disk = nodeDisk): Promise<readonly string[]> {
  const names = (await disk.list(decodedRoot(dataDir))).map((folder) => FOLDER.exec(folder)?.[1] ?? '');
  return names.filter(isSessionName);
}

/**
 * Removes the decoded tables of a session and returns their bytes. Nothing is lost: the next program that wants them makes them again from the tape.
 * The manifest goes first, so that what is left of an interrupted removal is not believed.
 */
export async function removeDecoded(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<number> {
  const folder = join(decodedRoot(dataDir), `session=${session}`);
  let bytes = 0;
  for (const file of await filesBelow(disk, folder)) bytes += (await disk.sizeOf(join(folder, file))) ?? 0;
  // `_manifest.json` is first in code unit order: the names of tables are lower case.
  await removeTree(disk, folder);
  return bytes;
}

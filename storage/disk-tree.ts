import { dirname, join } from 'node:path';
import type { Disk } from './journal-disk.ts';
import { errorCode } from './system-error.ts';

/** Every file below a folder, as paths within it with `/`, in code unit order of each folder; none when there is no such folder. */
export async function filesBelow(disk: Disk, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of await disk.list(folder)) {
    const path = join(folder, name);
    if (await disk.isDirectory(path)) files.push(...(await filesBelow(disk, path)).map((file) => `${name}/${file}`));
    else files.push(name);
  }
  return files;
}

/** Removes a folder with everything in it; does nothing when there is none. Interrupted, it leaves a part of it and can be run again. */
export async function removeTree(disk: Disk, folder: string): Promise<void> {
  if (!(await disk.isDirectory(folder))) return;
  for (const name of await disk.list(folder)) {
    const path = join(folder, name);
    if (await disk.isDirectory(path)) await removeTree(disk, path);
    else await disk.remove(path);
  }
  await disk.removeDirectory(folder);
}

/**
 * Makes files below a folder survive a power cut, whoever wrote them: their bytes, and every name on the way to them, that of the folder included. A process that was
 * killed between a rename and the sync of its folder leaves a file that everybody sees, and that a power cut takes away.
 */
export async function makeFilesDurable(disk: Disk, folder: string, paths: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths) {
    const file = await disk.open(join(folder, path), 'read');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    for (let above = dirname(path); above !== '.'; above = dirname(above)) folders.add(above);
  }
  for (const above of folders) await disk.syncDirectory(join(folder, above));
  await disk.syncDirectory(folder);
  await makeDurableDirectory(disk, folder);
}

/**
 * Makes a folder and those above it where they are missing, so that their names survive a power cut. The name of a folder that is there
 * already is synced too: whoever made it may have been killed before.
 */
export async function makeDurableDirectory(disk: Disk, folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent === folder) return; // the root, or the working folder, which nobody makes
  if (!(await disk.isDirectory(folder))) {
    if (!(await disk.isDirectory(parent))) await makeDurableDirectory(disk, parent);
    await disk.makeDirectory(folder, { recursive: true });
  }
  await disk.syncDirectory(parent).catch((error: unknown) => {
    // A folder above the data may be closed to us; what is in it was not made by us then.
    if (errorCode(error) !== 'EACCES') throw error;
  });
}

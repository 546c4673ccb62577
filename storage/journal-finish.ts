import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Disk, journalError, readFully } from './journal-disk.ts';
import type { JournalFile } from './segment-builder.ts';
import { writeManifest } from './session-manifest.ts';
import type { SessionPaths } from './session-paths.ts';

const HASH_CHUNK_BYTES = 1024 * 1024;

/** Writes `session.json`, which names every file under `journal/`: those the writer knows, and what recovery set aside. */
export async function finishJournal(
  disk: Disk,
  paths: SessionPaths,
  closed: { readonly records: number; readonly tapeDigest: string; readonly firstReceivedAtNs: bigint; readonly lastReceivedAtNs: bigint },
  known: readonly JournalFile[],
): Promise<void> {
  try {
    const files = new Map(known.map((file) => [file.name, file]));
    for (const name of await disk.list(paths.journalDir)) {
      if (!files.has(name)) files.set(name, await hashFile(disk, join(paths.journalDir, name), name));
    }
    const names = [...files.keys()].sort();
    await writeManifest(disk, paths, {
      ...closed,
      session: paths.session,
      firstSequence: 0,
      lastSequence: closed.records - 1,
      files: names.map((name) => files.get(name)!),
    });
  } catch (error) {
    throw journalError(error, `cannot write ${paths.manifestPath}`);
  }
}

/** Length and SHA-256 of a file of any size. */
export async function hashFile(disk: Disk, path: string, name: string): Promise<JournalFile> {
  const file = await disk.open(path, 'read');
  try {
    const hash = createHash('sha256');
    const buffer = new Uint8Array(HASH_CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const count = await readFully(file, buffer, 0, buffer.length, bytes);
      if (count === 0) return { name, bytes, sha256: hash.digest('hex') };
      hash.update(buffer.subarray(0, count));
      bytes += count;
    }
  } finally {
    await file.close();
  }
}

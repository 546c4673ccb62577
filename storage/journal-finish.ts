import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { integrityError } from '#domain';
import { type Disk, journalError, readFully } from './journal-disk.ts';
import type { JournalFile } from './segment-builder.ts';
import { writeManifest } from './session-manifest.ts';
import { type SessionPaths, segmentNumber } from './session-paths.ts';

const HASH_CHUNK_BYTES = 1024 * 1024;

/**
 * Writes `session.json`, which names every file under `journal/`: those the writer knows, and what recovery set aside. Each one is read back first, and those
 * that the writer knows are compared with what was written: `JOURNAL_DIFFERS` leaves the session open.
 */
export async function finishJournal(
  disk: Disk,
  paths: SessionPaths,
  closed: { readonly records: number; readonly tapeDigest: string; readonly firstReceivedAtNs: bigint; readonly lastReceivedAtNs: bigint },
  known: readonly JournalFile[],
  options: FinishOptions = {},
): Promise<void> {
  try {
    const names = new Set([...known.map(({ name }) => name), ...(await disk.list(paths.journalDir))]);
    const written = new Map(known.map((file) => [file.name, file]));
    const files: JournalFile[] = [];
    for (const name of [...names].sort()) {
      const file = written.get(name);
      const found = await readBack(disk, paths, name, options.wasRead === true ? file : undefined);
      checkReadBack(found, file, paths);
      files.push(found);
    }
    await writeManifest(disk, paths, {
      ...closed,
      session: paths.session,
      firstSequence: 0,
      lastSequence: closed.records - 1,
      files,
    });
  } catch (error) {
    throw journalError(error, `cannot write ${paths.manifestPath}`);
  }
}

export interface FinishOptions {
  /** The digests were made from the files themselves, behind the writer: segments were read then, and a second time would keep a long night from closing. */
  readonly wasRead?: boolean;
}

/** What the disk gives back of a file; of a segment that was read before only its length is looked at. */
async function readBack(disk: Disk, { journalDir }: SessionPaths, name: string, read: JournalFile | undefined): Promise<JournalFile> {
  const path = join(journalDir, name);
  if (read === undefined || segmentNumber(name) === undefined) return hashFile(disk, path, name);
  return { ...read, bytes: (await disk.sizeOf(path)) ?? 0 };
}

function checkReadBack(found: JournalFile, written: JournalFile | undefined, { journalDir, session }: SessionPaths): void {
  if (written === undefined || (found.bytes === written.bytes && found.sha256 === written.sha256)) return;
  throw integrityError(
    'JOURNAL_DIFFERS',
    `${join(journalDir, found.name)} reads back with ${found.bytes} bytes and SHA-256 ${found.sha256}, written were ${written.bytes} with ${written.sha256}: do not trust that disk; the session stays open, run "tapedeck repair ${session}"`,
  );
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

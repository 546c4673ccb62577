import { join } from 'node:path';
import type { Disk, DiskFile } from './journal-disk.ts';
import { segmentName } from './session-paths.ts';

const MARK = /^(\d{8})\.tdj\.unsynced\.tmp$/;

/** Name of the empty file that says: a sync of this segment failed. */
export function unsyncedMarkName(number: number): string {
  return `${segmentName(number)}.unsynced.tmp`;
}

/** The segment that a file name marks, or `undefined` for any other name. */
export function markedSegment(name: string): number | undefined {
  const match = MARK.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/**
 * Syncs a segment. After a sync that failed, the kernel counts the bytes as written though they may not be: a later sync succeeds without
 * writing them. So a failure leaves a mark that tells recovery to write the segment again. The mark needs no sync of its own: what it warns
 * of, bytes that only memory has, ends with the memory.
 */
export async function syncSegment(disk: Disk, journalDir: string, number: number, file: DiskFile): Promise<void> {
  try {
    await file.datasync();
  } catch (error) {
    await leaveUnsyncedMark(disk, journalDir, number);
    throw error;
  }
}

/**
 * Says that a sync of a segment failed. Never rejects: a disk that refuses this too is read-only by now, and nobody goes on with the session
 * before it was mounted anew.
 */
export async function leaveUnsyncedMark(disk: Disk, journalDir: string, number: number): Promise<void> {
  try {
    await (await disk.open(join(journalDir, unsyncedMarkName(number)), 'replace')).close();
  } catch {
    // The failure of the sync is what is told.
  }
}

import { join, relative } from 'node:path';
import type { TapeRecord } from '#domain';
import { filesBelow, makeFilesDurable } from '../disk-tree.ts';
import { type Disk, journalError, nodeDisk, readSmallFile, writeProven } from '../journal-disk.ts';
import { readParquetManifest } from '../parquet-manifest.ts';
import { isLockName } from '../process-lock.ts';
import { decodeRemovedJournal } from '../removed-journal.ts';
import { lockSession } from '../session-lock.ts';
import { decodeManifest } from '../session-manifest.ts';
import { type SessionPaths, sessionPaths } from '../session-paths.ts';
import { verifySession } from '../session-verify.ts';
import { isSystemError } from '../system-error.ts';
import { openCopies, opened } from './open-copies.ts';
import { repairJournal } from './repair-journal.ts';
import type { RepairAction, RepairReport } from './repair-report.ts';
import { repairSealed } from './repair-sealed.ts';

export interface RepairOptions {
  /** Says what would be done and writes nothing. */
  readonly isDryRun?: boolean;
  /** A folder that sessions are copied to (`copySession`): damaged files come back from it. */
  readonly copyDir?: string;
  /** The channel label of a record; a damaged sealed copy is made again only where it is given. */
  readonly channelOf?: (record: TapeRecord) => string;
  readonly disk?: Disk;
}

/**
 * Brings a session, open or damaged, to the best state that its own bytes and its copies allow: torn tails are cut and kept beside, damaged and missing
 * records come back from the sealed copy or the copy folder, what is nowhere becomes a gap on the tape, indexes and manifest are written again, and a damaged sealed
 * copy is made again. A session that is whole is left as it is, so it may be run again. `SESSION_LOCKED` while somebody writes the session, `SESSION_UNKNOWN`.
 */
export async function repairSession(dataDir: string, session: string, options: RepairOptions = {}): Promise<RepairReport> {
  try {
    return await repairStores(options.disk ?? nodeDisk, dataDir, session, options);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw journalError(error, `cannot repair session "${session}" in ${dataDir}`);
  }
}

async function repairStores(disk: Disk, dataDir: string, session: string, options: RepairOptions): Promise<RepairReport> {
  const paths = sessionPaths(dataDir, session);
  const before = await verifySession(dataDir, session, { disk });
  const isDryRun = options.isDryRun ?? false;
  const isOpen = await isUnfinished(disk, paths);
  const repaired = before.ok && !isOpen ? NOTHING : await repair(disk, dataDir, paths, options);
  if (!isDryRun) await makeSessionDurable(disk, paths);
  const after = isDryRun ? before : await verifySession(dataDir, session, { disk });
  return {
    session,
    isDryRun,
    found: before.problems,
    actions: repaired.actions,
    recordsLost: repaired.recordsLost,
    remaining: after.problems,
    records: after.records,
    tapeDigest: after.tapeDigest,
  };
}

/** Also of a session that is whole: the repair that made it so may have been killed before the last name was sure. */
async function makeSessionDurable(disk: Disk, { dataDir, sessionDir, parquetDir }: SessionPaths): Promise<void> {
  for (const folder of [sessionDir, parquetDir]) {
    const files = (await filesBelow(disk, folder)).filter((file) => !isLockName(file));
    const paths = files.map((file) => join(relative(dataDir, folder), file));
    if (paths.length > 0) await makeFilesDurable(disk, dataDir, paths);
  }
}

interface Repaired {
  readonly actions: readonly RepairAction[];
  readonly recordsLost: number;
}

const NOTHING: Repaired = { actions: [], recordsLost: 0 };

/** A journal without `session.json`: the recorder that wrote it did not close it. */
async function isUnfinished(disk: Disk, paths: SessionPaths): Promise<boolean> {
  return (await disk.sizeOf(paths.journalDir)) !== undefined && (await disk.sizeOf(paths.manifestPath)) === undefined;
}

async function repair(
  disk: Disk,
  dataDir: string,
  paths: SessionPaths,
  { isDryRun, copyDir, channelOf }: RepairOptions,
): Promise<Repaired> {
  const { session } = paths;
  const isWriting = isDryRun !== true;
  const removed = await readSmallFile(disk, paths.removedPath);
  const sealed = { disk, dataDir, session, copyDir, channelOf, isWriting };
  if (removed !== undefined) {
    const removal = decodeRemovedJournal(removed);
    const tapeDigest = typeof removal === 'string' ? await digestOfManifest(disk, paths) : removal.tapeDigest;
    const actions = copyDir === undefined ? [] : await restoreManifest(disk, paths, copyDir, tapeDigest, isWriting);
    return { actions: [...actions, ...(await repairSealed({ ...sealed, tapeDigest, isJournalRemoved: true }))], recordsLost: 0 };
  }
  const hasJournal = (await disk.sizeOf(paths.journalDir)) !== undefined || (await disk.sizeOf(paths.manifestPath)) !== undefined;
  if (!hasJournal) {
    const tapeDigest =
      (await digestOfSealed(disk, paths)) ??
      (copyDir === undefined ? '' : await digestOfSealed(disk, sessionPaths(copyDir, session))) ??
      '';
    return { actions: await repairSealed({ ...sealed, tapeDigest, isJournalRemoved: true }), recordsLost: 0 };
  }
  const lock = await lockSession(disk, paths);
  let journal: Awaited<ReturnType<typeof repairJournal>>;
  try {
    journal = await repairJournal(disk, paths, await openCopies(disk, dataDir, session, copyDir), isWriting);
  } catch (error) {
    throw journalError(error, `cannot repair ${paths.sessionDir}`);
  } finally {
    await lock.release();
  }
  const actions = await repairSealed({ ...sealed, tapeDigest: journal.tapeDigest, isJournalRemoved: false });
  return { actions: [...journal.actions, ...actions], recordsLost: journal.recordsLost };
}

/** `session.json` of a session whose journal retention removed: it can come back from the copy folder alone. */
async function restoreManifest(
  disk: Disk,
  paths: SessionPaths,
  copyDir: string,
  tapeDigest: string,
  isWriting: boolean,
): Promise<RepairAction[]> {
  const own = await readSmallFile(disk, paths.manifestPath);
  if (own !== undefined && typeof decodeManifest(own) !== 'string') return [];
  const source = sessionPaths(copyDir, paths.session).manifestPath;
  const bytes = await readSmallFile(disk, source);
  const manifest = bytes === undefined ? 'missing' : decodeManifest(bytes);
  if (bytes === undefined || typeof manifest === 'string' || manifest.tapeDigest !== tapeDigest) return [];
  if (isWriting) await writeProven(disk, paths.sessionDir, paths.manifestPath, bytes);
  return [{ kind: 'file-restored', file: 'session.json', message: `from ${source}` }];
}

async function digestOfManifest(disk: Disk, paths: SessionPaths): Promise<string> {
  const bytes = await readSmallFile(disk, paths.manifestPath);
  const manifest = bytes === undefined ? '' : decodeManifest(bytes);
  return typeof manifest === 'string' ? '' : manifest.tapeDigest;
}

/** What a sealed copy says it is; `undefined` where its manifest is missing or damaged. */
async function digestOfSealed(disk: Disk, paths: SessionPaths): Promise<string | undefined> {
  return (await opened(() => readParquetManifest(paths, disk)))?.tapeDigest;
}

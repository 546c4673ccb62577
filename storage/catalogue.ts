import { join } from 'node:path';
import { TapedeckError } from '#domain';
import { type Disk, nodeDisk } from './journal-disk.ts';
import { summarizeJournal } from './journal-summary.ts';
import { type ParquetManifest, readParquetManifest } from './parquet-manifest.ts';
import { readRemovedJournal } from './removed-journal.ts';
import { sessionNames, unknownSession } from './session-lookup.ts';
import { readManifest } from './session-manifest.ts';
import { type SessionPaths, segmentNumber, sessionPaths } from './session-paths.ts';
import { isSystemError } from './system-error.ts';

/** One line of `tapedeck sessions`. */
export interface SessionInfo {
  readonly session: string;
  /** `open` still written, or never closed · `closed` · `sealed-only` the journal is gone, the Parquet copy is there. */
  readonly state: 'open' | 'closed' | 'sealed-only';
  readonly records: number;
  /** Bytes of the journal; of the sealed copy when there is no journal. */
  readonly bytes: number;
  /** Of the first and the last record; absent when there is none. */
  readonly firstReceivedAtNs?: bigint;
  readonly lastReceivedAtNs?: bigint;
  /** Only of closed and sealed sessions. */
  readonly tapeDigest?: string;
  /** True when a sealed copy with its manifest is there. */
  readonly sealed: boolean;
  /** Why the numbers could not be read; the session is listed all the same. */
  readonly problem?: string;
}

/** All sessions of a data folder, by name. A damaged one is listed with its `problem`. */
export async function listSessions(dataDir: string, disk: Disk = nodeDisk): Promise<SessionInfo[]> {
  const sessions: SessionInfo[] = [];
  for (const session of await sessionNames(dataDir, disk)) {
    const info = await describe(dataDir, session, disk);
    if (info !== undefined) sessions.push(info);
  }
  return sessions;
}

/** One session; `SESSION_UNKNOWN` (with near names) when it has neither a journal nor a sealed copy. */
export async function sessionInfo(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<SessionInfo> {
  const info = await describe(dataDir, session, disk);
  if (info === undefined) throw await unknownSession(dataDir, session, disk);
  return info;
}

/**
 * True when every segment of the journal is there in its full length, by `session.json`; an open session has all there is.
 * A quick look that decides where to read from: damage inside the files is found by reading, or by `verifyJournal`.
 */
export async function isJournalWhole(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<boolean> {
  const paths = sessionPaths(dataDir, session);
  const manifest = await attempt(() => readManifest(disk, paths));
  if (manifest.problem !== undefined) return false;
  if ((await disk.sizeOf(paths.removedPath)) !== undefined) return false;
  if (manifest.value === undefined) return (await disk.list(paths.journalDir)).some((name) => segmentNumber(name) !== undefined);
  for (const { name, bytes } of manifest.value.files) {
    if (segmentNumber(name) !== undefined && (await disk.sizeOf(join(paths.journalDir, name))) !== bytes) return false;
  }
  return true;
}

async function describe(dataDir: string, session: string, disk: Disk): Promise<SessionInfo | undefined> {
  const paths = sessionPaths(dataDir, session);
  const copy = await attempt(() => readParquetManifest(paths, disk));
  const removed = await attempt(() => readRemovedJournal(disk, paths));
  if (removed.value !== undefined) return describeRemoved(session, copy, removed.value.tapeDigest);
  // What is left of the journal cannot be judged while nobody knows what was removed.
  const problem = removed.problem ?? (copy.problem === undefined ? undefined : `its sealed copy cannot be used: ${copy.problem}`);
  const hasJournal = (await disk.list(paths.journalDir)).some((name) => segmentNumber(name) !== undefined);
  if (hasJournal || (await disk.sizeOf(paths.manifestPath)) !== undefined) {
    const info = await describeJournal(disk, paths, copy.value !== undefined);
    return problem === undefined || info.problem !== undefined ? info : { ...info, problem };
  }
  if (copy.value !== undefined) return describeCopy(session, copy.value);
  if (copy.problem !== undefined) return { session, state: 'sealed-only', records: 0, bytes: 0, sealed: false, problem: copy.problem };
  // A recorder that was stopped while it made the session leaves the folder alone: an open session without records.
  return (await disk.sizeOf(paths.sessionDir)) === undefined ? undefined : describeJournal(disk, paths, false);
}

/** Retention removed the journal: the copy is all there is, and must be of the same tape. */
function describeRemoved(
  session: string,
  { value: copy, problem }: { readonly value?: ParquetManifest | undefined; readonly problem?: string },
  tapeDigest: string,
): SessionInfo {
  if (copy?.tapeDigest === tapeDigest) return describeCopy(session, copy);
  const why = problem ?? (copy === undefined ? 'it is missing' : 'it is of another tape');
  const message = `retention removed the journal, and the sealed copy cannot be used: ${why}`;
  return { session, state: 'sealed-only', records: 0, bytes: 0, sealed: false, problem: message };
}

function describeCopy(session: string, copy: ParquetManifest): SessionInfo {
  const { rows: records, tapeDigest, parts } = copy;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const [first, last] = [parts[0], parts.at(-1)];
  const received =
    first === undefined || last === undefined
      ? {}
      : { firstReceivedAtNs: BigInt(first.firstReceivedAtNs), lastReceivedAtNs: BigInt(last.lastReceivedAtNs) };
  return { session, state: 'sealed-only', records, bytes, ...received, tapeDigest, sealed: true };
}

async function describeJournal(disk: Disk, paths: SessionPaths, sealed: boolean): Promise<SessionInfo> {
  const { session } = paths;
  const bytes = await journalBytes(disk, paths);
  const manifest = await attempt(() => readManifest(disk, paths));
  if (manifest.problem !== undefined) return { session, state: 'closed', records: 0, bytes, sealed, problem: manifest.problem };
  if (manifest.value !== undefined) {
    const { records, tapeDigest } = manifest.value;
    return { session, state: 'closed', records, bytes, ...times(manifest.value), tapeDigest, sealed };
  }
  const summary = await attempt(() => summarizeJournal(disk, paths));
  if (summary.value === undefined) return { session, state: 'open', records: 0, bytes, sealed, problem: summary.problem ?? '' };
  return { session, state: 'open', records: summary.value.records, bytes, ...times(summary.value), sealed };
}

function times(part: { readonly records: number; readonly firstReceivedAtNs: bigint; readonly lastReceivedAtNs: bigint }) {
  return part.records === 0 ? {} : { firstReceivedAtNs: part.firstReceivedAtNs, lastReceivedAtNs: part.lastReceivedAtNs };
}

async function journalBytes(disk: Disk, paths: SessionPaths): Promise<number> {
  let bytes = 0;
  for (const name of await disk.list(paths.journalDir)) bytes += (await disk.sizeOf(join(paths.journalDir, name))) ?? 0;
  return bytes;
}

/** The value, or the message of an expected failure. */
async function attempt<T>(read: () => Promise<T>): Promise<{ readonly value?: T; readonly problem?: string }> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof TapedeckError || (error instanceof Error && isSystemError(error))) return { problem: error.message };
    throw error;
  }
}

import { join } from 'node:path';
import { isoNanoseconds } from '#domain';
import { type Disk, journalError, nodeDisk, readSmallFile } from './journal-disk.ts';
import { hashFile } from './journal-finish.ts';
import { isLockName } from './process-lock.ts';
import { decodeRemovedJournal, REMOVED_JOURNAL_NAME, type RemovedJournal } from './removed-journal.ts';
import type { JournalFile } from './segment-builder.ts';
import { SegmentVerifier } from './segment-verify.ts';
import { unknownSession } from './session-lookup.ts';
import { decodeManifest, type SessionManifest } from './session-manifest.ts';
import { type SessionPaths, segmentName, segmentNumber, sessionPaths } from './session-paths.ts';
import { VerifyFindings, type VerifyProblem } from './verify-findings.ts';

/** What a check of a session's journal found. */
export interface JournalVerification {
  readonly session: string;
  /** `removed`: retention removed the segments, the tape is the sealed copy; records and digest are those of `session.json`. */
  readonly state: 'open' | 'closed' | 'removed';
  /** Segments there should be, by their numbers; 0 of a journal that retention removed. */
  readonly segments: number;
  /** Records that verify. */
  readonly records: number;
  /** Digest of the records that verify, computed from their bytes; the session's own only when there is no problem. */
  readonly tapeDigest: string;
  readonly problems: readonly VerifyProblem[];
  /** Problems found beyond those listed (`PROBLEMS_MAX`). */
  readonly problemsOmitted: number;
  /** What is no damage but worth knowing: the torn tail of an open session, bytes that recovery set aside. */
  readonly notes: readonly VerifyProblem[];
}

/**
 * Checks every byte of a session's journal: each record's crc and sequence, headers, footers, indexes and `session.json`
 * against what the records say they must be, and that no file is missing or too many. After damage it goes on at the next
 * record that verifies. Problems are values; it throws only `SESSION_UNKNOWN` and `JOURNAL_IO` (a file cannot be read).
 */
export async function verifyJournal(
  dataDir: string,
  session: string,
  options: { readonly disk?: Disk } = {},
): Promise<JournalVerification> {
  const disk = options.disk ?? nodeDisk;
  const paths = sessionPaths(dataDir, session);
  const hasJournal = (await disk.sizeOf(paths.journalDir)) !== undefined;
  if (!hasJournal && (await disk.sizeOf(paths.manifestPath)) === undefined) throw await unknownSession(dataDir, session, disk);
  try {
    return await verifySession(disk, paths);
  } catch (error) {
    throw journalError(error, `cannot verify ${paths.sessionDir}`);
  }
}

async function verifySession(disk: Disk, paths: SessionPaths): Promise<JournalVerification> {
  const findings = new VerifyFindings();
  const manifestBytes = await readSmallFile(disk, paths.manifestPath);
  const isClosed = manifestBytes !== undefined;
  const manifest = isClosed ? checkManifest(manifestBytes, paths, findings) : undefined;
  const names = await disk.list(paths.journalDir);
  const removedBytes = await readSmallFile(disk, paths.removedPath);
  if (removedBytes !== undefined) return await verifyRemoved(disk, paths, manifest, removedBytes, names, findings);
  const last = lastSegment([...names, ...(manifest?.files.map((file) => file.name) ?? [])]);
  const verifier = new SegmentVerifier(disk, paths.journalDir, findings);
  for (let number = 1; number <= last; number++) {
    if (names.includes(segmentName(number))) await verifier.verify(number, { mayBeTorn: !isClosed && number === last, isClosed });
    else verifier.missing(number);
  }
  if (!isClosed && verifier.endsClosed) {
    findings.problem({
      file: 'session.json',
      offset: 0,
      kind: 'file-missing',
      message: 'the last segment is closed, but session.json is missing; "tapedeck repair" writes it again',
    });
  }
  if (manifest !== undefined) {
    await checkFiles(disk, paths, names, manifest, verifier.files, findings);
    checkTotals(manifest, verifier, findings);
  }
  if (isClosed) await checkStrays(disk, paths, findings);
  const { problems, problemsOmitted, notes } = findings;
  return {
    session: paths.session,
    state: isClosed ? 'closed' : 'open',
    segments: last,
    records: verifier.records,
    tapeDigest: verifier.tapeDigest(),
    problems,
    problemsOmitted,
    notes,
  };
}

/** What retention left of a journal: `session.json`, the note of what was removed, and every file that the note does not name. */
async function verifyRemoved(
  disk: Disk,
  paths: SessionPaths,
  manifest: SessionManifest | undefined,
  bytes: Uint8Array,
  names: readonly string[],
  findings: VerifyFindings,
): Promise<JournalVerification> {
  const removed = checkRemoved(bytes, paths, manifest, findings);
  if (manifest === undefined && !findings.hasProblem('session.json')) {
    const message = 'it is missing; "tapedeck repair" writes it again';
    findings.problem({ file: 'session.json', offset: 0, kind: 'file-missing', message });
  }
  if (manifest !== undefined) {
    // A removal that was interrupted leaves some of its files: they are whole, and the next retention removes them.
    const isRemoved = (name: string) => removed?.files.some((file) => file.name === name) === true && !names.includes(name);
    const left = { ...manifest, files: manifest.files.filter(({ name }) => !isRemoved(name)) };
    await checkFiles(disk, paths, names, left, new Map(), findings);
  }
  await checkStrays(disk, paths, findings);
  const { problems, problemsOmitted, notes } = findings;
  return {
    session: paths.session,
    state: 'removed',
    segments: 0,
    records: manifest?.records ?? 0,
    tapeDigest: manifest?.tapeDigest ?? removed?.tapeDigest ?? '',
    problems,
    problemsOmitted,
    notes,
  };
}

function checkRemoved(
  bytes: Uint8Array,
  paths: SessionPaths,
  manifest: SessionManifest | undefined,
  findings: VerifyFindings,
): RemovedJournal | undefined {
  const removed = decodeRemovedJournal(bytes);
  const problem = (kind: 'manifest-bad' | 'manifest-differs', message: string) => {
    findings.problem({ file: 'retention.json', offset: 0, kind, message });
    return undefined;
  };
  if (typeof removed === 'string') return problem('manifest-bad', removed);
  if (removed.session !== paths.session) return problem('manifest-bad', `it belongs to the session "${removed.session}"`);
  if (manifest !== undefined && removed.tapeDigest !== manifest.tapeDigest)
    return problem('manifest-differs', `it is of the tape ${removed.tapeDigest}, session.json of ${manifest.tapeDigest}`);
  const bytesRemoved = removed.files.reduce((sum, file) => sum + file.bytes, 0);
  const at = isoNanoseconds(removed.removedAtNs);
  const message = `retention removed ${removed.files.length} files of ${bytesRemoved} bytes on ${at} (${removed.rule}); the tape is the sealed copy`;
  findings.note({ file: 'retention.json', offset: 0, kind: 'journal-removed', message });
  return removed;
}

function checkManifest(bytes: Uint8Array, paths: SessionPaths, findings: VerifyFindings): SessionManifest | undefined {
  const manifest = decodeManifest(bytes);
  const isOther = typeof manifest !== 'string' && manifest.session !== paths.session;
  if (typeof manifest !== 'string' && !isOther) return manifest;
  const message = typeof manifest === 'string' ? manifest : `it belongs to the session "${manifest.session}"`;
  findings.problem({ file: 'session.json', offset: 0, kind: 'manifest-bad', message });
  return undefined;
}

/** Every file the manifest names is there with its bytes, and there is no other. */
async function checkFiles(
  disk: Disk,
  paths: SessionPaths,
  names: readonly string[],
  manifest: SessionManifest,
  verified: ReadonlyMap<string, JournalFile>,
  findings: VerifyFindings,
): Promise<void> {
  for (const expected of manifest.files) {
    const file = `journal/${expected.name}`;
    if (findings.hasProblem(file)) continue; // the damage in it was found by place
    if (!names.includes(expected.name)) {
      findings.problem({ file, offset: 0, kind: 'file-missing', message: `it is missing; it had ${expected.bytes} bytes` });
      continue;
    }
    const found = verified.get(expected.name) ?? (await hashFile(disk, join(paths.journalDir, expected.name), expected.name));
    if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) {
      const message = `it has ${found.bytes} bytes with SHA-256 ${found.sha256}, session.json says ${expected.bytes} with ${expected.sha256}`;
      findings.problem({ file, offset: Math.min(found.bytes, expected.bytes), kind: 'file-differs', message });
    }
  }
  const known = new Set(manifest.files.map((file) => file.name));
  for (const name of names) {
    if (!known.has(name))
      findings.problem({ file: `journal/${name}`, offset: 0, kind: 'file-extra', message: 'session.json does not name it' });
    else if (name.includes('.torn-'))
      findings.note({ file: `journal/${name}`, offset: 0, kind: 'set-aside', message: 'recovery cut these bytes from the journal' });
    else if (name.startsWith('repair-'))
      findings.note({ file: `journal/${name}`, offset: 0, kind: 'set-aside', message: 'it says what a repair did to this journal' });
  }
}

function checkTotals(manifest: SessionManifest, verifier: SegmentVerifier, findings: VerifyFindings): void {
  // With damage above, other totals are its consequence and no news.
  if (findings.problems.length > 0) return;
  const found = {
    records: verifier.records,
    firstSequence: 0,
    lastSequence: verifier.records - 1,
    firstReceivedAtNs: verifier.firstReceivedAtNs,
    lastReceivedAtNs: verifier.lastReceivedAtNs,
    tapeDigest: verifier.tapeDigest(),
  };
  for (const key of Object.keys(found) as (keyof typeof found)[]) {
    if (found[key] !== manifest[key]) {
      const message = `${key} is ${manifest[key]}, the records say ${found[key]}`;
      findings.problem({ file: 'session.json', offset: 0, kind: 'manifest-differs', message });
    }
  }
}

async function checkStrays(disk: Disk, paths: SessionPaths, findings: VerifyFindings): Promise<void> {
  for (const name of await disk.list(paths.sessionDir)) {
    if (name === 'journal' || name === 'session.json' || name === REMOVED_JOURNAL_NAME || isLockName(name)) continue;
    if (name === 'session.json.tmp' || name === `${REMOVED_JOURNAL_NAME}.tmp`) {
      const message = 'a write that was interrupted left it; nothing reads it';
      findings.note({ file: name, offset: 0, kind: 'interrupted-write', message });
      continue;
    }
    findings.problem({ file: name, offset: 0, kind: 'file-extra', message: 'it is no part of a closed session' });
  }
}

function lastSegment(names: readonly string[]): number {
  let last = 0;
  for (const name of names) {
    const number = segmentNumber(name);
    if (number !== undefined) last = Math.max(last, number);
  }
  return last;
}

import { join } from 'node:path';
import { integrityError } from '#domain';
import { type Disk, readSmallFile, writeProven } from './journal-disk.ts';
import { manifestBytes, readManifestBytes } from './manifest-bytes.ts';
import { COUNT, exactly, listOf, NANOSECONDS, objectOf, SHA256, TEXT } from './manifest-shape.ts';
import type { JournalFile } from './segment-builder.ts';
import type { SessionPaths } from './session-paths.ts';

const FORMAT_VERSION = 1;

/** What `retention.json` says: the segments of this session were removed, its tape is the sealed copy. `session.json` stays as it was. */
export interface RemovedJournal {
  readonly session: string;
  /** As in `session.json`, and as the sealed copy had it when it was verified, just before the first file was removed. */
  readonly tapeDigest: string;
  readonly removedAtNs: bigint;
  /** The rule in words. */
  readonly rule: string;
  /** Where a copy of the removed files was compared by digest before; empty where none is kept. */
  readonly copy: string;
  readonly files: readonly JournalFile[];
}

type RemovedText = Omit<RemovedJournal, 'removedAtNs'> & {
  readonly formatVersion: number;
  readonly removedAtNs: string;
  readonly retentionDigest: string;
};

const removedText = objectOf({
  formatVersion: exactly(FORMAT_VERSION),
  session: TEXT,
  tapeDigest: SHA256,
  removedAtNs: NANOSECONDS,
  rule: TEXT,
  copy: TEXT,
  files: listOf(objectOf({ name: TEXT, bytes: COUNT, sha256: SHA256 })),
  retentionDigest: SHA256,
} satisfies Record<keyof RemovedText, unknown>);

export const REMOVED_JOURNAL_NAME = 'retention.json';

/** The bytes of `retention.json`, laid out as `session.json` is. */
export function encodeRemovedJournal({ session, tapeDigest, removedAtNs, rule, copy, files }: RemovedJournal): Uint8Array {
  const body = {
    formatVersion: FORMAT_VERSION,
    session,
    tapeDigest,
    removedAtNs: String(removedAtNs),
    rule,
    copy,
    files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  };
  return manifestBytes(body, 'retentionDigest');
}

/** Reads `retention.json`, or says what is wrong with it: a file that is not byte for byte what we would write is damaged. */
export function decodeRemovedJournal(bytes: Uint8Array): RemovedJournal | string {
  return readManifestBytes(bytes, { shape: removedText, read: fromText, encode: encodeRemovedJournal });
}

function fromText({ formatVersion: _, retentionDigest: __, ...body }: RemovedText): RemovedJournal {
  return { ...body, removedAtNs: BigInt(body.removedAtNs) };
}

/** What was removed of a session's journal, `undefined` when nothing was; throws `RETENTION_CORRUPT`. */
export async function readRemovedJournal(disk: Disk, paths: SessionPaths): Promise<RemovedJournal | undefined> {
  const bytes = await readSmallFile(disk, paths.removedPath);
  if (bytes === undefined) return undefined;
  const removed = decodeRemovedJournal(bytes);
  if (typeof removed === 'string')
    throw integrityError('RETENTION_CORRUPT', `${paths.removedPath}: ${removed}; run "tapedeck verify ${paths.session}"`);
  return removed;
}

/** Makes it durable that files are to be removed; only then may the first one be. */
export async function writeRemovedJournal(disk: Disk, paths: SessionPaths, removed: RemovedJournal): Promise<void> {
  await writeProven(disk, paths.sessionDir, join(paths.sessionDir, REMOVED_JOURNAL_NAME), encodeRemovedJournal(removed));
}

import { integrityError } from '#domain';
import { type Disk, readSmallFile, writeProven } from './journal-disk.ts';
import { manifestBytes, readManifestBytes } from './manifest-bytes.ts';
import { COUNT, exactly, listOf, NANOSECONDS, objectOf, SHA256, TEXT, wholeNumber } from './manifest-shape.ts';
import type { JournalFile } from './segment-builder.ts';
import { JOURNAL_FORMAT_VERSION } from './segment-format.ts';
import type { SessionPaths } from './session-paths.ts';

/** What `session.json` says about a closed session; the file is there when, and only when, the session was closed. */
export interface SessionManifest {
  readonly session: string;
  readonly records: number;
  readonly firstSequence: number;
  /** -1 when there is no record. */
  readonly lastSequence: number;
  /** Receive times of the first and the last record; 0 when there is none. */
  readonly firstReceivedAtNs: bigint;
  readonly lastReceivedAtNs: bigint;
  readonly tapeDigest: string;
  /** Every file under `journal/`, by name. */
  readonly files: readonly JournalFile[];
}

/** `session.json` as it is written: int64 as text. */
type ManifestText = Omit<SessionManifest, 'firstReceivedAtNs' | 'lastReceivedAtNs'> & {
  readonly formatVersion: number;
  readonly firstReceivedAtNs: string;
  readonly lastReceivedAtNs: string;
  readonly manifestDigest: string;
};

const manifestText = objectOf({
  formatVersion: exactly(JOURNAL_FORMAT_VERSION),
  session: TEXT,
  records: COUNT,
  firstSequence: COUNT,
  lastSequence: wholeNumber(-1),
  firstReceivedAtNs: NANOSECONDS,
  lastReceivedAtNs: NANOSECONDS,
  tapeDigest: SHA256,
  files: listOf(objectOf({ name: TEXT, bytes: COUNT, sha256: SHA256 })),
  manifestDigest: SHA256,
} satisfies Record<keyof ManifestText, unknown>);

/** The bytes of `session.json`: fixed order of keys, two spaces, and a digest of everything before the digest. */
export function encodeManifest(manifest: SessionManifest): Uint8Array {
  const body = {
    formatVersion: JOURNAL_FORMAT_VERSION,
    session: manifest.session,
    records: manifest.records,
    firstSequence: manifest.firstSequence,
    lastSequence: manifest.lastSequence,
    firstReceivedAtNs: String(manifest.firstReceivedAtNs),
    lastReceivedAtNs: String(manifest.lastReceivedAtNs),
    tapeDigest: manifest.tapeDigest,
    files: manifest.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  };
  return manifestBytes(body);
}

/** Reads `session.json`, or says what is wrong with it: a file that is not byte for byte what we would write is damaged. */
export function decodeManifest(bytes: Uint8Array): SessionManifest | string {
  return readManifestBytes(bytes, { shape: manifestText, read: fromText, encode: encodeManifest });
}

function fromText({ formatVersion: _, manifestDigest: __, ...body }: ManifestText): SessionManifest {
  return { ...body, firstReceivedAtNs: BigInt(body.firstReceivedAtNs), lastReceivedAtNs: BigInt(body.lastReceivedAtNs) };
}

/** The manifest of a closed session, `undefined` for an open one; throws `MANIFEST_CORRUPT`. */
export async function readManifest(disk: Disk, paths: SessionPaths): Promise<SessionManifest | undefined> {
  const bytes = await readSmallFile(disk, paths.manifestPath);
  if (bytes === undefined) return undefined;
  const manifest = decodeManifest(bytes);
  if (typeof manifest === 'string') {
    throw integrityError('MANIFEST_CORRUPT', `${paths.manifestPath}: ${manifest}; run "tapedeck verify ${paths.session}"`);
  }
  if (manifest.session !== paths.session) {
    throw integrityError('MANIFEST_CORRUPT', `${paths.manifestPath} belongs to the session "${manifest.session}"`);
  }
  return manifest;
}

export async function writeManifest(disk: Disk, paths: SessionPaths, manifest: SessionManifest): Promise<void> {
  await writeProven(disk, paths.sessionDir, paths.manifestPath, encodeManifest(manifest));
}

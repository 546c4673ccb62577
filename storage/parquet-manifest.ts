import { join } from 'node:path';
import { integrityError } from '#domain';
import { type Disk, nodeDisk, readSmallFile, writeAtomically } from './journal-disk.ts';
import { manifestBytes, readManifestBytes } from './manifest-bytes.ts';
import { COUNT, exactly, listOf, NANOSECONDS, objectOf, SHA256, TEXT, textOf } from './manifest-shape.ts';
import { sameBytes } from './same-bytes.ts';
import type { SessionPaths } from './session-paths.ts';

/** The version of the sealed layout that is written (`storage/FORMAT.md`). In version 1 each part carries the tape digest of the whole session. */
export const PARQUET_SCHEMA_VERSION = 2;
export type ParquetSchemaVersion = 1 | typeof PARQUET_SCHEMA_VERSION;
/** Readers of a Parquet folder pass over names that begin with an underscore. */
export const PARQUET_MANIFEST_NAME = '_manifest.json';

/** One sealed file: a contiguous range of sequences over all venues. */
export interface ParquetPart {
  /** Path within the session's Parquet folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Of the first and the last record. */
  readonly firstReceivedAtNs: string;
  readonly lastReceivedAtNs: string;
  /** Row groups in order: what tells where in a damaged file the damage is. */
  readonly groups: readonly {
    readonly offset: number;
    readonly bytes: number;
    readonly crc32: number;
    readonly firstSequence: number;
    readonly rows: number;
  }[];
}

/** What `_manifest.json` says: it names only files that were read back and compared. */
export interface ParquetManifest {
  readonly schemaVersion: ParquetSchemaVersion;
  readonly session: string;
  readonly rows: number;
  readonly tapeDigest: string;
  readonly parts: readonly ParquetPart[];
}

const manifestText = objectOf({
  schemaVersion: exactly(1, PARQUET_SCHEMA_VERSION),
  session: TEXT,
  rows: COUNT,
  tapeDigest: SHA256,
  parts: listOf(
    objectOf({
      path: textOf('the path of a part', /^date=\d{4}-\d{2}-\d{2}\/part-\d{6}\.parquet$/),
      bytes: COUNT,
      sha256: SHA256,
      rows: COUNT,
      firstSequence: COUNT,
      lastSequence: COUNT,
      firstReceivedAtNs: NANOSECONDS,
      lastReceivedAtNs: NANOSECONDS,
      groups: listOf(objectOf({ offset: COUNT, bytes: COUNT, crc32: COUNT, firstSequence: COUNT, rows: COUNT })),
    } satisfies Record<keyof ParquetPart, unknown>),
  ),
  manifestDigest: SHA256,
} satisfies Record<keyof ParquetManifest | 'manifestDigest', unknown>);

/** The bytes of `_manifest.json`: fixed order of keys, two spaces, and a digest of everything before the digest. */
export function encodeParquetManifest(manifest: ParquetManifest): Uint8Array {
  return manifestBytes(fromText(manifest));
}

/** Reads `_manifest.json`, or says what is wrong with it: a file that is not byte for byte what we would write is damaged. */
export function decodeParquetManifest(bytes: Uint8Array): ParquetManifest | string {
  return readManifestBytes(bytes, { shape: manifestText, read: fromText, encode: encodeParquetManifest });
}

/** The keys in the order of the file, and no other. */
function fromText({ schemaVersion, session, rows, tapeDigest, parts }: ParquetManifest): ParquetManifest {
  return { schemaVersion, session, rows, tapeDigest, parts };
}

/** The manifest of a sealed session, `undefined` when it was not sealed; throws `MANIFEST_CORRUPT`. */
export async function readParquetManifest(paths: SessionPaths, disk: Disk = nodeDisk): Promise<ParquetManifest | undefined> {
  const path = join(paths.parquetDir, PARQUET_MANIFEST_NAME);
  const bytes = await readSmallFile(disk, path);
  if (bytes === undefined) return undefined;
  const manifest = decodeParquetManifest(bytes);
  if (typeof manifest === 'string') {
    throw integrityError(
      'MANIFEST_CORRUPT',
      `${path}: ${manifest}; seal the session again from its journal: tapedeck seal ${paths.session}`,
    );
  }
  if (manifest.session !== paths.session) throw integrityError('MANIFEST_CORRUPT', `${path} belongs to the session "${manifest.session}"`);
  return manifest;
}

/** Writes the manifest of the parts in a folder. */
export async function writeParquetManifest(folder: string, manifest: ParquetManifest, disk: Disk = nodeDisk): Promise<void> {
  await writeAtomically(disk, folder, join(folder, PARQUET_MANIFEST_NAME), encodeParquetManifest(manifest));
}

/** True when the manifest in a folder is, byte for byte, this one. */
export async function isManifestAsWritten(folder: string, manifest: ParquetManifest, disk: Disk = nodeDisk): Promise<boolean> {
  const found = await readSmallFile(disk, join(folder, PARQUET_MANIFEST_NAME));
  return found !== undefined && sameBytes(found, encodeParquetManifest(manifest));
}

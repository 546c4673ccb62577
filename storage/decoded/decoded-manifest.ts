import { join } from 'node:path';
import { type Disk, readSmallFile, writeAtomically } from '../journal-disk.ts';
import { manifestBytes, readManifestBytes } from '../manifest-bytes.ts';
import { COUNT, exactly, listOf, mapOf, objectOf, SHA256, TEXT, textOf } from '../manifest-shape.ts';
import { sameBytes } from '../same-bytes.ts';
import type { Marks } from './decoded-types.ts';

/** The version of the layout of decoded tables (`storage/FORMAT.md`). There is no reader of older ones: they are made again. */
export const DECODED_FORMAT_VERSION = 1;
export const DECODED_MANIFEST_NAME = '_manifest.json';

/** One file, read back when it was made. */
export interface DecodedEntry {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** What this table depends on beyond the session's marks. */
  readonly marks: Marks;
}

/** What `_manifest.json` beside decoded tables says. */
export interface DecodedManifest {
  readonly session: string;
  /** Where the records were read from: `journal` or `parquet`. Both give the same rows. */
  readonly store: string;
  readonly marks: Marks;
  readonly tables: readonly DecodedEntry[];
}

const manifestText = objectOf({
  formatVersion: exactly(DECODED_FORMAT_VERSION),
  session: TEXT,
  store: TEXT,
  marks: mapOf(TEXT),
  tables: listOf(
    objectOf({
      table: textOf('the name of a table', /^[a-z][a-z_]*$/),
      rows: COUNT,
      bytes: COUNT,
      sha256: SHA256,
      marks: mapOf(TEXT),
    } satisfies Record<keyof DecodedEntry, unknown>),
  ),
  manifestDigest: SHA256,
} satisfies Record<keyof DecodedManifest | 'formatVersion' | 'manifestDigest', unknown>);

/** The bytes of the manifest: fixed order of keys, two spaces, and a digest of everything before the digest. */
export function encodeDecodedManifest({ session, store, marks, tables }: DecodedManifest): Uint8Array {
  const body = { formatVersion: DECODED_FORMAT_VERSION, session, store, marks, tables };
  return manifestBytes(body);
}

/** The manifest in a folder; `undefined` when there is none, or one that is not byte for byte what we would write: it is not believed. */
export async function readDecodedManifest(disk: Disk, folder: string): Promise<DecodedManifest | undefined> {
  const bytes = await readSmallFile(disk, join(folder, DECODED_MANIFEST_NAME));
  if (bytes === undefined) return undefined;
  const manifest = readManifestBytes(bytes, { shape: manifestText, read: fromText, encode: encodeDecodedManifest });
  return typeof manifest === 'string' ? undefined : manifest;
}

export async function writeDecodedManifest(disk: Disk, folder: string, manifest: DecodedManifest): Promise<void> {
  await writeAtomically(disk, folder, join(folder, DECODED_MANIFEST_NAME), encodeDecodedManifest(manifest));
}

/** True when the manifest in a folder is, byte for byte, this one. */
export async function isDecodedManifestAsWritten(disk: Disk, folder: string, manifest: DecodedManifest): Promise<boolean> {
  const found = await readSmallFile(disk, join(folder, DECODED_MANIFEST_NAME));
  return found !== undefined && sameBytes(found, encodeDecodedManifest(manifest));
}

/** True when both say the same, in whatever order. */
export function areSameMarks(a: Marks, b: Marks): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

export function tableFileName(table: string): string {
  return `${table}.arrow`;
}

function fromText({ session, store, marks, tables }: DecodedManifest): DecodedManifest {
  return { session, store, marks, tables };
}

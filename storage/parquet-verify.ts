import { join } from 'node:path';
import { TapeRecord } from '#domain';
import { filesBelow } from './disk-tree.ts';
import { type Disk, nodeDisk, readSmallFile } from './journal-disk.ts';
import { partFaults, statedDigest } from './parquet-check.ts';
import { decodeParquetManifest, PARQUET_MANIFEST_NAME, type ParquetManifest, type ParquetPart } from './parquet-manifest.ts';
import { TAPE_DIGEST_KEY } from './parquet-part.ts';
import { ParquetTape } from './parquet-tape.ts';
import { sessionPaths } from './session-paths.ts';
import { TapeDigest } from './tape-digest.ts';
import { VerifyFindings, type VerifyProblem } from './verify-findings.ts';

/** What a check of a sealed copy found. */
export interface ParquetVerification {
  readonly rows: number;
  /** Digest of the records that were read; the session's own only when there is no problem. */
  readonly tapeDigest: string;
  readonly problems: readonly VerifyProblem[];
}

/**
 * Checks every byte of a sealed copy: each file against its SHA-256 in the manifest, each record by reading it, the digest of all and the one that
 * each file says of itself, the manifest against its own digest, and that no file is missing or too many. `undefined` when the session was never sealed.
 */
export async function verifyParquet(dataDir: string, session: string, disk: Disk = nodeDisk): Promise<ParquetVerification | undefined> {
  const { parquetDir } = sessionPaths(dataDir, session);
  // Empty folders are what a seal that failed leaves behind: nothing was sealed.
  if ((await filesBelow(disk, parquetDir)).length === 0) return undefined;
  const findings = new VerifyFindings();
  const manifest = await checkManifest(disk, parquetDir, session, findings);
  if (manifest === undefined) return { rows: 0, tapeDigest: new TapeDigest().hex(), problems: findings.problems };
  await checkStrays(disk, parquetDir, manifest, findings);
  for (const part of manifest.parts) for (const problem of await partFaults(parquetDir, part, disk)) findings.problem(problem);
  const { rows, tapeDigest } = await checkRecords(disk, parquetDir, manifest, findings);
  return { rows, tapeDigest, problems: findings.problems };
}

async function checkManifest(disk: Disk, folder: string, session: string, findings: VerifyFindings): Promise<ParquetManifest | undefined> {
  const file = PARQUET_MANIFEST_NAME;
  const bytes = await readSmallFile(disk, join(folder, file));
  if (bytes === undefined) {
    findings.problem({ file, kind: 'file-missing', message: 'there are sealed files but no manifest; seal the session again' });
    return undefined;
  }
  const manifest = decodeParquetManifest(bytes);
  if (typeof manifest === 'string') findings.problem({ file, kind: 'manifest-bad', message: manifest });
  else if (manifest.session !== session)
    findings.problem({ file, kind: 'manifest-bad', message: `it belongs to the session "${manifest.session}"` });
  else return manifest;
  return undefined;
}

async function checkStrays(disk: Disk, folder: string, manifest: ParquetManifest, findings: VerifyFindings): Promise<void> {
  const known = new Set([PARQUET_MANIFEST_NAME, ...manifest.parts.map((part) => part.path)]);
  for (const file of await filesBelow(disk, folder)) {
    if (!known.has(file)) findings.problem({ file, kind: 'file-extra', message: 'the manifest does not name it' });
  }
}

/** Reads every record, also of files whose bytes are as written: the decoder of today must still read them. */
async function checkRecords(
  disk: Disk,
  folder: string,
  manifest: ParquetManifest,
  findings: VerifyFindings,
): Promise<{ rows: number; tapeDigest: string }> {
  const digest = new TapeDigest();
  const record = new TapeRecord();
  const ends = new Map(manifest.parts.map((part) => [part.lastSequence + 1, part]));
  let rows = 0;
  try {
    for await (const batch of new ParquetTape(folder, manifest, disk).batches()) {
      while (batch.next(record)) {
        digest.add(record);
        rows += 1;
      }
      const ended = ends.get(rows);
      if (ended !== undefined) await checkStatedDigest(disk, folder, manifest, ended, digest.hex(), findings);
    }
  } catch (error) {
    if (findings.problems.length > 0) return { rows, tapeDigest: digest.hex() };
    const message = error instanceof Error ? error.message : String(error);
    findings.problem({ file: PARQUET_MANIFEST_NAME, sequence: rows, kind: 'record-bad', message });
    return { rows, tapeDigest: digest.hex() };
  }
  const tapeDigest = digest.hex();
  if (tapeDigest !== manifest.tapeDigest && findings.problems.length === 0) {
    const message = `the records have digest ${tapeDigest}, the manifest says ${manifest.tapeDigest}`;
    findings.problem({ file: PARQUET_MANIFEST_NAME, kind: 'manifest-differs', message });
  }
  return { rows, tapeDigest };
}

/** A part of version 1 was written when the digest of the whole session was known, and says that one. */
async function checkStatedDigest(
  disk: Disk,
  folder: string,
  manifest: ParquetManifest,
  part: ParquetPart,
  digestSoFar: string,
  findings: VerifyFindings,
): Promise<void> {
  const stated = await statedDigest(folder, part, disk);
  const expected = manifest.schemaVersion === 1 ? manifest.tapeDigest : digestSoFar;
  if (stated === expected || findings.hasProblem(part.path)) return;
  const message = `its key ${TAPE_DIGEST_KEY} says ${stated ?? 'nothing'}, its records make it ${expected}`;
  findings.problem({ file: part.path, sequence: part.firstSequence, kind: 'footer-bad', message });
}

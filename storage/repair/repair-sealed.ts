import { dirname, join } from 'node:path';
import { TapedeckError, type TapeRecord } from '#domain';
import { makeDurableDirectory } from '../disk-tree.ts';
import { type Disk, readSmallFile, writeProven } from '../journal-disk.ts';
import { hashFile } from '../journal-finish.ts';
import { JournalTape } from '../journal-tape.ts';
import { decodeParquetManifest, PARQUET_MANIFEST_NAME, type ParquetManifest, readParquetManifest } from '../parquet-manifest.ts';
import { verifyParquet } from '../parquet-verify.ts';
import { sealTape } from '../seal.ts';
import { parquetRoot, sessionPaths } from '../session-paths.ts';
import { opened } from './open-copies.ts';
import type { RepairAction } from './repair-report.ts';
import { copyBytes, freeNumber } from './set-aside.ts';

export interface SealedRepair {
  readonly disk: Disk;
  readonly dataDir: string;
  readonly session: string;
  /** Digest of the journal after its repair, or of the tape that retention left to the sealed copy. */
  readonly tapeDigest: string;
  /** Retention removed the journal: the copy can only come from a copy folder. */
  readonly isJournalRemoved: boolean;
  readonly copyDir: string | undefined;
  readonly channelOf: ((record: TapeRecord) => string) | undefined;
  readonly isWriting: boolean;
}

/** Brings the sealed copy of a session back to what its journal (or, where retention removed that, the copy folder) says it is. */
export async function repairSealed(repair: SealedRepair): Promise<readonly RepairAction[]> {
  const { disk, dataDir, session, tapeDigest, isJournalRemoved } = repair;
  const found = await verifyParquet(dataDir, session, disk);
  if (found === undefined && !isJournalRemoved) return [];
  if (found !== undefined && found.problems.length === 0 && found.tapeDigest === tapeDigest) return [];
  return isJournalRemoved ? restoreParts(repair) : sealAgain(repair);
}

/** The journal is whole: the copy is made again from it. A copy of another tape may hold what the journal lost, and is kept under another name. */
async function sealAgain({ disk, dataDir, session, tapeDigest, channelOf, isWriting }: SealedRepair): Promise<readonly RepairAction[]> {
  const paths = sessionPaths(dataDir, session);
  const file = `parquet/session=${session}`;
  const actions: RepairAction[] = [];
  const bytes = await readSmallFile(disk, join(paths.parquetDir, PARQUET_MANIFEST_NAME));
  const manifest = bytes === undefined ? undefined : decodeParquetManifest(bytes);
  if (typeof manifest === 'object' && manifest.tapeDigest !== tapeDigest) {
    const name = await freeNumber(disk, parquetRoot(dataDir), (number) => `_damaged-${session}-${number}`);
    if (isWriting) {
      await disk.rename(paths.parquetDir, join(parquetRoot(dataDir), name));
      await disk.syncDirectory(parquetRoot(dataDir));
    }
    actions.push({ kind: 'copy-set-aside', file, message: `it holds another tape than the journal; it is kept as parquet/${name}` });
  }
  if (channelOf === undefined) return actions;
  if (isWriting) {
    try {
      await sealTape(await JournalTape.open(dataDir, session, { disk }), { dataDir, channelOf, disk });
    } catch (error) {
      // What stands in its way (files that are not ours) is for a person; the journal is repaired all the same.
      if (error instanceof TapedeckError && error.exitCode === 2) return actions;
      throw error;
    }
  }
  return [...actions, { kind: 'copy-sealed', file, message: 'it was made again from the journal' }];
}

/** Every file that is not as the manifest says, from the copy folder, where its bytes have the digest. */
async function restoreParts({ disk, dataDir, session, tapeDigest, copyDir, isWriting }: SealedRepair): Promise<readonly RepairAction[]> {
  if (copyDir === undefined) return [];
  const [paths, from] = [sessionPaths(dataDir, session), sessionPaths(copyDir, session)];
  const manifest = await opened(() => readParquetManifest(from, disk));
  if (manifest === undefined || manifest.tapeDigest !== tapeDigest) return [];
  const actions: RepairAction[] = [];
  for (const part of await brokenParts(disk, paths.parquetDir, manifest)) {
    const [source, target] = [join(from.parquetDir, part.path), join(paths.parquetDir, part.path)];
    if ((await disk.sizeOf(source)) === undefined || (await hashFile(disk, source, part.path)).sha256 !== part.sha256) continue;
    if (isWriting) {
      await makeDurableDirectory(disk, dirname(target));
      await copyBytes(disk, source, 0, part.bytes, target);
      await disk.syncDirectory(dirname(target));
    }
    actions.push({ kind: 'file-restored', file: `parquet/session=${session}/${part.path}`, message: `from ${source}` });
  }
  const manifestPath = join(paths.parquetDir, PARQUET_MANIFEST_NAME);
  const wanted = await readSmallFile(disk, join(from.parquetDir, PARQUET_MANIFEST_NAME));
  const found = await readSmallFile(disk, manifestPath);
  if (wanted !== undefined && (found === undefined || Buffer.compare(found, wanted) !== 0)) {
    if (isWriting) await writeProven(disk, paths.parquetDir, manifestPath, wanted);
    actions.push({
      kind: 'file-restored',
      file: `parquet/session=${session}/${PARQUET_MANIFEST_NAME}`,
      message: `from ${from.parquetDir}`,
    });
  }
  return actions;
}

async function brokenParts(disk: Disk, folder: string, manifest: ParquetManifest): Promise<ParquetManifest['parts']> {
  const broken: ParquetManifest['parts'][number][] = [];
  for (const part of manifest.parts) {
    const path = join(folder, part.path);
    const isWhole = (await disk.sizeOf(path)) === part.bytes && (await hashFile(disk, path, part.path)).sha256 === part.sha256;
    if (!isWhole) broken.push(part);
  }
  return broken;
}

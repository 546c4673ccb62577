import { TapedeckError } from '#domain';
import type { Disk } from '../journal-disk.ts';
import { JournalTape } from '../journal-tape.ts';
import { openParquetTape, type ParquetTape } from '../parquet-tape.ts';
import { sessionPaths } from '../session-paths.ts';
import { isSystemFailure } from '../system-error.ts';
import type { TapeCopy } from './repair-journal.ts';
import { SalvagedParquetTape } from './salvaged-parquet.ts';

/** The copies of a session's tape that can be opened, nearest first: its sealed copy, and journal and sealed copy of a copy folder. */
export async function openCopies(disk: Disk, dataDir: string, session: string, copyDir: string | undefined): Promise<readonly TapeCopy[]> {
  const copies = [await parquetCopy(disk, dataDir, session)];
  if (copyDir !== undefined) copies.push(await journalCopy(disk, copyDir, session), await parquetCopy(disk, copyDir, session));
  return copies.filter((copy) => copy !== undefined);
}

async function parquetCopy(disk: Disk, dataDir: string, session: string): Promise<TapeCopy | undefined> {
  const tape = await opened<ParquetTape>(() => openParquetTape(dataDir, session, { disk }));
  if (tape === undefined) return undefined;
  const { rows: records, tapeDigest } = tape.manifest;
  const salvaged = new SalvagedParquetTape(sessionPaths(dataDir, session).parquetDir, tape.manifest, disk);
  return { tape: salvaged, reference: { records, tapeDigest, files: [] } };
}

async function journalCopy(disk: Disk, dataDir: string, session: string): Promise<TapeCopy | undefined> {
  const tape = await opened<JournalTape>(() => JournalTape.open(dataDir, session, { disk }));
  if (tape?.manifest === undefined) return undefined;
  return { tape, reference: tape.manifest, journalDir: sessionPaths(dataDir, session).journalDir };
}

/** A copy that is not there, or is damaged, is none. One that the disk cannot read just now is no such thing: records must not be given up for it. */
export async function opened<T>(open: () => Promise<T>): Promise<T | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof TapedeckError && !isSystemFailure(error)) return undefined;
    throw error;
  }
}

import { TapedeckError, TapeRecord } from '#domain';
import { addRecords, type CopyStart, type SealedTape } from './copy-writer.ts';
import type { Disk } from './journal-disk.ts';
import { partFault, statedDigest } from './parquet-check.ts';
import type { ParquetPart } from './parquet-manifest.ts';
import { GroupMemory } from './parquet-tape.ts';
import { errorCode } from './system-error.ts';
import { TapeDigest } from './tape-digest.ts';

/** A part that is whole, and the digest of all records up to its end, read back from the files. */
interface WholePart {
  readonly part: ParquetPart;
  readonly digest: string;
}

/**
 * How much of the parts that an earlier seal finished is good: each is read back, bytes and records, and compared with the tape of today, which may have
 * been repaired or cut since. From the first that is missing, damaged or of another tape on all are made again; that is never an error.
 */
export async function keptParts(disk: Disk, folder: string, noted: readonly ParquetPart[], tape: SealedTape): Promise<CopyStart> {
  return noted.length === 0 ? { parts: [], digest: new TapeDigest() } : partsOfTape(await wholeParts(disk, folder, noted), tape);
}

/** The parts from the first on that are as they were written. */
async function wholeParts(disk: Disk, folder: string, noted: readonly ParquetPart[]): Promise<WholePart[]> {
  const whole: WholePart[] = [];
  const digest = new TapeDigest();
  const memory = new GroupMemory();
  try {
    for (const part of noted) {
      if ((await partFault(folder, part, disk)) !== undefined) break;
      await addRecords(digest, folder, part, memory, disk);
      const found = digest.hex();
      if ((await statedDigest(folder, part, disk)) !== found) break;
      whole.push({ part, digest: found });
    }
  } catch (error) {
    // A file that cannot be read is made again; anything else is a bug.
    if (!(error instanceof TapedeckError) && errorCode(error) === '') throw error;
  }
  return whole;
}

/** Of these the parts that hold what the tape holds. */
async function partsOfTape(whole: readonly WholePart[], tape: SealedTape): Promise<CopyStart> {
  const digest = new TapeDigest();
  let kept: CopyStart = { parts: [], digest: new TapeDigest() };
  const record = new TapeRecord();
  for await (const batch of tape.batches()) {
    while (batch.next(record)) {
      const next = whole[kept.parts.length];
      if (next === undefined) return kept;
      digest.add(record);
      if (record.sequence !== next.part.lastSequence) continue;
      if (digest.hex() !== next.digest) return kept;
      kept = { parts: [...kept.parts, next.part], digest: digest.copy() };
    }
  }
  return kept;
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Disk, type DiskFile, nodeDisk, readFully } from './journal-disk.ts';
import type { ParquetPart } from './parquet-manifest.ts';
import { TAPE_DIGEST_KEY } from './parquet-part.ts';
import { ParquetFile } from './parquet-reader.ts';
import type { VerifyProblem } from './verify-findings.ts';

/** A problem of a sealed file; it always knows the first record that cannot be trusted. */
export type PartProblem = VerifyProblem & { readonly sequence: number };

const READ_BYTES = 1024 * 1024;

/** The tape digest that a sealed file says of itself; `undefined` where it says none. Throws when it has no footer of ours. */
export async function statedDigest(folder: string, part: ParquetPart, disk: Disk = nodeDisk): Promise<string | undefined> {
  const file = await ParquetFile.open(join(folder, part.path), undefined, disk);
  try {
    return file.text(TAPE_DIGEST_KEY);
  } finally {
    await file.close();
  }
}

/** Compares a sealed file with what the manifest says of it: one pass over its bytes, nothing is decoded. The first problem, or `undefined`. */
export async function partFault(folder: string, part: ParquetPart, disk: Disk = nodeDisk): Promise<PartProblem | undefined> {
  return (await partFaults(folder, part, disk))[0];
}

/** Every problem of a sealed file: that it is missing, too long or short, or which of its row groups are damaged. */
export async function partFaults(folder: string, part: ParquetPart, disk: Disk = nodeDisk): Promise<readonly PartProblem[]> {
  const path = join(folder, part.path);
  const bytes = await disk.sizeOf(path);
  if (bytes === undefined) {
    const message = `records ${part.firstSequence} to ${part.lastSequence} are missing`;
    return [{ file: part.path, sequence: part.firstSequence, kind: 'file-missing', message }];
  }
  const file = await disk.open(path, 'read');
  try {
    if (bytes === part.bytes && (await sha256Of(file)) === part.sha256) return [];
    return await damagedPlaces(file, bytes, part);
  } finally {
    await file.close();
  }
}

/** Which row groups of a damaged file are not what was written; what belongs to none of them is indexes, footer or length. */
async function damagedPlaces(file: DiskFile, bytes: number, part: ParquetPart): Promise<PartProblem[]> {
  const problems: PartProblem[] = [];
  for (const { offset, bytes: groupBytes, crc32: expected, firstSequence, rows } of part.groups) {
    const buffer = Buffer.alloc(groupBytes);
    const count = await readFully(file, buffer, 0, groupBytes, offset);
    if (count === groupBytes && crc32(buffer) === expected) continue;
    const message = `the row group of records ${firstSequence} to ${firstSequence + rows - 1} is damaged`;
    problems.push({ file: part.path, sequence: firstSequence, offset, kind: 'file-differs', message });
  }
  const last = part.groups.at(-1);
  const sequence = part.firstSequence;
  if (bytes !== part.bytes) {
    const message = `it has ${bytes} bytes instead of ${part.bytes}`;
    problems.push({ file: part.path, sequence, offset: Math.min(bytes, part.bytes), kind: 'file-differs', message });
  } else if (problems.length === 0) {
    const offset = last === undefined ? 0 : last.offset + last.bytes;
    problems.push({ file: part.path, sequence, offset, kind: 'footer-bad', message: 'its indexes or footer are damaged' });
  }
  return problems;
}

/** SHA-256 of a whole file as hex, read in pieces. */
export async function sha256Of(file: DiskFile): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let position = 0; ; ) {
    const count = await readFully(file, buffer, 0, buffer.length, position);
    if (count === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, count));
    position += count;
  }
}

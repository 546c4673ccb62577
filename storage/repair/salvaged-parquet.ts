import { join } from 'node:path';
import type { RecordBatch } from '#domain';
import type { Disk } from '../journal-disk.ts';
import { type PartProblem, partFaults } from '../parquet-check.ts';
import type { ParquetManifest, ParquetPart } from '../parquet-manifest.ts';
import { GroupMemory, ParquetTape, readPart } from '../parquet-tape.ts';
import { firstSequenceOf, type TapeStart } from '../tape-start.ts';
import type { CopyTape } from './segment-filler.ts';

/**
 * A sealed copy as a source of single records: where `ParquetTape` refuses a file with one wrong byte, this one still gives the row groups whose crc is right.
 * Batches end before the first damaged group.
 */
export class SalvagedParquetTape implements CopyTape {
  readonly session: string;
  readonly #folder: string;
  readonly #manifest: ParquetManifest;
  readonly #disk: Disk;

  constructor(folder: string, manifest: ParquetManifest, disk: Disk) {
    this.session = manifest.session;
    this.#folder = folder;
    this.#disk = disk;
    this.#manifest = manifest;
  }

  async *batches(start: TapeStart = {}): AsyncGenerator<RecordBatch> {
    let fromSequence = firstSequenceOf(start);
    const memory = new GroupMemory();
    for (const part of this.#manifest.parts) {
      if (part.lastSequence < fromSequence) continue;
      const end = wholeUntil(part, await partFaults(this.#folder, part, this.#disk), fromSequence);
      if (end <= fromSequence) return;
      for await (const batch of readPart(join(this.#folder, part.path), part.path, part.firstSequence, {
        memory,
        fromSequence,
        disk: this.#disk,
      })) {
        yield batch;
        // The next group would be decoded when it is asked for.
        if (batch.end >= end) break;
      }
      if (end <= part.lastSequence) return;
      fromSequence = part.lastSequence + 1;
    }
  }

  /** What the manifest says. */
  digest(): Promise<string> {
    return new ParquetTape(this.#folder, this.#manifest, this.#disk).digest();
  }
}

/** The first record after `fromSequence` that cannot be read: damage that is not in a row group may be anywhere. */
function wholeUntil(part: ParquetPart, faults: readonly PartProblem[], fromSequence: number): number {
  let end = part.lastSequence + 1;
  for (const { kind, sequence, offset } of faults) {
    const group = part.groups.find((candidate) => candidate.offset === offset && candidate.firstSequence === sequence);
    if (kind !== 'file-differs' || group === undefined) return fromSequence;
    if (group.firstSequence + group.rows > fromSequence) end = Math.min(end, group.firstSequence);
  }
  return end;
}

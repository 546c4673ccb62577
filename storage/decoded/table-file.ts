import { createHash } from 'node:crypto';
import { integrityError, type TapedeckError } from '#domain';
import { type Disk, type DiskFile, writeFully } from '../journal-disk.ts';
import { sha256Of } from '../parquet-check.ts';
import { TableColumns } from '../table-columns.ts';
import type { TableColumn, TableValue } from '../table-types.ts';
import { ArrowFileEncoder } from './arrow-file.ts';

/** What was written, and read back. */
export interface WrittenTable {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes one decoded table in record batches of at most 65,536 rows, fewer where lists are long. Memory does not grow with its rows. */
export class DecodedTableFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #file: DiskFile;
  readonly #gathered: TableColumns;
  readonly #encoder: ArrowFileEncoder;
  readonly #hash = createHash('sha256');
  #pending: Uint8Array[] = [];
  #written = 0;
  #rows = 0;

  private constructor(disk: Disk, path: string, file: DiskFile, columns: readonly TableColumn[], marks: Readonly<Record<string, string>>) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
    this.#gathered = new TableColumns(columns);
    this.#encoder = new ArrowFileEncoder(columns, marks);
    this.#add(this.#encoder.begin());
  }

  static async create(
    disk: Disk,
    path: string,
    columns: readonly TableColumn[],
    marks: Readonly<Record<string, string>>,
  ): Promise<DecodedTableFile> {
    return new DecodedTableFile(disk, path, await disk.open(path, 'create'), columns, marks);
  }

  writeRow(values: readonly TableValue[]): void {
    this.#gathered.add(values);
    this.#rows += 1;
    if (this.#gathered.isFull) this.#endBatch();
  }

  /** Resolves when every batch that is full is in the file. */
  async drain(): Promise<void> {
    const parts = this.#pending;
    this.#pending = [];
    if (parts.length > 0) this.#written += await writeFully(this.#file, parts, this.#written);
  }

  /** Ends the file, makes it durable and reads every byte back. `DECODED_READ_BACK` when they are others. */
  async close(): Promise<WrittenTable> {
    this.#endBatch();
    this.#add(this.#encoder.end());
    await this.drain();
    await this.#file.datasync();
    await this.#file.close();
    const sha256 = this.#hash.digest('hex');
    if ((await digestOf(this.#disk, this.#path)) !== sha256) throw readBack(this.#path);
    return { rows: this.#rows, bytes: this.#written, sha256 };
  }

  /** Lets go of the file, which is of no use. Never rejects. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  #endBatch(): void {
    const { rows } = this.#gathered;
    if (rows > 0) this.#add(this.#encoder.batch(rows, this.#gathered.take()));
  }

  #add(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#hash.update(part);
    this.#pending.push(...parts);
  }
}

/** SHA-256 of a file that is there. */
export async function digestOf(disk: Disk, path: string): Promise<string> {
  const file = await disk.open(path, 'read');
  try {
    return await sha256Of(file);
  } finally {
    await file.close();
  }
}

/** What was written is not what the disk gives back. */
export function readBack(what: string): TapedeckError {
  return integrityError(
    'DECODED_READ_BACK',
    `${what} read back is not what was written; check disk and memory of the machine, then open it again`,
  );
}

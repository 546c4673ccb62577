import { createWriteStream, mkdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ParquetTableWriter, parquetTableWriter } from './table-parquet.ts';
import { TableTarget } from './table-target.ts';
import type { TableColumn, TableValue } from './table-types.ts';

/** A part is ended when it has this many rows, or this many bytes on the disk. */
const PART_ROWS_MAX = 1 << 20;
const PART_BYTES_MAX = 256 * 1024 * 1024;

export interface FolderTable {
  readonly columns: readonly TableColumn[];
  /** Key-value metadata of every part. */
  readonly marks: Readonly<Record<string, string>>;
}

export interface FolderResult {
  readonly table: string;
  readonly rows: number;
  readonly parts: number;
  readonly bytes: number;
}

/**
 * Tables of one session as Parquet in `DIR/table=…/session=…/date=…/part-000001.parquet`, which pyarrow, pandas, polars and DuckDB read a table at a
 * time and know the session and the date of each row. The files are made aside and put in the place of an earlier export of the session when
 * all are whole; a table without rows has no folder.
 */
export class TableFolder {
  readonly #dir: string;
  readonly #session: string;
  readonly #aside: string;
  readonly #partRowsMax: number;
  readonly #tables: ReadonlyMap<string, FolderTableWriter>;

  constructor(
    dir: string,
    session: string,
    tables: Readonly<Record<string, FolderTable>>,
    options: { readonly partRowsMax?: number } = {},
  ) {
    this.#dir = dir;
    this.#session = session;
    this.#aside = join(dir, `_exporting-${session}`);
    this.#partRowsMax = options.partRowsMax ?? PART_ROWS_MAX;
    this.#tables = new Map(
      Object.entries(tables).map(([name, table]) => [
        name,
        new FolderTableWriter(join(this.#aside, `table=${name}`, `session=${session}`), table, this.#partRowsMax),
      ]),
    );
  }

  /** Makes the folder, and removes what an export that was killed left there. */
  async begin(): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true });
    await mkdir(this.#aside, { recursive: true });
  }

  /** Takes a row; `date` (`YYYY-MM-DD`) must not go back within a table. */
  writeRow(table: string, date: string, values: readonly TableValue[]): void {
    this.#tables.get(table)!.writeRow(date, values);
  }

  /** Resolves when the parts that are over are on the disk, and the others have room again. */
  async drain(): Promise<void> {
    for (const table of this.#tables.values()) await table.drain();
  }

  /** Ends all parts and puts the tables in their place. */
  async close(): Promise<readonly FolderResult[]> {
    const results: FolderResult[] = [];
    for (const [name, table] of this.#tables) results.push({ table: name, ...(await table.close()) });
    for (const { table, parts } of results) {
      const place = join(`table=${table}`, `session=${this.#session}`);
      await rm(join(this.#dir, place), { recursive: true, force: true });
      if (parts === 0) continue;
      await mkdir(dirname(join(this.#dir, place)), { recursive: true });
      await rename(join(this.#aside, place), join(this.#dir, place));
    }
    await rm(this.#aside, { recursive: true, force: true });
    return results;
  }

  /** Removes what was made so far; an earlier export stays as it was. */
  async abandon(): Promise<void> {
    for (const table of this.#tables.values()) await table.abandon();
    await rm(this.#aside, { recursive: true, force: true });
  }
}

/** The parts of one table, one open at a time. */
class FolderTableWriter {
  readonly #folder: string;
  readonly #table: FolderTable;
  readonly #partRowsMax: number;
  #open: { readonly date: string; readonly writer: ParquetTableWriter } | undefined;
  /** Parts that are over and still being written. */
  #closing: Promise<void> = Promise.resolve();
  #rows = 0;
  #parts = 0;
  #bytes = 0;

  constructor(folder: string, table: FolderTable, partRowsMax: number) {
    this.#folder = folder;
    this.#table = table;
    this.#partRowsMax = partRowsMax;
  }

  writeRow(date: string, values: readonly TableValue[]): void {
    const open = this.#open;
    const isOver =
      open !== undefined && (open.date !== date || open.writer.rows >= this.#partRowsMax || open.writer.bytes >= PART_BYTES_MAX);
    if (isOver) this.#endPart();
    this.#open ??= this.#beginPart(date);
    this.#open.writer.writeRow(values);
    this.#rows += 1;
  }

  async drain(): Promise<void> {
    await this.#closing;
    await this.#open?.writer.drain();
  }

  async close(): Promise<{ readonly rows: number; readonly parts: number; readonly bytes: number }> {
    this.#endPart();
    await this.#closing;
    return { rows: this.#rows, parts: this.#parts, bytes: this.#bytes };
  }

  async abandon(): Promise<void> {
    // What failed is known already; only open files matter here.
    await this.close().catch(() => undefined);
  }

  #beginPart(date: string): { readonly date: string; readonly writer: ParquetTableWriter } {
    this.#parts += 1;
    const folder = join(this.#folder, `date=${date}`);
    mkdirSync(folder, { recursive: true });
    const stream = createWriteStream(join(folder, `part-${String(this.#parts).padStart(6, '0')}.parquet`));
    return { date, writer: parquetTableWriter(this.#table.columns, new TableTarget(stream), this.#table.marks) };
  }

  #endPart(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#closing = this.#closing.then(async () => {
      await open.writer.close();
      this.#bytes += open.writer.bytes;
    });
    // Thrown by the next `drain` or `close`, which await it.
    this.#closing.catch(() => undefined);
  }
}

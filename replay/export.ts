import { DAY_US, microsecondsOf, type Tape, utcDate } from '#domain';
import { type FolderResult, type FolderTable, TableFolder, type TableValue, type TableWriter } from '#storage';
import { type DerivedRowSink, type DeriveOptions, deriveTables, type RowPlace, tableMarks } from './derive.ts';
import { DERIVED_COLUMNS, DERIVED_TABLES, type DerivedTable } from './derived-tables.ts';

interface Progress {
  readonly onProgress?: (records: number) => void;
}

export interface ExportOptions extends Omit<DeriveOptions, 'tables'>, Progress {
  readonly table: DerivedTable;
}

/** Writes one table of a tape, row by row in tape order, closes the writer and returns the rows. Memory does not grow with the tape. */
export async function exportTape(tape: Tape, writer: TableWriter, options: ExportOptions): Promise<number> {
  const { table, ...others } = options;
  const sink = { row: (_: DerivedTable, values: readonly TableValue[]) => writer.writeRow(values), drain: () => writer.drain() };
  const rows = await deriveTables(tape, sink, { ...others, tables: [table] });
  await writer.close();
  return rows;
}

export interface ExportAllOptions extends DeriveOptions, Progress {
  /** Rows of a part; 1 Mi unless told. */
  readonly partRowsMax?: number;
}

/**
 * Writes tables of a tape (all unless told) in one pass below `dir`, as `TableFolder` lays them out. `date` is the UTC day of the record's tape
 * time, so that it never goes back. What the folder held of this session is replaced when everything was written.
 */
export async function exportAll(tape: Tape, dir: string, options: ExportAllOptions): Promise<readonly FolderResult[]> {
  const folder = new TableFolder(dir, tape.session, await folderTables(tape, options), options);
  await folder.begin();
  try {
    await deriveTables(tape, new FolderSink(folder), options);
    return await folder.close();
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

async function folderTables(tape: Tape, options: DeriveOptions): Promise<Readonly<Record<string, FolderTable>>> {
  const tables: Record<string, FolderTable> = {};
  for (const table of options.tables ?? DERIVED_TABLES) {
    tables[table] = { columns: DERIVED_COLUMNS[table], marks: await tableMarks(tape, table, options) };
  }
  return tables;
}

/** Names the day of each row; most rows are of the day of the row before. */
class FolderSink implements DerivedRowSink {
  readonly #folder: TableFolder;
  #day = Number.NaN;
  #date = '';

  constructor(folder: TableFolder) {
    this.#folder = folder;
  }

  row(table: DerivedTable, values: readonly TableValue[], place: RowPlace): void {
    const day = Math.floor(microsecondsOf(place.tapeTimeNs) / DAY_US);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = utcDate(day * DAY_US);
    }
    this.#folder.writeRow(table, this.#date, values);
  }

  drain(): Promise<void> {
    return this.#folder.drain();
  }
}

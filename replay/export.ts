import type { Tape } from '#domain';
import type { TableWriter } from '#storage';
import { type DeriveOptions, deriveTables } from './derive.ts';
import type { DerivedTable } from './derived-tables.ts';

export interface ExportOptions extends Omit<DeriveOptions, 'tables'> {
  readonly table: DerivedTable;
  readonly onProgress?: (records: number) => void;
}

/** Writes one table of a tape, row by row in tape order, closes the writer and returns the rows. Memory does not grow with the tape. */
export async function exportTape(tape: Tape, writer: TableWriter, options: ExportOptions): Promise<number> {
  const { table, ...others } = options;
  const sink = {
    row: (_: DerivedTable, values: Parameters<TableWriter['writeRow']>[0]) => writer.writeRow(values),
    drain: () => writer.drain(),
  };
  const rows = await deriveTables(tape, sink, { ...others, tables: [table] });
  await writer.close();
  return rows;
}

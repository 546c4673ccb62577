import { usageError } from '#domain';
import { TableTarget } from './table-target.ts';
import { csvTableWriter, jsonLinesTableWriter } from './table-text.ts';
import type { OutputStream, TableColumn, TableWriter } from './table-types.ts';

/** `arrow` is the file format of Arrow IPC, `arrow-stream` its stream format, `parquet-compatible` Parquet for old readers. */
export const TABLE_FORMATS = ['csv', 'jsonl', 'parquet', 'parquet-compatible', 'arrow', 'arrow-stream'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/**
 * A writer of `format` to `target`, which it ends (stdout stays open). The libraries of the binary formats are loaded when one is asked for.
 * `marks` become key-value metadata of Parquet and Arrow; the text formats have no place for them. `FORMAT_UNKNOWN`.
 */
export async function createTableWriter(
  format: string,
  columns: readonly TableColumn[],
  target: OutputStream,
  marks: Readonly<Record<string, string>> = {},
): Promise<TableWriter> {
  // Before anything is awaited: from here on a failure of the target is kept, not uncaught.
  const out = new TableTarget(target);
  switch (format) {
    case 'csv':
      return csvTableWriter(columns, out);
    case 'jsonl':
      return jsonLinesTableWriter(columns, out);
    case 'parquet':
      return (await import('./table-parquet.ts')).parquetTableWriter(columns, out, marks);
    case 'parquet-compatible':
      return (await import('./table-parquet.ts')).compatibleParquetTableWriter(columns, out, marks);
    case 'arrow':
      return (await import('./table-arrow.ts')).arrowTableWriter(columns, out, 'file', marks);
    case 'arrow-stream':
      return (await import('./table-arrow.ts')).arrowTableWriter(columns, out, 'stream', marks);
    default:
      throw usageError('FORMAT_UNKNOWN', `there is no table format "${format}"; write one of ${TABLE_FORMATS.join(', ')}`);
  }
}

import type { Writable } from 'node:stream';
import { usageError } from '#domain';
import { arrowTableWriter } from './table-arrow.ts';
import { parquetTableWriter } from './table-parquet.ts';
import { csvTableWriter, jsonLinesTableWriter } from './table-text.ts';
import type { TableColumn, TableWriter } from './table-types.ts';

export const TABLE_FORMATS = ['csv', 'jsonl', 'parquet', 'arrow'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** A writer of `format` to `target`, which it ends (stdout stays open). */
export async function createTableWriter(format: string, columns: readonly TableColumn[], target: Writable): Promise<TableWriter> {
  switch (format) {
    case 'csv':
      return csvTableWriter(columns, target);
    case 'jsonl':
      return jsonLinesTableWriter(columns, target);
    case 'parquet':
      return parquetTableWriter(columns, target);
    case 'arrow':
      return arrowTableWriter(columns, target);
    default:
      throw usageError('FORMAT_UNKNOWN', `there is no table format "${format}"; write one of ${TABLE_FORMATS.join(', ')}`);
  }
}

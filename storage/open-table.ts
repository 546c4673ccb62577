import { usageError } from '#domain';
import type { OpenTableOptions } from './table-types.ts';

/**
 * A column of an Arrow table as far as it is used here. What `openTable` gives is the `Table` of `apache-arrow` (a `RecordBatch` for `tableBatches`):
 * programs that have that package's types may say so (`as unknown as Table`); ours do without them, so that nobody needs types of Node to compile.
 */
export interface ArrowColumn extends Iterable<unknown> {
  readonly length: number;
  readonly type: { toString(): string };
  get(row: number): unknown;
  readonly data: readonly { readonly values: unknown; readonly length: number }[];
}

export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly names: readonly PropertyKey[]; readonly metadata: ReadonlyMap<string, string> };
  getChild(name: string): ArrowColumn | null;
}

/**
 * Opens an exported table as an Arrow table: an Arrow file or stream (`export --format arrow`), a Parquet file, or a folder of Parquet parts (of
 * `export --all`, or of a sealed session), whose parts follow each other by name. The columns of an Arrow file are views of its bytes, not copies; Parquet is decoded
 * into columns of the same form. The whole table is in memory; `tableBatches` reads it in pieces. `TABLE_MISSING`, `TABLE_CORRUPT`.
 */
export async function openTable(path: string, options: OpenTableOptions = {}): Promise<ArrowTable> {
  // The libraries are loaded when a table is opened: most commands open none.
  return (await import('./table-read.ts')).readTable(path, options);
}

/** The same a record batch at a time: of an Arrow file all lie in memory, of Parquet one row group. */
export async function* tableBatches(path: string, options: OpenTableOptions = {}): AsyncGenerator<ArrowTable> {
  yield* (await import('./table-read.ts')).readTableBatches(path, options);
}

/**
 * A column of numbers as one typed array: doubles, or int64 (times in the unit of the column). Missing doubles are NaN, missing int64 are -2^63,
 * as in numpy. It is a view where the table has one batch, a copy where it has several. Throws for other columns.
 */
export function typedColumn(table: ArrowTable, name: string): Float64Array | BigInt64Array {
  const column = table.getChild(name);
  if (column === null) throw usageError('COLUMN_UNKNOWN', `the table has no column "${name}"; it has ${table.schema.names.join(', ')}`);
  const chunks = column.data.map(({ values, length }) => (values as Float64Array | BigInt64Array).subarray(0, length));
  const [first = new Float64Array(0)] = chunks;
  if (!(first instanceof Float64Array || first instanceof BigInt64Array))
    throw usageError('COLUMN_NOT_NUMERIC', `column "${name}" is of type ${column.type}; read it with table.getChild("${name}")`);
  if (chunks.length === 1) return first;
  return first instanceof Float64Array
    ? joined(new Float64Array(table.numRows), chunks as Float64Array[])
    : joined(new BigInt64Array(table.numRows), chunks as BigInt64Array[]);
}

function joined<T extends { set(values: T, at: number): void; readonly length: number }>(target: T, chunks: readonly T[]): T {
  let at = 0;
  for (const chunk of chunks) {
    target.set(chunk, at);
    at += chunk.length;
  }
  return target;
}

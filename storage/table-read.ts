import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Binary,
  Bool,
  type DataType,
  Field,
  Float64,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  tableFromIPC,
  Utf8,
} from 'apache-arrow';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetRead, type SchemaElement } from 'hyparquet';
import { integrityError, usageError } from '#domain';
import { columnData } from './arrow-data.ts';
import type { TableCell } from './table-columns.ts';
import type { OpenTableOptions } from './table-types.ts';
import { loadZstd } from './zstd.ts';

/** What `openTable` says. */
export async function readTable(path: string, options: OpenTableOptions): Promise<Table> {
  const batches: RecordBatch[] = [];
  for await (const batch of readTableBatches(path, options)) batches.push(batch);
  return batches.length === 0 ? new Table() : new Table(batches);
}

/** What `tableBatches` says. */
export async function* readTableBatches(path: string, options: OpenTableOptions): AsyncGenerator<RecordBatch> {
  for (const file of await filesOf(path)) {
    try {
      yield* file.endsWith('.parquet') ? parquetBatches(file, options) : await arrowBatches(file, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw integrityError('TABLE_CORRUPT', `${file} cannot be read as a table: ${reason}; export it again`, error);
    }
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw usageError('TABLE_MISSING', `${path} is no file or folder that can be read`, error);
  });
  if (!found.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(path, name));
}

async function arrowBatches(path: string, { columns }: OpenTableOptions): Promise<readonly RecordBatch[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    // A buffer of its own begins at a multiple of 8, as the columns in it must, or they would be copied.
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const { bytesRead } = await file.read(bytes, done, size - done, done);
      if (bytesRead === 0) throw new Error(`it ends after ${done} of ${size} bytes`);
      done += bytesRead;
    }
    const table = tableFromIPC(bytes);
    return (columns === undefined ? table : table.select([...columns])).batches;
  } finally {
    await file.close();
  }
}

const asStored = (value: bigint): bigint => value;
/** Times as they are stored; the library would make `Date`s. */
const PARSERS = { timestampFromMilliseconds: asStored, timestampFromMicroseconds: asStored, timestampFromNanoseconds: asStored };

async function* parquetBatches(path: string, { columns }: OpenTableOptions): AsyncGenerator<RecordBatch> {
  const zstd = await loadZstd();
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file, { parsers: PARSERS });
  const schema = schemaOf(metadata, columns);
  const compressors = {
    ZSTD: (page: Uint8Array, length: number): Uint8Array => {
      const into = new Uint8Array(length);
      zstd.decompress(page, into);
      return into;
    },
  };
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const length = Number(num_rows);
    const cells = new Map(schema.names.map((name) => [name as string, [] as TableCell[]]));
    const onChunk = (chunk: { readonly columnName: string; readonly columnData: ArrayLike<unknown> }): void => {
      const column = cells.get(chunk.columnName);
      for (let i = 0; i < chunk.columnData.length; i++) column?.push((chunk.columnData[i] ?? null) as TableCell);
    };
    const rowEnd = rowStart + length;
    await parquetRead({
      file,
      metadata,
      columns: [...cells.keys()],
      rowStart,
      rowEnd,
      compressors,
      parsers: PARSERS,
      utf8: false,
      onChunk,
    });
    const children = schema.fields.map(({ name, type }) => columnData(cells.get(name)!, type));
    yield new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
    rowStart = rowEnd;
  }
}

/** The Arrow schema of a Parquet file of ours, with its key-value metadata. */
function schemaOf({ schema, key_value_metadata }: FileMetaData, columns: readonly string[] | undefined): Schema {
  const all = new Map<string, Field>();
  for (let i = 1; i < schema.length; i++) {
    const element = schema[i]!;
    const isList = element.num_children !== undefined && element.num_children > 0;
    const type = isList ? new List(new Field('element', new Float64(), true)) : typeOf(element);
    all.set(element.name, new Field(element.name, type, element.repetition_type === 'OPTIONAL'));
    // The two elements below a list are not columns of their own.
    if (isList) i += 2;
  }
  const fields = (columns ?? [...all.keys()]).map((name) => {
    const field = all.get(name);
    if (field === undefined) throw new Error(`there is no column "${name}" among ${[...all.keys()].join(', ')}`);
    return field;
  });
  return new Schema(fields, new Map((key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])));
}

function typeOf({ name, type, converted_type, logical_type }: SchemaElement): DataType {
  switch (type) {
    case 'INT64':
      if (logical_type?.type !== 'TIMESTAMP') return new Int64();
      if (logical_type.unit === 'MILLIS') return new TimestampMillisecond('UTC');
      return logical_type.unit === 'MICROS' ? new TimestampMicrosecond('UTC') : new TimestampNanosecond('UTC');
    case 'DOUBLE':
      return new Float64();
    case 'BOOLEAN':
      return new Bool();
    case 'BYTE_ARRAY':
      return converted_type === 'UTF8' || logical_type?.type === 'STRING' ? new Utf8() : new Binary();
    default:
      throw new Error(`column "${name}" has the type ${type}, which tapedeck does not write`);
  }
}

import { gzipSync } from 'node:zlib';
import type { FileMetaData, SchemaElement } from 'hyparquet';
import type { ByteWriter, ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { loadZstd, type Zstd } from './zstd.ts';

/**
 * `text` is UTF-8, `bytes` plain bytes, `int64` a plain number. `timestamp-…` is a time in UTC that is annotated as one without a zone
 * (`isAdjustedToUTC` false): DuckDB cuts nanoseconds with a zone to microseconds and shows every time with a zone in that of its own session.
 * Without, DuckDB, pyarrow, pandas and polars all read the same digits.
 */
export type ParquetType =
  | 'int64'
  | 'float64'
  | 'boolean'
  | 'text'
  | 'bytes'
  | 'timestamp-ms'
  | 'timestamp-us'
  | 'timestamp-ns'
  | 'float64-list';

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** Nulls are allowed. */
  readonly isOptional: boolean;
  /** Smallest and largest value of each row group and page are written, for readers that skip. */
  readonly hasStatistics: boolean;
  /** Values that repeat (channel names) are stored once; without it the library decides. */
  readonly isDictionary?: boolean;
}

/** The values of one column of a row group, as long as every other column's. */
export type ParquetValues =
  | BigInt64Array
  | Float64Array
  | readonly (string | bigint | number | boolean | Uint8Array | readonly (number | null)[] | null)[];

/** `compatible` is for old readers (parquetjs and its forks): PLAIN and gzip only, no dictionary, footer version 1. */
export type ParquetDialect = 'standard' | 'compatible';

interface Library {
  readonly main: typeof import('hyparquet-writer');
  readonly metadata: typeof import('hyparquet-writer/src/metadata.js');
}

/** Where the bytes of a file go, in order. */
export interface ByteTarget {
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Writes one Parquet file row group by row group with zstd, statistics and a page index; nothing but the current row group is in memory.
 * Our own port in front of `hyparquet-writer`, so that another library can take its place.
 */
export class ParquetFileWriter {
  readonly #target: ByteTarget;
  readonly #columns: readonly ParquetColumn[];
  readonly #dialect: ParquetDialect;
  readonly #library: Library;
  readonly #bytes: ByteWriter;
  readonly #writer: ParquetWriter;

  private constructor(
    target: ByteTarget,
    columns: readonly ParquetColumn[],
    metadata: Readonly<Record<string, string>>,
    dialect: ParquetDialect,
    library: Library,
    zstd: Zstd,
  ) {
    this.#target = target;
    this.#columns = columns;
    this.#dialect = dialect;
    this.#library = library;
    this.#bytes = new library.main.ByteWriter(1 << 20);
    this.#writer = new library.main.ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(schemaElements)],
      codec: dialect === 'standard' ? 'ZSTD' : 'GZIP',
      compressors: { ZSTD: (bytes) => zstd.compress(bytes), GZIP: (bytes) => gzipSync(bytes) },
      kvMetadata: keyValues(metadata),
      createdBy: 'tapedeck',
    });
  }

  static async create(
    target: ByteTarget,
    columns: readonly ParquetColumn[],
    metadata: Readonly<Record<string, string>> = {},
    dialect: ParquetDialect = 'standard',
  ): Promise<ParquetFileWriter> {
    // Loaded with the first file: most commands write none.
    const library = { main: await import('hyparquet-writer'), metadata: await import('hyparquet-writer/src/metadata.js') };
    return new ParquetFileWriter(target, columns, metadata, dialect, library, await loadZstd());
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes.offset;
  }

  /** Writes one row group; `values` in the order of the columns. */
  async writeGroup(values: readonly ParquetValues[]): Promise<void> {
    const rows = values[0]?.length ?? 0;
    if (rows === 0) return;
    await this.#writer.write({
      rowGroupSize: rows,
      columnData: this.#columns.map((column, index) => columnSource(column, values[index]!, this.#dialect)),
    });
    await this.#flush();
  }

  /** Writes the footer, with key-value metadata that was not known before. The caller closes the target. */
  async finish(metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#writer.kvMetadata?.push(...keyValues(metadata));
    if (this.#dialect === 'standard') await this.#writer.finish();
    else this.#finishVersion1();
    await this.#flush();
  }

  /** The library always says that the footer is of version 2, which parquetjs refuses; there is no page index either. */
  #finishVersion1(): void {
    const { schema, num_rows, row_groups, kvMetadata, createdBy } = this.#writer;
    const metadata = { version: 1, created_by: createdBy, schema, num_rows, row_groups, key_value_metadata: kvMetadata };
    this.#library.metadata.writeMetadata(this.#bytes, metadata as FileMetaData);
    this.#bytes.appendUint32(MAGIC);
  }

  async #flush(): Promise<void> {
    const writer = this.#bytes as ByteWriter & { index: number };
    await this.#target.write(new Uint8Array(writer.buffer, 0, writer.index));
    writer.index = 0;
  }
}

function keyValues(metadata: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(metadata).map(([key, value]) => ({ key, value }));
}

/** `PAR1`, little-endian. */
const MAGIC = 0x31_52_41_50;

function columnSource(column: ParquetColumn, values: ParquetValues, dialect: ParquetDialect): ColumnSource {
  if (dialect === 'compatible') {
    return {
      name: column.name,
      data: values as ColumnSource['data'],
      statistics: column.hasStatistics,
      offsetIndex: false,
      encoding: 'PLAIN',
    };
  }
  return {
    name: column.name,
    data: values as ColumnSource['data'],
    statistics: column.hasStatistics,
    columnIndex: column.hasStatistics,
    ...(column.isDictionary === true ? { encoding: 'RLE_DICTIONARY' as const } : {}),
    ...(column.type === 'int64' || column.type === 'bytes' || column.type.startsWith('timestamp') ? { encoding: 'PLAIN' as const } : {}),
  };
}

/** The elements of a column in the order of the schema: a list has two more below it, as the format wants lists to be. */
function schemaElements(column: ParquetColumn): SchemaElement[] {
  if (column.type !== 'float64-list') return [schemaElement(column, column.type)];
  const repetition_type = column.isOptional ? 'OPTIONAL' : 'REQUIRED';
  return [
    { name: column.name, converted_type: 'LIST', logical_type: { type: 'LIST' }, repetition_type, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  ];
}

function schemaElement(column: ParquetColumn, type: Exclude<ParquetType, 'float64-list'>): SchemaElement {
  const repetition_type = column.isOptional ? 'OPTIONAL' : 'REQUIRED';
  const { name } = column;
  switch (type) {
    case 'int64':
      return { name, type: 'INT64', repetition_type };
    case 'float64':
      return { name, type: 'DOUBLE', repetition_type };
    case 'boolean':
      return { name, type: 'BOOLEAN', repetition_type };
    case 'text':
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
    case 'bytes':
      return { name, type: 'BYTE_ARRAY', repetition_type };
    case 'timestamp-ms':
      return { name, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' }, repetition_type };
    case 'timestamp-us':
      return { name, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' }, repetition_type };
    case 'timestamp-ns':
      return { name, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' }, repetition_type };
  }
}

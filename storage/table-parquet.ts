import { type ParquetDialect, ParquetFileWriter, type ParquetType, type ParquetValues } from './parquet-writer.ts';
import { TableColumns } from './table-columns.ts';
import type { TableTarget } from './table-target.ts';
import type { TableColumn, TableType, TableValue, TableWriter } from './table-types.ts';

/** A Parquet file with zstd, statistics and a page index; row groups of at most 65,536 rows, fewer where lists are long. */
export function parquetTableWriter(
  columns: readonly TableColumn[],
  target: TableTarget,
  marks: Readonly<Record<string, string>> = {},
): ParquetTableWriter {
  return new ParquetTableWriter(columns, target, fileWriter(columns, target, marks, 'standard'));
}

/**
 * A Parquet file for old readers, parquetjs-lite first of all: PLAIN, gzip, no dictionary, footer version 1. Such readers turn annotated times
 * into milliseconds, so times are plain int64 nanoseconds; they know no lists, so a list is JSON text.
 */
export function compatibleParquetTableWriter(
  columns: readonly TableColumn[],
  target: TableTarget,
  marks: Readonly<Record<string, string>> = {},
): TableWriter {
  const plain = columns.map(({ name, type }) => ({ name, type: compatibleType(type) }));
  const writer = new ParquetTableWriter(plain, target, fileWriter(plain, target, marks, 'compatible'));
  return {
    writeRow: (values) => writer.writeRow(values.map((value) => (Array.isArray(value) ? JSON.stringify(value) : value))),
    drain: () => writer.drain(),
    close: () => writer.close(),
  };
}

function compatibleType(type: TableType): TableType {
  if (type === 'timestamp-ms' || type === 'timestamp-us' || type === 'timestamp-ns') return 'int64';
  return type === 'float64-list' ? 'string' : type;
}

function fileWriter(
  columns: readonly TableColumn[],
  target: TableTarget,
  marks: Readonly<Record<string, string>>,
  dialect: ParquetDialect,
): Promise<ParquetFileWriter> {
  const bytesTarget = {
    write: async (bytes: Uint8Array): Promise<void> => {
      // The library's buffer is used again: the stream must have its own bytes.
      target.write(bytes.slice());
      await target.drain();
    },
  };
  const schema = columns.map(({ name, type }) => ({ name, type: parquetType(type), isOptional: true, hasStatistics: true }));
  return ParquetFileWriter.create(bytesTarget, schema, marks, dialect);
}

/** Rows are taken at once; the file is begun and written behind them. */
export class ParquetTableWriter implements TableWriter {
  readonly #gathered: TableColumns;
  readonly #target: TableTarget;
  readonly #writer: Promise<ParquetFileWriter>;
  rows = 0;
  /** Bytes of the row groups written so far; after `close` the size of the file. */
  bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(columns: readonly TableColumn[], target: TableTarget, writer: Promise<ParquetFileWriter>) {
    this.#gathered = new TableColumns(columns);
    this.#target = target;
    this.#writer = writer;
    // The failure is thrown by the next `drain` or `close`, which await it.
    writer.catch(() => undefined);
  }

  writeRow(values: readonly TableValue[]): void {
    this.#gathered.add(values);
    this.rows += 1;
    if (this.#gathered.isFull) this.#writeGroup();
  }

  async drain(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#writeGroup();
    await this.#writing;
    const writer = await this.#writer;
    await writer.finish();
    this.bytes = writer.bytes;
    await this.#target.close();
  }

  #writeGroup(): void {
    if (this.#gathered.rows === 0) return;
    const values = this.#gathered.take() as readonly ParquetValues[];
    this.#writing = this.#writing.then(async () => {
      const writer = await this.#writer;
      await writer.writeGroup(values);
      this.bytes = writer.bytes;
    });
    // The failure is thrown by the next `drain` or `close`, which await it.
    this.#writing.catch(() => undefined);
  }
}

function parquetType(type: TableType): ParquetType {
  switch (type) {
    case 'string':
      return 'text';
    case 'decimal-text':
      return 'float64';
    default:
      return type;
  }
}

import { ParquetFileWriter, type ParquetType, type ParquetValues } from './parquet-writer.ts';
import { TableColumns } from './table-columns.ts';
import type { TableTarget } from './table-target.ts';
import type { TableColumn, TableType, TableValue, TableWriter } from './table-types.ts';

/** A Parquet file with zstd, statistics and a page index; row groups of at most 65,536 rows, fewer where lists are long. */
export async function parquetTableWriter(
  columns: readonly TableColumn[],
  target: TableTarget,
  marks: Readonly<Record<string, string>> = {},
): Promise<TableWriter> {
  const bytesTarget = {
    write: async (bytes: Uint8Array): Promise<void> => {
      // The library's buffer is used again: the stream must have its own bytes.
      target.write(bytes.slice());
      await target.drain();
    },
  };
  const schema = columns.map(({ name, type }) => ({ name, type: parquetType(type), isOptional: true, hasStatistics: true }));
  return new ParquetTableWriter(columns, target, await ParquetFileWriter.create(bytesTarget, schema, marks));
}

class ParquetTableWriter implements TableWriter {
  readonly #gathered: TableColumns;
  readonly #target: TableTarget;
  readonly #writer: ParquetFileWriter;
  #writing: Promise<void> = Promise.resolve();

  constructor(columns: readonly TableColumn[], target: TableTarget, writer: ParquetFileWriter) {
    this.#gathered = new TableColumns(columns);
    this.#target = target;
    this.#writer = writer;
  }

  writeRow(values: readonly TableValue[]): void {
    this.#gathered.add(values);
    if (this.#gathered.isFull) this.#writeGroup();
  }

  async drain(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    this.#writeGroup();
    await this.#writing;
    await this.#writer.finish();
    await this.#target.close();
  }

  #writeGroup(): void {
    if (this.#gathered.rows === 0) return;
    const values = this.#gathered.take() as readonly ParquetValues[];
    this.#writing = this.#writing.then(() => this.#writer.writeGroup(values));
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

import {
  AsyncByteQueue,
  Field,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type RecordBatchWriter,
  Schema,
  Struct,
} from 'apache-arrow';
import { arrowType, columnData } from './arrow-data.ts';
import { TableColumns } from './table-columns.ts';
import type { TableTarget } from './table-target.ts';
import type { TableColumn, TableValue, TableWriter } from './table-types.ts';

/**
 * Arrow IPC in record batches of at most 65,536 rows, fewer where lists are long, uncompressed: a reader uses the columns where they lie.
 * `file` has a directory of its batches at the end, `stream` can be read while it is written.
 */
export function arrowTableWriter(
  columns: readonly TableColumn[],
  target: TableTarget,
  kind: 'file' | 'stream',
  marks: Readonly<Record<string, string>> = {},
): TableWriter {
  return new ArrowTableWriter(columns, target, kind === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter(), marks);
}

class ArrowTableWriter implements TableWriter {
  readonly #schema: Schema;
  readonly #gathered: TableColumns;
  readonly #target: TableTarget;
  readonly #writer: RecordBatchWriter;

  constructor(columns: readonly TableColumn[], target: TableTarget, writer: RecordBatchWriter, marks: Readonly<Record<string, string>>) {
    const fields = columns.map(({ name, type }) => new Field(name, arrowType(type), true));
    this.#schema = new Schema(fields, new Map(Object.entries(marks)));
    this.#gathered = new TableColumns(columns);
    this.#target = target;
    this.#writer = writer;
    this.#writer.reset(new DirectQueue(target), this.#schema);
  }

  writeRow(values: readonly TableValue[]): void {
    this.#gathered.add(values);
    if (this.#gathered.isFull) this.#writeBatch();
  }

  drain(): Promise<void> {
    return this.#target.drain();
  }

  async close(): Promise<void> {
    this.#writeBatch();
    this.#writer.close();
    await this.#target.close();
  }

  #writeBatch(): void {
    const length = this.#gathered.rows;
    if (length === 0) return;
    const cells = this.#gathered.take();
    const children = this.#schema.fields.map((field, index) => columnData(cells[index]!, field.type));
    this.#writer.write(new RecordBatch(this.#schema, makeData({ type: new Struct(this.#schema.fields), length, nullCount: 0, children })));
  }
}

/** In place of the library's own queue, which has no limit: bytes go to the target at once, and `drain` waits for that. */
class DirectQueue extends AsyncByteQueue {
  readonly #target: TableTarget;

  constructor(target: TableTarget) {
    super();
    this.#target = target;
  }

  override write(chunk: Uint8Array): void {
    this.#target.write(chunk);
  }
}

import {
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { TABLE_GROUP_ROWS, type TableCell, TableColumns } from './table-columns.ts';
import type { TableTarget } from './table-target.ts';
import type { TableColumn, TableType, TableValue, TableWriter } from './table-types.ts';

/** The Arrow IPC stream format, in record batches of at most `TABLE_GROUP_ROWS`. */
export function arrowTableWriter(columns: readonly TableColumn[], target: TableTarget): TableWriter {
  return new ArrowTableWriter(columns, target);
}

class ArrowTableWriter implements TableWriter {
  readonly #schema: Schema;
  readonly #gathered: TableColumns;
  readonly #target: TableTarget;
  readonly #writer: DirectStreamWriter;

  constructor(columns: readonly TableColumn[], target: TableTarget) {
    this.#schema = new Schema(columns.map(({ name, type }) => new Field(name, arrowType(type), true)));
    this.#gathered = new TableColumns(columns);
    this.#target = target;
    this.#writer = new DirectStreamWriter(target);
    this.#writer.reset(undefined, this.#schema);
  }

  writeRow(values: readonly TableValue[]): void {
    this.#gathered.add(values);
    if (this.#gathered.rows === TABLE_GROUP_ROWS) this.#writeBatch();
  }

  drain(): Promise<void> {
    return this.#target.drain();
  }

  async close(): Promise<void> {
    this.#writeBatch();
    this.#writer.finish();
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

/** The library's stream writer without its queue, which has no limit: bytes go to the target at once, and `drain` waits for that. */
class DirectStreamWriter extends RecordBatchStreamWriter {
  readonly #target: TableTarget;

  constructor(target: TableTarget) {
    super();
    this.#target = target;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (this._started && chunk.byteLength > 0) {
      this.#target.write(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this._position += chunk.byteLength;
    }
    return this;
  }
}

/** One column as Arrow data: numbers go straight into typed arrays, which is exact for int64 and fast. */
function columnData(cells: readonly TableCell[], type: DataType): Data {
  if (type instanceof Utf8) return vectorFromArray(cells as readonly (string | null)[], type).data[0]!;
  const length = cells.length;
  const data = type instanceof Float64 ? new Float64Array(length) : new BigInt64Array(length);
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const cell = cells[i]!;
    if (cell === null) {
      nullCount += 1;
    } else {
      data[i] = cell as never;
      nullBitmap[i >> 3]! |= 1 << (i & 7);
    }
  }
  return makeData({ type, length, nullCount, nullBitmap, data } as never);
}

function arrowType(type: TableType): DataType {
  switch (type) {
    case 'string':
      return new Utf8();
    case 'float64':
    case 'decimal-text':
      return new Float64();
    case 'int64':
      return new Int64();
    case 'timestamp-ms':
      return new TimestampMillisecond('UTC');
    case 'timestamp-us':
      return new TimestampMicrosecond('UTC');
    case 'timestamp-ns':
      return new TimestampNanosecond('UTC');
  }
}

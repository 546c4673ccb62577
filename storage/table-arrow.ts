import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type RecordBatchWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { type TableCell, TableColumns } from './table-columns.ts';
import type { TableTarget } from './table-target.ts';
import type { TableColumn, TableType, TableValue, TableWriter } from './table-types.ts';

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

/** One column as Arrow data: numbers go straight into typed arrays, which is exact for int64 and fast. */
function columnData(cells: readonly TableCell[], type: DataType): Data {
  if (type instanceof Utf8) return vectorFromArray(cells as readonly (string | null)[], type).data[0]!;
  if (type instanceof Bool) return vectorFromArray(cells as readonly (boolean | null)[], type).data[0]!;
  if (type instanceof List) return listData(cells as readonly (readonly (number | null)[] | null)[], type);
  return numberData(cells, type);
}

/** Lists lie one behind the other; an offset says where each begins. */
function listData(lists: readonly (readonly (number | null)[] | null)[], type: List): Data {
  const valueOffsets = new Int32Array(lists.length + 1);
  const nullBitmap = new Uint8Array((lists.length + 7) >> 3);
  const elements: (number | null)[] = [];
  let nullCount = 0;
  for (const [i, list] of lists.entries()) {
    if (list === null) {
      nullCount += 1;
    } else {
      for (const element of list) elements.push(element);
      nullBitmap[i >> 3]! |= 1 << (i & 7);
    }
    valueOffsets[i + 1] = elements.length;
  }
  const child = numberData(elements, type.children[0]!.type);
  return makeData({ type, length: lists.length, nullCount, nullBitmap, valueOffsets, child } as never);
}

function numberData(cells: readonly TableCell[], type: DataType): Data {
  const length = cells.length;
  const data = type instanceof Float64 ? new Float64Array(length) : new BigInt64Array(length);
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const cell = cells[i]!;
    if (cell === null) {
      nullCount += 1;
      // Who reads the numbers without looking at the bitmap finds NaN, as everywhere in the project.
      if (data instanceof Float64Array) data[i] = Number.NaN;
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
    case 'boolean':
      return new Bool();
    case 'float64-list':
      return new List(new Field('element', new Float64(), true));
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

import { type Data, DataType, type RecordBatch, type Table } from 'apache-arrow';
import { type TapedeckError, usageError } from '#domain';
import type { ArrowTable } from '../open-table.ts';
import type { DecodedEntry } from './decoded-manifest.ts';
import type { DecodedBatch, DecodedTable, ListColumn, Marks, TextColumn } from './decoded-types.ts';

/** A decoded table over what the library made of the file's bytes: views of them. */
export class ArrowDecodedTable implements DecodedTable {
  readonly session: string;
  readonly table: string;
  readonly rows: number;
  readonly marks: Marks;
  readonly path: string;
  readonly columns: readonly string[];
  readonly batches: readonly DecodedBatch[];
  readonly arrow: ArrowTable;
  readonly #dictionaries = new Map<string, readonly string[]>();

  constructor(path: string, session: string, { table, rows }: DecodedEntry, arrow: Table) {
    this.path = path;
    this.session = session;
    this.table = table;
    this.rows = rows;
    this.marks = Object.fromEntries(arrow.schema.metadata);
    this.columns = arrow.schema.names as readonly string[];
    this.batches = arrow.batches.filter((batch) => batch.numRows > 0).map((batch) => new ArrowBatch(batch));
    this.arrow = arrow;
  }

  float64(name: string): Float64Array {
    return this.#joined(name, Float64Array, (batch) => batch.float64(name));
  }

  int64(name: string): BigInt64Array {
    return this.#joined(name, BigInt64Array, (batch) => batch.int64(name));
  }

  codes(name: string): Int32Array {
    return this.#joined(name, Int32Array, (batch) => batch.codes(name));
  }

  dictionary(name: string): readonly string[] {
    const known = this.#dictionaries.get(name);
    if (known !== undefined) return known;
    const texts = this.#textsOf(name);
    this.#dictionaries.set(name, texts);
    return texts;
  }

  #textsOf(name: string): readonly string[] {
    const field = (this.arrow as Table).schema.fields.find((one) => one.name === name);
    if (field === undefined) throw unknownColumn(name, this.columns);
    if (!DataType.isDictionary(field.type)) throw usageError('COLUMN_OTHER_TYPE', `column "${name}" is ${field.type} and has no codes`);
    const [data] = (this.arrow as Table).getChild(name)?.data ?? [];
    return data?.dictionary === undefined ? [] : [...(data.dictionary as Iterable<string>)];
  }

  #joined<T extends Joinable<T>>(name: string, Kind: new (length: number) => T, take: (batch: DecodedBatch) => T): T {
    if (!this.columns.includes(name)) throw unknownColumn(name, this.columns);
    const [first, ...others] = this.batches;
    if (first === undefined) return new Kind(0);
    if (others.length === 0) return take(first);
    const whole = new Kind(this.rows);
    let at = 0;
    for (const batch of this.batches) {
      whole.set(take(batch), at);
      at += batch.rows;
    }
    return whole;
  }
}

class ArrowBatch implements DecodedBatch {
  readonly rows: number;
  readonly #batch: RecordBatch;

  constructor(batch: RecordBatch) {
    this.#batch = batch;
    this.rows = batch.numRows;
  }

  float64(name: string): Float64Array {
    const data = this.#data(name);
    if (!(data.values instanceof Float64Array)) throw otherType(name, data, 'doubles');
    return data.values.subarray(0, this.rows);
  }

  int64(name: string): BigInt64Array {
    const data = this.#data(name);
    if (!(data.values instanceof BigInt64Array)) throw otherType(name, data, 'whole numbers or times');
    return data.values.subarray(0, this.rows);
  }

  codes(name: string): Int32Array {
    const data = this.#data(name);
    if (!DataType.isDictionary(data.type)) throw otherType(name, data, 'texts with codes');
    return (data.values as Int32Array).subarray(0, this.rows);
  }

  texts(name: string): TextColumn {
    const data = this.#data(name);
    if (!DataType.isUtf8(data.type)) throw otherType(name, data, 'texts without codes');
    return { offsets: data.valueOffsets.subarray(0, this.rows + 1), bytes: data.values as Uint8Array };
  }

  lists(name: string): ListColumn {
    const data = this.#data(name);
    if (!DataType.isList(data.type)) throw otherType(name, data, 'lists');
    return { offsets: data.valueOffsets.subarray(0, this.rows + 1), values: data.children[0]!.values as Float64Array };
  }

  bits(name: string): Uint8Array {
    const data = this.#data(name);
    if (!DataType.isBool(data.type)) throw otherType(name, data, 'booleans');
    return data.values as Uint8Array;
  }

  validity(name: string): Uint8Array | undefined {
    const data = this.#data(name);
    return data.nullCount === 0 ? undefined : data.nullBitmap;
  }

  #data(name: string): Data {
    const at = this.#batch.schema.fields.findIndex((field) => field.name === name);
    if (at < 0) throw unknownColumn(name, this.#batch.schema.names);
    return this.#batch.data.children[at]!;
  }
}

interface Joinable<T> {
  set(values: T, at: number): void;
}

function unknownColumn(name: string, columns: readonly PropertyKey[]): TapedeckError {
  return usageError('COLUMN_UNKNOWN', `the table has no column "${name}"; it has ${columns.join(', ')}`);
}

function otherType(name: string, { type }: Data, wanted: string): TapedeckError {
  return usageError('COLUMN_OTHER_TYPE', `column "${name}" is ${type}, not ${wanted}`);
}

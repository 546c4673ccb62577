import type { ArrowTable } from '../open-table.ts';

/** What a table, or all tables of a session, were made from and by. */
export type Marks = Readonly<Record<string, string>>;

/** Texts of any number, one behind the other: text `i` is the UTF-8 in `bytes` from `offsets[i]` to `offsets[i + 1]`. */
export interface TextColumn {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** Lists of doubles: list `i` is `values` from `offsets[i]` to `offsets[i + 1]`. A missing list is empty; `validity` tells it from one without elements. */
export interface ListColumn {
  readonly offsets: Int32Array;
  readonly values: Float64Array;
}

/**
 * Rows that lie together in the file. Every array is a view of the file's bytes as they were read: nothing is copied, and nothing may be changed.
 * `COLUMN_UNKNOWN`, `COLUMN_OTHER_TYPE`.
 */
export interface DecodedBatch {
  readonly rows: number;
  /** Doubles; missing is NaN. */
  float64(name: string): Float64Array;
  /** Whole numbers, and times in the unit of the column; missing is -2^63, as in numpy. */
  int64(name: string): BigInt64Array;
  /** Places in `DecodedTable.dictionary`, which is the same for every batch; missing is -1, as in pandas. */
  codes(name: string): Int32Array;
  /** Texts without codes: ids, details. A missing one is empty; `validity` tells. */
  texts(name: string): TextColumn;
  lists(name: string): ListColumn;
  /** Booleans, one bit a row, the lowest bit of a byte first. */
  bits(name: string): Uint8Array;
  /** One bit a row, 0 where the value is missing; `undefined` where none is. */
  validity(name: string): Uint8Array | undefined;
}

/** A decoded table of one session, in memory as it lies in its file. */
export interface DecodedTable {
  readonly session: string;
  readonly table: string;
  readonly rows: number;
  /** What it was made from and by: key-value metadata of the file. */
  readonly marks: Marks;
  /** The file, for programs that map it into memory. */
  readonly path: string;
  readonly columns: readonly string[];
  /** In tape order; at most 65,536 rows each. */
  readonly batches: readonly DecodedBatch[];
  /** The same bytes as an Arrow table of `apache-arrow`, which plotting libraries take. */
  readonly arrow: ArrowTable;
  /** A column of doubles as one array: a view where the table has one batch, a copy where it has several. */
  float64(name: string): Float64Array;
  /** Whole numbers and times, in the same way. */
  int64(name: string): BigInt64Array;
  /** Codes, in the same way. */
  codes(name: string): Int32Array;
  /** The different texts of a column with codes, by code. */
  dictionary(name: string): readonly string[];
}

export interface OpenDecodedOptions {
  /** Only these columns are read; all unless told. */
  readonly columns?: readonly string[];
  /** Reads every byte of the file and compares its SHA-256; else length, marks, directory and number of rows are looked at. */
  readonly verify?: boolean;
}

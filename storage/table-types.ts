/**
 * `timestamp-…` values are nanoseconds since the epoch (bigint); the type says the digits that are written.
 * `decimal-text` is an exact decimal: text in csv and jsonl, the nearest double in Parquet and Arrow, which have no type for it.
 * `float64-list` is a list of doubles of any length: JSON text in csv, a list elsewhere.
 */
export type TableType =
  | 'string'
  | 'float64'
  | 'int64'
  | 'boolean'
  | 'timestamp-ms'
  | 'timestamp-us'
  | 'timestamp-ns'
  | 'decimal-text'
  | 'float64-list';

export interface TableColumn {
  readonly name: string;
  readonly type: TableType;
  /** A `string` of which there are few different ones: decoded tables (`storage/decoded/`) store each text once and rows as codes. */
  readonly repeats?: boolean;
}

/**
 * NaN and null are an empty cell in csv and null elsewhere; so is NaN in a list. A list is copied before `writeRow` returns only where the
 * format gathers rows: hand over one that nobody changes.
 */
export type TableValue = string | number | bigint | boolean | readonly number[] | null;

/** What is used of a `stream.Writable`, named here so that our published types need no package of types. Only such a stream will do. */
export interface OutputStream {
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  write(chunk: string | Uint8Array, done?: () => void): boolean;
  end(): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
}

/** One table on its way to a file or to stdout, in memory that does not grow with its rows. */
export interface TableWriter {
  /** Takes a row, one value for each column. */
  writeRow(values: readonly TableValue[]): void;
  /** Resolves when the target has room again: await it between batches of rows. */
  drain(): Promise<void>;
  /** Writes what is left and waits until the target has it all. */
  close(): Promise<void>;
}

export interface OpenTableOptions {
  /** Only these columns are read, in this order; all unless told. */
  readonly columns?: readonly string[];
}

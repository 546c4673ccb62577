/** Programs that write the frames of a journal as Parquet. `seal` is all of `tapedeck seal`, `write` only its file. */
export const WRITERS = ['seal', 'write', 'parquetjs-lite', 'duckdb', 'pyarrow'] as const;
/** Programs that read them: parquetjs-lite what it wrote itself, the others the sealed copy. */
export const READERS = ['tapedeck', 'parquetjs-lite', 'duckdb', 'pyarrow'] as const;

/** What one process says. */
export interface StorageRun {
  readonly rows: number;
  readonly elapsedMs: number;
  /** Processor time of all threads meanwhile: it hardly knows of other programs on the machine. */
  readonly processorMs: number;
  /** Of the file or files that were written or read. */
  readonly bytes: number;
  readonly peakRssMb: number;
  /** What was found, to see that all did the same work: Σ of payload bytes, and how many of `received_at_ns` are wrong. */
  readonly payloadBytes?: number;
  readonly wrongTimes?: number;
}

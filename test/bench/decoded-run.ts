export const DECODED_SESSION = 'decoded';

/** Ways to the sum of the prices of all trades. `make` is the first opening of a decoded table, `export` an exported Arrow file. */
export const SUMMERS = ['decode', 'make', 'cache', 'cache-all', 'cache-verify', 'export', 'hyparquet', 'hyparquet-all', 'pyarrow'] as const;

/** What one process says. */
export interface DecodedRun {
  readonly rows: number;
  readonly sum: number;
  /** The first time in a cold process, the libraries it needs included; and the second time. */
  readonly firstMs: number;
  readonly againMs: number;
  /** Processor time of all threads the first time. */
  readonly processorMs: number;
  readonly peakRssMb: number;
  /** Of the file. */
  readonly bytes: number;
}

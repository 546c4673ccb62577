import type { DecodedEntry } from './decoded/decoded-manifest.ts';
import type { MakeDecodedOptions } from './decoded/make-decoded.ts';
import type { DecodedFinding, DecodedMarks, OpenDecodedTableOptions } from './decoded/open-decoded.ts';

// The library of columns is loaded when a table is opened or made: most commands do neither.

/** What `storage/decoded/open-decoded.ts` says of it. */
export async function openDecodedTable(
  dataDir: string,
  session: string,
  table: string,
  marks: DecodedMarks,
  options: OpenDecodedTableOptions = {},
): Promise<DecodedFinding> {
  return (await import('./decoded/open-decoded.ts')).openDecodedTable(dataDir, session, table, marks, options);
}

/** What `storage/decoded/make-decoded.ts` says of it. */
export async function makeDecodedTables(options: MakeDecodedOptions): Promise<readonly DecodedEntry[]> {
  return (await import('./decoded/make-decoded.ts')).makeDecodedTables(options);
}

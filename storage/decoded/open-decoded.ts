import { join } from 'node:path';
import { type Table, tableFromIPC } from 'apache-arrow';
import { usageError } from '#domain';
import { type Disk, decodedError, nodeDisk } from '../journal-disk.ts';
import { sessionPaths } from '../session-paths.ts';
import { isSystemError } from '../system-error.ts';
import { IMAGE_BYTES_MAX, readArrowImage } from './arrow-image.ts';
import { areSameMarks, type DecodedEntry, type DecodedManifest, readDecodedManifest, tableFileName } from './decoded-manifest.ts';
import { ArrowDecodedTable } from './decoded-table.ts';
import type { DecodedTable, Marks, OpenDecodedOptions } from './decoded-types.ts';
import { digestOf } from './table-file.ts';

export interface OpenDecodedTableOptions extends OpenDecodedOptions {
  readonly disk?: Disk;
}

/** What a table of today would be marked with. */
export interface DecodedMarks {
  /** Of all tables of the session. */
  readonly session: Marks;
  /** Of the table beyond those. */
  readonly table: Marks;
}

/** The table, or why there is none that may be believed: it was not made yet, it was made from or by something else, or it is damaged. */
export type DecodedFinding =
  | { readonly kind: 'open'; readonly table: DecodedTable }
  | { readonly kind: 'missing' | 'stale' | 'damaged'; readonly reason: string };

/**
 * Opens a decoded table where it is whole and has these marks. `COLUMN_UNKNOWN`, `DECODED_TOO_LONG` for more than 4 GiB, `DECODED_IO` and its
 * like when the disk fails.
 */
export async function openDecodedTable(
  dataDir: string,
  session: string,
  table: string,
  marks: DecodedMarks,
  options: OpenDecodedTableOptions = {},
): Promise<DecodedFinding> {
  const { disk = nodeDisk } = options;
  const folder = sessionPaths(dataDir, session).decodedDir;
  try {
    const entry = decodedEntry(await readDecodedManifest(disk, folder), session, table, marks);
    if (typeof entry !== 'object' || 'kind' in entry) return entry;
    return await openEntry(disk, folder, session, entry, marks, options);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw decodedError(error, `cannot read the decoded table ${join(folder, tableFileName(table))}`);
  }
}

function decodedEntry(
  manifest: DecodedManifest | undefined,
  session: string,
  table: string,
  marks: DecodedMarks,
): DecodedEntry | Exclude<DecodedFinding, { kind: 'open' }> {
  if (manifest === undefined) return { kind: 'missing', reason: 'there is no manifest that may be believed' };
  if (manifest.session !== session) return { kind: 'damaged', reason: `it belongs to the session "${manifest.session}"` };
  if (!areSameMarks(manifest.marks, marks.session)) return { kind: 'stale', reason: 'the tape, a decoder or the columns are others' };
  const entry = manifest.tables.find((one) => one.table === table);
  if (entry === undefined) return { kind: 'missing', reason: `there is no table "${table}" among them` };
  return areSameMarks(entry.marks, marks.table) ? entry : { kind: 'stale', reason: 'it was made with other settings' };
}

async function openEntry(
  disk: Disk,
  folder: string,
  session: string,
  entry: DecodedEntry,
  marks: DecodedMarks,
  { columns, verify = false }: OpenDecodedOptions,
): Promise<DecodedFinding> {
  const path = join(folder, tableFileName(entry.table));
  const damaged = (reason: string): DecodedFinding => ({ kind: 'damaged', reason });
  const bytes = await disk.sizeOf(path);
  if (bytes !== entry.bytes) return damaged(`${path} has ${bytes ?? 'no'} bytes instead of ${entry.bytes}`);
  if (bytes > IMAGE_BYTES_MAX)
    throw usageError(
      'DECODED_TOO_LONG',
      `${path} has ${bytes} bytes, more than can be opened at once; map it into memory: pyarrow.memory_map`,
    );
  if (verify && (await digestOf(disk, path)) !== entry.sha256) return damaged(`${path} is not what was written`);
  // Outside of what follows: where there is no memory, the file is not to blame.
  const image = new Uint8Array(new ArrayBuffer(bytes));
  const arrow = await arrowOf(disk, path, image, columns);
  if (typeof arrow === 'string') return damaged(`${path} is no Arrow file of ours: ${arrow}`);
  const expected = { 'tapedeck.table': entry.table, ...marks.session, ...marks.table };
  if (arrow.numRows !== entry.rows || !areSameMarks(Object.fromEntries(arrow.schema.metadata), expected))
    return damaged(`${path} is not the file that the manifest names`);
  return { kind: 'open', table: new ArrowDecodedTable(path, session, entry, columns === undefined ? arrow : selected(arrow, columns)) };
}

/** The table over the bytes of the file, or what is wrong with them. */
async function arrowOf(
  disk: Disk,
  path: string,
  image: Uint8Array<ArrayBuffer>,
  columns: readonly string[] | undefined,
): Promise<Table | string> {
  try {
    await readArrowImage(disk, path, image, columns);
    return tableFromIPC(image);
  } catch (error) {
    // A failure of the system is told; anything else the library trips over is in the bytes.
    if (isSystemError(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function selected(arrow: Table, columns: readonly string[]): Table {
  for (const name of columns) {
    if (!arrow.schema.names.includes(name))
      throw usageError('COLUMN_UNKNOWN', `the table has no column "${name}"; it has ${arrow.schema.names.join(', ')}`);
  }
  return arrow.select([...columns]);
}

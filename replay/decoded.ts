import { integrityError, usageError } from '#domain';
import {
  type DecodedEntry,
  type DecodedTable,
  type Disk,
  JournalTape,
  makeDecodedTables,
  type OpenDecodedOptions,
  openDecodedTable,
  sessionInfo,
} from '#storage';
import { type DeriveOptions, deriveTables, settingMarks, tapeMarks } from './derive.ts';
import { DERIVED_COLUMNS, type DerivedTable } from './derived-tables.ts';
import { openTape } from './open-tape.ts';

/** A run's own audits and candles are no property of the session and are not kept: export them. */
export interface DecodeOptions extends Omit<DeriveOptions, 'tables' | 'run'> {
  readonly onProgress?: (records: number) => void;
  readonly disk?: Disk;
}

/**
 * A table of a closed session as columns over the bytes of its file below `DATA/decoded`. Where it was not made yet, or was made from another tape, by
 * another decoder or with other settings, or is damaged, it is made first, which takes one pass over the tape. `SESSION_UNKNOWN`, `SESSION_OPEN`,
 * and what `makeDecodedTables` and `openDecodedTable` throw.
 */
export async function openDecoded(
  dataDir: string,
  session: string,
  table: DerivedTable,
  options: DecodeOptions & OpenDecodedOptions,
): Promise<DecodedTable> {
  const marks = { session: await sessionMarks(dataDir, session, options), table: settingMarks(table, options) };
  const found = await openDecodedTable(dataDir, session, table, marks, options);
  if (found.kind === 'open') return found.table;
  await makeDecoded(dataDir, session, [table], options);
  const made = await openDecodedTable(dataDir, session, table, marks, options);
  if (made.kind === 'open') return made.table;
  // Somebody who wants it otherwise, or removes it, came in between; or the disk forgets.
  throw integrityError('DECODED_LOST', `table "${table}" of session "${session}" was made, and then: ${made.reason}; open it again`);
}

/**
 * Makes sure that these tables of a closed session are there, whole by their SHA-256 and up to date, and makes those that are not, in one pass over the
 * tape. Returns what is there of them. `DECODED_TAPE_OTHER` when the only copy that can be read is of another tape.
 */
export async function makeDecoded(
  dataDir: string,
  session: string,
  tables: readonly DerivedTable[],
  options: DecodeOptions,
): Promise<readonly DecodedEntry[]> {
  const marks = await sessionMarks(dataDir, session, options);
  const tape = await openTape(dataDir, session);
  if ((await tape.digest()) !== marks['tapedeck.tape_digest'])
    throw integrityError(
      'DECODED_TAPE_OTHER',
      `the sealed copy of session "${session}" is not of the tape that session.json names; run "tapedeck repair ${session}"`,
    );
  return makeDecodedTables({
    ...{ dataDir, session, marks, store: tape instanceof JournalTape ? 'journal' : 'parquet' },
    ...(options.disk === undefined ? {} : { disk: options.disk }),
    tables: Object.fromEntries(tables.map((table) => [table, { columns: DERIVED_COLUMNS[table], marks: settingMarks(table, options) }])),
    derive: (missing, sink) => deriveTables(tape, sink, { ...options, tables: missing as readonly DerivedTable[] }),
  });
}

/** The tape of an open session grows: a table of it would be stale with the next record. */
async function sessionMarks(dataDir: string, session: string, options: DecodeOptions) {
  const { state, tapeDigest, problem } = await sessionInfo(dataDir, session);
  if (state === 'open')
    throw usageError(
      'SESSION_OPEN',
      `session "${session}" is still open and has no decoded tables; export what there is, or close it first`,
    );
  if (tapeDigest === undefined)
    throw integrityError(
      'MANIFEST_CORRUPT',
      `session "${session}": ${problem ?? 'it has no tape digest'}; run "tapedeck repair ${session}"`,
    );
  return tapeMarks(session, tapeDigest, options);
}

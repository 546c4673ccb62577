import { integrityError, type RecordBatch, type Tape, TapedeckError, TapeRecord, usageError } from '#domain';
import { computeTapeDigest } from '../parquet-tape.ts';
import { firstSequenceOf, type TapeStart } from '../tape-start.ts';
import { FRAME_CELLS, type FrameCells, FrameRows } from './frame-rows.ts';
import { connectPg, type PgSession } from './pg-session.ts';
import { checkTableName, FRAMES_TABLE, portName, type QuestAddress, quoted } from './quest-address.ts';
import { resumeStatement } from './table-state.ts';

/**
 * Rows of one read; fewer where payloads are large, so that one read stays near `READ_BYTES_MAX`. Two reads are under way at a time, so that
 * 5,000 rows are in memory: with twice as many a replay of a million frames took 229 MiB, so it takes 180, and no longer.
 */
const READ_ROWS_MAX = 2_500;
const READ_BYTES_MAX = 8 * 1024 * 1024;
const APPLY_POLL_MS = 20;
/** Rows that were accepted and cannot be read after this long: the server is stuck. */
const APPLY_MS_MAX = 60_000;

export interface QuestTapeOptions {
  /** `frames` unless told. */
  readonly table?: string;
  /** What the session is known to be, by its manifest: what is read must be that. */
  readonly expected?: { readonly records: number; readonly tapeDigest: string };
}

/**
 * Opens a session in QuestDB as a tape, as far as it is there now: waits until everything the server accepted can be read.
 * `QUESTDB_SESSION_UNKNOWN` when the table has no row of it, `QUESTDB_SUSPENDED`, `QUESTDB_UNREACHABLE`, `QUESTDB_AUTH`,
 * `QUESTDB_INCOMPLETE` (exit code 3) when there are fewer records than the manifest says.
 */
export async function openQuestTape(server: QuestAddress, session: string, options: QuestTapeOptions = {}): Promise<QuestTape> {
  const table = checkTableName(options.table ?? FRAMES_TABLE);
  const pg = await connectPg(server.pg);
  try {
    await waitUntilApplied(pg, table);
    const extent = await extentOf(pg, table, session);
    if (extent === undefined)
      throw usageError(
        'QUESTDB_SESSION_UNKNOWN',
        `table ${table} of QuestDB at ${portName(server.pg)} has no session "${session}"; run: tapedeck questdb sync ${session}`,
      );
    const { expected } = options;
    if (expected !== undefined && expected.records !== extent.records)
      throw incomplete(table, session, `it has ${extent.records} of ${expected.records} records; run: tapedeck questdb sync ${session}`);
    return new QuestTape(server, table, session, extent, expected?.tapeDigest);
  } finally {
    await pg.close();
  }
}

/** The rows of a session as they were when it was opened. */
interface Extent {
  readonly records: number;
  readonly lastTapeTimeNs: string;
}

/** The records of a session in QuestDB, in sequence, checked row by row; two reads of rows in memory at a time. */
export class QuestTape implements Tape {
  readonly session: string;
  readonly #server: QuestAddress;
  readonly #table: string;
  readonly #extent: Extent;
  readonly #expectedDigest: string | undefined;
  #digest: string | undefined;

  constructor(server: QuestAddress, table: string, session: string, extent: Extent, expectedDigest: string | undefined) {
    this.session = session;
    this.#server = server;
    this.#table = table;
    this.#extent = extent;
    this.#expectedDigest = expectedDigest;
  }

  get records(): number {
    return this.#extent.records;
  }

  /** Throws `QUESTDB_INCOMPLETE` where a record is missing, `QUESTDB_CORRUPT` where a row is none that a copy makes, `QUESTDB_UNREACHABLE`. */
  async *batches(start: TapeStart = {}): AsyncGenerator<RecordBatch> {
    const fromSequence = firstSequenceOf(start);
    const pg = await connectPg(this.#server.pg);
    try {
      yield* this.#read(pg, fromSequence);
    } finally {
      await pg.close();
    }
  }

  /** Computed from the rows at the first call, and compared with the manifest where there is one: `QUESTDB_CORRUPT` when it differs. */
  async digest(): Promise<string> {
    this.#digest ??= await computeTapeDigest(this.batches(), new TapeRecord());
    const expected = this.#expectedDigest;
    if (expected === undefined || this.#digest === expected) return this.#digest;
    throw integrityError(
      'QUESTDB_CORRUPT',
      `session "${this.session}" in table ${this.#table} has the tape digest ${this.#digest}, its manifest says ${expected}; copy it into another table`,
    );
  }

  async *#read(pg: PgSession, fromSequence: number): AsyncGenerator<RecordBatch> {
    const { records, lastTapeTimeNs } = this.#extent;
    const where = `session = ${quoted(this.session)} AND ts <= ${lastTapeTimeNs}::timestamp_ns`;
    const large = await largeChunks(pg, this.#table, where);
    const from = fromSequence === 0 ? '' : ` AND seq >= ${fromSequence}`;
    const cursor = pg.cursor<FrameCells>(`SELECT ${FRAME_CELLS} FROM ${this.#table} WHERE ${where}${from} ORDER BY ts`);
    const rowsOf = (sequence: number) => large.get(Math.floor(sequence / READ_ROWS_MAX)) ?? READ_ROWS_MAX;
    // Reads end where a chunk of `largeChunks` does: its size is that of the rows it counted.
    const nextRead = (sequence: number) => Math.min(rowsOf(sequence), READ_ROWS_MAX - (sequence % READ_ROWS_MAX));
    const rows = new FrameRows(this.#table, this.session);
    let sequence = fromSequence;
    let asked = sequence + nextRead(sequence);
    let reading = cursor.read(asked - sequence);
    for (;;) {
      const cells: readonly FrameCells[] = await reading;
      if (cells.length === 0) break;
      // The server is asked for more while these are looked at.
      const count = nextRead(asked);
      reading = cursor.read(count);
      reading.catch(() => undefined); // met at the next turn, or by nobody when reading ends here
      asked += count;
      yield rows.batch(cells, sequence);
      sequence += cells.length;
    }
    if (sequence < records) throw incomplete(this.#table, this.session, `record ${sequence} of ${records} is missing`);
  }
}

/** Chunks of `READ_ROWS_MAX` sequences that are too long for one read, and how many of their rows are not. */
async function largeChunks(pg: PgSession, table: string, where: string): Promise<ReadonlyMap<number, number>> {
  const chunks = `SELECT seq / ${READ_ROWS_MAX} chunk, sum(length_bytes(payload)) bytes, max(length_bytes(payload)) largest FROM ${table} WHERE ${where}`;
  const rows = await pg.rows(`SELECT chunk, largest FROM (${chunks}) WHERE bytes > ${READ_BYTES_MAX}`);
  return new Map(rows.map(([chunk, largest]) => [Number(chunk), Math.max(1, Math.floor(READ_BYTES_MAX / Number(largest)))]));
}

async function extentOf(pg: PgSession, table: string, session: string): Promise<Extent | undefined> {
  const [row] = await pg.rows(`SELECT count(), max(ts)::long FROM ${table} WHERE session = ${quoted(session)}`);
  const lastTapeTimeNs = row?.[1];
  return typeof lastTapeTimeNs === 'string' ? { records: Number(row?.[0]), lastTapeTimeNs } : undefined;
}

async function waitUntilApplied(pg: PgSession, table: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += APPLY_POLL_MS) {
    const [row] = await pg.rows(`SELECT suspended::string, writerTxn, sequencerTxn FROM wal_tables() WHERE name = ${quoted(table)}`);
    if (row === undefined) throw usageError('QUESTDB_TABLE_UNKNOWN', `QuestDB has no table ${table}; run: tapedeck questdb sync`);
    if (row[0] === 'true') {
      throw new TapedeckError(
        'QUESTDB_SUSPENDED',
        `table ${table} is suspended and does not show all it has; when the cause is gone: ${resumeStatement(table)}`,
      );
    }
    if (Number(row[1]) >= Number(row[2])) return;
    if (waitedMs >= APPLY_MS_MAX)
      throw new TapedeckError(
        'QUESTDB_BEHIND',
        `table ${table} did not apply what it accepted in ${APPLY_MS_MAX / 1000} s; see: tapedeck questdb doctor`,
      );
    await pg.pause(APPLY_POLL_MS);
  }
}

function incomplete(table: string, session: string, found: string): TapedeckError {
  return integrityError('QUESTDB_INCOMPLETE', `session "${session}" in table ${table}: ${found}`);
}

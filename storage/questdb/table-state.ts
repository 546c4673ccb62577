import { quoted } from './quest-address.ts';
import type { QuestHttp, SqlCell } from './quest-http.ts';

/** A table as the server sees it. */
export interface TableState {
  readonly id: number;
  readonly isSuspended: boolean;
  /** Transactions accepted, and those applied: rows are visible when both are equal. */
  readonly sequencerTxn: number;
  readonly writerTxn: number;
  /** What made it suspended. */
  readonly error: string;
}

/** `undefined` when there is no such table. */
export async function tableState(http: QuestHttp, table: string): Promise<TableState | undefined> {
  const [row] = await http.sql(
    `SELECT t.id, w.suspended, w.sequencerTxn, w.writerTxn, w.errorTag, w.errorMessage FROM tables() t JOIN wal_tables() w ON w.name = t.table_name WHERE t.table_name = ${quoted(table)}`,
  );
  if (row === undefined) return undefined;
  const error = [row[4], row[5]].filter((text) => text !== null && text !== '').join(': ');
  return { id: Number(row[0]), isSuspended: row[1] === true, sequencerTxn: Number(row[2]), writerTxn: Number(row[3]), error };
}

/** The statement that makes a suspended table go on. */
export function resumeStatement(table: string): string {
  return `ALTER TABLE ${table} RESUME WAL`;
}

/** The visible rows of a session. */
export interface SessionRows {
  readonly rows: number;
  /** -1 when there is none. */
  readonly lastSequence: number;
  /** The first sequence that has no row: `lastSequence + 1` when none is missing. */
  readonly firstMissing: number;
}

export async function sessionRows(http: QuestHttp, table: string, session: string): Promise<SessionRows> {
  const [row] = await http.sql(`SELECT count(), min(seq), max(seq) FROM ${table} WHERE session = ${quoted(session)}`);
  const rows = numberOf(row?.[0]);
  const lastSequence = rows === 0 ? -1 : numberOf(row?.[2]);
  if (rows === 0 || numberOf(row?.[1]) > 0) return { rows, lastSequence, firstMissing: 0 };
  const [gap] = await missingRanges(http, table, session, 1);
  return { rows, lastSequence, firstMissing: gap?.from ?? lastSequence + 1 };
}

/** Sequences `from` to `to` have no row. */
export interface MissingRange {
  readonly from: number;
  readonly to: number;
}

/** The first holes between the visible rows of a session, in order: one pass over its sequences in tape time. */
export async function missingRanges(http: QuestHttp, table: string, session: string, limit: number): Promise<readonly MissingRange[]> {
  const sequences = `SELECT seq, lag(seq) OVER (ORDER BY ts) AS prev FROM ${table} WHERE session = ${quoted(session)}`;
  const rows = await http.sql(`SELECT prev, seq FROM (${sequences}) WHERE seq > prev + 1 OR (prev = null AND seq > 0) LIMIT ${limit}`);
  return rows.map(([previous, sequence]) => ({ from: previous === null ? 0 : numberOf(previous) + 1, to: numberOf(sequence) - 1 }));
}

/** Visible rows of a session with a tape time in `(after, until]`: a scan of that interval only. */
export async function rowsBetween(http: QuestHttp, table: string, session: string, after: bigint, until: bigint): Promise<number> {
  const interval = `ts >= ${after + 1n}::timestamp_ns AND ts <= ${until}::timestamp_ns`;
  const [row] = await http.sql(`SELECT count() FROM ${table} WHERE session = ${quoted(session)} AND ${interval}`);
  return numberOf(row?.[0]);
}

/** What tells two records apart: sequence and both clocks of the session's row at a tape time; `undefined` when there is none. */
export async function rowAt(http: QuestHttp, table: string, session: string, tapeTimeNs: bigint): Promise<string | undefined> {
  const clocks = 'received::long::string, mono::long::string';
  const [row] = await http.sql(
    `SELECT seq, ${clocks} FROM ${table} WHERE session = ${quoted(session)} AND ts = ${tapeTimeNs}::timestamp_ns`,
  );
  return row === undefined ? undefined : rowText(numberOf(row[0]), int64(row[1]), int64(row[2]));
}

export function rowText(sequence: number, receivedAtNs: bigint, monotonicNs: bigint): string {
  return `${sequence} ${receivedAtNs} ${monotonicNs}`;
}

/** Null is the one int64 that the server has no value for. */
function int64(cell: SqlCell | undefined): bigint {
  return cell === null || cell === undefined || cell === '' ? -(1n << 63n) : BigInt(String(cell));
}

function numberOf(cell: SqlCell | undefined): number {
  return Number(cell ?? 0);
}

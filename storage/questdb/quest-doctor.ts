import { TapedeckError } from '#domain';
import type { SessionInfo } from '../catalogue.ts';
import { framesTable, schemaFaults } from './frames-schema.ts';
import { connectPg } from './pg-session.ts';
import { checkTableName, portName, type QuestAddress } from './quest-address.ts';
import { QuestHttp, type SqlRow } from './quest-http.ts';
import { QuestTrouble } from './quest-trouble.ts';
import { type DoctorFinding, settingFindings } from './server-settings.ts';
import { type MissingRange, missingRanges, resumeStatement, type TableState, tableState } from './table-state.ts';

/** Holes that are named for a session; there may be more. */
const RANGES_MAX = 10;

export interface DoctorSession {
  readonly session: string;
  /** Rows in the table, and records here; `undefined` where the data folder has no such session. */
  readonly rows: number;
  readonly records: number | undefined;
  readonly isOpen: boolean;
  /** The first holes, in order; the last may be what was not copied yet. */
  readonly missing: readonly MissingRange[];
}

export interface DoctorReport {
  readonly server: string;
  readonly version: string;
  readonly table: string;
  readonly state: TableState | undefined;
  /** Transactions accepted and not applied yet. */
  readonly lagTransactions: number;
  readonly findings: readonly DoctorFinding[];
  readonly sessions: readonly DoctorSession[];
}

export interface DoctorOptions {
  readonly server: QuestAddress;
  readonly table: string;
  /** The sessions of the data folder. */
  readonly sessions: readonly SessionInfo[];
}

/** Looks at a server, its settings, the table of frames and every session in it; changes nothing. `QUESTDB_UNREACHABLE`, `QUESTDB_AUTH`. */
export async function examineQuest(options: DoctorOptions): Promise<DoctorReport> {
  const http = new QuestHttp(options.server.http);
  try {
    return await new Examination(http, options).report();
  } catch (error) {
    if (!(error instanceof QuestTrouble)) throw error;
    throw new TapedeckError('QUESTDB_UNREACHABLE', `${error.message}; is it running? see docs/questdb.md`, { cause: error });
  } finally {
    http.close();
  }
}

class Examination {
  readonly #http: QuestHttp;
  readonly #server: QuestAddress;
  readonly #table: string;
  readonly #sessions: readonly SessionInfo[];
  readonly #findings: DoctorFinding[] = [];

  constructor(http: QuestHttp, { server, table, sessions }: DoctorOptions) {
    this.#http = http;
    this.#server = server;
    this.#table = checkTableName(table);
    this.#sessions = sessions;
  }

  async report(): Promise<DoctorReport> {
    const [build] = await this.#http.sql('SELECT build()');
    await this.#checkReading();
    this.#findings.push(...settingFindings(await this.#http.sql('SHOW PARAMETERS')));
    const state = await tableState(this.#http, this.#table);
    if (state === undefined) this.#add('warning', `there is no table ${this.#table}`, 'tapedeck questdb sync makes it');
    else await this.#checkTable(state);
    return {
      server: portName(this.#server.http),
      version: /QuestDB ([\d.]+)/.exec(String(build?.[0]))?.[1] ?? String(build?.[0]),
      table: this.#table,
      state,
      lagTransactions: state === undefined ? 0 : state.sequencerTxn - state.writerTxn,
      sessions: state === undefined ? [] : await this.#sessionsOf(),
      findings: this.#findings,
    };
  }

  /** Frames are read over the other port, with another account. */
  async #checkReading(): Promise<void> {
    try {
      const pg = await connectPg(this.#server.pg);
      await pg.close();
    } catch (error) {
      if (!(error instanceof TapedeckError)) throw error;
      this.#add('problem', error.message, 'replay --from questdb needs the Postgres port');
    }
  }

  async #checkTable(state: TableState): Promise<void> {
    const table = this.#table;
    for (const fault of await schemaFaults(this.#http, framesTable(table)))
      this.#add('problem', `table ${table}: ${fault}`, 'copy into another table (--table), or rename this one');
    if (state.isSuspended)
      this.#add('problem', `table ${table} is suspended: ${state.error}`, `when the cause is gone: ${resumeStatement(table)}`);
    const [ttl] = await this.#http.sql(`SELECT ttlValue, ttlUnit FROM tables() WHERE table_name = '${table}'`);
    if (Number(ttl?.[0] ?? 0) > 0) {
      this.#add(
        'warning',
        `table ${table} forgets rows ${ttl?.[0]} ${ttl?.[1]} older than its newest`,
        `old sessions copied into it vanish at once; without: ALTER TABLE ${table} SET TTL 0 HOURS`,
      );
    }
  }

  async #sessionsOf(): Promise<readonly DoctorSession[]> {
    const rows: readonly SqlRow[] = await this.#http.sql(`SELECT session, count(), max(seq) FROM ${this.#table} ORDER BY session`);
    const found: DoctorSession[] = [];
    for (const [session, count, lastSequence] of rows)
      found.push(await this.#session(String(session), Number(count), Number(lastSequence)));
    for (const { session, records, state } of this.#sessions) {
      if (records === 0 || found.some((one) => one.session === session)) continue;
      found.push({ session, rows: 0, records, isOpen: state === 'open', missing: [{ from: 0, to: records - 1 }] });
      this.#add('warning', `session ${session} is not in table ${this.#table}`, `tapedeck questdb sync ${session}`);
    }
    return found;
  }

  async #session(session: string, rows: number, lastSequence: number): Promise<DoctorSession> {
    const info = this.#sessions.find((one) => one.session === session);
    const records = info?.records;
    const isOpen = info?.state === 'open';
    const holes = await missingRanges(this.#http, this.#table, session, RANGES_MAX);
    const tail = records !== undefined && lastSequence < records - 1 ? [{ from: lastSequence + 1, to: records - 1 }] : [];
    if (holes.length > 0)
      this.#add('problem', `session ${session} has holes, the first at record ${holes[0]!.from}`, `tapedeck questdb sync ${session}`);
    else if (rows > lastSequence + 1)
      this.#add(
        'problem',
        `session ${session} has ${rows - lastSequence - 1} records twice`,
        'two tapes of one name: copy it into another table (--table)',
      );
    else if (records !== undefined && rows > records && !isOpen)
      this.#add(
        'problem',
        `session ${session} has ${rows} rows, its tape ${records} records`,
        'two tapes of one name: copy it into another table (--table)',
      );
    else if (tail.length > 0 && !isOpen)
      this.#add('warning', `session ${session} is copied up to record ${lastSequence}`, `tapedeck questdb sync ${session}`);
    return { session, rows, records, isOpen, missing: [...holes, ...tail] };
  }

  #add(level: DoctorFinding['level'], what: string, advice: string): void {
    this.#findings.push({ level, what, advice });
  }
}

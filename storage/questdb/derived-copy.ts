import { Agent } from 'node:http';
import { assert, type Clock, canonicalJson, integrityError, type StopSignal, TapedeckError, usageError } from '#domain';
import type { TableValue } from '../table-types.ts';
import { DerivedLayout, type DerivedShape, type RowSender } from './derived-schema.ts';
import { ensureTable, type QuestTable } from './frames-schema.ts';
import { portName, type QuestAddress, quoted } from './quest-address.ts';
import { QuestHttp } from './quest-http.ts';
import { QuestTrouble } from './quest-trouble.ts';
import { RetryPause } from './retry-pause.ts';
import { waitUntilApplied } from './sync-start.ts';

/** Rows of one request. */
const BATCH_ROWS_MAX = 5_000;
const REQUEST_MS_MAX = 60_000;
const PREFIX = /^[A-Za-z0-9_]{0,40}$/;

/** Which rows of which session were made by what: a row for each table of a session, in one partition. */
const MARKS_COLUMNS: QuestTable['columns'] = [
  { name: 'ts', type: 'TIMESTAMP_NS', isKey: true },
  { name: 'session', type: 'SYMBOL', isKey: true },
  { name: 'table_name', type: 'SYMBOL', isKey: true },
  { name: 'marks', type: 'VARCHAR' },
  { name: 'rows', type: 'LONG' },
];
const MARKS_TIME = 0n;

/** Takes the rows of derived tables, in tape order; `drain` between two batches of records. */
export interface DerivedSink {
  row(table: string, values: readonly TableValue[], place: { readonly tapeTimeNs: bigint }): void;
  drain(): Promise<void>;
}

export interface DerivedCopyOptions {
  readonly server: QuestAddress;
  readonly session: string;
  readonly tables: readonly DerivedShape[];
  /** Before the name of every table: `v2_` makes them anew beside the old ones. */
  readonly prefix?: string;
  /** By table, what made the rows: tape digest, versions of schema and decoders. */
  readonly marks: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Makes all rows from the first record on: called again after a failure. The same rows each time. */
  readonly derive: (sink: DerivedSink) => Promise<unknown>;
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly signal?: StopSignal;
  readonly onTrouble?: (message: string, retryMs: number) => void;
}

export interface DerivedCopyResult {
  readonly session: string;
  /** Rows by table, counted there. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Writes the derived tables of a session through the client of QuestDB: a row sent again has the same key, so that a failure is answered by
 * making all of them again. `QUESTDB_DERIVED_STALE` (exit code 3) when the table has rows of this session that other code made, since rows
 * cannot be removed: take another prefix. `QUESTDB_SCHEMA_DIFFERS`, `QUESTDB_UNREACHABLE`, `QUESTDB_REFUSED`.
 */
export async function copyDerived(options: DerivedCopyOptions): Promise<DerivedCopyResult> {
  const { prefix = '', clock, patienceMs, signal, onTrouble } = options;
  if (!PREFIX.test(prefix)) throw usageError('QUESTDB_TABLE_INVALID', `"${prefix}" is no prefix of table names: use A-Z a-z 0-9 _`);
  const pause = new RetryPause({ clock, patienceMs, signal, onTrouble: ({ message }, retryMs) => onTrouble?.(message, retryMs) });
  let rowsMost = 0;
  for (;;) {
    const attempt = await DerivedAttempt.open(options, prefix);
    try {
      return await attempt.run();
    } catch (error) {
      if (!(error instanceof QuestTrouble)) throw error;
      if (attempt.rowsTaken > rowsMost) pause.progressed();
      rowsMost = Math.max(rowsMost, attempt.rowsTaken);
      await pause.after(error);
    } finally {
      attempt.close();
    }
  }
}

interface WaitingRow {
  readonly layout: DerivedLayout;
  readonly values: readonly TableValue[];
  readonly tapeTimeNs: bigint;
}

/** The client's sender as it is used here. */
type Sender = RowSender & { flush(): Promise<boolean>; close(): Promise<void> };

/** One pass over the tape with one connection. */
class DerivedAttempt implements DerivedSink {
  readonly #options: DerivedCopyOptions;
  readonly #http: QuestHttp;
  readonly #agent: Agent;
  readonly #sender: Sender;
  readonly #marksTable: string;
  readonly #layouts: ReadonlyMap<string, DerivedLayout>;
  readonly #rows = new Map<string, number>();
  #waiting: WaitingRow[] = [];
  /** Rows that the server acknowledged. */
  rowsTaken = 0;

  private constructor(options: DerivedCopyOptions, prefix: string, agent: Agent, sender: Sender) {
    this.#options = options;
    this.#http = new QuestHttp(options.server.http);
    this.#agent = agent;
    this.#sender = sender;
    this.#marksTable = `${prefix}derived`;
    this.#layouts = new Map(options.tables.map((shape) => [shape.name, new DerivedLayout(shape, prefix)]));
  }

  /** The client's own pool of connections is one for the process, and outlives a table that is dropped and made again: not for us. */
  static async open(options: DerivedCopyOptions, prefix: string): Promise<DerivedAttempt> {
    const { Sender: ClientSender } = await import('@questdb/nodejs-client');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sender = await ClientSender.fromConfig(configuration(options.server), { agent, log: () => undefined });
    return new DerivedAttempt(options, prefix, agent, sender as unknown as Sender);
  }

  async run(): Promise<DerivedCopyResult> {
    const { session, derive } = this.#options;
    await this.#prepare();
    await derive(this);
    await this.drain();
    const rows: Record<string, number> = {};
    for (const [name, layout] of this.#layouts) rows[name] = await this.#checkRows(name, layout.table.name);
    for (const [name, count] of Object.entries(rows)) await this.#writeMarks(name, count);
    await this.#flush();
    return { session, rows };
  }

  row(table: string, values: readonly TableValue[], { tapeTimeNs }: { readonly tapeTimeNs: bigint }): void {
    const layout = this.#layouts.get(table);
    assert(layout !== undefined, `rows of table ${table} were not announced`);
    this.#waiting.push({ layout, values, tapeTimeNs: tapeTimeNs < 0n ? 0n : tapeTimeNs });
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + 1);
  }

  async drain(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += BATCH_ROWS_MAX) {
      const batch = waiting.slice(from, from + BATCH_ROWS_MAX);
      for (const { layout, values, tapeTimeNs } of batch) await layout.write(this.#sender, this.#options.session, values, tapeTimeNs);
      await this.#flush();
      this.rowsTaken += batch.length;
    }
  }

  close(): void {
    this.#http.close();
    this.#agent.destroy();
  }

  /** Tables, and the mark that their rows are being made, before the first row: rows without a mark are of no known origin. */
  async #prepare(): Promise<void> {
    await ensureTable(this.#http, { name: this.#marksTable, columns: MARKS_COLUMNS });
    await waitUntilApplied(this.#http, this.#marksTable, this.#options.clock);
    for (const [name, layout] of this.#layouts) {
      await ensureTable(this.#http, layout.table);
      await this.#checkMarks(name, layout.table.name);
      await this.#writeMarks(name);
    }
    await this.#flush();
  }

  async #checkMarks(name: string, table: string): Promise<void> {
    const { session } = this.#options;
    const where = `session = ${quoted(session)} AND table_name = ${quoted(name)}`;
    const [row] = await this.#http.sql(`SELECT marks FROM ${this.#marksTable} WHERE ${where}`);
    if (row === undefined || row[0] === this.#marksOf(name)) return;
    throw integrityError(
      'QUESTDB_DERIVED_STALE',
      `table ${table} has rows of session "${session}" that other code made (${String(row[0])}); rows cannot be removed: derive with another --prefix`,
    );
  }

  async #writeMarks(name: string, rows?: number): Promise<void> {
    const row = this.#sender.table(this.#marksTable).symbol('session', this.#options.session).symbol('table_name', name);
    row.stringColumn('marks', this.#marksOf(name));
    if (rows !== undefined) row.intColumn('rows', rows);
    await row.at(MARKS_TIME, 'ns');
  }

  #marksOf(name: string): string {
    return canonicalJson(this.#options.marks[name] ?? {});
  }

  async #checkRows(name: string, table: string): Promise<number> {
    await waitUntilApplied(this.#http, table, this.#options.clock);
    const [row] = await this.#http.sql(`SELECT count() FROM ${table} WHERE session = ${quoted(this.#options.session)}`);
    const [found, wanted] = [Number(row?.[0]), this.#rows.get(name) ?? 0];
    if (found < wanted) throw new QuestTrouble('lost', `table ${table} shows ${found} of ${wanted} rows that were acknowledged`);
    if (found === wanted) return found;
    throw integrityError(
      'QUESTDB_SESSION_DIFFERS',
      `table ${table} has ${found} rows for ${wanted} of session "${this.#options.session}"; derive with another --prefix`,
    );
  }

  // After a failure the client has no rows any more, and it says nothing of a refusal but its status.
  async #flush(): Promise<void> {
    try {
      await this.#sender.flush();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const where = `QuestDB at ${portName(this.#options.server.http)}`;
      if (/statusCode=40[13]/.test(reason)) throw usageError('QUESTDB_AUTH', `${where} refuses the account (${reason})`, error);
      if (/statusCode=4/.test(reason)) {
        throw new TapedeckError(
          'QUESTDB_REFUSED',
          `${where} refuses rows of session ${this.#options.session} (${reason}); its log has the line`,
          {
            cause: error,
          },
        );
      }
      throw new QuestTrouble('unreachable', `${where} does not answer (${reason})`, error);
    }
  }
}

/** Without its own flushes, retries and questions to the server: what is sent, when, and again, is decided here. */
function configuration({ http }: QuestAddress): string {
  const account = http.user === undefined ? '' : `username=${escaped(http.user)};password=${escaped(http.password ?? '')};`;
  const limits = `request_timeout=${REQUEST_MS_MAX};retry_timeout=0;`;
  return `http::addr=${portName(http)};${account}auto_flush=off;stdlib_http=on;protocol_version=2;${limits}`;
}

function escaped(value: string): string {
  return value.replaceAll(';', ';;');
}

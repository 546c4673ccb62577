import { setTimeout as pause } from 'node:timers/promises';
import { TapedeckError, usageError } from '#domain';
import { errorCode } from '../system-error.ts';
import { portName, type QuestPort } from './quest-address.ts';

const CONNECT_MS_MAX = 10_000;
const DATABASE = 'qdb';
/** What a new server has; `docs/questdb.md` says how to change it. */
const DEFAULT_USER = 'admin';
const DEFAULT_PASSWORD = 'quest';
/** Of the SQLSTATE for a wrong account. */
const AUTH_STATES = new Set(['28000', '28P01', '00000']);

/** Every cell as the text the wire carries, or null. */
export type TextRow = readonly (string | null)[];

export interface PgCursor<Row> {
  /** At most `rows` of the rows that follow; none at the end. Reads asked for together are answered in order. */
  read(rows: number): Promise<readonly Row[]>;
}

/** One connection for reading. Nothing is ever written over it: a bound LONG goes through a double on the server. */
export interface PgSession {
  rows(statement: string): Promise<readonly TextRow[]>;
  cursor<Row>(statement: string): PgCursor<Row>;
  pause(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Cells stay text: numbers would lose digits, and times have only microseconds unless they are cast to LONG. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as const;

/** Throws `QUESTDB_UNREACHABLE` or `QUESTDB_AUTH`; the library is loaded here, because only few commands need it. */
export async function connectPg(port: QuestPort): Promise<PgSession> {
  const [{ Client }, { default: Cursor }] = await Promise.all([import('pg'), import('pg-cursor')]);
  const client = new Client({
    host: port.host,
    port: port.port,
    user: port.user ?? DEFAULT_USER,
    password: port.password ?? DEFAULT_PASSWORD,
    database: DATABASE,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    keepAlive: true,
  });
  // A lost connection is met by the read that waits for it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw connectFailure(port, error);
  }
  return {
    async rows(statement) {
      try {
        return (await client.query<string[]>({ text: statement, rowMode: 'array', types: AS_TEXT })).rows;
      } catch (error) {
        throw readFailure(port, error);
      }
    },
    cursor<Row>(statement: string) {
      const cursor = client.query(new Cursor<Row>(statement, [], { rowMode: 'array', types: AS_TEXT }));
      return {
        async read(rows) {
          try {
            return await cursor.read(rows);
          } catch (error) {
            throw readFailure(port, error);
          }
        },
      };
    },
    pause: (milliseconds) => pause(milliseconds),
    // A cursor in the middle of its rows would have to be read to the end first; the server notices a closed socket at once.
    async close() {
      await client.end().catch(() => undefined);
    },
  };
}

function connectFailure(port: QuestPort, error: unknown): TapedeckError {
  const reason = error instanceof Error ? error.message : String(error);
  if (AUTH_STATES.has(errorCode(error)) || /password|user/i.test(reason)) {
    const advice = 'set TAPEDECK_QUESTDB_PG_USER and TAPEDECK_QUESTDB_PG_PASSWORD';
    return usageError('QUESTDB_AUTH', `QuestDB at ${portName(port)} refuses the account (${reason}); ${advice}`, error);
  }
  return new TapedeckError(
    'QUESTDB_UNREACHABLE',
    `QuestDB at ${portName(port)} does not answer (${reason}); is it running? see docs/questdb.md`,
    {
      cause: error,
    },
  );
}

function readFailure(port: QuestPort, error: unknown): TapedeckError {
  const reason = error instanceof Error ? error.message : String(error);
  if (/buffer/i.test(reason)) {
    return new TapedeckError(
      'QUESTDB_CELL_TOO_LARGE',
      `QuestDB at ${portName(port)} cannot send a record this large (${reason}); start it with QDB_PG_SEND_BUFFER_SIZE=64M`,
      { cause: error },
    );
  }
  return new TapedeckError(
    'QUESTDB_UNREACHABLE',
    `reading from QuestDB at ${portName(port)} failed (${reason}); nothing was changed, run it again`,
    {
      cause: error,
    },
  );
}

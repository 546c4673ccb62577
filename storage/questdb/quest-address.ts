import { usageError } from '#domain';

/** One port of a QuestDB server and the account for it. */
export interface QuestPort {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

/** Where a QuestDB server is: lines and statements go in over HTTP, frames are read over the Postgres wire. */
export interface QuestAddress {
  readonly http: QuestPort;
  readonly pg: QuestPort;
}

/** Every raw frame of every session, unless another name is given. */
export const FRAMES_TABLE = 'frames';

const TABLE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** Throws `QUESTDB_TABLE_INVALID` for a name that would need quoting: it stands in statements as it is. */
export function checkTableName(name: string): string {
  if (TABLE_NAME.test(name)) return name;
  throw usageError('QUESTDB_TABLE_INVALID', `"${name}" is no table name: use a letter, then at most 99 of A-Z a-z 0-9 _`);
}

/** A text as a literal of a statement. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function portName({ host, port }: QuestPort): string {
  return `${host}:${port}`;
}

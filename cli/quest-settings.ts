import { usageError } from '#domain';
import type { QuestStore } from '#replay';
import { FRAMES_TABLE, type QuestAddress, type QuestPort } from '#storage';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where QuestDB is unless somebody says otherwise: on this machine, at its usual ports. */
const HTTP_DEFAULT = '127.0.0.1:9000';
const PG_DEFAULT = '127.0.0.1:8812';

export interface QuestOptions {
  readonly http?: string;
  readonly pg?: string;
  readonly table?: string;
}

/** The server by options, else by `TAPEDECK_QUESTDB_HTTP` and `_PG`, else on this machine. Accounts only by variables: a command line is seen by all. */
export function questAddress(variables: Variables, options: QuestOptions = {}): QuestAddress {
  return {
    http: port(options.http ?? variables.TAPEDECK_QUESTDB_HTTP ?? HTTP_DEFAULT, '--http', variables, 'TAPEDECK_QUESTDB_HTTP'),
    pg: port(options.pg ?? variables.TAPEDECK_QUESTDB_PG ?? PG_DEFAULT, '--pg', variables, 'TAPEDECK_QUESTDB_PG'),
  };
}

export function questTable(variables: Variables, options: QuestOptions = {}): string {
  return options.table ?? variables.TAPEDECK_QUESTDB_TABLE ?? FRAMES_TABLE;
}

/** Where frames are read from, by variables. */
export function questStore(variables: Variables): QuestStore {
  return { server: questAddress(variables), table: questTable(variables) };
}

function port(text: string, option: string, variables: Variables, prefix: string): QuestPort {
  const [, host, digits] = /^(?:http:\/\/)?(\[[0-9a-fA-F:]+\]|[^\s:/@]+):(\d{1,5})\/?$/.exec(text) ?? [];
  if (host === undefined || Number(digits) < 1 || Number(digits) > 65_535)
    throw usageError(
      'QUESTDB_ADDRESS_INVALID',
      `${option} (or ${prefix}): write HOST:PORT, for example 127.0.0.1:9000; accounts go into variables`,
    );
  const user = variables[`${prefix}_USER`];
  const password = variables[`${prefix}_PASSWORD`];
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(digits),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
}

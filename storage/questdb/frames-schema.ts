import { integrityError } from '#domain';
import { quoted } from './quest-address.ts';
import type { QuestHttp } from './quest-http.ts';

export interface QuestColumn {
  readonly name: string;
  readonly type: string;
  /** Part of the key by which a row sent again is the same row. */
  readonly isKey?: boolean;
}

/** A table as we make it: the first column is its designated time. */
export interface QuestTable {
  readonly name: string;
  readonly columns: readonly QuestColumn[];
}

/**
 * `ts` is tape time (`tape-time.ts`), so that `ORDER BY ts` is the sequence; `received` is what the clock said. `payload` holds the bytes as
 * latin-1, one character a byte: BINARY is refused by the line protocol, and only text comes back over the Postgres wire as it is.
 */
const FRAME_COLUMNS: readonly QuestColumn[] = [
  { name: 'ts', type: 'TIMESTAMP_NS', isKey: true },
  { name: 'session', type: 'SYMBOL', isKey: true },
  { name: 'seq', type: 'LONG', isKey: true },
  { name: 'received', type: 'TIMESTAMP_NS' },
  { name: 'mono', type: 'TIMESTAMP_NS' },
  { name: 'venue', type: 'SYMBOL' },
  { name: 'connection', type: 'SYMBOL' },
  { name: 'kind', type: 'SYMBOL' },
  { name: 'channel', type: 'SYMBOL' },
  { name: 'meta', type: 'VARCHAR' },
  { name: 'payload', type: 'VARCHAR' },
];

export function framesTable(name: string): QuestTable {
  return { name, columns: FRAME_COLUMNS };
}

/** No TTL: it counts from the newest row, so that an old session synced into a table with one would vanish. */
export function createStatement({ name, columns }: QuestTable): string {
  const list = columns.map((column) => `${column.name} ${column.type}`).join(', ');
  const keys = columns.filter(({ isKey }) => isKey).map((column) => column.name);
  return `CREATE TABLE IF NOT EXISTS ${name} (${list}) TIMESTAMP(${columns[0]!.name}) PARTITION BY DAY WAL DEDUP UPSERT KEYS(${keys.join(', ')})`;
}

/**
 * Makes the table where there is none; returns whether it did. One that is there must be ours to the column:
 * `QUESTDB_SCHEMA_DIFFERS` (exit code 3), because `CREATE TABLE IF NOT EXISTS` keeps whatever it finds.
 */
export async function ensureTable(http: QuestHttp, table: QuestTable): Promise<boolean> {
  const isThere = (await http.sql(`SELECT id FROM tables() WHERE table_name = ${quoted(table.name)}`)).length > 0;
  if (!isThere) await http.sql(createStatement(table));
  const faults = await schemaFaults(http, table);
  if (faults.length === 0) return !isThere;
  throw integrityError(
    'QUESTDB_SCHEMA_DIFFERS',
    `table ${table.name} is not as tapedeck makes it: ${faults.join('; ')}; use another table (--table), or rename this one`,
  );
}

/** What is different from what we would make; empty for a table of ours. Order and settings of columns that change no value do not count. */
export async function schemaFaults(http: QuestHttp, table: QuestTable): Promise<readonly string[]> {
  const found = new Map((await http.sql(`SHOW COLUMNS FROM ${table.name}`)).map((row) => [String(row[0]), columnOf(row)]));
  const faults = [...(await tableFaults(http, table.name))];
  for (const [i, column] of table.columns.entries()) {
    const wanted = wordsOf(column.type, i === 0, column.isKey === true);
    const is = found.get(column.name);
    found.delete(column.name);
    if (is === undefined) faults.push(`column ${column.name} is missing`);
    else if (is !== wanted) faults.push(`column ${column.name} is ${is}, not ${wanted}`);
  }
  for (const name of found.keys()) faults.push(`column ${name} is unknown`);
  return faults;
}

async function tableFaults(http: QuestHttp, name: string): Promise<readonly string[]> {
  const [row] = await http.sql(`SELECT walEnabled, dedup, partitionBy FROM tables() WHERE table_name = ${quoted(name)}`);
  if (row === undefined) return ['it is not there'];
  const faults: string[] = [];
  if (row[0] !== true) faults.push('it has no WAL');
  if (row[1] !== true) faults.push('it does not remove duplicates');
  if (row[2] !== 'DAY') faults.push(`it is partitioned by ${String(row[2])}, not by DAY`);
  return faults;
}

// Columns of SHOW COLUMNS: name, type, …, designated, upsertKey.
function columnOf(row: readonly unknown[]): string {
  return wordsOf(String(row[1]), row.at(-2) === true, row.at(-1) === true);
}

function wordsOf(type: string, isDesignated: boolean, isKey: boolean): string {
  return `${type}${isDesignated ? ', the time of the table' : ''}${isKey ? ', a key' : ''}`;
}

import { integrityError, type TapedeckError } from '#domain';

/** The table holds another tape under the name of this session: `QUESTDB_SESSION_DIFFERS`, exit code 3. */
export function differs(table: string, session: string, found: string): TapedeckError {
  return integrityError(
    'QUESTDB_SESSION_DIFFERS',
    `table ${table} holds another tape as session "${session}": ${found}; copy into another table (--table), since rows cannot be removed one by one`,
  );
}

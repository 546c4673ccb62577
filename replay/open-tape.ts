import type { Tape } from '#domain';
import { usageError } from '#domain';
import { isJournalWhole, JournalTape, openParquetTape, sessionInfo } from '#storage';

export type Store = 'journal' | 'parquet';

/**
 * Opens a session's tape. Without `from` the journal where it is whole (every segment there, in its full length), else Parquet.
 * A session in neither store is a usage error that names the ones there are.
 */
export async function openTape(dataDir: string, session: string, from?: Store): Promise<Tape> {
  const info = await sessionInfo(dataDir, session);
  if (from === 'parquet') {
    if (!info.sealed) throw usageError('SESSION_NOT_SEALED', `session ${session} has no Parquet yet; run: tapedeck seal ${session}`);
    return openParquetTape(dataDir, session);
  }
  if (from === 'journal' || (await isJournalWhole(dataDir, session)) || !info.sealed) return JournalTape.open(dataDir, session);
  return openParquetTape(dataDir, session);
}

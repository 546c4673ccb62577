import type { Tape } from '#domain';
import { usageError } from '#domain';
import {
  isJournalWhole,
  JournalTape,
  openParquetTape,
  openQuestTape,
  type QuestAddress,
  type SessionInfo,
  sessionInfo,
  sessionNames,
} from '#storage';

export type Store = 'journal' | 'parquet' | 'questdb';

/** A server to read from, and its table of frames. */
export interface QuestStore {
  readonly server: QuestAddress;
  readonly table: string;
}

/**
 * Opens a session's tape. Without `from` the journal where it is whole (every segment there, in its full length), else Parquet.
 * A session in neither store is a usage error that names the ones there are. From `questdb` a session is read as it is there, and must be
 * what its manifest says where the data folder has one.
 */
export async function openTape(dataDir: string, session: string, from?: Store, questdb?: QuestStore): Promise<Tape> {
  if (from === 'questdb') return openFromQuest(dataDir, session, questdb);
  const info = await sessionInfo(dataDir, session);
  if (from === 'parquet') {
    if (!info.sealed) throw usageError('SESSION_NOT_SEALED', `session ${session} has no Parquet yet; run: tapedeck seal ${session}`);
    return openParquetTape(dataDir, session);
  }
  if (from === 'journal' || (await isJournalWhole(dataDir, session)) || !info.sealed) return JournalTape.open(dataDir, session);
  return openParquetTape(dataDir, session);
}

async function openFromQuest(dataDir: string, session: string, questdb: QuestStore | undefined): Promise<Tape> {
  if (questdb === undefined) throw usageError('QUESTDB_ADDRESS_INVALID', 'reading from questdb needs the address of a server');
  const isHere = (await sessionNames(dataDir)).includes(session);
  const expected = isHere ? expectedOf(await sessionInfo(dataDir, session)) : {};
  return openQuestTape(questdb.server, session, { table: questdb.table, ...expected });
}

function expectedOf({ records, tapeDigest }: SessionInfo) {
  return tapeDigest === undefined ? {} : { expected: { records, tapeDigest } };
}

import { usageError } from '#domain';
import { type Disk, journalError } from './journal-disk.ts';
import { lockOwners, type SessionWriter } from './process-lock.ts';
import { type SessionPaths, sessionPaths } from './session-paths.ts';

/** The right to write the files of one session, in this process and no other. */
export interface SessionLock {
  /** May be called again. */
  release(): Promise<void>;
}

/** Takes the lock of a session; `SESSION_LOCKED` (exit code 2) while somebody else writes or seals it. */
export async function lockSession(disk: Disk, paths: SessionPaths): Promise<SessionLock> {
  const { session, sessionDir } = paths;
  const attempt = await disk.lock(sessionDir).catch((error: unknown) => {
    throw journalError(error, `cannot lock ${sessionDir}`);
  });
  if (attempt.kind === 'taken') return lockOf(attempt.release, sessionDir);
  const who = attempt.pid === process.pid ? 'this process' : `process ${attempt.pid}`;
  throw usageError('SESSION_LOCKED', `session "${session}" is being written or sealed by ${who}; wait for it, or use another session name`);
}

/** Processes that have, or left, the lock of a session; none for a session that nobody writes. */
export function sessionWriters(dataDir: string, session: string): Promise<readonly SessionWriter[]> {
  return lockOwners(sessionPaths(dataDir, session).sessionDir);
}

function lockOf(release: () => Promise<void>, sessionDir: string): SessionLock {
  let isReleased = false;
  return {
    async release() {
      // Once: the next writer in this process would have a lock of the same name.
      if (isReleased) return;
      isReleased = true;
      await release().catch((error: unknown) => {
        throw journalError(error, `cannot unlock ${sessionDir}`);
      });
    },
  };
}

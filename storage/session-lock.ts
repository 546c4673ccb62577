import { usageError } from '#domain';
import { type Disk, journalError } from './journal-disk.ts';
import { lockOwners, type SessionWriter, unlockFolder } from './process-lock.ts';
import { type SessionPaths, sessionPaths } from './session-paths.ts';

/** The right to write the files of one session, in this process and no other. */
export interface SessionLock {
  /** May be called again. */
  release(): Promise<void>;
}

/** Takes the lock of a session; `SESSION_LOCKED` (exit code 2) while somebody else writes or seals it. */
export function lockSession(disk: Disk, paths: SessionPaths): Promise<SessionLock> {
  return lock(disk, paths.session, paths.sessionDir);
}

/**
 * Takes the lock of the folder where the sealed copy of a session is made, as `lockSession` does. It is a lock of its own because a session is sealed ahead
 * while its recorder has the lock of the session, and goes on being so when the recorder has given that one back.
 */
export function lockSealing(disk: Disk, paths: SessionPaths): Promise<SessionLock> {
  return lock(disk, paths.session, paths.sealingDir);
}

/** Gives back the lock of a sealer of this process that is no more: a thread that broke takes its locks with it only when its process ends. */
export async function unlockSealing(dataDir: string, session: string): Promise<void> {
  await unlockFolder(sessionPaths(dataDir, session).sealingDir);
}

async function lock(disk: Disk, session: string, folder: string): Promise<SessionLock> {
  const attempt = await disk.lock(folder).catch((error: unknown) => {
    throw journalError(error, `cannot lock ${folder}`);
  });
  if (attempt.kind === 'taken') return lockOf(attempt.release, folder);
  const who = attempt.pid === process.pid ? 'this process' : `process ${attempt.pid}`;
  throw usageError('SESSION_LOCKED', `session "${session}" is being written or sealed by ${who}; wait for it, or use another session name`);
}

/** Processes that have, or left, the lock of a session; none for a session that nobody writes. */
export function sessionWriters(dataDir: string, session: string): Promise<readonly SessionWriter[]> {
  return lockOwners(sessionPaths(dataDir, session).sessionDir);
}

function lockOf(release: () => Promise<void>, folder: string): SessionLock {
  let isReleased = false;
  return {
    async release() {
      // Once: the next writer in this process would have a lock of the same name.
      if (isReleased) return;
      isReleased = true;
      await release().catch((error: unknown) => {
        throw journalError(error, `cannot unlock ${folder}`);
      });
    },
  };
}

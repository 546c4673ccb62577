import { usageError } from '#domain';
import type { Disk } from '../journal-disk.ts';
import type { SessionPaths } from '../session-paths.ts';
import { errorCode } from '../system-error.ts';

const LOCK_TRIES_MAX = 3;

/** The right to make or remove the tables of a session; call what it returns to give it back. `DECODED_LOCKED` (exit code 2). The folder of the lock is where they are made, and goes when nobody uses it. */
export async function lockMaking(disk: Disk, { session, decodingDir }: SessionPaths): Promise<() => Promise<void>> {
  for (let tries = 1; ; tries++) {
    await disk.makeDirectory(decodingDir, { recursive: true });
    const attempt = await disk.lock(decodingDir).catch((error: unknown) => {
      // Whoever had it may have removed the folder in between.
      if (errorCode(error) === 'ENOENT' && tries < LOCK_TRIES_MAX) return undefined;
      throw error;
    });
    if (attempt === undefined) continue;
    if (attempt.kind === 'held')
      throw usageError('DECODED_LOCKED', `process ${attempt.pid} makes or removes decoded tables of session "${session}"; wait for it`);
    return async () => {
      await attempt.release();
      // What is left there, or who, is no concern of this one.
      await disk.removeDirectory(decodingDir).catch(() => undefined);
    };
  }
}

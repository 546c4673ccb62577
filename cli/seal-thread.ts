import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { TapedeckError } from '#domain';
import { sealSession } from './commands/seal.ts';
import type { SealNews, SealOrder } from './seal-news.ts';

// The thread that seals one session while the recorder's thread goes on.

function post(news: SealNews): void {
  parentPort?.postMessage(news);
}

/** The recorder's thread goes first where both want the processor. */
function stepBack(): void {
  try {
    // Linux counts threads as it counts processes, and names the one that asks: PID/task/TID.
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), constants.priority.PRIORITY_LOW);
  } catch {
    // Elsewhere a thread has no priority of its own: it seals with that of the process.
  }
}

stepBack();
const { dataDir, session } = workerData as SealOrder;
try {
  const result = await sealSession(dataDir, session, (rows) => post({ kind: 'progress', rows }));
  post({ kind: 'sealed', result });
} catch (error) {
  const { code, message, exitCode } =
    error instanceof TapedeckError ? error : new TapedeckError('SEAL_FAILED', `session "${session}" was not sealed: ${String(error)}`);
  post({ kind: 'failed', code, message, exitCode });
}

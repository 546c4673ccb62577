import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { TapedeckError } from '#domain';
import { JournalTape, SessionSeal } from '#storage';
import { channelLabel } from '#venues';
import type { SealCommand, SealNews, SealOrder } from './seal-news.ts';

// The thread that seals one session while the recorder's thread goes on: with it, where the session is still recorded.

const { dataDir, session, isOpen = false } = workerData as SealOrder;
/** What the recorder's thread has told. */
let closedSegments = 0;
let isSessionClosed = !isOpen;
let wake: () => void = () => undefined;

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

function listen(): void {
  parentPort?.on('message', (command: SealCommand) => {
    if (command.kind === 'segments-closed') closedSegments = command.segments;
    else isSessionClosed = true;
    wake();
  });
}

/** Seals what is closed, until the session is. A failure costs nothing but the work: it is all done at the end then. */
async function sealAhead(seal: SessionSeal): Promise<void> {
  let hasFailed = false;
  for (let taken = 0; !isSessionClosed; ) {
    if (hasFailed || closedSegments === taken) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    taken = closedSegments;
    try {
      await seal.takeSegments(taken);
    } catch (error) {
      post({ kind: 'ahead-failed', message: error instanceof Error ? error.message : String(error) });
      hasFailed = true;
    }
  }
}

stepBack();
listen();
try {
  const onProgress = (rows: number): void => {
    if (isSessionClosed) post({ kind: 'progress', rows });
  };
  const seal = new SessionSeal(session, { dataDir, channelOf: channelLabel, onProgress });
  await sealAhead(seal);
  post({ kind: 'sealed', result: await seal.finish(await JournalTape.open(dataDir, session)) });
} catch (error) {
  const { code, message, exitCode } =
    error instanceof TapedeckError ? error : new TapedeckError('SEAL_FAILED', `session "${session}" was not sealed: ${String(error)}`);
  post({ kind: 'failed', code, message, exitCode });
} finally {
  parentPort?.close();
}

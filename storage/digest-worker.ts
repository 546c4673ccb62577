import { parentPort, workerData } from 'node:worker_threads';
import type { DigestAnswer, DigestRequest, DigestWorkerData } from './digest-messages.ts';
import { FileDigests } from './file-digests.ts';
import { nodeDisk } from './journal-disk.ts';

// The thread that reads a growing journal back and makes its digests. It only reads: it can be ended at any moment.

const port = parentPort!;
const { journalDir } = workerData as DigestWorkerData;
const digests = new FileDigests(nodeDisk, journalDir, (bytes) => answer({ kind: 'read', bytes }));

function answer(message: DigestAnswer): void {
  port.postMessage(message);
}

async function work({ kind, number, recordsEnd }: DigestRequest): Promise<void> {
  try {
    if (kind === 'advance') {
      await digests.advance(number, recordsEnd);
      answer({ kind: 'advanced' });
    } else {
      answer({ kind: 'closed', closed: await digests.close(number, recordsEnd) });
    }
  } catch (error) {
    answer({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

// One request at a time: the other side waits for the answer.
port.on('message', (request: DigestRequest) => void work(request));

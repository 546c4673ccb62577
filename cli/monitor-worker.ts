import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '#recorder';
import { monitorJournal } from '#replay';
import { VENUES } from '#venues';
import { keepLiveHealth, removeLiveHealth } from './live-health.ts';
import { MONITOR_STOP, type MonitorTask } from './monitor-task.ts';

// The thread that reads a growing journal beside the recorder: decoding must not take time from the sockets. It posts a `TapeHealth` about once a second,
// and ends when the session is closed and read to its end, or when it was told to.

const { dataDir, session, isRecorder = false } = workerData as MonitorTask;
const stopped = new AbortController();

parentPort?.on('message', (message) => {
  if (message === MONITOR_STOP) stopped.abort();
});

await monitorJournal({
  dataDir,
  session,
  venues: VENUES,
  clock: systemClock(),
  onHealth: (health) => {
    parentPort?.postMessage(health);
    if (isRecorder) keepLiveHealth(dataDir, session, health);
  },
  signal: stopped.signal,
});
if (isRecorder) removeLiveHealth(dataDir, session);
// The port would keep the thread alive.
parentPort?.close();

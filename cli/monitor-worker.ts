import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '#recorder';
import { monitorJournal } from '#replay';
import { VENUES } from '#venues';
import { MONITOR_STOP, type MonitorTask } from './monitor-task.ts';

// The thread that reads a growing journal beside the recorder: decoding must not take time from the sockets. It posts a `TapeHealth` about once a second,
// and ends when the session is closed and read to its end, or when it was told to.

const task = workerData as MonitorTask;
const stopped = new AbortController();

parentPort?.on('message', (message) => {
  if (message === MONITOR_STOP) stopped.abort();
});

await monitorJournal({
  ...task,
  venues: VENUES,
  clock: systemClock(),
  onHealth: (health) => parentPort?.postMessage(health),
  signal: stopped.signal,
});
// The port would keep the thread alive.
parentPort?.close();

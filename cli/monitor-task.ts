/** What the monitor's thread is started with. */
export interface MonitorTask {
  readonly dataDir: string;
  readonly session: string;
}

/** The one message to the thread: read what is written by now, and end. */
export const MONITOR_STOP = 'stop';

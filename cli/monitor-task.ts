/** What the monitor's thread is started with. */
export interface MonitorTask {
  readonly dataDir: string;
  readonly session: string;
  /** True of the recorder's own: it leaves its health where `status` finds it. */
  readonly isRecorder?: boolean;
}

/** The one message to the thread: read what is written by now, and end. */
export const MONITOR_STOP = 'stop';

import type { Clock, DelayHistogram, TapeHealth } from '#domain';
import {
  type AlertEvent,
  callHttp,
  HealthDesk,
  type HealthPlan,
  openRecorderLog,
  type RecorderLog,
  type RecordingPlan,
  type RecordingStatus,
  secretsOfHealth,
} from '#recorder';
import { PROTOCOLS } from '#venues';
import { warn } from './output.ts';
import { packageVersion } from './package-root.ts';
import { sessionReport } from './session-report.ts';

/** Reads a tape while it grows and says about once a second what it tells of its health. */
export type StartMonitor = (options: {
  readonly dataDir: string;
  readonly session: string;
  readonly isRecorder: true;
  readonly onHealth: (health: TapeHealth) => void;
}) => { stop(): Promise<void> };

export interface RecordingHealthOptions {
  readonly plan: RecordingPlan;
  readonly health: HealthPlan;
  /** Of the recording as it stands; `undefined` before it begins. A session may be recorded by several, one after the other. */
  readonly status: () => RecordingStatus | undefined;
  readonly commits: () => DelayHistogram | undefined;
  readonly clock: Clock;
  readonly log: RecorderLog;
  /** Absent where nobody reads the tape: pages, log and alerts of the machine work without. */
  readonly startMonitor?: StartMonitor;
}

/** Watches one session of a recording until it is over. */
export interface RecordingHealth {
  /** After `stop` it is in the log only. */
  tell(event: AlertEvent): void;
  /** The session is over, and the next may have its address; `failure` says why it did not end as it should. */
  retire(failure?: string): Promise<void>;
  /** The report is sent, and what waits. */
  stop(failure?: string): Promise<void>;
}

export function startRecordingHealth(options: RecordingHealthOptions): RecordingHealth {
  const { plan, health, status, commits, clock, log, startMonitor } = options;
  const { dataDir, session } = plan;
  const desk = HealthDesk.start({
    plan,
    protocols: PROTOCOLS,
    config: health,
    clock,
    recordingStatus: () => status() ?? notBegun(plan),
    callHttp,
    log,
    makeReport: (signal) => sessionReport(dataDir, session, signal),
    commitSeconds: commits,
    isMonitored: startMonitor !== undefined,
    version: packageVersion(),
  });
  const monitor = startMonitor?.({ dataDir, session, isRecorder: true, onHealth: (tape) => desk.onTapeHealth(tape) });
  // The recording is over and well or not: nothing here may change what it came to.
  const calmly = (what: string, ending: Promise<void> | undefined) =>
    ending?.catch((error: unknown) => log.error(`bug: ${what} did not end`, { reason: String(error) }));
  const retire = async (failure?: string) => {
    await calmly('the monitor', monitor?.stop());
    await calmly('the health desk', desk.retire(failure));
    await log.flush();
  };
  return {
    tell: (event) => desk.tell(event),
    retire,
    async stop(failure) {
      await retire(failure);
      await calmly('the health desk', desk.stop());
      await log.flush();
    },
  };
}

function notBegun({ limits }: RecordingPlan): RecordingStatus {
  const disk = { freeBytes: undefined, freeBytesMin: limits.diskFreeMinBytes, bytesPerSecond: 0, shedTier: Number.POSITIVE_INFINITY };
  return { records: 0, waitingBytes: 0, framesShed: 0, disk, venues: [] };
}

/** The log of one session, in the data folder and on stderr; it never holds a secret of the plan. */
export function openSessionLog(plan: RecordingPlan, health: HealthPlan, clock: Clock): RecorderLog {
  const credentials = plan.venues.flatMap(({ keys }) => keys.flatMap((key) => Object.values(key.credentials)));
  return openRecorderLog({
    dataDir: plan.dataDir,
    clock,
    secrets: [...credentials, ...secretsOfHealth(health)],
    fileBytesMax: health.logBytesMax,
    show: warn,
    base: { session: plan.session },
  });
}

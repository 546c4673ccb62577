import type { Clock } from '#domain';
import type { VenueProtocol } from '#venues';
import type { CallHttp } from '../net/http.ts';
import type { RecordingDraft } from '../plan/plan-recording.ts';
import { checkClocks } from './clock-checks.ts';
import { checkCopyFolder, checkDisk } from './disk-checks.ts';
import type { DoctorCheck } from './doctor-check.ts';
import { checkNode, checkOpenFiles, checkPages, checkPort, checkTimeSync, checkTimeZones, readLimits } from './machine-checks.ts';
import { checkPlan } from './plan-checks.ts';
import { checkSessions } from './session-checks.ts';

export interface ExamineOptions {
  readonly dataDir: string;
  /** Free disk that there should be, bytes. */
  readonly freeBytesMin: number;
  /** What the configuration comes to; without it only the machine and the data folder are looked at. */
  readonly draft?: RecordingDraft;
  readonly protocols: ReadonlyMap<string, VenueProtocol>;
  /** Ports that something of ours is to listen on. */
  readonly ports: readonly number[];
  readonly clock: Clock;
  readonly callHttp: CallHttp;
}

/** Looks at everything a night needs: machine, disk, clock, configuration, secrets, ports, what earlier recordings left. Changes nothing. */
export async function examine(options: ExamineOptions): Promise<readonly DoctorCheck[]> {
  const { dataDir, freeBytesMin, draft, protocols, ports } = options;
  const connections = (draft?.plan.venues ?? []).reduce((sum, venue) => sum + venue.connections.length + venue.polls.length, 0);
  const copyDir = draft?.plan.retention?.copyDir;
  const pages = draft?.health.health.listen;
  return [
    checkNode(process.version),
    checkTimeZones(),
    checkOpenFiles(await readLimits(), connections),
    ...(await checkDisk(dataDir, freeBytesMin)),
    ...(copyDir === undefined ? [] : [await checkCopyFolder(dataDir, copyDir)]),
    ...(draft === undefined ? [] : checkPlan(draft, protocols)),
    await checkTimeSync(),
    ...(draft === undefined ? [] : await checkClocks(draft.plan.venues, options)),
    ...(await Promise.all(ports.map((port) => checkPort(port)))),
    ...(pages === undefined ? [] : [await checkPages(pages)]),
    ...(await checkSessions(dataDir)),
  ];
}

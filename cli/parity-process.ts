import type { ParityReport } from '#replay';
import { runInBackground } from './background-verb.ts';

/** Of `tapedeck parity`: decisions differ. */
const DIFFERENT = 3;
/** A day replays in minutes. A strategy that never ends must not keep a recorder from its end for ever. */
const PARITY_TIME_MAX_MS = 6 * 3_600_000;

/** What `tapedeck parity RUN` finds, in a process of its own: the next session may be recorded by now. Throws `BACKGROUND_FAILED`. */
export async function parityInProcess(dataDir: string, run: string): Promise<ParityReport> {
  const signal = AbortSignal.timeout(PARITY_TIME_MAX_MS);
  const printed = await runInBackground(['parity', run, '--data', dataDir, '--json'], { signal, exitCodes: [DIFFERENT] });
  return JSON.parse(printed) as ParityReport;
}

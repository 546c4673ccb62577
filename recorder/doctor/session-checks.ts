import { listSessions, type SessionInfo, type SessionWriter, sessionWriters } from '#storage';
import { type DoctorCheck, failed, ok, warning } from './doctor-check.ts';

const LISTED_MAX = 20;

/** What earlier recordings left: sessions that were never closed or sealed, damaged ones, locks of processes that are gone. */
export async function checkSessions(dataDir: string): Promise<readonly DoctorCheck[]> {
  const checks: DoctorCheck[] = [];
  const sessions = await listSessions(dataDir);
  for (const info of sessions) {
    const check = checkSession(info, await sessionWriters(dataDir, info.session));
    if (check !== undefined) checks.push(check);
  }
  if (checks.length === 0)
    return [ok('sessions', sessions.length === 0 ? 'there are none yet' : `all ${sessions.length} are closed and sealed`)];
  if (checks.length <= LISTED_MAX) return checks;
  const more = `${checks.length - LISTED_MAX} more sessions are open, unsealed or damaged`;
  return [...checks.slice(0, LISTED_MAX), warning('sessions', more, 'see tapedeck sessions')];
}

function checkSession({ session, state, sealed, problem }: SessionInfo, writers: readonly SessionWriter[]): DoctorCheck | undefined {
  const name = `session ${session}`;
  const running = writers.find(({ isRunning }) => isRunning);
  if (running !== undefined) return ok(name, `is being written or sealed by process ${running.pid}`);
  if (problem !== undefined) return failed(name, `is damaged: ${problem}`, `tapedeck repair ${session}`);
  const lock =
    writers.length === 0 ? '' : `; the lock of process ${writers[0]!.pid}, which is gone, is left and will be removed by the next one`;
  if (state === 'open')
    return warning(name, `was never closed${lock}`, `start its recorder again to go on with it, or close it: tapedeck repair ${session}`);
  if (!sealed) return warning(name, `is closed and not sealed${lock}`, `tapedeck seal ${session}`);
  return lock === '' ? undefined : warning(name, `is closed and sealed${lock}`, 'nothing: it does no harm');
}

import type { VenueProtocol } from '#venues';
import { reportPlan } from '../plan/describe-plan.ts';
import type { RecordingDraft } from '../plan/plan-recording.ts';
import { type DoctorCheck, failed, ok, warning } from './doctor-check.ts';

/** The configuration and its secrets, as the recorder would find them. No value of a secret is ever shown. */
export function checkPlan(draft: RecordingDraft, protocols: ReadonlyMap<string, VenueProtocol>): readonly DoctorCheck[] {
  const { plan, secrets } = draft;
  const problems = draft.problems.filter(({ code }) => code !== 'SECRET_MISSING');
  const connections = plan.venues.reduce((sum, venue) => sum + venue.connections.length, 0);
  const summary = `session ${plan.session}, ${plan.venues.length} venues, ${connections} connections`;
  return [
    ...(problems.length === 0
      ? [ok('configuration', summary)]
      : problems.map(({ message }) => failed('configuration', message, 'change the file; tapedeck config check shows the plan'))),
    ...reportPlan(draft, protocols).notes.map((note) => warning('configuration', note, 'nothing, if that is meant')),
    ...secrets.map(({ venue, key, variable, state, isRequired }) => {
      const name = `secret ${variable}`;
      const whose = `of ${venue}, key ${key}`;
      if (state === 'present') return ok(name, `${whose}, is set`);
      const advice = `set it in the environment or in the file of --env-file: ${variable}=…`;
      if (state === 'empty') return failed(name, `${whose}, is set but empty: the venue would say yes and send nothing`, advice);
      return isRequired ? failed(name, `${whose}, is missing`, advice) : warning(name, `${whose}, is missing`, advice);
    }),
  ];
}

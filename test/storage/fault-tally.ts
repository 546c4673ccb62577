import { appendFileSync } from 'node:fs';

/** How many schedules a test of faults runs: `usual`, or this share of what `TAPEDECK_FAULTS` asks for (`npm run faults`). */
export function scheduleCount(usual: number, share = 1): number {
  const wanted = process.env.TAPEDECK_FAULTS;
  if (wanted === undefined) return usual;
  const count = Number(wanted);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('TAPEDECK_FAULTS must be a whole number above 0');
  return Math.ceil(count * share);
}

/** True when enough schedules ran to expect that each kind of fault happened at least once. */
export function hurtsForSure(schedules: number, usual: number): boolean {
  return schedules >= usual && (process.env.TAPEDECK_SEED ?? '') === '';
}

/** One line of JSON in the file that `TAPEDECK_FAULT_LOG` names: what the schedules of one kind went through. */
export function logTally(what: string, schedules: number, counts: Readonly<Record<string, number>>): void {
  const log = process.env.TAPEDECK_FAULT_LOG;
  if (log !== undefined) appendFileSync(log, `${JSON.stringify({ what, schedules, counts })}\n`);
}

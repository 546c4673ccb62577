import { expect, test } from 'vitest';
import { checkSeedsAsync } from '../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from './fault-tally.ts';
import { newRepairTally, RepairOrdeal } from './repair-ordeal.ts';

// `npm run faults` runs 2,000 schedules.

test('a repair on a faulty disk loses nothing that it could have kept, and ends, in however many lives, as if nothing had happened', async () => {
  const schedules = scheduleCount(75, 0.1);
  const tally = newRepairTally();
  await checkSeedsAsync(schedules, (random) => new RepairOrdeal(random, tally).run());
  logTally('repair', schedules, { ...tally });
  // The schedules are worth nothing when they do not hurt.
  if (!hurtsForSure(schedules, 75)) return;
  for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
});

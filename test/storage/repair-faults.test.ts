import { expect, test } from 'vitest';
import { checkSeedsAsync, randomOf } from '../seeds.ts';
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

test('a segment is written as it was planned, also where session.json knows how long it was (seed 118)', async () => {
  await new RepairOrdeal(randomOf(118), newRepairTally()).run();
});

test('a damaged session.json is kept by whichever repair replaces it (seed 255)', async () => {
  await new RepairOrdeal(randomOf(255), newRepairTally()).run();
});

import { expect, test } from 'vitest';
import { checkSeedsAsync } from '../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from './fault-tally.ts';
import { newSealTally, SealOrdeal } from './seal-ordeal.ts';

// `npm run faults` runs 2,000 schedules.

test('a sealed copy on a faulty disk is whole or not there, names only whole files, and a seal that is done stays done', async () => {
  const schedules = scheduleCount(40, 0.1);
  const tally = newSealTally();
  await checkSeedsAsync(schedules, (random) => new SealOrdeal(random, tally).run());
  logTally('seal', schedules, { ...tally });
  // The schedules are worth nothing when they do not hurt.
  if (!hurtsForSure(schedules, 40)) return;
  for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
});

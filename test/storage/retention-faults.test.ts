import { expect, test } from 'vitest';
import { checkSeedsAsync } from '../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from './fault-tally.ts';
import { newRetentionTally, RetentionOrdeal } from './retention-ordeal.ts';

// `npm run faults` runs 2,000 schedules.

test('retention on a faulty disk removes a journal only after its copies are sure, tells what stood in its way, and ends as if nothing had', async () => {
  const schedules = scheduleCount(75, 0.1);
  const tally = newRetentionTally();
  await checkSeedsAsync(schedules, (random) => new RetentionOrdeal(random, tally).run());
  logTally('retention', schedules, { ...tally });
  // The schedules are worth nothing when they do not hurt.
  if (!hurtsForSure(schedules, 75)) return;
  for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
});

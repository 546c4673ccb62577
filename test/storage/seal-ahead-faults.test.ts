import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkSeedsAsync } from '../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from './fault-tally.ts';
import { newAheadTally, SealAheadOrdeal } from './seal-ahead-ordeal.ts';

// `npm run faults` runs 2,000 schedules.

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a session that is sealed while it is recorded on a faulty disk has the copy that is made afterwards, or none yet', async () => {
  const schedules = scheduleCount(40, 0.1);
  const tally = newAheadTally();
  await checkSeedsAsync(schedules, (random) => new SealAheadOrdeal(random, tally).run());
  logTally('ahead', schedules, { ...tally });
  // The schedules are worth nothing when they do not hurt.
  if (!hurtsForSure(schedules, 40)) return;
  for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkSeedsAsync } from '../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from './fault-tally.ts';
import { JournalOrdeal, newTally } from './journal-ordeal.ts';

// `npm run faults` runs 20,000 schedules.

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a journal on a faulty disk keeps what it acknowledged, holds nothing that was not appended, and tells what went wrong', async () => {
  const schedules = scheduleCount(150);
  const tally = newTally();
  await checkSeedsAsync(schedules, async (random) => {
    await new JournalOrdeal(random, tally).run();
  });
  logTally('journal', schedules, { ...tally });
  // The schedules are worth nothing when they do not hurt.
  if (!hurtsForSure(schedules, 150)) return;
  for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
});

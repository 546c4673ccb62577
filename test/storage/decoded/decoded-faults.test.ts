import { expect, test } from 'vitest';
import { checkSeedsAsync } from '../../seeds.ts';
import { hurtsForSure, logTally, scheduleCount } from '../fault-tally.ts';
import { DecodedOrdeal, newDecodedTally } from './decoded-ordeal.ts';

test('decoded tables on a faulty disk are whole where they are believed, and are made again when the disk works', async () => {
  const schedules = scheduleCount(200, 0.2);
  const tally = newDecodedTally();
  await checkSeedsAsync(schedules, (random) => new DecodedOrdeal(random, tally).run());
  logTally('decoded', schedules, { ...tally });
  if (!hurtsForSure(schedules, 200)) return;
  for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
});

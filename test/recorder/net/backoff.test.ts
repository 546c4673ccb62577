import { expect, test } from 'vitest';
import { Backoff } from '../../../recorder/net/backoff.ts';
import { checkSeeds } from '../../seeds.ts';

const OPTIONS = { minMs: 1_000, maxMs: 60_000, attemptsPerHourMax: 30 };

test('every wait lies between the shortest and a ceiling that doubles up to the longest', () => {
  checkSeeds(200, (random) => {
    const backoff = new Backoff({ ...OPTIONS, random: random.fraction });
    for (let failure = 1; failure <= 12; failure++) {
      const waitMs = backoff.nextWaitMs(0);
      expect(waitMs).toBeGreaterThanOrEqual(1_000);
      expect(waitMs).toBeLessThanOrEqual(Math.min(60_000, 1_000 * 2 ** failure));
    }
  });
});

test('the jitter is full: waits of many clients fill the whole range', () => {
  const waits = Array.from({ length: 200 }, (_, i) => new Backoff({ ...OPTIONS, random: () => i / 200 }).nextWaitMs(0));
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(900);
});

test('success starts again from the shortest wait', () => {
  const backoff = new Backoff({ ...OPTIONS, random: () => 1 });
  for (let i = 0; i < 6; i++) backoff.nextWaitMs(0);
  expect(backoff.nextWaitMs(0)).toBe(60_000);
  backoff.succeed();
  expect(backoff.nextWaitMs(0)).toBe(2_000);
});

test('what the venue asks for is the least, and differs from client to client', () => {
  const low = new Backoff({ ...OPTIONS, random: () => 0 }).nextWaitMs(0, 15_000);
  const high = new Backoff({ ...OPTIONS, random: () => 0.99 }).nextWaitMs(0, 15_000);
  expect(low).toBe(15_000);
  expect(high).toBeGreaterThan(19_000);
  expect(high).toBeLessThan(20_000);
});

test('no hour sees many more attempts than its budget', () => {
  checkSeeds(50, (random) => {
    const backoff = new Backoff({ ...OPTIONS, random: random.fraction });
    const attempts: number[] = [];
    for (let nowMs = 0; nowMs < 6 * 3_600_000; ) {
      backoff.attempt(nowMs);
      attempts.push(nowMs);
      nowMs += backoff.nextWaitMs(nowMs);
    }
    for (const from of attempts) {
      const inHour = attempts.filter((at) => at >= from && at < from + 3_600_000).length;
      expect(inHour).toBeLessThanOrEqual(2 * OPTIONS.attemptsPerHourMax);
    }
  });
});

import { expect, test } from 'vitest';
import { TapePast } from '../../../recorder/health/tape-past.ts';
import { aTape, MINUTE_US, SECOND_US } from './health-bench.ts';

const START_US = 1_795_132_800_000_000;
const HOUR_US = 60 * MINUTE_US;

/** What was told a second, for so long; `records` is the age in seconds. */
function pastOf(seconds: number): TapePast {
  const past = new TapePast();
  for (let second = 0; second <= seconds; second++) {
    const nowUs = START_US + second * SECOND_US;
    past.add(aTape(nowUs, undefined, { records: second }), nowUs);
  }
  return past;
}

test('the past is found by its time, to half a minute lately and to five minutes further back', () => {
  const past = pastOf(3 * 3_600);
  const nowUs = START_US + 3 * HOUR_US;
  const ageOf = (backUs: number) => 3 * 3_600 - past.before(nowUs - backUs)!.records;
  expect(ageOf(10 * MINUTE_US)).toBeGreaterThanOrEqual(600);
  expect(ageOf(10 * MINUTE_US)).toBeLessThanOrEqual(630);
  expect(ageOf(HOUR_US)).toBeGreaterThanOrEqual(3_600);
  expect(ageOf(HOUR_US)).toBeLessThanOrEqual(3_900 + 30);
});

test('what is kept of a long night does not grow', () => {
  expect(pastOf(12 * 3_600).size).toBeLessThanOrEqual(45);
});

test('a past that is shorter than asked for begins where it begins', () => {
  expect(pastOf(60).before(START_US - HOUR_US)?.records).toBe(0);
  expect(new TapePast().before(START_US)).toBeUndefined();
});

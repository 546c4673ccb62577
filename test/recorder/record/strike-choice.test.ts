import { describe, expect, test } from 'vitest';
import { hasMovedPast, middleStrike, nearestStrikes } from '../../../recorder/record/strike-choice.ts';

const STRIKES = [90, 95, 97.5, 100, 102.5, 105, 110].map((strike) => ({ strike, call: `C${strike}`, put: `P${strike}` }));

const choose = (money: number, count: number) => nearestStrikes(STRIKES, money, count).map(({ strike }) => strike);

describe('strikes around the money', () => {
  test('are the nearest, nearest first, the lower of two equally near', () => {
    expect(choose(100.1, 3)).toEqual([100, 102.5, 97.5]);
    expect(choose(100, 3)).toEqual([100, 97.5, 102.5]);
    expect(choose(300, 2)).toEqual([110, 105]);
    expect(choose(100, 99)).toHaveLength(STRIKES.length);
    expect(choose(100, 0)).toEqual([]);
  });

  test('are chosen anew only when the money is more than one strike away, by the spacing of that side', () => {
    expect(hasMovedPast(STRIKES, 100, 102.5)).toBe(false);
    expect(hasMovedPast(STRIKES, 100, 102.51)).toBe(true);
    expect(hasMovedPast(STRIKES, 105, 109.9)).toBe(false);
    expect(hasMovedPast(STRIKES, 105, 102.4)).toBe(true);
    expect(hasMovedPast(STRIKES, 110, 500)).toBe(false);
    expect(hasMovedPast([], 100, 500)).toBe(false);
  });

  test('begin in the middle of the list', () => {
    expect(middleStrike(STRIKES)?.strike).toBe(100);
    expect(middleStrike([])).toBeUndefined();
  });
});

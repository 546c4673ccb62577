import { expect, test } from 'vitest';
import { exponential, logarithm, normalDistribution } from '../../../venues/synthetic/elementary.ts';
import { checkSeeds } from '../../seeds.ts';

/** Values of a table: Abramowitz and Stegun, table 26.1. */
const NORMAL_TABLE: readonly (readonly [x: number, below: number])[] = [
  [0, 0.5],
  [0.5, 0.691462461274013],
  [1, 0.841344746068543],
  [1.5, 0.933192798731142],
  [2, 0.977249868051821],
  [3, 0.99865010196837],
  [4, 0.999968328758167],
];

test('the exponential and the logarithm are as exact as they promise', () => {
  checkSeeds(2_000, (random) => {
    const x = (random.fraction() - 0.5) * 200;
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(2e-15);
    const y = exponential(x);
    expect(Math.abs(logarithm(y) - Math.log(y))).toBeLessThan(1e-15 + 3e-16 * Math.abs(x));
  });
});

test('their ends are where numbers end', () => {
  expect([exponential(0), exponential(-1_000), exponential(1_000)]).toEqual([1, 0, Number.POSITIVE_INFINITY]);
  expect(logarithm(1)).toBe(0);
  for (const x of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(logarithm(x)).toBeNaN();
});

test('the normal distribution is that of the tables, symmetric and never outside of 0 to 1', () => {
  for (const [x, below] of NORMAL_TABLE) expect(Math.abs(normalDistribution(x) - below)).toBeLessThan(1e-14);
  checkSeeds(100, (random) => {
    const x = (random.fraction() - 0.5) * 20;
    expect(Math.abs(normalDistribution(x) + normalDistribution(-x) - 1)).toBeLessThan(2e-14);
    expect(normalDistribution(x)).toBeGreaterThanOrEqual(0);
    expect(normalDistribution(x)).toBeLessThanOrEqual(1);
  });
});

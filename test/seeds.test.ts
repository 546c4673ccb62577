import { afterEach, expect, test, vi } from 'vitest';
import { checkSeeds, checkSeedsAsync, randomOf, seeds } from './seeds.ts';

afterEach(() => vi.unstubAllEnvs());

test('a seed gives the same values again, and another seed others', () => {
  const values = (seed: number) => Array.from({ length: 100 }, randomOf(seed).uint32);
  expect(values(7)).toEqual(values(7));
  expect(values(7)).not.toEqual(values(8));
  expect(values(7)).not.toEqual(values(7 + 4_294_967_296));
  expect(new Set(values(0)).size).toBe(100);
});

test('values keep to their range and fill it', () => {
  const random = randomOf(1);
  const counts = new Map<number, number>();
  for (let i = 0; i < 6000; i++) {
    const value = random.integer(-2, 3);
    counts.set(value, (counts.get(value) ?? 0) + 1);
    const fraction = random.fraction();
    expect(fraction >= 0 && fraction < 1).toBe(true);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect(random.integer(0, Number.MAX_SAFE_INTEGER)).toBeGreaterThan(2 ** 40);
  expect(() => random.pick([])).toThrow('at least one');
});

test('TAPEDECK_SEED runs one seed alone', () => {
  vi.stubEnv('TAPEDECK_SEED', '');
  expect(seeds(3)).toEqual([1, 2, 3]);
  vi.stubEnv('TAPEDECK_SEED', '42');
  expect(seeds(3)).toEqual([42]);
  vi.stubEnv('TAPEDECK_SEED', 'x');
  expect(() => seeds(3)).toThrow('whole number');
});

test('a failing seed is named', async () => {
  vi.stubEnv('TAPEDECK_SEED', '');
  const failAtTwo = ({ seed }: { readonly seed: number }) => {
    if (seed === 2) throw new Error('broken');
  };
  expect(() => checkSeeds(3, failAtTwo)).toThrow('seed 2 (run it alone with TAPEDECK_SEED=2): broken');
  await expect(checkSeedsAsync(3, async (random) => failAtTwo(random))).rejects.toThrow('TAPEDECK_SEED=2');
});

import { expect, test } from 'vitest';
import { evenLadder, indexOptionLadder, krxLadder } from '../../../venues/synthetic/price-ladder.ts';

test('every tick of a ladder is its own price, and prices in between belong to the tick below', () => {
  for (const ladder of [evenLadder(1, 2), evenLadder(5, 1), krxLadder(), indexOptionLadder()]) {
    for (let tick = 1; tick < 9_000; tick++) {
      const price = ladder.priceOf(tick);
      expect(ladder.tickBelow(price)).toBe(tick);
      expect(ladder.priceOf(tick - 1)).toBeLessThan(price);
      expect(ladder.tickBelow((price + ladder.priceOf(tick + 1)) / 2)).toBe(tick);
    }
  }
});

test('the steps of KRX change where the exchange says', () => {
  const { priceOf, tickBelow } = krxLadder();
  const next = (price: number) => priceOf(tickBelow(price) + 1);
  expect([1_999, 2_000, 5_000, 20_000, 50_000, 199_900, 200_000, 499_500, 500_000].map(next)).toEqual([
    2_000, 2_005, 5_010, 20_050, 50_100, 200_000, 200_500, 500_000, 501_000,
  ]);
});

test('options on the index move in steps of 0.01 below ten points and of 0.05 from there', () => {
  const { priceOf, tickBelow } = indexOptionLadder();
  expect([0.02, 9.98, 9.99, 10, 10.05].map((price) => priceOf(tickBelow(price) + 1))).toEqual([0.03, 9.99, 10, 10.05, 10.1]);
});

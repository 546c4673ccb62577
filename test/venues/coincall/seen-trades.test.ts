import { expect, test } from 'vitest';
import { SEEN_TRADES_MAX, SeenTrades } from '../../../venues/coincall/seen-trades.ts';
import { checkSeeds } from '../../seeds.ts';

test('lists that overlap give each trade as often as the fullest list held it', () => {
  checkSeeds(100, (random) => {
    const seen = new SeenTrades();
    const most = new Map<string, number>();
    for (let list = 1; list <= 30; list++) {
      const inList = new Map<string, number>();
      for (let i = random.integer(0, 12); i > 0; i--) {
        const trade = [random.integer(1, 6) * 1000, random.integer(1, 2), random.integer(1, 2), random.pick([1, -1])] as const;
        const key = trade.join();
        const count = (inList.get(key) ?? 0) + 1;
        inList.set(key, count);
        const isNew = count > (most.get(key) ?? 0);
        if (isNew) most.set(key, count);
        expect(seen.isNew(list, ...trade)).toBe(isNew);
      }
    }
  });
});

test('the memory has a limit, and what is older than all it holds counts as seen', () => {
  const seen = new SeenTrades();
  for (let i = 0; i < 5 * SEEN_TRADES_MAX; i++) expect(seen.isNew(i, i * 1000, 1, 1, 1)).toBe(true);
  expect(seen.isNew(0, 1000, 1, 1, 1)).toBe(false);
  expect(seen.isNew(0, 1000, 2, 2, 1)).toBe(false);
  for (let i = 5 * SEEN_TRADES_MAX - SEEN_TRADES_MAX / 2; i < 5 * SEEN_TRADES_MAX; i++)
    expect(seen.isNew(-1, i * 1000, 1, 1, 1)).toBe(false);
});

test('a trade older than the half that stays counts as seen when the memory is full, and harms nothing', () => {
  const seen = new SeenTrades();
  for (let i = 1; i <= SEEN_TRADES_MAX; i++) expect(seen.isNew(i, i * 1000, 1, 1, 1)).toBe(true);
  expect(seen.isNew(-1, 500, 1, 1, 1)).toBe(false);
  for (let i = 1; i <= SEEN_TRADES_MAX; i++) expect(seen.isNew(-2, i * 1000, 1, 1, 1)).toBe(false);
});

import { describe, expect, test } from 'vitest';
import { maxDrawdown, ratios, tradeStatistics } from '../../report/statistics.ts';
import { aCurrency, aTrade, curve } from './run-summaries.ts';

const netted = (...nets: readonly number[]) => nets.map((netMinor) => aTrade({ netMinor }));

describe('trade statistics', () => {
  test('are the figures one gets by hand', () => {
    const figures = tradeStatistics([
      aTrade({ netMinor: 300, entryUs: 0, exitUs: 10, adverseMinor: 40, favourableMinor: 320 }),
      aTrade({ netMinor: -100, entryUs: 10, exitUs: 40, adverseMinor: 120, favourableMinor: 0 }),
      aTrade({ netMinor: -200, entryUs: 40, exitUs: 90, adverseMinor: 200, favourableMinor: 60 }),
      aTrade({ netMinor: 500, entryUs: 90, exitUs: 120, adverseMinor: 0, favourableMinor: 500 }),
      aTrade({ netMinor: 0, entryUs: 120, exitUs: 130, adverseMinor: 10, favourableMinor: 20 }),
    ]);
    expect(figures).toMatchObject({
      count: 5,
      winners: 2,
      winRate: 0.4,
      profitFactor: 800 / 300,
      expectancyMinor: 100,
      payoff: 400 / 150,
      bestMinor: 500,
      worstMinor: -200,
      holdingWinnersUs: 20,
      holdingLosersUs: 40,
      losingStreakMax: 2,
      adverseMeanMinor: 74,
      favourableMeanMinor: 180,
    });
    // Deviations from 100: 200, -200, -300, 400, -100; squares sum to 340,000; over n − 1 = 4 that is 85,000.
    expect(figures.systemQuality).toBeCloseTo((100 / Math.sqrt(85_000)) * Math.sqrt(5), 12);
  });

  test('of no trades are undefined, not zero', () => {
    const { count, winners, losingStreakMax, ...rest } = tradeStatistics([]);
    expect({ count, winners, losingStreakMax }).toEqual({ count: 0, winners: 0, losingStreakMax: 0 });
    for (const [name, value] of Object.entries(rest)) expect(value, name).toBeNaN();
  });

  test('of winners alone have an infinite profit factor and no payoff', () => {
    expect(tradeStatistics(netted(5, 10))).toMatchObject({
      profitFactor: Number.POSITIVE_INFINITY,
      payoff: Number.NaN,
      losingStreakMax: 0,
    });
  });

  test('of losers alone have a profit factor of zero', () => {
    expect(tradeStatistics(netted(-5, -10))).toMatchObject({ profitFactor: 0, winRate: 0, payoff: Number.NaN, losingStreakMax: 2 });
  });

  test('have no system quality where one trade, or trades that are all the same, show no spread', () => {
    for (const trades of [netted(7), netted(7, 7, 7), netted(0, 0)]) expect(tradeStatistics(trades).systemQuality).toBeNaN();
  });

  test('count a trade that ends at zero as neither winner nor loser, and it ends a losing streak', () => {
    expect(tradeStatistics(netted(-1, -1, 0, -1))).toMatchObject({ winners: 0, losingStreakMax: 2, profitFactor: 0 });
  });
});

describe('the maximum drawdown', () => {
  test('runs from the peak before the deepest trough to the sample that is back at the peak', () => {
    expect(maxDrawdown(curve(0, 50, 20, 40, 10, 30, 50, 45, 60))).toEqual({
      maxMinor: 40,
      startUs: 1_000_000,
      troughUs: 4_000_000,
      recoveryUs: 6_000_000,
    });
  });

  test('is the deepest one, not the last one', () => {
    expect(maxDrawdown(curve(100, 0, 100, 60, 100))).toMatchObject({ maxMinor: 100, troughUs: 1_000_000, recoveryUs: 2_000_000 });
    expect(maxDrawdown(curve(100, 60, 100, 0, 90))).toMatchObject({ maxMinor: 100, startUs: 2_000_000, recoveryUs: Number.NaN });
  });

  test('counts from the start when equity never rose above it', () => {
    expect(maxDrawdown(curve(-10, -30, -20))).toEqual({ maxMinor: 30, startUs: 0, troughUs: 1_000_000, recoveryUs: Number.NaN });
  });

  test('is nothing on a rising, a flat and an empty curve', () => {
    for (const equity of [curve(0, 1, 2), curve(0, 0), curve()]) {
      expect(maxDrawdown(equity)).toEqual({ maxMinor: 0, startUs: Number.NaN, troughUs: Number.NaN, recoveryUs: Number.NaN });
    }
  });
});

describe('ratios', () => {
  /** Thirty samples one second apart that go up by 2 and down by 1 in turn. */
  const zigzag = curve(...Array.from({ length: 30 }, (_, i) => Math.ceil(i / 2) * 2 - Math.floor(i / 2)));

  test('are made of the returns on the starting capital', () => {
    const figures = ratios(aCurrency({ startMinor: 1000, netMinor: 16, equity: zigzag }));
    // 29 returns: 15 of +0.002 and 14 of -0.001.
    const mean = (15 * 0.002 - 14 * 0.001) / 29;
    const variance = (15 * (0.002 - mean) * (0.002 - mean) + 14 * (-0.001 - mean) * (-0.001 - mean)) / 28;
    const downside = Math.sqrt((14 * 0.001 * 0.001) / 29);
    const perYear = 365 * 86_400;
    expect(figures).toMatchObject({ sampleUs: 1_000_000, periodsPerYear: perYear, totalReturn: 0.016 });
    expect(figures.sharpe).toBeCloseTo((mean / Math.sqrt(variance)) * Math.sqrt(perYear), 6);
    expect(figures.sortino).toBeCloseTo((mean / downside) * Math.sqrt(perYear), 6);
  });

  test('need a starting capital and thirty samples', () => {
    const noCapital = ratios(aCurrency({ netMinor: 16, equity: zigzag }));
    expect([noCapital.sharpe, noCapital.sortino, noCapital.totalReturn]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    const short = ratios(aCurrency({ startMinor: 1000, netMinor: 16, equity: zigzag.slice(0, 29) }));
    expect([short.sharpe, short.sortino, short.totalReturn]).toEqual([Number.NaN, Number.NaN, 0.016]);
    expect(ratios(aCurrency()).totalReturn).toBeNaN();
  });

  test('of equity that never moved are undefined', () => {
    const flat = ratios(aCurrency({ startMinor: 1000, equity: curve(...Array.from({ length: 30 }, () => 0)) }));
    expect([flat.sharpe, flat.sortino, flat.totalReturn]).toEqual([Number.NaN, Number.NaN, 0]);
  });
});

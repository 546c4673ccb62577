import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { MarketMoment } from '../../../venues/synthetic/market-moment.ts';
import { krxLadder } from '../../../venues/synthetic/price-ladder.ts';
import { LimitedPricing, MoodPricing } from '../../../venues/synthetic/pricing.ts';
import { createRandom } from '../../../venues/synthetic/random.ts';
import { createSyntheticWorld, type SyntheticWorldOptions } from '../../../venues/synthetic/world.ts';
import { checkSeeds } from '../../seeds.ts';

const MINUTE_US = 60_000_000;
/** A Thursday, one minute before stocks open. */
const OPENING_US = kst('2026-10-15T08:59:00');
const ALL = ['krx-stocks', 'krx-derivatives', 'coin-perpetual', 'coin-options'] as const;

function kst(text: string): number {
  return Date.parse(`${text}+09:00`) * 1000;
}

function momentsOf(options: Partial<SyntheticWorldOptions>): readonly MarketMoment[] {
  const world = createSyntheticWorld({ seed: 1, startUs: OPENING_US, durationUs: 6 * MINUTE_US, parts: ALL, ...options });
  return [...world.moments()];
}

function digestOf(options: Partial<SyntheticWorldOptions>): string {
  const hash = createHash('sha256');
  for (const { listing, ...moment } of momentsOf(options)) hash.update(JSON.stringify([listing.symbol, moment]));
  return hash.digest('hex');
}

test('the world of a seed is the one it always was, and another seed has another one', () => {
  // Demos stand on it: a change here is a change of results.
  const digest = digestOf({ seed: 42, durationUs: 3 * MINUTE_US });
  expect(digest).toBe('a0439e94310e9b19be7c616614521ae5fa684a3ac491b7de32cec964dfae7271');
  expect(digestOf({ seed: 43, durationUs: 3 * MINUTE_US })).not.toBe(digest);
});

test('an instrument does the same whatever is listed beside it', () => {
  const samsung = (parts: SyntheticWorldOptions['parts']) =>
    momentsOf({ parts })
      .filter(({ listing }) => listing.symbol === '005930')
      .map(({ timeUs, sums }) => [timeUs, sums.volume, sums.lastPrice]);
  expect(samsung(['krx-stocks'])).toEqual(samsung(ALL));
});

test('times never go back and are whole milliseconds', () => {
  let lastUs = 0;
  for (const { timeUs } of momentsOf({})) {
    expect(timeUs).toBeGreaterThanOrEqual(lastUs);
    expect(timeUs % 1000).toBe(0);
    lastUs = timeUs;
  }
});

test('the trades of a session add up to its volume, value and range', () => {
  const sums = new Map<string, { volume: number; high: number; low: number }>();
  for (const moment of momentsOf({})) {
    for (const { price, size, sums: after } of moment.trades) {
      const known = sums.get(moment.listing.symbol) ?? { volume: 0, high: price, low: price };
      known.volume += size;
      known.high = Math.max(known.high, price);
      known.low = Math.min(known.low, price);
      sums.set(moment.listing.symbol, known);
      expect(after.volume).toBeCloseTo(known.volume, 6);
      expect([after.highPrice, after.lowPrice, after.lastPrice]).toEqual([known.high, known.low, price]);
    }
  }
  expect(sums.size).toBeGreaterThan(30);
});

test('books are never crossed, never empty while open, and count at least one order a level', () => {
  const wrong = momentsOf({}).filter(({ phase, bids, asks }) => {
    const isSound = [...bids.levels, ...asks.levels].every(({ size, orders }) => size > 0 && orders >= 1 && orders <= size * 1_000);
    return phase !== 'closed' && !(isSound && bids.levels[0]!.price < asks.levels[0]!.price);
  });
  expect(wrong.map(({ listing, timeUs }) => [listing.symbol, timeUs])).toEqual([]);
});

test('stocks open with one trade of the auction at the price that was expected', () => {
  const moments = momentsOf({ parts: ['krx-stocks'] });
  for (const symbol of ['005930', '000660', '035720', '247540']) {
    const own = moments.filter(({ listing }) => listing.symbol === symbol);
    const open = own.findIndex(({ trades }) => trades.length > 0);
    const before = own[open - 1]!;
    expect(own.slice(0, open).every(({ phase }) => phase === 'opening-auction')).toBe(true);
    expect(own[open]!.timeUs).toBe(kst('2026-10-15T09:00:00'));
    expect(own[open]!.trades).toMatchObject([{ price: before.expectedPrice, size: before.expectedSize, side: 0, condition: 'auction' }]);
  }
});

test('a stock that moves ten percent is interrupted for two minutes of auction, and goes on at its price', () => {
  checkSeeds(6, (random) => {
    const moments = momentsOf({ seed: random.uint32(), parts: ['krx-stocks'] }).filter(({ listing }) => listing.hasNews === true);
    const on = moments.findIndex(({ interruption }) => interruption?.isOn === true);
    const off = moments.findIndex(({ interruption }) => interruption?.isOn === false);
    expect(on).toBeGreaterThan(0);
    expect(off).toBeGreaterThan(on);
    const { price, referencePrice, triggeredAtUs } = moments[on]!.interruption!;
    expect(Math.abs(price / referencePrice - 1)).toBeGreaterThanOrEqual(0.1);
    const between = moments.slice(on + 1, off);
    expect(between.every(({ trades, isInterrupted, expectedPrice }) => trades.length === 0 && isInterrupted && expectedPrice > 0)).toBe(
      true,
    );
    const { releasedAtUs } = moments[off]!.interruption!;
    expect(releasedAtUs - triggeredAtUs).toBeGreaterThan(2 * MINUTE_US);
    expect(releasedAtUs - triggeredAtUs).toBeLessThanOrEqual(2.5 * MINUTE_US);
    expect(moments[off]!.trades).toMatchObject([{ condition: 'auction', price: between.at(-1)!.expectedPrice }]);
  });
});

test('prices of stocks stay on the ladder and within thirty percent of the last close, whatever happens', () => {
  const stocks = [{ code: '123450', name: 'A', segment: 'kosdaq', previousClose: 19_900, hasNews: true }] as const;
  const moments = momentsOf({ stocks, parts: ['krx-stocks'], durationUs: 30 * MINUTE_US });
  const wrong = moments.filter(({ previousClose, lowestPrice, highestPrice, trades, bids, asks, listing }) => {
    const isOnLadder = (price: number) => listing.ladder.priceOf(listing.ladder.tickBelow(price)) === price;
    const areLimits = lowestPrice >= previousClose * 0.7 && highestPrice <= previousClose * 1.3 + 1e-9;
    const prices = [...trades, ...bids.levels, ...asks.levels].map(({ price }) => price);
    return !(areLimits && prices.every((price) => isOnLadder(price) && price >= lowestPrice && price <= highestPrice));
  });
  expect(wrong.map(({ timeUs }) => timeUs)).toEqual([]);
  expect(moments.length).toBeGreaterThan(1_000);
});

test('a price that wants beyond its limit stays at it', () => {
  const ladder = krxLadder();
  const random = createRandom(1);
  const limited = new LimitedPricing(new MoodPricing(random, 10_000), ladder);
  limited.setLimits(11_000, 12_000);
  limited.advance(0);
  expect(limited.fairPrice).toBe(11_000);
  limited.setLimits(7_000, 9_000);
  // One step below, so that the best ask is the limit itself.
  expect(limited.fairPrice).toBe(8_990);
});

test('the day ends with an auction at half past three, and the next one knows its close', () => {
  const evening = momentsOf({ startUs: kst('2026-10-15T15:19:00'), durationUs: 12 * MINUTE_US, parts: ['krx-stocks'] });
  const last = evening.filter(({ listing }) => listing.symbol === '005930').at(-1)!;
  expect([last.phase, last.timeUs]).toEqual(['closed', kst('2026-10-15T15:30:00')]);
  expect(last.trades).toMatchObject([{ condition: 'auction' }]);
  // Friday evening to Monday morning: nothing is said in between.
  const weekend = momentsOf({ startUs: kst('2026-10-16T15:29:00'), durationUs: (65 * 60 + 5) * MINUTE_US, parts: ['krx-stocks'] });
  const own = weekend.filter(({ listing }) => listing.symbol === '005930');
  const close = own.find(({ phase }) => phase === 'closed')!.sums.lastPrice;
  const monday = own.find(({ timeUs }) => timeUs > kst('2026-10-19T00:00:00'))!;
  expect([monday.phase, monday.timeUs, monday.previousClose, monday.sums.volume]).toEqual([
    'opening-auction',
    kst('2026-10-19T08:30:00'),
    close,
    0,
  ]);
});

test('derivatives trade by day and by night, each with an auction and sums of its own', () => {
  const day = momentsOf({ startUs: kst('2026-10-15T15:30:00'), durationUs: 16 * MINUTE_US, parts: ['krx-derivatives'] });
  expect(new Set(day.map(({ phase }) => phase))).toEqual(new Set(['regular', 'closing-auction', 'closed']));
  const night = momentsOf({ startUs: kst('2026-10-15T17:58:00'), durationUs: 4 * MINUTE_US, parts: ['krx-derivatives'] });
  expect(new Set(night.map(({ session }) => session))).toEqual(new Set(['night']));
  const open = night.find(({ listing, trades }) => listing.kind === 'option' && trades.length > 0)!;
  expect([open.timeUs, open.trades[0]!.condition]).toEqual([kst('2026-10-15T18:00:00'), 'auction']);
});

test('options of one strike keep call and put together, and their greeks within bounds', () => {
  let checked = 0;
  const deltas = new Map<string, number>();
  for (const { listing, option, timeUs } of momentsOf({})) {
    if (option === undefined) continue;
    const isCall = listing.optionType === 'call';
    expect(isCall ? option.delta : -option.delta).toBeGreaterThanOrEqual(0);
    expect(isCall ? option.delta : -option.delta).toBeLessThanOrEqual(1);
    expect(option.impliedVolatility).toBeGreaterThan(0.03);
    const key = `${timeUs} ${listing.strike} ${listing.expiryUs}`;
    const other = deltas.get(key);
    if (other !== undefined) checked += Math.abs(Math.abs(other) + Math.abs(option.delta) - 1) < 0.02 ? 1 : 0;
    deltas.set(key, option.delta);
  }
  // Both sides of a strike speak together when the market begins.
  expect(checked).toBeGreaterThan(5);
});

test('a chain that expires while the market lasts is not listed, a contract that expires falls silent', () => {
  const endUs = OPENING_US + 3 * 24 * 60 * MINUTE_US;
  const world = createSyntheticWorld({ seed: 1, startUs: OPENING_US, durationUs: endUs - OPENING_US, parts: ['coin-options'] });
  expect(world.listings.every(({ expiryUs = 0 }) => expiryUs > endUs)).toBe(true);
  const lastDay = momentsOf({ startUs: kst('2026-12-10T15:15:00'), durationUs: 10 * MINUTE_US, parts: ['krx-derivatives'] });
  const future = lastDay.filter(({ listing }) => listing.kind === 'future');
  expect(future.at(-1)!.listing.maturity).toBe('202612');
  expect(future.at(-1)!.timeUs).toBeLessThan(kst('2026-12-10T15:20:00'));
});

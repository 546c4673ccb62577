import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type BookEvent, type EventListener, EventRegister, type MarketEvent, SymbolTable } from '#domain';
import {
  createSyntheticMarket,
  cryptoPair,
  krxStock,
  type SyntheticMarketOptions,
  type SyntheticSymbol,
} from '../../../venues/synthetic/market.ts';
import { checkSeeds } from '../../seeds.ts';

const MINUTE_US = 60_000_000;
const START_US = 1_767_225_600_000_000;

interface Heard {
  readonly stepUs: number;
  readonly event: MarketEvent;
}

/** Plays a market and hands over each event while it is valid. */
function play(
  options: Partial<SyntheticMarketOptions> & { readonly symbols: readonly SyntheticSymbol[] },
  hear: (heard: Heard) => void,
): void {
  const market = createSyntheticMarket({ seed: 1, table: new SymbolTable(), startUs: START_US, durationUs: 10 * MINUTE_US, ...options });
  let stepUs = 0;
  const refuse = (_channel: string, reason = '') => expect.unreachable(reason);
  const listener: EventListener = {
    onEvent: (event) => hear({ stepUs, event }),
    onDecodeFailure: refuse,
    onUndecoded: refuse,
    onDrift: refuse,
  };
  const register = new EventRegister(listener);
  for (const step of market.steps()) {
    stepUs = step.timeUs;
    step.say(register);
  }
}

function digestOf(options: Partial<SyntheticMarketOptions>): string {
  const hash = createHash('sha256');
  play({ symbols: [cryptoPair('BTCUSDT', 60_000), krxStock('005930', 70_000)], ...options }, ({ stepUs, event }) => {
    const levels = event.kind === 'book' ? levelsOf(event) : [];
    hash.update(JSON.stringify([stepUs, event.kind === 'book' ? [event.firstUpdateId, event.lastUpdateId] : event, levels]));
  });
  return hash.digest('hex');
}

function levelsOf({ levels }: BookEvent): readonly (readonly [number, number, number])[] {
  return Array.from({ length: levels.count }, (_, i) => [levels.side[i]!, levels.price[i]!, levels.size[i]!] as const);
}

/** A book rebuilt from messages alone. */
class Rebuilt {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply(book: BookEvent): void {
    if (book.isSnapshot) {
      this.bids.clear();
      this.asks.clear();
    }
    for (const [side, price, size] of levelsOf(book)) {
      const levels = side === 1 ? this.bids : this.asks;
      if (size === 0) levels.delete(price);
      else levels.set(price, size);
    }
  }

  get bestBid(): number {
    return Math.max(...this.bids.keys());
  }

  get bestAsk(): number {
    return Math.min(...this.asks.keys());
  }
}

test('the same seed gives the same market, another seed another one', () => {
  expect(digestOf({ seed: 5 })).toBe(digestOf({ seed: 5 }));
  expect(digestOf({ seed: 5 })).not.toBe(digestOf({ seed: 6 }));
});

test('the market of a seed is the one it always was', () => {
  // Demos and their run hashes stand on it: a change here is a change of results.
  expect(digestOf({ seed: 42, dayPattern: 'u-shape' })).toBe('eddf952f33c1406101759fd6f62b81d2f6cb34c68c7a1fafa3c4673cbdfd14f6');
});

test('books are never crossed, never thin, and quotes are their best levels at the same update id', () => {
  checkSeeds(12, (random) => {
    const symbols = random.pick([
      [cryptoPair('BTCUSDT', 60_000)],
      [cryptoPair('DOGEUSDT', 0.35, 'binance-usdm')],
      [krxStock('005930', 199_900)],
    ]);
    const book = new Rebuilt();
    let updateId = Number.NaN;
    let quotes = 0;
    play({ seed: random.uint32(), durationUs: 2 * MINUTE_US, symbols }, ({ event }) => {
      if (event.kind === 'book') {
        book.apply(event);
        updateId = event.lastUpdateId;
        expect(book.bestBid).toBeLessThan(book.bestAsk);
        expect(Math.min(book.bids.size, book.asks.size)).toBeGreaterThanOrEqual(10);
      } else if (event.kind === 'quote') {
        quotes++;
        expect([event.bidPrice, event.bidSize]).toEqual([book.bestBid, book.bids.get(book.bestBid)]);
        expect([event.askPrice, event.askSize]).toEqual([book.bestAsk, book.asks.get(book.bestAsk)]);
        expect(event.updateId).toEqual(updateId);
      }
    });
    expect(quotes).toBeGreaterThan(50);
  });
});

test('update ids and trade ids have no gap, and times never go back', () => {
  checkSeeds(5, (random) => {
    const lastUpdate = new Map<number, number>();
    const lastTrade = new Map<number, number>();
    let lastUs = 0;
    play(
      { seed: random.uint32(), durationUs: 2 * MINUTE_US, symbols: [cryptoPair('BTCUSDT', 60_000), cryptoPair('ETHUSDT', 3_000)] },
      ({ stepUs, event }) => {
        expect(stepUs).toBeGreaterThanOrEqual(lastUs);
        expect(stepUs % 1000).toBe(0);
        lastUs = stepUs;
        if (event.kind === 'book') {
          if (!event.isSnapshot) expect(event.firstUpdateId).toBe(lastUpdate.get(event.symbol)! + 1);
          lastUpdate.set(event.symbol, event.lastUpdateId);
        } else if (event.kind === 'trade') {
          const last = lastTrade.get(event.symbol);
          if (last !== undefined) expect(event.tradeId).toBe(last + 1);
          lastTrade.set(event.symbol, Number(event.tradeId));
        }
      },
    );
    expect(lastTrade.size).toBe(2);
  });
});

test('futures join their first delta by an overlap and every other one by the previous id', () => {
  let last = Number.NaN;
  let isFirst = true;
  play({ symbols: [cryptoPair('BTCUSDT', 60_000, 'binance-usdm')] }, ({ event }) => {
    if (event.kind !== 'book') return;
    if (!event.isSnapshot && isFirst) expect(event.firstUpdateId <= last && last <= event.lastUpdateId).toBe(true);
    else if (!event.isSnapshot) expect(event.previousUpdateId).toBe(last);
    if (!event.isSnapshot) isFirst = false;
    last = event.lastUpdateId;
  });
});

test('trades hit levels that the book held before them', () => {
  const book = new Rebuilt();
  let traded = 0;
  play({ symbols: [cryptoPair('BTCUSDT', 60_000)] }, ({ event }) => {
    if (event.kind === 'book') book.apply(event);
    if (event.kind !== 'trade') return;
    traded++;
    expect((event.side === 1 ? book.asks : book.bids).has(event.price)).toBe(true);
    expect(event.size).toBeGreaterThan(0);
  });
  expect(traded).toBeGreaterThan(500);
});

test('a Korean stock trades whole shares at prices KRX allows, and counts its volume', () => {
  checkSeeds(5, (random) => {
    const startPrice = random.pick([1_995, 4_990, 19_950, 49_900, 199_900, 499_500]);
    let volume = 0;
    play({ seed: random.uint32(), durationUs: 2 * MINUTE_US, symbols: [krxStock('005930', startPrice)] }, ({ event }) => {
      if (event.kind !== 'trade') return;
      volume += event.size;
      expect(event.cumulativeVolume).toBe(volume);
      expect(Number.isInteger(event.size)).toBe(true);
      const step =
        event.price < 2_000
          ? 1
          : event.price < 5_000
            ? 5
            : event.price < 20_000
              ? 10
              : event.price < 50_000
                ? 50
                : event.price < 200_000
                  ? 100
                  : event.price < 500_000
                    ? 500
                    : 1_000;
      expect(event.price % step, `${event.price}`).toBe(0);
    });
    expect(volume).toBeGreaterThan(0);
  });
});

test('prices move, and busy minutes follow busy minutes', () => {
  const volumes: number[] = [];
  const closes: number[] = [];
  play({ seed: 3, durationUs: 180 * MINUTE_US, symbols: [cryptoPair('BTCUSDT', 60_000)] }, ({ event }) => {
    if (event.kind !== 'trade') return;
    const minute = Math.floor((event.venueTimeUs - START_US) / MINUTE_US);
    volumes[minute] = (volumes[minute] ?? 0) + event.size;
    closes[minute] = event.price;
  });
  expect(closes.length).toBe(180);
  expect(Math.max(...closes) / Math.min(...closes)).toBeGreaterThan(1.01);
  expect(Math.max(...closes) / Math.min(...closes)).toBeLessThan(1.5);
  const mean = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
  const covariance = (lag: number) =>
    volumes.slice(lag).reduce((sum, volume, i) => sum + (volume - mean) * (volumes[i]! - mean), 0) / (volumes.length - lag);
  expect(covariance(1) / covariance(0)).toBeGreaterThan(0.3);
});

import { expect, test } from 'vitest';
import type { OrderIntent } from '../../domain/index.ts';
import type { ModelSettings } from '../../engine/models/models.ts';
import { checkSeeds, type Random } from '../seeds.ts';
import { BrokerDesk, STOCK } from './paper-broker-desk.ts';

const USDT_PERPETUAL = { venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'perpetual', currency: 'USDT', multiplier: 0.01 } as const;

function aPrice(random: Random): number {
  return random.integer(9_500, 10_500) / 100;
}

function anIntent(random: Random): OrderIntent {
  const kind = random.pick(['market', 'limit', 'stop', 'stop-limit'] as const);
  return {
    symbol: 0,
    side: random.pick(['buy', 'sell'] as const),
    kind,
    size: random.integer(1, 5_000) / 1000,
    reduceOnly: random.chance(0.3),
    ...(kind === 'limit' || kind === 'stop-limit' ? { limitPrice: aPrice(random) } : {}),
    ...(kind === 'stop' || kind === 'stop-limit' ? { stopPrice: aPrice(random) } : {}),
  };
}

function someSettings(random: Random): ModelSettings {
  return {
    fees: { model: 'venue' },
    latency: { orderUs: random.integer(0, 2_000_000), cancelUs: random.integer(0, 2_000_000) },
    queue: { model: random.pick(['behind-queue', 'trade-through', 'optimistic-touch'] as const) },
    fill: { share: random.pick([1, 0.5, 0.1]), marketRest: random.pick(['wait', 'cancel'] as const) },
    slippage: random.chance(0.5) ? { model: 'none' } : { model: 'fixed-bps', bps: random.integer(0, 100) },
  };
}

function moveMarket(desk: BrokerDesk, random: Random, sources: readonly string[]): void {
  const middle = aPrice(random);
  const size = random.integer(1, 3_000) / 1000;
  switch (random.pick(sources)) {
    case 'book':
      desk.book.isKnown = random.chance(0.9);
      desk.show([[(middle * 100 - 50) / 100, size]], [[middle + 0.5, size]]);
      break;
    case 'quote':
      desk.quote(middle - 1, middle + 1, size, random.chance(0.1) ? Number.NaN : size);
      break;
    case 'bar':
      desk.bar(middle, middle + 2, middle - 2, middle + 1, { volume: size });
      break;
    default:
      desk.trade(middle, size, random.pick([1, -1, 0] as const));
  }
  desk.ledger.mark(0, middle);
  if (random.chance(0.05)) desk.restricted.add(0);
  else desk.restricted.clear();
}

// The desk checks the ledger's balance after every fill.
test('random orders in a random market keep the ledger balanced and lose no order', () => {
  let fills = 0;
  checkSeeds(100, (random) => {
    const desk = new BrokerDesk(someSettings(random), random.chance(0.5) ? STOCK : USDT_PERPETUAL);
    const sources = random.pick([['trade'], ['bar'], ['quote', 'trade'], ['book', 'quote', 'trade']]);
    let submitted = 0;
    for (let step = 0; step < 200; step++) {
      if (random.chance(0.4)) submitted = desk.submit(anIntent(random)).id;
      if (random.chance(0.1) && submitted > 0) desk.broker.cancel(random.integer(1, submitted), desk.nowUs);
      moveMarket(desk, random, sources);
      desk.ledger.checkBalance();
    }
    checkOrders(desk, submitted);
    fills += desk.fills.length;
  });
  expect(fills).toBeGreaterThan(1000);
});

/** Every order is open, or ended once; what filled is what the ledger holds. */
function checkOrders(desk: BrokerDesk, submitted: number): void {
  const ended = desk.log.filter((line) => /^\d+ (filled|cancelled|rejected)$/.test(line)).map((line) => Number(line.split(' ')[0]));
  const open = desk.broker.openOrders().map(({ id }) => id);
  expect([...ended, ...open].sort((a, b) => a - b)).toEqual(Array.from({ length: submitted }, (_, index) => index + 1));
  const thousandths = desk.fills.reduce((sum, { side, size }) => sum + Math.round(size * 1e6) * (side === 'buy' ? 1 : -1), 0);
  expect(desk.ledger.position(0).size).toBe(thousandths / 1e6);
  for (const order of desk.broker.openOrders()) {
    const filled = desk.fills.filter(({ orderId }) => orderId === order.id).reduce((sum, { size }) => sum + Math.round(size * 1e6), 0);
    expect(order.filledSize).toBe(filled / 1e6);
    expect(order.filledSize).toBeLessThan(order.size);
  }
}

import { describe, expect, test } from 'vitest';
import { BrokerDesk } from './paper-broker-desk.ts';

const BIDS = [
  [99, 5],
  [98, 10],
] as const;
const ASKS = [
  [101, 5],
  [102, 10],
] as const;

describe('when an order reaches the market', () => {
  test('it never fills on data of the record that caused it', () => {
    const desk = new BrokerDesk();
    desk.trade(100);
    desk.submit({});
    desk.tradeNow(100);
    expect(desk.take()).toEqual([]);
    desk.trade(101);
    expect(desk.take()).toEqual(['1 taker 1 @ 101', '1 filled']);
  });

  test('a second call for the same record does not make a new one', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.broker.onRecord(desk.sequence, desk.nowUs);
    desk.tradeNow(100);
    expect(desk.take()).toEqual([]);
  });

  test.each([
    [9_999, []],
    [10_000, ['1 taker 1 @ 100', '1 filled']],
  ])('with a latency of 10 ms a record %i µs later gives %j', (afterUs, expected) => {
    const desk = new BrokerDesk({ latency: { orderUs: 10_000 } });
    desk.submit({});
    desk.trade(100, 1000, 0, {}, afterUs);
    expect(desk.take()).toEqual(expected);
  });

  test('a cancel travels too, and until it arrives the order fills', () => {
    const desk = new BrokerDesk({ latency: { orderUs: 0, cancelUs: 2_000_000 } });
    desk.submit({ kind: 'limit', limitPrice: 95, size: 3 });
    desk.trade(100);
    expect(desk.take()).toEqual(['1 resting']);
    expect(desk.broker.cancel(1, desk.nowUs)).toBe(true);
    expect(desk.broker.cancel(1, desk.nowUs)).toBe(false);
    desk.trade(94, 1);
    expect(desk.take()).toEqual(['1 maker 1 @ 95']);
    desk.trade(94, 1);
    expect(desk.take()).toEqual(['1 cancel: cancelled by the strategy', '1 cancelled']);
    expect(desk.broker.openOrders()).toEqual([]);
  });

  test('a cancel never takes effect within its own record', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 95 });
    desk.trade(100);
    desk.broker.cancel(1, desk.nowUs);
    desk.broker.onRecord(desk.sequence, desk.nowUs);
    expect(desk.broker.openOrders()).toHaveLength(1);
  });

  test('cancelAll takes one symbol or all', () => {
    const desk = new BrokerDesk();
    desk.submit({ symbol: 0 });
    desk.submit({ symbol: 1 });
    desk.submit({ symbol: 1 });
    expect(desk.broker.cancelAll(desk.nowUs, 1)).toBe(2);
    desk.record();
    expect(desk.broker.openOrders().map(({ id }) => id)).toEqual([1]);
  });

  test('an impossible order is rejected with its reason', () => {
    const desk = new BrokerDesk();
    expect(desk.submit({ size: Number.NaN }).state).toBe('rejected');
    expect(desk.submit({ kind: 'limit' }).state).toBe('rejected');
    expect(desk.take()).toEqual([
      '1 rejection: the size must be above 0, not NaN',
      '1 rejected',
      '2 rejection: a limit order needs a limitPrice above 0, not undefined',
      '2 rejected',
    ]);
    expect(desk.broker.openOrders()).toEqual([]);
  });

  test('open orders are listed in order of submission, with what was filled', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 90, size: 5, tag: 'a' });
    desk.submit({ kind: 'limit', limitPrice: 95, size: 5 });
    desk.trade(100);
    desk.trade(89, 7);
    expect(desk.broker.openOrders(0).map(({ id, state, filledSize }) => [id, state, filledSize])).toEqual([[1, 'resting', 2]]);
    expect(desk.broker.openOrders(1)).toEqual([]);
  });
});

describe('against a book', () => {
  test('a market order sweeps the levels and waits for the rest', () => {
    const desk = new BrokerDesk();
    desk.submit({ size: 20 }, 100);
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual(['1 taker 5 @ 101', '1 taker 10 @ 102', '1 resting']);
    desk.show(BIDS, [[103, 50]]);
    expect(desk.take()).toEqual(['1 taker 5 @ 103', '1 filled']);
    expect(desk.fills[0]!.midPrice).toBe(100);
  });

  test('the rest of a market order is cancelled when the model says so', () => {
    const desk = new BrokerDesk({ fill: { marketRest: 'cancel' } });
    desk.submit({ side: 'sell', size: 20 });
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual(['1 taker 5 @ 99', '1 taker 10 @ 98', '1 cancel: the visible liquidity was used up', '1 cancelled']);
  });

  test('a marketable limit order takes up to its price and rests with what is left', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 101, size: 8 });
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual(['1 taker 5 @ 101', '1 resting']);
    expect(desk.broker.openOrders()[0]).toMatchObject({ filledSize: 5, state: 'resting' });
  });

  test('what we took of a level does not come back before the tape changes it', () => {
    const desk = new BrokerDesk();
    desk.submit({ size: 3 });
    desk.show(BIDS, ASKS);
    desk.submit({ size: 4 });
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual(['1 taker 3 @ 101', '1 filled', '2 taker 2 @ 101', '2 taker 2 @ 102', '2 filled']);
    desk.submit({ size: 4 });
    desk.show(BIDS, [
      [101, 6],
      [102, 10],
    ]);
    expect(desk.take()).toEqual(['3 taker 4 @ 101', '3 filled']);
  });

  test('trades and quotes do not fill takers while the book is known, and quotes do while it is not', () => {
    const desk = new BrokerDesk();
    desk.show(BIDS, ASKS);
    desk.submit({});
    desk.trade(100);
    desk.quote(99, 101);
    expect(desk.take()).toEqual([]);
    desk.book.isKnown = false;
    desk.quote(99, 101);
    expect(desk.take()).toEqual(['1 taker 1 @ 101', '1 filled']);
  });

  test('an unknown book fills nothing', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.book.isKnown = false;
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual([]);
  });

  test('slippage makes takers worse, but never worse than their limit', () => {
    const desk = new BrokerDesk({ slippage: { model: 'fixed-bps', bps: 100 } });
    desk.submit({ size: 1 });
    desk.submit({ kind: 'limit', limitPrice: 101.5, size: 1 });
    desk.submit({ side: 'sell', size: 1 });
    desk.show(BIDS, ASKS);
    expect(desk.fills.map(({ price }) => price)).toEqual([102.01, 101.5, 98.01]);
  });
});

describe('against quotes', () => {
  test('a market order takes the size of the quote and waits for the next', () => {
    const desk = new BrokerDesk();
    desk.submit({ size: 7 });
    desk.quote(99, 101, 5, 5);
    desk.quote(99, 101, 5, 5);
    desk.quote(99, 102, 5, 5);
    expect(desk.take()).toEqual(['1 taker 5 @ 101', '1 resting', '1 taker 2 @ 102', '1 filled']);
  });

  test('a quote without a size is enough for any order', () => {
    const desk = new BrokerDesk();
    desk.submit({ side: 'sell', size: 1000 });
    desk.quote(99, 101, Number.NaN, Number.NaN);
    expect(desk.take()).toEqual(['1 taker 1000 @ 99', '1 filled']);
  });

  test('an empty side fills nothing', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.quote(99, Number.NaN, 5, Number.NaN);
    expect(desk.take()).toEqual(['1 resting']);
  });
});

describe('against trades', () => {
  test('a market order fills at the price of the next trades, up to our part of their size', () => {
    const desk = new BrokerDesk({ fill: { share: 0.5 } });
    desk.submit({ size: 4 });
    desk.trade(100, 5);
    desk.trade(101, 1);
    desk.trade(102, 100);
    expect(desk.take()).toEqual(['1 taker 2 @ 100', '1 resting', '1 taker 2 @ 102', '1 filled']);
  });

  test('two orders share one print, the better price first', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 98, size: 5 });
    desk.submit({ kind: 'limit', limitPrice: 99, size: 5 });
    desk.trade(100);
    desk.take();
    desk.trade(97, 7);
    expect(desk.take()).toEqual(['2 maker 5 @ 99', '2 filled', '1 maker 2 @ 98']);
  });

  test('a limit order that arrives takes what a buyer found at a better price', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 100, size: 2 });
    desk.trade(98, 1, 1);
    desk.trade(98, 5, 1);
    expect(desk.take()).toEqual(['1 taker 1 @ 98', '1 resting', '1 maker 1 @ 100', '1 filled']);
  });

  test('a print outside the market fills and triggers nothing', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.submit({ kind: 'stop', stopPrice: 90 });
    desk.trade(100, 10, 0, { condition: 'off-book' });
    desk.record();
    expect(desk.take()).toEqual(['2 resting']);
  });
});

describe('stop orders', () => {
  test.each([
    ['buy', 109, 110],
    ['sell', 91, 90],
  ] as const)('a %s stop triggers at its price and fills from the next record on', (side, before, at) => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop', side, stopPrice: at });
    desk.trade(before);
    expect(desk.take()).toEqual(['1 resting']);
    desk.trade(at);
    desk.broker.onRecord(desk.sequence, desk.nowUs);
    desk.tradeNow(at);
    expect(desk.take()).toEqual([]);
    desk.trade(at + 5);
    expect(desk.take()).toEqual([`1 taker 1 @ ${at + 5}`, '1 filled']);
  });

  test('a stop-limit becomes a limit order', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop-limit', stopPrice: 110, limitPrice: 111 });
    desk.trade(110);
    desk.trade(115);
    desk.trade(111);
    expect(desk.take()).toEqual(['1 resting']);
    desk.trade(110.5);
    expect(desk.take()).toEqual(['1 maker 1 @ 111', '1 filled']);
  });

  test('quotes trigger where the tape has no trades, the side that would fill', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop', side: 'sell', stopPrice: 95, size: 1 });
    desk.quote(96, 94.5);
    expect(desk.take()).toEqual(['1 resting']);
    desk.quote(95, 97);
    desk.quote(94, 97);
    expect(desk.take()).toEqual(['1 taker 1 @ 94', '1 filled']);
  });

  test('quotes do not trigger where the tape has trades', () => {
    const desk = new BrokerDesk();
    desk.trade(100);
    desk.submit({ kind: 'stop', side: 'sell', stopPrice: 95 });
    desk.quote(94, 97);
    desk.quote(94, 97);
    expect(desk.take()).toEqual(['1 resting']);
  });

  test('the book triggers where there is nothing else', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop', stopPrice: 101 });
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual(['1 resting']);
    desk.show(BIDS, ASKS);
    expect(desk.take()).toEqual(['1 taker 1 @ 101', '1 filled']);
  });

  test('a stop that triggered and then is cancelled is gone', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop', stopPrice: 110 });
    desk.trade(110);
    desk.broker.cancel(1, desk.nowUs);
    desk.trade(111);
    expect(desk.take()).toEqual(['1 resting', '1 cancel: cancelled by the strategy', '1 cancelled']);
  });
});

describe('reduce-only orders', () => {
  test('what is above the position is cut away', () => {
    const desk = new BrokerDesk();
    desk.submit({ size: 3 });
    desk.trade(100);
    desk.submit({ side: 'sell', size: 5, reduceOnly: true });
    desk.trade(101);
    expect(desk.take().slice(2)).toEqual(['2 taker 3 @ 101', '2 cancel: reduce-only: there is no position left to reduce', '2 cancelled']);
    expect(desk.ledger.position(0).size).toBe(0);
  });

  test('without a position they are cancelled when they would fill', () => {
    const desk = new BrokerDesk();
    desk.submit({ side: 'sell', reduceOnly: true });
    desk.trade(101);
    expect(desk.take()).toEqual(['1 cancel: reduce-only: there is no position left to reduce', '1 cancelled']);
  });

  test('when the position closes, what would have reduced it goes, what protects the opposite stays', () => {
    const desk = new BrokerDesk();
    desk.submit({ size: 1 });
    desk.trade(100);
    desk.submit({ side: 'sell', kind: 'stop', stopPrice: 90, reduceOnly: true });
    desk.submit({ side: 'buy', kind: 'stop', stopPrice: 120, reduceOnly: true });
    desk.trade(100);
    desk.take();
    desk.submit({ side: 'sell', size: 1 });
    desk.trade(105);
    expect(desk.take()).toEqual([
      '4 taker 1 @ 105',
      '4 filled',
      '2 cancel: reduce-only: there is no position left to reduce',
      '2 cancelled',
    ]);
    expect(desk.broker.openOrders().map(({ id }) => id)).toEqual([3]);
  });
});

test('nothing fills or triggers while the venue restricts the symbol, and orders rest', () => {
  const desk = new BrokerDesk();
  desk.restricted.add(0);
  desk.submit({});
  desk.submit({ kind: 'stop', stopPrice: 90 });
  desk.trade(100);
  desk.show(BIDS, ASKS);
  desk.quote(99, 101);
  expect(desk.take()).toEqual(['2 resting']);
  expect(desk.broker.openOrders()).toHaveLength(2);
  desk.restricted.clear();
  desk.show(BIDS, ASKS);
  expect(desk.take()).toEqual(['1 taker 1 @ 101', '1 filled']);
});

test('fees are charged by liquidity', () => {
  const desk = new BrokerDesk(
    { fees: { model: 'venue' } },
    { venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'perpetual', currency: 'USDT', multiplier: 1 },
  );
  desk.submit({ size: 1 });
  desk.submit({ kind: 'limit', limitPrice: 90, size: 1 });
  desk.trade(100, 10);
  desk.trade(80, 10);
  expect(desk.fills.map(({ liquidity, feeMinor }) => [liquidity, feeMinor])).toEqual([
    ['taker', 50_000],
    ['maker', 18_000],
  ]);
});

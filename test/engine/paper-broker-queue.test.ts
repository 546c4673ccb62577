import { describe, expect, test } from 'vitest';
import { BrokerDesk } from './paper-broker-desk.ts';

const ASKS = [[101, 5]] as const;

function restingAt99(queue: 'behind-queue' | 'trade-through' | 'optimistic-touch'): BrokerDesk {
  const desk = new BrokerDesk({ queue: { model: queue } });
  desk.submit({ kind: 'limit', limitPrice: 99, size: 4 });
  desk.show([[99, 10]], ASKS);
  expect(desk.take()).toEqual(['1 resting']);
  return desk;
}

describe('behind-queue', () => {
  test('starts behind the visible size and fills from what trades beyond it', () => {
    const desk = restingAt99('behind-queue');
    desk.trade(99, 9, -1);
    expect(desk.take()).toEqual([]);
    desk.trade(99, 3, -1);
    expect(desk.take()).toEqual(['1 maker 2 @ 99']);
    desk.trade(99, 3, 0);
    expect(desk.take()).toEqual(['1 maker 2 @ 99', '1 filled']);
  });

  test('size ahead is counted in decimals', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 99, size: 1 });
    desk.show([[99, 0.3]], ASKS);
    desk.trade(99, 0.1, -1);
    desk.trade(99, 0.2, -1);
    desk.trade(99, 0.5, -1);
    expect(desk.take()).toEqual(['1 resting', '1 maker 0.5 @ 99']);
  });

  test('cancels in front of it and trades of the other side do not help', () => {
    const desk = restingAt99('behind-queue');
    desk.show([[99, 1]], ASKS);
    desk.trade(99, 50, 1);
    desk.trade(99, 10, -1);
    expect(desk.take()).toEqual([]);
  });

  test('a trade strictly through its price fills it at its own price', () => {
    const desk = restingAt99('behind-queue');
    desk.trade(98.5, 3, -1);
    expect(desk.take()).toEqual(['1 maker 3 @ 99']);
  });

  test('an ask below its price fills it, an ask at its price does not', () => {
    const desk = restingAt99('behind-queue');
    desk.show([[98, 1]], [[99, 2]]);
    expect(desk.take()).toEqual([]);
    desk.show(
      [[97, 1]],
      [
        [98, 1],
        [98.5, 1],
        [99, 50],
      ],
    );
    expect(desk.take()).toEqual(['1 maker 1 @ 99', '1 maker 1 @ 99']);
  });

  test('a price the book does not show is behind everything until it is shown', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 95, size: 1 });
    desk.show([[99, 1]], ASKS);
    desk.trade(95, 1000, -1);
    expect(desk.take()).toEqual(['1 resting']);
    desk.show([[95, 2]], ASKS);
    desk.trade(95, 3, -1);
    expect(desk.take()).toEqual(['1 maker 1 @ 95', '1 filled']);
  });

  test('inside the spread it is first', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 100, size: 1 });
    desk.show([[99, 1]], ASKS);
    desk.trade(100, 1, -1);
    expect(desk.take()).toEqual(['1 resting', '1 maker 1 @ 100', '1 filled']);
  });

  test('with quotes alone it starts behind the quoted size', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', side: 'sell', limitPrice: 101, size: 1 });
    desk.quote(99, 101, 5, 5);
    desk.trade(101, 5, 1);
    expect(desk.take()).toEqual(['1 resting']);
    desk.trade(101, 1, 1);
    expect(desk.take()).toEqual(['1 maker 1 @ 101', '1 filled']);
  });
});

describe('trade-through', () => {
  test('only trades strictly through its price fill it', () => {
    const desk = restingAt99('trade-through');
    desk.trade(99, 1000, -1);
    desk.show([[97, 1]], [[98, 5]]);
    expect(desk.take()).toEqual([]);
    desk.trade(98, 1000, -1);
    expect(desk.take()).toEqual(['1 maker 4 @ 99', '1 filled']);
  });
});

describe('optimistic-touch', () => {
  test('a trade at its price fills it', () => {
    const desk = restingAt99('optimistic-touch');
    desk.trade(99, 1, -1);
    expect(desk.take()).toEqual(['1 maker 1 @ 99']);
  });

  test('an ask at its price fills it', () => {
    const desk = restingAt99('optimistic-touch');
    desk.show([[98, 1]], [[99, 2]]);
    expect(desk.take()).toEqual(['1 maker 2 @ 99']);
  });
});

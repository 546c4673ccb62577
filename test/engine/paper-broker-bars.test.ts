import { describe, expect, test } from 'vitest';
import { BrokerDesk } from './paper-broker-desk.ts';

describe('against final bars', () => {
  test('a market order fills at the open of the next bar', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.bar(100, 110, 90, 105);
    expect(desk.take()).toEqual(['1 taker 1 @ 100', '1 filled']);
  });

  test('a bar that opened before the order fills nothing', () => {
    const desk = new BrokerDesk();
    const openTimeUs = desk.nowUs;
    desk.record();
    desk.submit({});
    desk.bar(100, 110, 90, 105, { openTimeUs });
    expect(desk.take()).toEqual([]);
    desk.bar(106, 110, 90, 105);
    expect(desk.take()).toEqual(['1 taker 1 @ 106', '1 filled']);
  });

  test('history and bars beside trades fill nothing', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.bar(100, 110, 90, 105, { isHistory: true });
    expect(desk.take()).toEqual([]);
    desk.broker.cancelAll(desk.nowUs);
    desk.trade(100);
    desk.take();
    desk.submit({});
    desk.bar(100, 110, 90, 105);
    expect(desk.take()).toEqual([]);
  });

  test('the volume of the bar is shared and limits the fill', () => {
    const desk = new BrokerDesk({ fill: { share: 0.5 } });
    desk.submit({ size: 4 });
    desk.submit({ size: 4 });
    desk.bar(100, 100, 100, 100, { volume: 12 });
    expect(desk.take()).toEqual(['1 taker 4 @ 100', '1 filled', '2 taker 2 @ 100', '2 resting']);
    desk.bar(101, 101, 101, 101, { volume: Number.NaN });
    expect(desk.take()).toEqual(['2 taker 2 @ 101', '2 filled']);
  });

  test.each([
    ['touched only', 95, []],
    ['gone through', 94, ['1 maker 1 @ 95', '1 filled']],
  ])('a limit order whose price is %s', (_name, low, expected) => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 95 });
    desk.bar(100, 101, 99, 100);
    expect(desk.take()).toEqual(['1 resting']);
    desk.bar(100, 101, low, 100);
    expect(desk.take()).toEqual(expected);
  });

  test('a limit order better than the open fills at the open on arrival, and at its price once it rests', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'limit', limitPrice: 102 });
    desk.submit({ kind: 'limit', limitPrice: 90 });
    desk.bar(100, 101, 99, 100);
    expect(desk.take()).toEqual(['1 taker 1 @ 100', '1 filled', '2 resting']);
    desk.bar(80, 85, 79, 84);
    expect(desk.take()).toEqual(['2 maker 1 @ 90', '2 filled']);
  });

  test.each([
    ['inside the bar', 100, 105],
    ['jumped over at the open', 107, 107],
  ])('a stop that is %s', (_name, open, price) => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop', stopPrice: 105 });
    desk.bar(open, 110, 99, 108);
    expect(desk.take()).toEqual(['1 resting', `1 taker 1 @ ${price}`, '1 filled']);
  });

  test('a stop-limit that triggers inside a bar can fill from the next one on', () => {
    const desk = new BrokerDesk();
    desk.submit({ kind: 'stop-limit', stopPrice: 105, limitPrice: 106 });
    desk.bar(100, 110, 99, 108);
    expect(desk.take()).toEqual(['1 resting']);
    desk.bar(105, 110, 99, 108);
    expect(desk.take()).toEqual(['1 taker 1 @ 105', '1 filled']);
  });

  test('with stop and target inside one bar the stop comes first', () => {
    const desk = new BrokerDesk();
    desk.submit({});
    desk.submit({ side: 'sell', kind: 'limit', limitPrice: 110, reduceOnly: true });
    desk.submit({ side: 'sell', kind: 'stop', stopPrice: 90, reduceOnly: true });
    desk.bar(100, 120, 80, 100);
    expect(desk.take()).toEqual([
      '3 resting',
      '1 taker 1 @ 100',
      '1 filled',
      '3 taker 1 @ 90',
      '3 filled',
      '2 cancel: reduce-only: there is no position left to reduce',
      '2 cancelled',
    ]);
  });
});

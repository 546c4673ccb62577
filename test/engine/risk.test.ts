import { describe, expect, test } from 'vitest';
import { MINUTE_US, SECOND_US, TapedeckError } from '../../domain/index.ts';
import { validateRiskSettings } from '../../engine/risk/risk.ts';
import { actionTexts, RiskDesk } from './risk-desk.ts';

describe('without rules', () => {
  test('every possible order passes and nothing is closed', () => {
    const desk = new RiskDesk({});
    expect(desk.check({ size: 1e9 })).toBe('ok');
    desk.fill('buy', 1, 100);
    expect(desk.moveTo(1)).toEqual([]);
  });

  test('an impossible order is refused, also when it is reduce-only', () => {
    expect(new RiskDesk({}).check({ size: 0, reduceOnly: true })).toBe('order-form: the size must be above 0, not 0');
    expect(new RiskDesk({}).check({ kind: 'stop' })).toBe('order-form: a stop order needs a stopPrice above 0, not undefined');
    expect(new RiskDesk({}).check({ limitPrice: 5 })).toBe('order-form: a market order has no limitPrice; it was given 5');
  });
});

describe('order-size', () => {
  test('the limit itself is allowed', () => {
    const desk = new RiskDesk({ orderSize: { units: 1 } });
    expect(desk.check({ size: 1 })).toBe('ok');
    expect(desk.check({ size: 3 })).toBe('order-size: 3 of BTCUSDT is above the limit of 1');
  });

  test('value counts at the mark, or at a dearer price of its own', () => {
    const desk = new RiskDesk({ orderSize: { value: { USDT: 1000 } } });
    desk.moveTo(100);
    expect(desk.check({ size: 10 })).toBe('ok');
    expect(desk.check({ size: 10.001 })).toBe('order-size: 10.001 of BTCUSDT at 100 is 1000.1 USDT, above the limit of 1000 USDT');
    expect(desk.check({ kind: 'limit', limitPrice: 101, size: 10 })).toContain('order-size: 10 of BTCUSDT at 101');
    expect(desk.check({ kind: 'limit', side: 'sell', limitPrice: 50, size: 11 })).toContain('order-size: 11 of BTCUSDT at 100');
  });

  test('an unknown price does not switch the value limit off', () => {
    const desk = new RiskDesk({ orderSize: { value: { USDT: 1000 } } });
    expect(desk.check()).toBe('order-size: no price of BTCUSDT is known to hold against the limit of 1000 USDT');
    expect(desk.check({ kind: 'limit', limitPrice: 100, size: 10 })).toBe('ok');
    expect(desk.check({ symbol: 2 })).toBe('ok');
  });

  test('exits are never refused by it', () => {
    const desk = new RiskDesk({ orderSize: { units: 1 } });
    desk.fill('buy', 5, 100);
    expect(desk.check({ side: 'sell', size: 5, reduceOnly: true })).toBe('ok');
    expect(desk.check({ side: 'sell', size: 5 })).toBe('ok');
    expect(desk.check({ side: 'sell', size: 5.5 })).toContain('order-size');
  });

  test('a sale that an open order already covers is no exit any more', () => {
    const desk = new RiskDesk({ orderSize: { units: 1 } });
    desk.fill('buy', 5, 100);
    desk.open({ side: 'sell', size: 2, reduceOnly: true });
    expect(desk.check({ side: 'sell', size: 5 })).toContain('order-size');
    expect(desk.check({ side: 'sell', size: 3 })).toBe('ok');
  });
});

describe('position-size', () => {
  test('counts the position and the open orders on the same side', () => {
    const desk = new RiskDesk({ positionSize: { units: 5 } });
    desk.fill('buy', 2, 100);
    desk.open({ size: 3, filledSize: 1 });
    desk.open({ side: 'sell', size: 4 });
    expect(desk.check({ size: 1 })).toBe('ok');
    expect(desk.check({ size: 1.5 })).toBe('position-size: 5.5 of BTCUSDT is above the limit of 5');
  });

  test('counts only what is left after turning over', () => {
    const desk = new RiskDesk({ positionSize: { units: 5 } });
    desk.fill('buy', 2, 100);
    expect(desk.check({ side: 'sell', size: 7 })).toBe('ok');
    expect(desk.check({ side: 'sell', size: 7.5 })).toContain('position-size: 5.5');
  });
});

describe('maximum-positions', () => {
  test('counts open symbols and symbols with opening orders', () => {
    const desk = new RiskDesk({ maximumPositions: 2 });
    desk.fill('buy', 1, 100, 0);
    desk.open({ symbol: 1, reduceOnly: true });
    expect(desk.check({ symbol: 2 })).toBe('ok');
    desk.open({ symbol: 1 });
    expect(desk.check({ symbol: 2 })).toBe('maximum-positions: 2 symbols are open or have opening orders and the limit is 2');
    expect(desk.check({ symbol: 0 })).toBe('ok');
    expect(desk.check({ symbol: 1 })).toBe('ok');
  });

  test('a closed position makes room', () => {
    const desk = new RiskDesk({ maximumPositions: 1 });
    desk.fill('buy', 1, 100, 0);
    expect(desk.check({ symbol: 1 })).toContain('maximum-positions');
    desk.fill('sell', 1, 100, 0);
    expect(desk.check({ symbol: 1 })).toBe('ok');
  });
});

describe('orders-per-minute', () => {
  test('an order exactly a minute old no longer counts', () => {
    const desk = new RiskDesk({ ordersPerMinute: 2 });
    expect([desk.at(0).check(), desk.at(10 * SECOND_US).check()]).toEqual(['ok', 'ok']);
    expect(desk.at(MINUTE_US - 1).check()).toBe('orders-per-minute: 2 orders were sent in the last 60 s and the limit is 2');
    expect(desk.at(MINUTE_US).check()).toBe('ok');
    expect(desk.at(MINUTE_US).check()).toContain('orders-per-minute');
  });

  test('refused orders do not count, exits do and are never refused', () => {
    const desk = new RiskDesk({ ordersPerMinute: 1, orderSize: { units: 1 } });
    expect(desk.check({ size: 2 })).toContain('order-size');
    expect(desk.check({ side: 'sell', reduceOnly: true })).toBe('ok');
    expect(desk.check({ side: 'sell', reduceOnly: true })).toBe('ok');
    expect(desk.check()).toContain('orders-per-minute');
  });
});

describe('vi-halt', () => {
  test('refuses openings while restricted and through the cool-down, never exits', () => {
    const desk = new RiskDesk({ viHalt: { coolDown: '30s' } });
    desk.fill('buy', 1, 100);
    desk.status(0, true);
    expect(desk.check()).toBe('vi-halt: BTCUSDT is restricted by the venue');
    expect(desk.check({ side: 'sell', reduceOnly: true })).toBe('ok');
    expect(desk.check({ symbol: 1 })).toBe('ok');
    desk.at(10 * SECOND_US).status(0, false);
    expect(desk.at(40 * SECOND_US - 1).check()).toBe('vi-halt: BTCUSDT was released 29999999us ago and the cool-down is 30s');
    expect(desk.at(40 * SECOND_US).check()).toBe('ok');
  });

  test('a status that changes nothing starts no cool-down', () => {
    const desk = new RiskDesk({ viHalt: { coolDown: '30s' } });
    desk.status(0, false);
    expect(desk.check()).toBe('ok');
  });

  test('a restriction of the whole market cools down everywhere', () => {
    const desk = new RiskDesk({ viHalt: { coolDown: '30s' } });
    desk.status(-1, true);
    desk.status(-1, false);
    expect(desk.at(1).check({ symbol: 1 })).toBe('vi-halt: the market was released 1us ago and the cool-down is 30s');
  });
});

describe('stop-loss and take-profit', () => {
  test.each([
    ['long', 'buy', 98.01, 98, 'sell'],
    ['short', 'sell', 101.99, 102, 'buy'],
  ] as const)('a %s is closed at the distance, not before', (_name, entry, before, at, exit) => {
    const desk = new RiskDesk({ stopLoss: { percent: 2 } });
    desk.fill(entry, 3, 100);
    expect(desk.moveTo(before)).toEqual([]);
    expect(actionTexts(desk.moveTo(at))).toEqual([
      `${exit} 3 of 0: stop-loss: BTCUSDT at ${at} is 2 % against us from the average entry of 100 and the limit is 2 %`,
    ]);
  });

  test('the exit is a reduce-only market order that carries the rule as its tag', () => {
    const desk = new RiskDesk({ stopLoss: { points: 5 } });
    desk.fill('buy', 3, 100);
    expect(desk.moveTo(94)[0]).toMatchObject({
      rule: 'stop-loss',
      intent: { symbol: 0, side: 'sell', kind: 'market', size: 3, reduceOnly: true, tag: 'stop-loss' },
      reason: 'stop-loss: BTCUSDT at 94 is 6 against us from the average entry of 100 and the limit is 5',
    });
  });

  test('there is one exit at a time, and a new one when it is gone and the position is not', () => {
    const desk = new RiskDesk({ stopLoss: { percent: 2 }, takeProfit: { percent: 2 } });
    desk.fill('buy', 3, 100);
    expect(desk.moveTo(90)).toHaveLength(1);
    desk.open({ side: 'sell', origin: 'stop-loss', reduceOnly: true });
    expect(desk.moveTo(89)).toEqual([]);
    expect(desk.moveTo(200)).toEqual([]);
    desk.orders.length = 0;
    expect(desk.moveTo(88)).toHaveLength(1);
  });

  test('take-profit closes at the distance in our favour', () => {
    const desk = new RiskDesk({ takeProfit: { percent: 3 } });
    desk.fill('sell', 1, 100);
    expect(desk.moveTo(97.5)).toEqual([]);
    expect(actionTexts(desk.moveTo(97))).toEqual([
      'buy 1 of 0: take-profit: BTCUSDT at 97 is 3 % for us from the average entry of 100 and the limit is 3 %',
    ]);
  });

  test('an unknown mark says nothing and does not disturb the next', () => {
    const desk = new RiskDesk({ stopLoss: { percent: 2 }, trailingStop: { triggerPercent: 0, distancePercent: 1 } });
    desk.fill('buy', 1, 100);
    expect(desk.moveTo(Number.NaN)).toEqual([]);
    expect(desk.moveTo(90)).toHaveLength(1);
  });
});

describe('trailing-stop', () => {
  test('arms at the trigger and follows the best price', () => {
    const desk = new RiskDesk({ trailingStop: { triggerPercent: 5, distancePercent: 2 } });
    desk.fill('buy', 1, 100);
    for (const price of [104.9, 95, 105, 110, 107.81]) expect(desk.moveTo(price), `at ${price}`).toEqual([]);
    expect(actionTexts(desk.moveTo(107.8))).toEqual([
      'sell 1 of 0: trailing-stop: BTCUSDT at 107.8 is 2 % from the best price of 110 and the distance is 2 %',
    ]);
  });

  test('follows a short downwards', () => {
    const desk = new RiskDesk({ trailingStop: { triggerPercent: 5, distancePercent: 2 } });
    desk.fill('sell', 1, 100);
    for (const price of [96, 98.5, 95, 90, 91.79]) expect(desk.moveTo(price), `at ${price}`).toEqual([]);
    expect(desk.moveTo(91.8)).toHaveLength(1);
  });

  test('a new position starts anew, also when it was turned over in one fill', () => {
    const desk = new RiskDesk({ trailingStop: { triggerPercent: 5, distancePercent: 2 } });
    desk.fill('buy', 1, 100);
    desk.moveTo(110);
    desk.fill('sell', 1, 110);
    desk.fill('buy', 1, 107);
    expect(desk.moveTo(107)).toEqual([]);
    desk.moveTo(115);
    desk.fill('sell', 2, 115);
    expect(desk.moveTo(112)).toEqual([]);
  });
});

describe('settings', () => {
  test('are given back with defaults filled in and one text for one meaning', () => {
    expect(validateRiskSettings({ viHalt: {}, dailyLossLimit: { loss: { KRW: 100_000 } } })).toEqual({
      viHalt: { coolDown: '0' },
      dailyLossLimit: { loss: { KRW: 100_000 }, resetTime: '00:00', zone: 'UTC', flatten: false },
    });
    expect(validateRiskSettings({ viHalt: { coolDown: '120s' } })).toEqual(validateRiskSettings({ viHalt: { coolDown: '2m' } }));
    expect(validateRiskSettings({})).toEqual({});
  });

  test.each<[unknown, string]>([
    [[], 'risk: [] must be an object with the keys stopLoss, takeProfit'],
    [{ stoploss: {} }, 'risk.stoploss: {} is not known; the keys here are stopLoss,'],
    [{ stopLoss: { percent: -2 } }, 'risk.stopLoss.percent: -2 must be a number above 0 of at most 100; write for example 2'],
    [{ stopLoss: { percent: Number.NaN } }, 'risk.stopLoss.percent: NaN must be'],
    [{ stopLoss: { percent: '2' } }, 'risk.stopLoss.percent: "2" must be'],
    [{ stopLoss: { percent: 2, points: 3 } }, 'risk.stopLoss: {"percent":2,"points":3} must have one of percent and points'],
    [{ stopLoss: {} }, 'risk.stopLoss: {} must have one of'],
    [{ takeProfit: { points: 0 } }, 'risk.takeProfit.points: 0 must be a number above 0'],
    [{ trailingStop: { triggerPercent: 1 } }, 'risk.trailingStop.distancePercent: undefined must be given; write for example 0.5'],
    [{ maximumPositions: 1.5 }, 'risk.maximumPositions: 1.5 must be a whole number of at least 1'],
    [{ ordersPerMinute: 0 }, 'risk.ordersPerMinute: 0 must be a whole number of at least 1'],
    [{ orderSize: {} }, 'risk.orderSize: {} must have units, value, or both'],
    [{ orderSize: { value: 5 } }, 'risk.orderSize.value: 5 must be amounts by currency such as { "USDT": 10000 }'],
    [{ positionSize: { value: { usdt: 5 } } }, 'risk.positionSize.value.usdt: 5 is no currency; write for example USDT or KRW'],
    [{ dailyLossLimit: {} }, 'risk.dailyLossLimit.loss: undefined must be given'],
    [{ dailyLossLimit: { loss: { USDT: -1 } } }, 'risk.dailyLossLimit.loss.USDT: -1 must be a number above 0'],
    [{ dailyLossLimit: { loss: { USDT: 1 }, resetTime: '24:00' } }, 'risk.dailyLossLimit.resetTime: "24:00" must be a time of day'],
    [{ dailyLossLimit: { loss: { USDT: 1 }, zone: 'Mars' } }, 'risk.dailyLossLimit.zone: "Mars" must be UTC, KST or an offset'],
    [{ dailyLossLimit: { loss: { USDT: 1 }, flatten: 'yes' } }, 'risk.dailyLossLimit.flatten: "yes" must be true or false'],
    [{ viHalt: { coolDown: 30 } }, 'risk.viHalt.coolDown: 30 must be a text such as "30s"'],
  ])('%j is refused', (settings, message) => {
    let found: unknown;
    try {
      validateRiskSettings(settings);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(TapedeckError);
    expect((found as TapedeckError).exitCode).toBe(2);
    expect((found as TapedeckError).message).toContain(message);
  });
});

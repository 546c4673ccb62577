import { describe, expect, test } from 'vitest';
import { parseIsoNanoseconds } from '../../domain/index.ts';
import type { RiskSettings } from '../../engine/risk/risk.ts';
import { actionTexts, RiskDesk } from './risk-desk.ts';

function atUs(text: string): number {
  return Number(parseIsoNanoseconds(text)! / 1000n);
}

function deskWith(limit: Partial<NonNullable<RiskSettings['dailyLossLimit']>> = {}): RiskDesk {
  const desk = new RiskDesk({ dailyLossLimit: { loss: { USDT: 100 }, resetTime: '09:00', zone: 'KST', ...limit } });
  return desk.at(atUs('2024-08-08T00:30:00Z'));
}

const HIT = 'daily-loss-limit: 100 USDT was lost since the reset and the limit is 100 USDT';

describe('daily-loss-limit', () => {
  test('a loss that reaches the limit refuses openings and lets exits pass', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    expect(desk.moveTo(90.01)).toEqual([]);
    expect(desk.check()).toBe('ok');
    expect(actionTexts(desk.moveTo(90))).toEqual([HIT]);
    expect(desk.check()).toBe(HIT);
    expect(desk.check({ side: 'sell', size: 10 })).toBe('ok');
    expect(desk.moveTo(89)).toEqual([]);
  });

  test('realised losses and fees count with unrealised ones', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100, 0, 20_000_000);
    desk.fill('sell', 10, 95, 0, 20_000_000);
    expect(desk.check()).toBe('ok');
    desk.fill('buy', 1, 95, 1);
    expect(desk.moveTo(86, 1)).toEqual([]);
    expect(actionTexts(desk.moveTo(85, 1))).toEqual([HIT]);
  });

  test('a hit stays until the reset, also when the loss is made good', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.moveTo(90);
    desk.moveTo(150);
    expect(desk.check()).toBe(HIT);
  });

  test('a hit by a fill alone is acted on at the next event of any symbol', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.fill('sell', 10, 90);
    expect(desk.check()).toBe(HIT);
    expect(actionTexts(desk.moveTo(5, 1))).toEqual([HIT]);
    expect(desk.moveTo(5, 1)).toEqual([]);
  });

  test('opening orders that rest are taken back, exits stay', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.open({ side: 'buy' });
    desk.open({ side: 'sell', size: 10 });
    desk.open({ side: 'sell', reduceOnly: true });
    desk.open({ symbol: 2 });
    expect(actionTexts(desk.moveTo(90))).toEqual([HIT, 'cancel 1']);
  });

  test('with flatten every position of the currency is closed, once', () => {
    const desk = deskWith({ flatten: true });
    desk.fill('buy', 10, 100, 0);
    desk.fill('sell', 3, 50, 1);
    desk.fill('buy', 1, 70_000, 2);
    expect(actionTexts(desk.moveTo(90))).toEqual([HIT, `sell 10 of 0: ${HIT}`, `buy 3 of 1: ${HIT}`]);
    desk.open({ symbol: 0, side: 'sell', origin: 'daily-loss-limit', reduceOnly: true });
    expect(desk.moveTo(80)).toEqual([]);
    // The exit of the other symbol never became an order: it is asked for again.
    expect(actionTexts(desk.moveTo(50, 1))).toEqual([`buy 3 of 1: ${HIT}`]);
  });

  test('currencies have limits of their own', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.moveTo(90);
    expect(desk.check({ symbol: 2 })).toBe('ok');
  });

  test('NaN marks keep the last known loss: they neither hide a hit nor make one', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.moveTo(91);
    expect(desk.moveTo(Number.NaN)).toEqual([]);
    desk.fill('buy', 1, 50, 1);
    expect(actionTexts(desk.moveTo(40, 1))).toEqual([HIT]);
    expect(desk.moveTo(Number.NaN)).toEqual([]);
    expect(desk.check()).toBe(HIT);
  });

  test('an equity that is no number keeps the last known one', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.moveTo(95);
    desk.equityMinor = () => Number.NaN;
    expect(desk.moveTo(90)).toEqual([]);
    expect(desk.check()).toBe('ok');
  });

  test('the day starts at 09:00 in Korea, across midnight there and in UTC', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.moveTo(90);
    for (const time of ['2024-08-08T15:00:00Z', '2024-08-08T23:59:59.999999Z']) {
      desk.at(atUs(time));
      expect(desk.check(), time).toBe(HIT);
    }
    desk.at(atUs('2024-08-09T00:00:00Z'));
    expect(desk.check()).toBe('ok');
    // The new day counts from the equity at its start: 90, not 100.
    expect(desk.moveTo(80.01)).toEqual([]);
    expect(actionTexts(desk.moveTo(80))).toEqual([HIT]);
  });

  test('a tape that starts before the reset time has its first reset on the same day', () => {
    const desk = new RiskDesk({ dailyLossLimit: { loss: { USDT: 100 }, resetTime: '09:00', zone: 'KST' } });
    desk.at(atUs('2024-08-07T23:00:00Z'));
    desk.fill('buy', 10, 100);
    desk.moveTo(90);
    desk.at(atUs('2024-08-08T00:00:00Z'));
    expect(desk.check()).toBe('ok');
  });

  test('days without records are passed over', () => {
    const desk = deskWith();
    desk.fill('buy', 10, 100);
    desk.moveTo(90);
    desk.at(atUs('2024-08-20T12:00:00Z'));
    expect(desk.check()).toBe('ok');
    desk.moveTo(80);
    desk.at(atUs('2024-08-20T23:59:59Z'));
    expect(desk.check()).toBe(HIT);
    desk.at(atUs('2024-08-21T00:00:00Z'));
    expect(desk.check()).toBe('ok');
  });
});

import { expect, test } from 'vitest';
import { syntheticStartUs } from '../../../replay/synthetic/market-start.ts';

function kst(text: string): number {
  return Date.parse(`${text}+09:00`) * 1000;
}

test('a market that is open, or never closes, starts now', () => {
  const nowUs = kst('2026-10-17T14:00:00.250');
  expect(syntheticStartUs(['coincall-futures', 'binance-spot'], nowUs)).toBe(kst('2026-10-17T14:00:00'));
  expect(syntheticStartUs(['kis', 'kiwoom'], kst('2026-10-15T10:00:00.250'))).toBe(kst('2026-10-15T10:00:00'));
  // At night only derivatives trade.
  expect(syntheticStartUs(['kis'], kst('2026-10-15T23:00:00'))).toBe(kst('2026-10-15T23:00:00'));
});

test('a Korean market that is closed starts where it opened last', () => {
  expect(syntheticStartUs(['kis'], kst('2026-10-17T14:00:00'))).toBe(kst('2026-10-16T08:59:00'));
  expect(syntheticStartUs(['kis', 'kiwoom'], kst('2026-10-15T23:00:00'))).toBe(kst('2026-10-15T08:59:00'));
  expect(syntheticStartUs(['kiwoom', 'binance-spot'], kst('2026-10-19T03:00:00'))).toBe(kst('2026-10-16T08:59:00'));
});

import { expect, test } from 'vitest';
import type { Instrument } from '../../../domain/instrument.ts';
import { COINCALL_OPTIONS_ROOMS } from '../../../venues/coincall/rooms.ts';

const CHAINS = COINCALL_OPTIONS_ROOMS.chains!;
const DAY_MS = 86_400_000;
const EXPIRY_MS = Date.UTC(2026, 11, 25, 8);

function contracts(endMs: number, strikes: readonly number[]): readonly Instrument[] {
  return strikes.flatMap((strike) =>
    (['call', 'put'] as const).map((optionType) => ({
      venue: 'coincall-options',
      symbol: `BTCUSD-${new Date(endMs).getUTCDate()}DEC26-${strike}-${optionType === 'call' ? 'C' : 'P'}`,
      kind: 'option' as const,
      currency: 'USD',
      multiplier: 1,
      strike,
      expiryUs: endMs * 1_000,
      optionType,
    })),
  );
}

test('chains are the expiries that still trade, nearest first, and at its instant an expiry is gone', () => {
  const listed = [...contracts(EXPIRY_MS + DAY_MS, [100_000]), ...contracts(EXPIRY_MS, [101_000, 100_000])];
  const chains = CHAINS.chainsOf(listed, (EXPIRY_MS - 1) * 1_000);
  expect(chains.map(({ name, maturity, underlying }) => [name, maturity, underlying])).toEqual([
    ['BTCUSD', String(EXPIRY_MS), 'BTCUSD'],
    ['BTCUSD', String(EXPIRY_MS + DAY_MS), 'BTCUSD'],
  ]);
  expect(chains[0]).toMatchObject({
    expiresAtUs: EXPIRY_MS * 1_000,
    strikes: [
      { strike: 100_000, call: 'BTCUSD-25DEC26-100000-C', put: 'BTCUSD-25DEC26-100000-P' },
      { strike: 101_000, call: 'BTCUSD-25DEC26-101000-C', put: 'BTCUSD-25DEC26-101000-P' },
    ],
  });
  expect(CHAINS.chainsOf(listed, EXPIRY_MS * 1_000).map(({ maturity }) => maturity)).toEqual([String(EXPIRY_MS + DAY_MS)]);
});

test('a board is asked for with the underlying and the expiry', () => {
  const [chain] = CHAINS.chainsOf(contracts(EXPIRY_MS, [1]), 0);
  expect(CHAINS.boardOf!(chain!)).toEqual({ symbol: 'BTCUSD', options: { end: String(EXPIRY_MS) } });
});

test('rooms name expiries and strikes, and the masters must list their underlying', () => {
  const parameters = { per: 'option', underlying: 'BTCUSD', expiries: '2', strikes: '5' };
  expect(CHAINS.wishOf(parameters)).toEqual({ name: 'BTCUSD', maturity: '', maturities: 2, per: 'strike', strikes: 5 });
  expect(CHAINS.wishOf({ per: 'expiry', underlying: 'BTCUSD', expiries: '3' })).toEqual({
    name: 'BTCUSD',
    maturity: '',
    maturities: 3,
    per: 'maturity',
  });
  expect(CHAINS.masterSymbolsOf(parameters)).toEqual(['BTCUSD']);
  expect(CHAINS.sourceOf('BTCUSD', undefined)).toEqual({ underlying: 'BTCUSD', rank: '', reading: 'indexPrice' });
  expect(CHAINS.sourceOf('BTCUSD-25DEC26-100000-C', undefined)).toBeUndefined();
});

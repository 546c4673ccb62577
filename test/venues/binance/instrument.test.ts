import { expect, test } from 'vitest';
import { binanceSpot, binanceUsdm } from '../../../venues/binance/index.ts';

test.each([
  ['BTCUSDT', 'USDT'],
  ['BTCFDUSD', 'FDUSD'],
  ['BTCTUSD', 'TUSD'],
  ['BTCUSDC', 'USDC'],
  ['ETHBTC', 'BTC'],
  ['BTCTRY', 'TRY'],
  ['USDTTRY', 'TRY'],
  ['ETHEUR', 'EUR'],
  ['BTCKRW', 'KRW'],
  ['BNBETH', 'ETH'],
])('spot %s is quoted in %s', (symbol, currency) => {
  expect(binanceSpot.instrument(symbol)).toEqual({ venue: 'binance-spot', symbol, kind: 'spot', currency, multiplier: 1 });
});

test('USD-M symbols are perpetual, or futures with a delivery date', () => {
  expect(binanceUsdm.instrument('BTCUSDT')).toMatchObject({ kind: 'perpetual', currency: 'USDT' });
  expect(binanceUsdm.instrument('BTCUSDC')).toMatchObject({ kind: 'perpetual', currency: 'USDC' });
  expect(binanceUsdm.instrument('BTCUSDT_250328')).toMatchObject({ kind: 'future', currency: 'USDT' });
});

test.each(['USDT', 'ABCXYZ', '', 'BTCUSDT_250328'])('the currency of spot %j is not guessed', (symbol) => {
  expect(binanceSpot.instrument(symbol)).toMatchObject({ kind: 'unknown', currency: '' });
});

test('candles wait two seconds for late trades', () => {
  expect([binanceSpot.latenessUs, binanceUsdm.latenessUs]).toEqual([2_000_000, 2_000_000]);
});

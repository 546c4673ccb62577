import { describe, expect, test } from 'vitest';
import { type Instrument, type OrderIntent, TapedeckError } from '../../domain/index.ts';
import { koreanMidnightUs } from '../../engine/models/fees.ts';
import { createModels, describeModels, type ModelSettings } from '../../engine/models/models.ts';

const AN_INTENT: OrderIntent = { symbol: 0, side: 'buy', kind: 'market', size: 1 };

function instrument(venue: string, kind: Instrument['kind'], currency: string): Instrument {
  return { venue, symbol: 'X', kind, currency, multiplier: 1 };
}

function settingsError(settings: unknown): string {
  try {
    createModels(settings as ModelSettings);
  } catch (error) {
    if (error instanceof TapedeckError && error.exitCode === 2 && error.code === 'SETTING_INVALID') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('models by settings', () => {
  test('without settings they are the pessimistic ones, and the settings for the run hash are whole', () => {
    const models = createModels({});
    expect(models.latency.orderLatencyUs(AN_INTENT)).toBe(10_000);
    expect(describeModels(models).map(({ role, name }) => `${role}: ${name}`)).toEqual([
      'latency: fixed',
      'fees: venue',
      'slippage: none',
      'queue: behind-queue',
      'fill: participation',
    ]);
    expect(models.settings).toMatchObject({
      latency: { model: 'fixed', orderUs: 10_000, cancelUs: 10_000 },
      slippage: { model: 'none' },
      queue: { model: 'behind-queue' },
      fill: { model: 'participation', share: 1, marketRest: 'wait' },
    });
  });

  test('every model says what it assumes', () => {
    for (const { assumptions } of describeModels(createModels({}))) expect(assumptions.length).toBeGreaterThan(0);
  });

  test('a default written out gives the same settings as none', () => {
    expect(createModels({ queue: { model: 'behind-queue' }, latency: { orderUs: 10_000 } }).settings).toEqual(createModels({}).settings);
  });

  test.each<[unknown, string]>([
    [
      { queue: { model: 'lucky' } },
      'models.queue.model: "lucky" is not known; choose one of behind-queue, trade-through, optimistic-touch',
    ],
    [{ queues: {} }, 'models.queues: {} is not known; the keys here are latency, fees, slippage, queue, fill'],
    [{ latency: { orderUs: -1 } }, 'models.latency.orderUs: -1 must be a whole number of at least 0; write for example 10000'],
    [{ latency: { orderUs: 0.5 } }, 'models.latency.orderUs: 0.5 must be a whole number of at least 0; write for example 10000'],
    [{ latency: 'fixed' }, 'models.latency: "fixed" must be an object with the keys model, orderUs, cancelUs'],
    [
      { slippage: { model: 'fixed-bps', bps: Number.NaN } },
      'models.slippage.bps: NaN must be a number of at least 0 below 10000; write for example 1',
    ],
    [{ fill: { share: 0 } }, 'models.fill.share: 0 must be a number above 0 of at most 1; write for example 0.25'],
    [
      { fees: { venues: { kiwoom: { maker: '1' } } } },
      'models.fees.venues.kiwoom.maker: "1" must be a number above -0.01 below 0.1; write for example 0.001',
    ],
    [
      { fees: { krxSellTax: [{ from: '2025', rate: 0 }] } },
      'models.fees.krxSellTax[0].from: "2025" must be a date such as 2025-01-01, later than the one before it',
    ],
  ])('%j is refused', (settings, message) => {
    expect(settingsError(settings)).toBe(message);
  });
});

describe('fees', () => {
  const { fees } = createModels({});
  const in2024 = koreanMidnightUs('2024-08-08');

  test.each([
    ['binance-spot', 'maker', 100_000],
    ['binance-spot', 'taker', 100_000],
    ['binance-usdm', 'maker', 20_000],
    ['binance-usdm', 'taker', 50_000],
    ['csv', 'taker', 0],
    ['somewhere', 'taker', 100_000],
  ] as const)('%s %s on 100 USDT', (venue, liquidity, feeMinor) => {
    expect(fees.feeMinor(instrument(venue, 'spot', 'USDT'), 'sell', liquidity, 100, 1, in2024)).toBe(feeMinor);
  });

  test.each([
    ['2024-12-31', 'buy', 150],
    ['2024-12-31', 'sell', 1950],
    ['2025-01-01', 'sell', 1650],
    ['2026-09-11', 'sell', 2150],
    ['2022-12-31', 'sell', 150],
  ] as const)('Kiwoom on %s, %s of 1,000,000 won', (date, side, feeMinor) => {
    expect(fees.feeMinor(instrument('kiwoom', 'stock', 'KRW'), side, 'taker', 1000, 1000, koreanMidnightUs(date))).toBe(feeMinor);
  });

  test('the tax changes at midnight in Korea', () => {
    const stock = instrument('kiwoom', 'stock', 'KRW');
    const midnightUs = koreanMidnightUs('2025-01-01');
    expect(fees.feeMinor(stock, 'sell', 'taker', 1000, 1000, midnightUs - 1)).toBe(1950);
    expect(fees.feeMinor(stock, 'sell', 'taker', 1000, 1000, midnightUs)).toBe(1650);
  });

  test('futures pay no stock tax', () => {
    expect(fees.feeMinor(instrument('kiwoom', 'future', 'KRW'), 'sell', 'taker', 1000, 1000, in2024)).toBe(150);
  });

  test('a fraction of a minor unit is rounded up, commission and tax apart', () => {
    expect(fees.feeMinor(instrument('kiwoom', 'stock', 'KRW'), 'sell', 'taker', 1, 1, in2024)).toBe(2);
  });

  test('a rebate is rounded down', () => {
    const rebate = createModels({ fees: { venues: { kiwoom: { maker: -0.00015 } } } }).fees;
    expect(rebate.feeMinor(instrument('kiwoom', 'stock', 'KRW'), 'buy', 'maker', 10_001, 1, in2024)).toBe(-1);
  });

  test('rates of the settings take the place of the defaults', () => {
    const own = createModels({ fees: { venues: { 'binance-spot': { maker: 0.0008 } } } });
    expect(own.fees.feeMinor(instrument('binance-spot', 'spot', 'USDT'), 'buy', 'maker', 100, 1, in2024)).toBe(80_000);
    expect(own.fees.feeMinor(instrument('binance-spot', 'spot', 'USDT'), 'buy', 'taker', 100, 1, in2024)).toBe(100_000);
    expect(own.settings).not.toEqual(createModels({}).settings);
  });
});

test('a share of a print is cut to whole steps', () => {
  const { fill } = createModels({ fill: { share: 0.3 } });
  expect(fill.printedPart(10, 0)).toBe(3);
  expect(fill.printedPart(9, 0)).toBe(2);
  expect(fill.printedPart(0.01, 3)).toBe(0.003);
});

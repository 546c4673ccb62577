import { bookAmount, type Fill, type Instrument, KST_OFFSET_US, type MinorUnits, microsecondsOf, parseIsoNanoseconds } from '#domain';
import type { FeeModel } from './model.ts';

/** Commission as a part of the value; below 0 is a rebate. */
export interface VenueFees {
  readonly maker: number;
  readonly taker: number;
  /** Whether sales of KRW stocks pay the Korean securities transaction tax. */
  readonly hasKrxTax: boolean;
}

/** A rate from a day (Korean date) on. */
export interface DatedRate {
  readonly from: string;
  readonly rate: number;
}

/**
 * Commissions by venue id; `*` is any venue that is not named, at the dearest of the named ones.
 * Binance: the public fee schedule, regular user (VIP 0) without BNB discount, spot and USD-M, as of 2024-08.
 * Kiwoom: the online commission of 0.015 % for KRX stocks, as of 2025-01. csv: prices of unknown origin, no costs assumed.
 */
export const VENUE_FEES: Readonly<Record<string, VenueFees>> = {
  'binance-spot': { maker: 0.001, taker: 0.001, hasKrxTax: false },
  'binance-usdm': { maker: 0.0002, taker: 0.0005, hasKrxTax: false },
  kiwoom: { maker: 0.00015, taker: 0.00015, hasKrxTax: true },
  kis: { maker: 0.00015, taker: 0.00015, hasKrxTax: true },
  csv: { maker: 0, taker: 0, hasKrxTax: false },
  '*': { maker: 0.001, taker: 0.001, hasKrxTax: true },
};

/**
 * What a sale of a KOSPI or KOSDAQ stock pays in all (KOSPI: securities transaction tax plus 0.15 % special tax for rural areas;
 * KOSDAQ: the transaction tax alone; the sums are equal). Enforcement Decree of the Securities Transaction Tax Act, article 5:
 * 0.20 % in 2023, 0.18 % in 2024, 0.15 % in 2025, back to 0.20 % from 2026-01-01 (amendment announced on 2025-12-01).
 */
export const KRX_SELL_TAX: readonly DatedRate[] = [
  { from: '2023-01-01', rate: 0.002 },
  { from: '2024-01-01', rate: 0.0018 },
  { from: '2025-01-01', rate: 0.0015 },
  { from: '2026-01-01', rate: 0.002 },
];

/**
 * - A commission is a fixed part of the value by venue and by maker or taker; there are no volume tiers, discounts or minimum fees.
 * - Sales of KRW stocks pay the tax of the trade date in Korea (the law counts the settlement date, two trading days later).
 * - Commission and tax are rounded up apart, each to the next minor unit.
 */
export function venueFees(venues: Readonly<Record<string, VenueFees>>, tax: readonly DatedRate[]): FeeModel {
  const taxFromUs = tax.map(({ from, rate }) => ({ fromUs: koreanMidnightUs(from), rate }));
  return {
    name: 'venue',
    assumptions: [
      'a commission is a fixed part of the value by venue, maker or taker; no tiers, discounts or minimum fees',
      'sales of KRX stocks pay the tax in force on the trade date in Korea',
      'commission and tax are rounded up apart, each to the next minor unit',
    ],
    feeMinor(instrument, side, liquidity, price, size, timeUs) {
      const fees = venues[instrument.venue] ?? venues['*'] ?? VENUE_FEES['*']!;
      const commission = feeOf(instrument, price, size, liquidity === 'maker' ? fees.maker : fees.taker);
      if (!fees.hasKrxTax || side === 'buy' || instrument.kind !== 'stock' || instrument.currency !== 'KRW') return commission;
      return commission + feeOf(instrument, price, size, taxFromUs.findLast(({ fromUs }) => fromUs <= timeUs)?.rate ?? 0);
    },
  };
}

/** - Trading is free: no commissions, no taxes. Optimistic. */
export const NO_FEES: FeeModel = {
  name: 'none',
  assumptions: ['optimistic: no commissions and no taxes'],
  feeMinor: (_instrument: Instrument, _side: Fill['side']) => 0,
};

/** Rounded up: a fee takes money, so it is booked as the negative amount rounded down. */
function feeOf(instrument: Instrument, price: number, size: number, rate: number): MinorUnits {
  if (rate === 0) return 0;
  return 0 - bookAmount([-1, price, size, instrument.multiplier, rate], instrument.currency, 'against-us');
}

/** Start of a Korean day in microseconds; NaN when the text is no date. */
export function koreanMidnightUs(date: string): number {
  const nanoseconds = /^\d{4}-\d{2}-\d{2}$/.test(date) ? parseIsoNanoseconds(date, KST_OFFSET_US) : undefined;
  return nanoseconds === undefined ? Number.NaN : microsecondsOf(nanoseconds);
}

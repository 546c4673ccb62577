import { assert, plainDecimal } from '#domain';
import type { SlippageModel } from './model.ts';

const BASIS_POINTS = 10_000;

/** - Takers pay the recorded prices level by level and nothing more: our order does not move the market. */
export function noSlippage(): SlippageModel {
  return {
    name: 'none',
    assumptions: ['takers pay the recorded prices and nothing more: our orders do not move the market'],
    takerPrice: (_direction, price) => price,
  };
}

/**
 * - Every taker fill is worse than the recorded price by a fixed part of it; a limit price is never crossed.
 * - The price is not rounded to the venue's tick: that would hide slippage smaller than a tick.
 */
export function fixedSlippage(bps: number): SlippageModel {
  assert(bps >= 0 && bps < BASIS_POINTS, `slippage is at least 0 and below ${BASIS_POINTS} basis points, not ${bps}`);
  return {
    name: 'fixed-bps',
    assumptions: [
      `a taker fills ${plainDecimal(bps)} basis points worse than the recorded price, never worse than its own limit`,
      "prices with slippage are not rounded to the venue's tick",
    ],
    takerPrice: (direction, price) => (price * (BASIS_POINTS + direction * bps)) / BASIS_POINTS,
  };
}

import { assert, plainDecimal } from '#domain';
import { shareOfSize } from '../order-decimals.ts';
import type { FillModel } from './model.ts';

/**
 * - Visible levels of a book or quote are ours to take until the tape changes them; what we took of a level does not come back before.
 * - Of a printed trade, or of a bar's volume, at most a share is ours, in whole steps of the order's size.
 * - The rest of a market order waits for the next liquidity, or is cancelled, as `marketRest` says.
 */
export function participation(share: number, marketRest: 'wait' | 'cancel'): FillModel {
  assert(share > 0 && share <= 1, `a share is above 0 and at most 1, not ${share}`);
  return {
    name: 'participation',
    assumptions: [
      'visible levels are ours to take once: what we took of a level does not come back before the tape changes that level',
      `of a printed trade or a bar's volume at most ${plainDecimal(share * 100)} % is ours`,
      marketRest === 'wait'
        ? 'the rest of a market order waits for the next liquidity'
        : 'the rest of a market order is cancelled when the visible liquidity is used up',
    ],
    printedPart: (size, decimals) => shareOfSize(size, share, decimals),
    marketRest,
  };
}

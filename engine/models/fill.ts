import { assert, formatDuration, plainDecimal, SECOND_US } from '#domain';
import { shareOfSize } from '../order-decimals.ts';
import type { FillModel } from './model.ts';

/** A trade is history no sooner than this after its venue time, however short the lateness of candles was set. */
const HISTORY_AGE_MIN_US = 2 * SECOND_US;

/**
 * How old a trade may be when it is told, by the venue's lateness, and still be the market. Venues send their last trades to every new
 * subscriber: an order that rests now was not there when they happened, and they are no mark of now.
 */
export function tradeAgeMaxUs(latenessUs: number): number {
  return Math.max(latenessUs, HISTORY_AGE_MIN_US);
}

/**
 * - Visible levels of a book or quote are ours to take until the tape changes them; what we took of a level does not come back before.
 * - Of a printed trade, or of a bar's volume, at most a share is ours, in whole steps of the order's size.
 * - Trades older than `tradeAgeMaxUs` fill nothing: the engine does not show them to the broker.
 * - The rest of a market order waits for the next liquidity, or is cancelled, as `marketRest` says.
 */
export function participation(share: number, marketRest: 'wait' | 'cancel'): FillModel {
  assert(share > 0 && share <= 1, `a share is above 0 and at most 1, not ${share}`);
  return {
    name: 'participation',
    assumptions: [
      'visible levels are ours to take once: what we took of a level does not come back before the tape changes that level',
      `of a printed trade or a bar's volume at most ${plainDecimal(share * 100)} % is ours`,
      `a trade told longer after its venue time than candles wait for late ones (at least ${formatDuration(HISTORY_AGE_MIN_US)}) is history: it fills nothing and moves no mark`,
      marketRest === 'wait'
        ? 'the rest of a market order waits for the next liquidity'
        : 'the rest of a market order is cancelled when the visible liquidity is used up',
    ],
    printedPart: (size, decimals) => shareOfSize(size, share, decimals),
    marketRest,
  };
}

import { type Position, plainDecimal } from '#domain';
import { subtractDecimals } from '../order-decimals.ts';
import { readable } from './exposure.ts';
import type { ExitRule } from './rule.ts';

/** A distance from the average entry: in percent of it, or in points of price. */
export interface PriceDistance {
  readonly percent?: number;
  readonly points?: number;
}

/** Closes a position whose mark is at or beyond the distance against us. */
export function stopLossRule(distance: PriceDistance): ExitRule {
  return {
    name: 'stop-loss',
    exitReason(position, mark) {
      const limit = pointsOf(distance, position);
      if (isClearlyBelow(-roughGain(position, mark), limit)) return undefined;
      return -gain(position, mark) >= limit ? describe(position, mark, distance) : undefined;
    },
  };
}

/** Closes a position whose mark is at or beyond the distance in our favour. */
export function takeProfitRule(distance: PriceDistance): ExitRule {
  return {
    name: 'take-profit',
    exitReason(position, mark) {
      return hasGained(position, mark, pointsOf(distance, position)) ? describe(position, mark, distance) : undefined;
    },
  };
}

/** Whether a position is ahead by so many points, or more; false while the mark is unknown. */
export function hasGained(position: Position, mark: number, points: number): boolean {
  return !isClearlyBelow(roughGain(position, mark), points) && gain(position, mark) >= points;
}

/** Whether a value is so far below a limit that no rounding of doubles matters: the exact comparison is then not worth its time. */
export function isClearlyBelow(value: number, limit: number): boolean {
  return value < limit * 0.999_999;
}

function roughGain(position: Position, mark: number): number {
  return position.size > 0 ? mark - position.averagePrice : position.averagePrice - mark;
}

/** Points of price a position is ahead, as decimals: 91.8 − 90 is 1.8, so that the limit itself counts. Below 0 behind, NaN while unknown. */
function gain(position: Position, mark: number): number {
  return position.size > 0 ? subtractDecimals(mark, position.averagePrice) : subtractDecimals(position.averagePrice, mark);
}

function pointsOf(distance: PriceDistance, position: Position): number {
  return distance.points ?? (position.averagePrice * (distance.percent ?? Number.POSITIVE_INFINITY)) / 100;
}

function describe(position: Position, mark: number, distance: PriceDistance): string {
  const moved = gain(position, mark);
  const isPoints = distance.points !== undefined;
  const way = isPoints ? readable(Math.abs(moved)) : `${readable((Math.abs(moved) / position.averagePrice) * 100)} %`;
  const limit = isPoints ? readable(distance.points) : `${readable(distance.percent ?? Number.POSITIVE_INFINITY)} %`;
  const direction = moved < 0 ? 'against' : 'for';
  return `${plainDecimal(mark)} is ${way} ${direction} us from the average entry of ${readable(position.averagePrice)} and the limit is ${limit}`;
}

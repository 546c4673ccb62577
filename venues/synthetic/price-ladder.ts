import { assert, powerOfTen } from '#domain';
import { KRX_TICK_SIZES } from '../krx-tick-size.ts';

/** The prices a market allows, counted from the lowest: tick 0, 1, 2, … */
export interface PriceLadder {
  /** The nearest double of the tick's decimal price. */
  priceOf(tick: number): number;
  /** The highest tick whose price is not above `price`. */
  tickBelow(price: number): number;
}

/** Equal steps of `unitsPerTick` × 10^-decimals: 0.01 is `evenLadder(1, 2)`, 0.5 is `evenLadder(5, 1)`. */
export function evenLadder(unitsPerTick: number, decimals: number): PriceLadder {
  assert(Number.isSafeInteger(unitsPerTick) && unitsPerTick > 0, 'a tick is a whole number of units above 0');
  const power = powerOfTen(decimals);
  const priceOf = (tick: number) => (tick * unitsPerTick) / power;
  return {
    priceOf,
    // The product may fall short of a whole tick (0.29 × 100 is below 29), so the nearest one is compared by its price.
    tickBelow: (price) => {
      const nearest = Math.round((price * power) / unitsPerTick);
      return priceOf(nearest) <= price ? nearest : nearest - 1;
    },
  };
}

/** Whole won with the step of the price's band. */
export function krxLadder(): PriceLadder {
  return bandLadder(KRX_TICK_SIZES, 0);
}

/** KOSPI 200 options in points: steps of 0.01 below 10, of 0.05 from there on (contract specification of KRX). */
export function indexOptionLadder(): PriceLadder {
  const bands = [
    { fromPrice: 0, tickSize: 1 },
    { fromPrice: 1_000, tickSize: 5 },
  ];
  return bandLadder(bands, 2);
}

/** Prices whose step depends on the band they are in; bands are in units of 10^-decimals and start at 0. */
function bandLadder(sizes: readonly { readonly fromPrice: number; readonly tickSize: number }[], decimals: number): PriceLadder {
  const power = powerOfTen(decimals);
  const bands = tickBands(sizes);
  const priceOf = (tick: number) => {
    const band = bands.findLast((candidate) => tick >= candidate.fromTick) ?? bands[0]!;
    return (band.fromPrice + (tick - band.fromTick) * band.tickSize) / power;
  };
  return {
    priceOf,
    tickBelow: (price) => {
      const units = price * power;
      const band = bands.findLast((candidate) => units >= candidate.fromPrice) ?? bands[0]!;
      const tick = band.fromTick + Math.floor((units - band.fromPrice) / band.tickSize);
      // As in `evenLadder`: the product may fall just short of a whole tick.
      return priceOf(tick + 1) <= price ? tick + 1 : tick;
    },
  };
}

function tickBands(
  sizes: readonly { readonly fromPrice: number; readonly tickSize: number }[],
): readonly { readonly fromPrice: number; readonly tickSize: number; readonly fromTick: number }[] {
  let fromTick = 0;
  return sizes.map((band, index) => {
    const below = sizes[index - 1];
    if (below !== undefined) fromTick += (band.fromPrice - below.fromPrice) / below.tickSize;
    return { ...band, fromTick };
  });
}

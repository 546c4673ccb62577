import type { Instrument } from '#domain';

export type CoincallVenueId = 'coincall-options' | 'coincall-futures';

/** Profit, premiums and fees are in dollars (`settle` of the public configuration). */
export const CURRENCY = 'USD';
const OPTION = /^[A-Z0-9]+USD-[1-9]\d?[A-Z]{3}\d{2}-\d+(?:\.\d+)?-[CP]$/;
const UNDERLYING = /^[A-Z0-9]+USD$/;

/**
 * What a symbol is where the tape holds no masters. A size is in coins, so a price point is worth one dollar for each (fills print
 * `matchValue` = price × size); strike and expiry are looked up, never read from the name. `BTCUSD` is the index on the options
 * side and the perpetual on the futures side.
 */
export function instrumentOf(venue: CoincallVenueId, symbol: string): Instrument {
  const isOptions = venue === 'coincall-options';
  if (UNDERLYING.test(symbol)) return { venue, symbol, kind: isOptions ? 'index' : 'perpetual', currency: CURRENCY, multiplier: 1 };
  if (isOptions && OPTION.test(symbol)) return { venue, symbol, kind: 'option', currency: CURRENCY, multiplier: 1 };
  return { venue, symbol, kind: 'unknown', currency: CURRENCY, multiplier: 1 };
}

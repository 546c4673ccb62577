import type { Instrument } from '#domain';
import type { Venue } from '#venues';

/** Lateness of candles of a venue that has no decoder: it has no candles either, but the engine asks. */
const LATENESS_DEFAULT_US = 2_000_000;

/** The instrument of a symbol; of a venue without a decoder only its name is known. */
export function instrumentOf(venues: ReadonlyMap<string, Venue>, venue: string, symbol: string): Instrument {
  return venues.get(venue)?.instrument(symbol) ?? { venue, symbol, kind: 'unknown', currency: '', multiplier: 1 };
}

export function latenessOf(venues: ReadonlyMap<string, Venue>, venue: string): number {
  return venues.get(venue)?.latenessUs ?? LATENESS_DEFAULT_US;
}

import { type Instrument, MILLISECOND_US } from '#domain';
import type { ChainRooms, OptionChain, VenueRooms } from '../rooms.ts';
import { type LiveChain, liveChains } from './live-chains.ts';

const UNDERLYING = /^[A-Z0-9]+USD$/;

const CHAINS: ChainRooms = {
  masterEndpoints: new Set(['instruments']),
  priceLabels: new Set(['tOption', 'bsInfo', 'spotPrice']),
  priceEndpoints: new Set(),
  // `up`, the forward of the option's own expiry.
  selfTellingChannels: new Set(['tOption', 'bsInfo']),
  wishOf: ({ per, underlying = '', expiries, strikes }) => ({
    name: underlying,
    maturity: '',
    maturities: Number(expiries),
    per: per === 'expiry' ? 'maturity' : 'strike',
    ...(strikes === undefined ? {} : { strikes: Number(strikes) }),
  }),
  masterSymbolsOf: ({ underlying }) => (underlying === undefined ? [] : [underlying]),
  chainsOf: (instruments: Iterable<Instrument>, nowUs: number) => liveChains(instruments, nowUs).map(chainOf),
  // On the options side the name of an underlying is its index.
  sourceOf: (symbol) => (UNDERLYING.test(symbol) ? { underlying: symbol, rank: '', reading: 'indexPrice' } : undefined),
  boardOf: ({ underlying, maturity }) => ({ symbol: underlying, options: { end: maturity } }),
};

/** Rooms of Coincall options: the nearest expiries of an underlying. At 08:00 UTC the next take the place of the expired, from the list that is known. */
export const COINCALL_OPTIONS_ROOMS: VenueRooms = { chains: CHAINS };

/** Milliseconds since the epoch have 13 digits until 2286, so that their texts sort by time. */
function chainOf({ underlying, endMs, strikes }: LiveChain): OptionChain {
  return {
    name: underlying,
    maturity: String(endMs),
    underlying,
    expiresAtUs: endMs * MILLISECOND_US,
    strikes: strikes.flatMap(({ strike, call, put }) => (call === undefined || put === undefined ? [] : [{ strike, call, put }])),
  };
}

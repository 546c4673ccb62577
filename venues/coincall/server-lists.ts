import { type Instrument, microsecondsFromCivil, plainDecimal } from '#domain';
import type { ServedMarket } from '../server-protocol.ts';
import { encodeConfig, encodeInstruments } from './encode.ts';
import { type CoincallVenueId, instrumentOf } from './instrument.ts';
import { type LiveStrike, liveChains } from './live-chains.ts';
import { MONTHS } from './streams.ts';

/** Lists that the tape did not record, made of the symbols it shows; steps and fees are not in them. */

const CONTRACT = /^([A-Z0-9]+USD)-(\d{1,2})([A-Z]{3})(\d\d)-(\d+(?:\.\d+)?)-([CP])$/;
const EXPIRY_HOUR = 8;

/**
 * What the name of a contract says. Only for lists served from a tape without masters: elsewhere strike and expiry are looked up. The grammar
 * of names is documented, and expiry is 08:00 UTC of the day.
 */
function contractOf(venue: CoincallVenueId, symbol: string): Instrument | undefined {
  const [, , day, monthName = '', year, strike, side] = CONTRACT.exec(symbol) ?? [];
  const month = MONTHS.indexOf(monthName) + 1;
  if (month === 0) return undefined;
  const expiryUs = microsecondsFromCivil({
    ...{ year: 2000 + Number(year), month, day: Number(day) },
    ...{ hour: EXPIRY_HOUR, minute: 0, second: 0, microsecond: 0 },
  });
  return { ...instrumentOf(venue, symbol), strike: Number(strike), expiryUs, optionType: side === 'C' ? 'call' : 'put' };
}

/** Contracts of a base, or all futures. */
export function builtInstruments(venue: CoincallVenueId, symbols: readonly string[], base = ''): string {
  if (venue === 'coincall-futures') return encodeInstruments(venue, futuresOf(symbols));
  return encodeInstruments(
    venue,
    contractsNamed(venue, symbols).filter(({ symbol }) => symbol.startsWith(`${base}USD-`)),
  );
}

export function builtConfig(venue: CoincallVenueId, symbols: readonly string[]): string {
  return encodeConfig(venue === 'coincall-futures' ? futuresOf(symbols) : []);
}

/** Rows of the futures symbols. */
export function builtSymbols(market: ServedMarket): readonly Readonly<Record<string, unknown>>[] {
  return futuresOf(market.symbols()).map(({ symbol, currency }) => {
    const base = symbol.replace(/USD$/, '');
    const price = priceText(market.lastPrice(symbol));
    return { symbol, displayName: `${base}-PERP`, baseToken: base, quoteToken: currency, markPrice: price, indexPrice: price };
  });
}

/** Rows of a chain, one a strike: of the expiry `endTime` (ms), or of all that are live. */
export function builtChain(
  market: ServedMarket,
  underlying: string,
  endTime: string | undefined,
): readonly Readonly<Record<string, unknown>>[] {
  const contracts = contractsNamed('coincall-options', market.symbols());
  const chains = liveChains(contracts, endTime === undefined ? market.nowUs : Number.NEGATIVE_INFINITY);
  return chains
    .filter((chain) => chain.underlying === underlying && (endTime === undefined || chain.endMs === Number(endTime)))
    .flatMap(({ strikes, endMs }) => strikes.map((strike) => chainRow(market, strike, endMs)));
}

function chainRow(market: ServedMarket, strike: LiveStrike, endMs: number): Readonly<Record<string, unknown>> {
  const [call, put] = [strike.call, strike.put].map((name) => (name === undefined ? null : contractRow(market, name)));
  return { strike: plainDecimal(strike.strike), endTime: endMs, callOption: call, putOption: put };
}

function contractRow(market: ServedMarket, symbol: string): Readonly<Record<string, unknown>> {
  const book = market.book(symbol);
  const [bid, bidSize] = book?.bids[0] ?? [0, 0];
  const [ask, askSize] = book?.asks[0] ?? [0, 0];
  return {
    ...{ symbol, symbolName: symbol, lastPrice: priceText(market.lastPrice(symbol)) },
    ...{ bid: plainDecimal(bid), bidSize: plainDecimal(bidSize), ask: plainDecimal(ask), askSize: plainDecimal(askSize) },
  };
}

function contractsNamed(venue: CoincallVenueId, symbols: readonly string[]): readonly Instrument[] {
  return symbols.flatMap((symbol) => contractOf(venue, symbol) ?? []);
}

function futuresOf(symbols: readonly string[]): readonly Instrument[] {
  return symbols.map((symbol) => instrumentOf('coincall-futures', symbol)).filter(({ kind }) => kind === 'perpetual');
}

function priceText(price: number): string {
  return Number.isNaN(price) ? '0' : plainDecimal(price);
}

import { type Instrument, MILLISECOND_US, MINUTE_US, SECOND_US } from '#domain';
import {
  type CoincallChainRow,
  type CoincallPricing,
  type CoincallVenueId,
  encodeCoincallBar,
  encodeCoincallBook,
  encodeCoincallChain,
  encodeCoincallConfig,
  encodeCoincallInstruments,
  encodeCoincallPricing,
  encodeCoincallServerTime,
  encodeCoincallTicker,
  encodeCoincallTrades,
  type Listing,
  type MarketMoment,
  type RestRequest,
} from '#venues';
import { MinuteBars } from './minute-bars.ts';
import { rounded } from './printed-number.ts';
import type { ScribePoll, VenueScribe } from './scribe.ts';

const GENERATION = 'g2';
const CURRENCY = 'USD';
/** How often the chain of an expiry is sent as a whole. */
const CHAIN_EVERY_US = 2 * SECOND_US;
/** How far quotes' volatilities lie on both sides of the model's. */
const VOLATILITY_SPREAD = 0.012;
const TEXT = new TextEncoder();

/** Coincall options or futures: books, trades, pricing, chains, tickers and bars, and the lists of instruments. */
export class CoincallScribe implements VenueScribe {
  readonly venue: CoincallVenueId;
  readonly symbols: readonly string[];
  readonly polls: readonly ScribePoll[] = [];
  readonly #listings: readonly Listing[];
  readonly #told: ReadonlySet<string>;
  readonly #bars = new Map<string, MinuteBars>();
  /** The last moment of every option, and when its chain was sent, by expiry. */
  readonly #chains = new Map<number, { readonly moments: Map<string, MarketMoment>; sentAtUs: number }>();

  constructor(venue: CoincallVenueId, listings: readonly Listing[]) {
    this.venue = venue;
    this.#listings = listings.filter(({ segment }) => segment === venue);
    this.#told = new Set(this.#listings.map(({ symbol }) => symbol));
    this.symbols = this.#listings.map(({ symbol }) => symbol);
  }

  tell(moment: MarketMoment, send: (frame: Uint8Array) => void): void {
    const { listing } = moment;
    if (listing.segment !== this.venue || !this.#told.has(listing.symbol)) return;
    const say = (text: string) => send(TEXT.encode(text));
    this.#sayTrades(moment, say);
    say(encodeCoincallBook(this.venue, GENERATION, bookOf(moment)));
    if (moment.option === undefined) say(encodeCoincallTicker(GENERATION, tickerOf(moment)));
    else {
      say(encodeCoincallPricing(GENERATION, pricingOf(moment)));
      this.#sayChain(moment, say);
    }
  }

  answer(request: RestRequest, nowUs: number): Uint8Array | undefined {
    const body = this.#bodyOf(request, nowUs);
    return body === undefined ? undefined : TEXT.encode(body);
  }

  #bodyOf({ endpoint, meta }: RestRequest, nowUs: number): string | undefined {
    switch (endpoint) {
      case 'server-time':
        return encodeCoincallServerTime(wholeMillisecond(nowUs));
      case 'config':
        return encodeCoincallConfig(this.venue === 'coincall-futures' ? this.#instruments('') : []);
      case 'instruments':
        return encodeCoincallInstruments(this.venue, this.#instruments(String(meta?.base ?? '')));
      case 'symbols':
        return JSON.stringify({ code: 0, msg: 'Success', i18nArgs: null, data: this.#listings.map(symbolRow) });
      default:
        return undefined;
    }
  }

  /** Of the coin, or all. */
  #instruments(base: string): readonly Instrument[] {
    return this.#listings.filter(({ symbol }) => symbol.startsWith(base)).map((listing) => instrumentOf(this.venue, listing));
  }

  /** The list of trades, and the bar that they changed. */
  #sayTrades({ listing, timeUs, trades }: MarketMoment, say: (text: string) => void): void {
    if (trades.length === 0) return;
    const { symbol } = listing;
    const taken = trades.flatMap(({ price, size, side }) => (side === 0 ? [] : [{ symbol, venueTimeUs: timeUs, price, size, side }]));
    say(encodeCoincallTrades(this.venue, GENERATION, taken));
    const bars = this.#bars.get(symbol) ?? new MinuteBars();
    this.#bars.set(symbol, bars);
    for (const trade of trades) bars.add(timeUs, trade);
    const { openTimeUs, open, high, low, close, volume } = bars.bars.at(-1)!;
    say(encodeCoincallBar(this.venue, { symbol, intervalUs: MINUTE_US, openTimeUs, open, high, low, close, volume: rounded(volume, 3) }));
  }

  #sayChain(moment: MarketMoment, say: (text: string) => void): void {
    const expiryUs = moment.listing.expiryUs!;
    const chain = this.#chains.get(expiryUs) ?? { moments: new Map<string, MarketMoment>(), sentAtUs: moment.timeUs };
    this.#chains.set(expiryUs, chain);
    chain.moments.set(moment.listing.symbol, moment);
    if (moment.timeUs - chain.sentAtUs < CHAIN_EVERY_US) return;
    chain.sentAtUs = moment.timeUs;
    say(
      encodeCoincallChain(
        GENERATION,
        [...chain.moments.values()].map((known) => chainRow(known, moment.timeUs)),
      ),
    );
  }
}

function bookOf({ listing, timeUs, bids, asks }: MarketMoment) {
  return { symbol: listing.symbol, venueTimeUs: timeUs, bids: bids.levels, asks: asks.levels };
}

function pricingOf(moment: MarketMoment): CoincallPricing {
  const { listing, timeUs, sums, openInterest, option } = moment;
  const { impliedVolatility, delta, gamma, theta, vega, theoreticalPrice, forwardPrice } = option!;
  return {
    symbol: listing.symbol,
    venueTimeUs: timeUs,
    impliedVolatility: rounded(impliedVolatility, 4),
    delta: rounded(delta, 5),
    gamma: rounded(gamma, 6),
    theta: rounded(theta, 4),
    vega: rounded(vega, 4),
    markPrice: rounded(theoreticalPrice, 2),
    underlyingPrice: rounded(forwardPrice, 2),
    openInterest,
    readings: {
      timeToExpiryMs: Math.floor((listing.expiryUs! - timeUs) / MILLISECOND_US),
      indexPrice: rounded(forwardPrice, 2),
      ...sumNumbers(moment),
      volume: sums.volume,
    },
  };
}

/** A row of a chain tells the time at which the chain is sent. */
function chainRow(moment: MarketMoment, timeUs: number): CoincallChainRow {
  const bid = moment.bids.levels[0];
  const ask = moment.asks.levels[0];
  const { impliedVolatility } = moment.option!;
  return {
    ...pricingOf(moment),
    venueTimeUs: timeUs,
    bidImpliedVolatility: rounded(impliedVolatility * (1 - VOLATILITY_SPREAD), 4),
    askImpliedVolatility: rounded(impliedVolatility * (1 + VOLATILITY_SPREAD), 4),
    bidPrice: bid?.price ?? Number.NaN,
    bidSize: bid?.size ?? Number.NaN,
    askPrice: ask?.price ?? Number.NaN,
    askSize: ask?.size ?? Number.NaN,
    readings: { ...sumNumbers(moment), volume: moment.sums.volume, upv: 0 },
  };
}

function tickerOf(moment: MarketMoment) {
  const { listing, timeUs, sums, bids, asks, openInterest } = moment;
  const markPrice = rounded(((bids.levels[0]?.price ?? Number.NaN) + (asks.levels[0]?.price ?? Number.NaN)) / 2, 2);
  const price = Number.isNaN(sums.lastPrice) ? listing.startPrice : sums.lastPrice;
  return {
    symbol: listing.symbol,
    venueTimeUs: timeUs,
    readings: { price, markPrice, indexPrice: markPrice, openInterest, ...sumNumbers(moment) },
  };
}

function sumNumbers({ sums, previousClose }: MarketMoment): Readonly<Record<string, number>> {
  if (Number.isNaN(sums.lastPrice)) return { volume24h: 0 };
  return {
    lastPrice: sums.lastPrice,
    high24h: sums.highPrice,
    low24h: sums.lowPrice,
    dayOpen: previousClose,
    change: rounded(sums.lastPrice - previousClose, 2),
    changeRate: rounded(sums.lastPrice / previousClose - 1, 6),
    volume24h: sums.volume,
    volumeUsd24h: rounded(sums.value, 2),
  };
}

function instrumentOf(venue: CoincallVenueId, listing: Listing): Instrument {
  const { symbol, ladder, lotDecimals, strike, expiryUs, optionType } = listing;
  const lotSize = LOT_SIZES[lotDecimals]!;
  const common = { venue, symbol, currency: CURRENCY, multiplier: 1, tickSize: ladder.priceOf(1), lotSize };
  if (strike === undefined || expiryUs === undefined || optionType === undefined) return { ...common, kind: 'perpetual' };
  return { ...common, kind: 'option', strike, expiryUs, optionType };
}

const LOT_SIZES = [1, 0.1, 0.01, 0.001];

function symbolRow({ symbol, name }: Listing) {
  return { symbol, displayName: name, baseToken: symbol.replace(/USD$/, ''), quoteToken: CURRENCY };
}

function wholeMillisecond(timeUs: number): number {
  return Math.floor(timeUs / MILLISECOND_US) * MILLISECOND_US;
}

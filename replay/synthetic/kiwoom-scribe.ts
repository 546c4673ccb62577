import { SECOND_US } from '#domain';
import {
  encodeKiwoomBooks,
  encodeKiwoomPhases,
  encodeKiwoomQuotes,
  encodeKiwoomStock,
  encodeKiwoomStockList,
  encodeKiwoomTrades,
  encodeKiwoomVolatility,
  type Interruption,
  type KiwoomBook,
  type KiwoomStock,
  type KiwoomTrade,
  type KiwoomVolatility,
  type Listing,
  type MarketMoment,
  type MarketTrade,
  type RestRequest,
  type TradingPhase,
} from '#venues';
import { directionCode, timeDigits } from './kis-rows.ts';
import { percentChange, rounded } from './printed-number.ts';
import type { ScribePoll, VenueScribe } from './scribe.ts';

/** FID 215: the notice before the open, the open, the notice before the close, the close. */
const PHASE_CODES: Readonly<Record<TradingPhase, string>> = {
  'opening-auction': '0',
  regular: '3',
  'closing-auction': '2',
  closed: '4',
};
/** `mrkt_tp` of the stock lists. */
const MARKETS: Readonly<Record<string, string>> = { '0': 'kospi', '10': 'kosdaq' };
const STATIC = 1;
const UNIFIED = '_AL';
const MILLION = 1_000_000;
const THOUSAND = 1_000;
const PERCENT = 100;
const KRX = 1;

/** Kiwoom: Korean stocks with trades, books, best prices, volatility interruptions and the phases of the market. */
export class KiwoomScribe implements VenueScribe {
  readonly venue = 'kiwoom';
  readonly symbols: readonly string[];
  readonly polls: readonly ScribePoll[] = [];
  readonly #stocks: readonly Listing[];
  readonly #told: ReadonlySet<string>;
  readonly #best = new Map<string, string>();
  #phase = '';

  constructor(listings: readonly Listing[]) {
    this.#stocks = listings.filter(({ kind }) => kind === 'stock');
    this.symbols = this.#stocks.map(({ symbol }) => symbol);
    this.#told = new Set(this.symbols);
  }

  tell(moment: MarketMoment, send: (frame: Uint8Array) => void): void {
    const { listing, trades, phase, interruption } = moment;
    if (!this.#told.has(listing.symbol)) return;
    if (moment.isNewPhase) this.#tellPhase(moment, send);
    if (trades.length > 0) send(encodeKiwoomTrades(trades.map((trade) => tradeOf(moment, trade))));
    // Each interruption comes twice, for the stock on KRX and for the unified market.
    if (interruption !== undefined) send(encodeKiwoomVolatility(['', UNIFIED].map((suffix) => volatilityOf(moment, interruption, suffix))));
    if (phase === 'closed') return;
    send(encodeKiwoomBooks([bookOf(moment)]));
    this.#tellBest(moment, send);
  }

  answer(request: RestRequest): Uint8Array | undefined {
    if (request.endpoint === 'stock') {
      const found = this.#stocks.find(({ symbol }) => symbol === request.meta?.symbol);
      return found === undefined ? undefined : encodeKiwoomStock(stockOf(found));
    }
    const segment = MARKETS[String(request.meta?.market ?? '')];
    if (request.endpoint !== 'stock-list' || segment === undefined) return undefined;
    return encodeKiwoomStockList(this.#stocks.filter((stock) => stock.segment === segment).map(stockOf));
  }

  /** All stocks enter a phase together, and it is said once. */
  #tellPhase({ timeUs, phase }: MarketMoment, send: (frame: Uint8Array) => void): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    send(encodeKiwoomPhases([{ venueTimeUs: wholeSecond(timeUs), code: PHASE_CODES[phase] }]));
  }

  #tellBest({ listing, bids, asks, previousClose, phase }: MarketMoment, send: (frame: Uint8Array) => void): void {
    const bid = bids.levels[0];
    const ask = asks.levels[0];
    if (phase !== 'regular' || bid === undefined || ask === undefined) return;
    const best = `${bid.price} ${ask.price}`;
    if (this.#best.get(listing.symbol) === best) return;
    this.#best.set(listing.symbol, best);
    send(encodeKiwoomQuotes([{ symbol: listing.symbol, bidPrice: bid.price, askPrice: ask.price, previousClose }]));
  }
}

function tradeOf(moment: MarketMoment, { price, size, side, sums }: MarketTrade): KiwoomTrade {
  const { listing, timeUs, previousClose, bids, asks } = moment;
  const bid = bids.levels[0];
  const ask = asks.levels[0];
  const taken = sums.buyVolume + sums.sellVolume;
  return {
    symbol: listing.symbol,
    venueTimeUs: wholeSecond(timeUs),
    price,
    size,
    side,
    cumulativeVolume: sums.volume,
    previousClose,
    readings: {
      change: price - previousClose,
      change_percent: percentChange(previousClose, price),
      ...(ask === undefined ? {} : { ask_price: ask.price }),
      ...(bid === undefined ? {} : { bid_price: bid.price }),
      cumulative_value_million_krw: Math.floor(sums.value / MILLION),
      open_price: sums.openPrice,
      high_price: sums.highPrice,
      low_price: sums.lowPrice,
      open_hhmmss: timeDigits(sums.openedAtUs),
      high_time_raw: timeDigits(sums.highAtUs),
      low_hhmmss: timeDigits(sums.lowAtUs),
      direction_code: directionCode(moment, price),
      trade_strength: sums.sellVolume === 0 ? 0 : rounded((sums.buyVolume / sums.sellVolume) * PERCENT, 2),
      sell_volume: sums.sellVolume,
      buy_volume: sums.buyVolume,
      buy_share_percent: taken === 0 ? 0 : rounded((sums.buyVolume / taken) * PERCENT, 2),
      sell_trades: sums.sellTrades,
      buy_trades: sums.buyTrades,
      signed_value_thousand_krw: Math.round((side * price * size) / THOUSAND),
      average_price: Math.round(sums.value / sums.volume),
      exchange_code: KRX,
    },
  };
}

function bookOf(moment: MarketMoment): KiwoomBook {
  const { listing, timeUs, bids, asks, previousClose, expectedPrice, expectedSize } = moment;
  return {
    symbol: listing.symbol,
    venueTimeUs: wholeSecond(timeUs),
    bids: bids.levels,
    asks: asks.levels,
    totalBidSize: bids.total,
    totalAskSize: asks.total,
    totalBidSizeChange: bids.totalChange,
    totalAskSizeChange: asks.totalChange,
    previousClose,
    ...(Number.isNaN(expectedPrice)
      ? {}
      : {
          readings: {
            expected_price: expectedPrice,
            expected_size: expectedSize,
            expected_price_change: expectedPrice - previousClose,
            expected_price_change_percent: percentChange(previousClose, expectedPrice),
            expected_price_direction_code: directionCode(moment, expectedPrice),
          },
        }),
  };
}

function volatilityOf({ listing, previousClose, sums }: MarketMoment, interruption: Interruption, suffix: string): KiwoomVolatility {
  const { isOn, price, direction, referencePrice, triggeredAtUs, releasedAtUs, count } = interruption;
  return {
    symbol: listing.symbol + suffix,
    instrumentName: listing.name,
    kind: STATIC,
    direction,
    price,
    triggeredAtUs,
    ...(isOn ? {} : { releasedAtUs }),
    readings: {
      cumulative_volume: sums.volume,
      cumulative_value_million_krw: Math.floor(sums.value / MILLION),
      static_reference_price: referencePrice,
      static_gap_percent: percentChange(referencePrice, price),
      trigger_price_change_percent: percentChange(previousClose, price),
      count_today: count,
    },
  };
}

function stockOf({ symbol, name, startPrice }: Listing): KiwoomStock {
  return { code: symbol, name, isOnNxt: false, previousClose: startPrice };
}

function wholeSecond(timeUs: number): number {
  return Math.floor(timeUs / SECOND_US) * SECOND_US;
}

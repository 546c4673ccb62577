import { assertNever, civilTime, KST_OFFSET_US } from '#domain';
import type { KisBook, KisLevel, KisOptionNumbers, KisTrade, MarketMoment, MarketSide, MarketTrade } from '#venues';
import { percentChange, rounded } from './printed-number.ts';

type Numbers = Readonly<Record<string, number>>;

/** Won per index point of a KOSPI 200 future or option. */
const INDEX_MULTIPLIER = 250_000;
/** The unit of values of derivatives: thousands of won. */
const VALUE_UNIT = 1_000;
const PERCENT = 100;

/** One print with what the day looks like after it. */
export function kisTrade(moment: MarketMoment, trade: MarketTrade): KisTrade {
  const { listing, bids, asks, timeUs, option } = moment;
  const bid = bids.levels[0];
  const ask = asks.levels[0];
  return {
    symbol: listing.symbol,
    venueTimeUs: timeUs,
    price: trade.price,
    size: trade.size,
    side: listing.kind === 'stock' ? trade.side : 0,
    condition: trade.condition,
    cumulativeVolume: trade.sums.volume,
    ...(bid === undefined ? {} : { bidPrice: bid.price, bidSize: bid.size }),
    ...(ask === undefined ? {} : { askPrice: ask.price, askSize: ask.size }),
    ...(option === undefined ? {} : { option: kisOption(moment) }),
    readings: listing.kind === 'stock' ? stockNumbers(moment, trade) : derivativeNumbers(moment, trade),
  };
}

/** The whole book; of stocks with the expected price of a call auction. */
export function kisBook(moment: MarketMoment): KisBook {
  const { listing, bids, asks, timeUs, expectedPrice, expectedSize, previousClose, sums } = moment;
  const isStock = listing.kind === 'stock';
  const hasExpected = isStock && !Number.isNaN(expectedPrice);
  return {
    symbol: listing.symbol,
    venueTimeUs: timeUs,
    bids: levelsOf(bids, isStock),
    asks: levelsOf(asks, isStock),
    totalBidSize: bids.total,
    totalAskSize: asks.total,
    totalBidOrders: bids.totalOrders,
    totalAskOrders: asks.totalOrders,
    totalBidSizeChange: bids.totalChange,
    totalAskSizeChange: asks.totalChange,
    ...(hasExpected ? { expectedPrice, expectedSize } : {}),
    readings: {
      hour_code: hourCode(moment),
      cumulative_volume: sums.volume,
      ...(hasExpected
        ? {
            expected_volume: expectedSize,
            expected_change: expectedPrice - previousClose,
            expected_change_percent: percentChange(previousClose, expectedPrice),
            expected_direction_code: directionCode(moment, expectedPrice),
          }
        : {}),
    },
  };
}

export function kisOption(moment: MarketMoment): KisOptionNumbers {
  const { impliedVolatility, delta, gamma, theta, vega, rho, theoreticalPrice } = moment.option!;
  return {
    impliedVolatility,
    delta: rounded(delta, 4),
    gamma: rounded(gamma, 4),
    theta: rounded(theta, 4),
    vega: rounded(vega, 4),
    rho: rounded(rho, 4),
    theoreticalPrice: rounded(theoreticalPrice, 2),
    openInterest: moment.openInterest,
  };
}

/** 1 upper limit, 2 up, 3 flat, 4 lower limit, 5 down. */
export function directionCode({ previousClose, lowestPrice, highestPrice }: MarketMoment, price: number): number {
  if (price >= highestPrice) return 1;
  if (price <= lowestPrice) return 4;
  return directionFrom(previousClose, price);
}

/** `HHMMSS` in Korea as a number; 0 for no time. */
export function timeDigits(timeUs: number): number {
  if (Number.isNaN(timeUs)) return 0;
  const { hour, minute, second } = civilTime(timeUs + KST_OFFSET_US);
  return hour * 10_000 + minute * 100 + second;
}

function levelsOf({ levels }: MarketSide, isStock: boolean): readonly KisLevel[] {
  return isStock ? levels.map(({ price, size }) => ({ price, size })) : levels;
}

/** 0 regular, 10 to 12 the letters A to C: expected price of the close, of the open, in an interruption. */
function hourCode({ phase, isInterrupted }: MarketMoment): number {
  if (isInterrupted) return 12;
  switch (phase) {
    case 'opening-auction':
      return 11;
    case 'closing-auction':
      return 10;
    case 'regular':
    case 'closed':
      return 0;
    default:
      return assertNever(phase);
  }
}

function stockNumbers(moment: MarketMoment, { price, sums }: MarketTrade): Numbers {
  const { bids, asks, interruption } = moment;
  return {
    ...dayNumbers(moment, price, sums),
    average_price: rounded(sums.value / sums.volume, 2),
    cumulative_value: sums.value,
    total_ask_size: asks.total,
    total_bid_size: bids.total,
    hour_code: 0,
    ...(interruption === undefined ? {} : { volatility_reference_price: interruption.referencePrice }),
  };
}

function derivativeNumbers(moment: MarketMoment, { price, sums }: MarketTrade): Numbers {
  const { bids, asks, openInterest, option, listing } = moment;
  const theory = option?.theoreticalPrice;
  const intrinsic = option === undefined ? 0 : intrinsicValue(moment);
  return {
    ...dayNumbers(moment, price, sums),
    cumulative_value: Math.floor((sums.value * INDEX_MULTIPLIER) / VALUE_UNIT),
    open_interest: openInterest,
    open_interest_change: openInterest - (listing.openInterest ?? 0),
    total_ask_size: asks.total,
    total_bid_size: bids.total,
    ...(theory === undefined
      ? {}
      : {
          premium: rounded(theory, 2),
          intrinsic_value: rounded(intrinsic, 2),
          time_value: rounded(Math.max(0, price - intrinsic), 2),
          theory_gap: rounded(price - theory, 2),
          average_volatility_percent: rounded(moment.option!.impliedVolatility * PERCENT, 2),
        }),
  };
}

/** What stocks and derivatives have in common. */
function dayNumbers(moment: MarketMoment, price: number, sums: MarketTrade['sums']): Numbers {
  const { previousClose } = moment;
  const taken = sums.buyVolume + sums.sellVolume;
  return {
    change: rounded(price - previousClose, 2),
    change_percent: percentChange(previousClose, price),
    direction_code: directionCode(moment, price),
    open_price: sums.openPrice,
    high_price: sums.highPrice,
    low_price: sums.lowPrice,
    open_hhmmss: timeDigits(sums.openedAtUs),
    high_hhmmss: timeDigits(sums.highAtUs),
    low_hhmmss: timeDigits(sums.lowAtUs),
    change_from_open: rounded(price - sums.openPrice, 2),
    change_from_high: rounded(price - sums.highPrice, 2),
    change_from_low: rounded(price - sums.lowPrice, 2),
    direction_code_from_open: directionFrom(sums.openPrice, price),
    direction_code_from_high: directionFrom(sums.highPrice, price),
    direction_code_from_low: directionFrom(sums.lowPrice, price),
    sell_trades: sums.sellTrades,
    buy_trades: sums.buyTrades,
    net_buy_trades: sums.buyTrades - sums.sellTrades,
    sell_volume: sums.sellVolume,
    buy_volume: sums.buyVolume,
    buy_share_percent: taken === 0 ? 0 : rounded((sums.buyVolume / taken) * PERCENT, 2),
    trade_strength: sums.sellVolume === 0 ? 0 : rounded((sums.buyVolume / sums.sellVolume) * PERCENT, 2),
  };
}

function intrinsicValue({ option, listing }: MarketMoment): number {
  const distance = option!.forwardPrice - listing.strike!;
  return Math.max(0, listing.optionType === 'call' ? distance : -distance);
}

function directionFrom(from: number, price: number): number {
  return price > from ? 2 : price < from ? 5 : 3;
}

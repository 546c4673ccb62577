import { civilTime, KST_OFFSET_US } from '#domain';
import {
  encodeKisDerivativeBars,
  encodeKisFuturesBoard,
  encodeKisOptionBoard,
  encodeKisStockBars,
  type KisBar,
  type KisBoardOption,
  type MarketMoment,
  type RestRequest,
} from '#venues';
import { directionCode, kisOption } from './kis-rows.ts';
import type { MinuteBars } from './minute-bars.ts';
import { percentChange, rounded } from './printed-number.ts';

/** What the world last said of an instrument. */
export interface KnownInstrument {
  readonly moment: MarketMoment;
  readonly bars: MinuteBars;
}

/** Hours past midnight belong to the night that began on the day before. */
const NIGHT_UNTIL_HOUR = 7;
const NEAR_THE_MONEY_POINTS = 1.25;

/** The answer to a poll; `undefined` while nothing is known or nothing trades: recorders ask in open markets, and boards stand still by night. */
export function kisBody(request: RestRequest, known: ReadonlyMap<string, KnownInstrument>): Uint8Array | undefined {
  switch (request.endpoint) {
    case 'option-board':
      return optionBoard(known, String(request.meta?.maturity ?? ''));
    case 'futures-board':
      return futuresBoard(known);
    case 'stock-minute-bars':
    case 'derivative-minute-bars':
      return minuteBars(request, known.get(String(request.meta?.symbol ?? '')));
    default:
      return undefined;
  }
}

/** Calls, then puts, each from the highest strike, as the venue has them. */
function optionBoard(known: ReadonlyMap<string, KnownInstrument>, maturity: string): Uint8Array | undefined {
  const moments = [...known.values()]
    .map(({ moment }) => moment)
    .filter((moment) => isOnBoard(moment) && moment.listing.kind === 'option' && moment.listing.maturity === maturity)
    .sort((a, b) => b.listing.strike! - a.listing.strike!);
  if (moments.length === 0) return undefined;
  const rowsOf = (type: 'call' | 'put') => moments.filter(({ listing }) => listing.optionType === type).map(boardOption);
  return encodeKisOptionBoard(rowsOf('call'), rowsOf('put'));
}

function isOnBoard({ session, phase }: MarketMoment): boolean {
  return session === 'day' && phase !== 'closed';
}

function boardOption(moment: MarketMoment): KisBoardOption {
  const { listing, bids, asks } = moment;
  const bid = bids.levels[0];
  const ask = asks.levels[0];
  return {
    symbol: listing.symbol,
    strike: listing.strike!,
    option: kisOption(moment),
    ...(bid === undefined ? {} : { bidPrice: bid.price, bidSize: bid.size }),
    ...(ask === undefined ? {} : { askPrice: ask.price, askSize: ask.size }),
    moneyness: moneynessOf(moment),
    readings: priceNumbers(moment),
  };
}

function futuresBoard(known: ReadonlyMap<string, KnownInstrument>): Uint8Array | undefined {
  const moments = [...known.values()].map(({ moment }) => moment).filter((moment) => isOnBoard(moment) && moment.listing.kind === 'future');
  if (moments.length === 0) return undefined;
  return encodeKisFuturesBoard(
    moments.map((moment) => {
      const bid = moment.bids.levels[0];
      const ask = moment.asks.levels[0];
      return {
        symbol: moment.listing.symbol,
        name: moment.listing.name,
        ...(bid === undefined ? {} : { bidPrice: bid.price }),
        ...(ask === undefined ? {} : { askPrice: ask.price }),
        readings: { ...priceNumbers(moment), open_interest: moment.openInterest },
      };
    }),
  );
}

function minuteBars(request: RestRequest, known: KnownInstrument | undefined): Uint8Array | undefined {
  if (known === undefined || known.moment.phase === 'closed' || known.bars.bars.length === 0) return undefined;
  const { moment, bars } = known;
  const isNight = moment.session === 'night';
  const rows = bars.bars.map(({ sessionValue, ...bar }): KisBar => {
    const isPastMidnight = isNight && civilTime(bar.openTimeUs + KST_OFFSET_US).hour < NIGHT_UNTIL_HOUR;
    return { ...bar, dayValue: rounded(sessionValue, 2), ...(isPastMidnight ? { isPastMidnight } : {}) };
  });
  const encode = request.endpoint === 'stock-minute-bars' ? encodeKisStockBars : encodeKisDerivativeBars;
  return encode(rows, priceNumbers(moment));
}

function priceNumbers(moment: MarketMoment): Readonly<Record<string, number>> {
  const { sums, previousClose, bids, asks } = moment;
  const totals = { total_ask_size: asks.total, total_bid_size: bids.total, previous_close: previousClose };
  if (Number.isNaN(sums.lastPrice)) return { ...totals, price: previousClose };
  return {
    ...totals,
    price: sums.lastPrice,
    change: rounded(sums.lastPrice - previousClose, 2),
    change_percent: percentChange(previousClose, sums.lastPrice),
    direction_code: directionCode(moment, sums.lastPrice),
    open_price: sums.openPrice,
    high_price: sums.highPrice,
    low_price: sums.lowPrice,
    cumulative_volume: sums.volume,
  };
}

function moneynessOf({ option, listing }: MarketMoment): string {
  const distance = option!.forwardPrice - listing.strike!;
  if (Math.abs(distance) < NEAR_THE_MONEY_POINTS) return 'ATM';
  return distance > 0 === (listing.optionType === 'call') ? 'ITM' : 'OTM';
}

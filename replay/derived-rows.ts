import {
  assertNever,
  type BarEvent,
  type BookEvent,
  type BookLevels,
  type Candle,
  formatDuration,
  type GapRow,
  type MarketEvent,
  type MarketEventKind,
  type OptionQuoteEvent,
  type SymbolName,
  type TradeEvent,
} from '#domain';
import type { TableValue } from '#storage';
import type { DerivedTable } from './derived-tables.ts';

type Values = readonly TableValue[];

/** The table that an event becomes rows of. Losses of a feed become gaps, which are made of records, not of events. */
const TABLE_OF_EVENT: Readonly<Record<MarketEventKind, DerivedTable | undefined>> = {
  trade: 'trades',
  quote: 'quotes',
  book: 'books',
  bar: 'bars',
  'option-quote': 'option_quotes',
  auction: 'auctions',
  status: 'status',
  reading: 'readings',
  notice: 'notices',
  'feed-lost': undefined,
  'feed-back': undefined,
};

export function tableOfEvent(kind: MarketEventKind): DerivedTable | undefined {
  return TABLE_OF_EVENT[kind];
}

/** The rows of an event: the values behind those that say where it is from (`DERIVED_COLUMNS`). */
export function eventRows(event: MarketEvent): readonly Values[] {
  switch (event.kind) {
    case 'trade':
      return [tradeValues(event)];
    case 'quote':
      return [[event.bidPrice, event.bidSize, event.askPrice, event.askSize, event.updateId]];
    case 'book':
      return [bookValues(event)];
    case 'bar':
      return [barValues(event)];
    case 'option-quote':
      return [optionQuoteValues(event)];
    case 'auction':
      return [[event.expectedPrice, event.expectedSize]];
    case 'status':
      return [[event.status, event.isRestricted, event.code, event.price]];
    case 'reading':
      return event.names.map((name, i) => [event.channel, name, event.values[i]!]);
    case 'notice':
      return event.names.map((name, i) => [event.notice, name, event.texts[i]!]);
    case 'feed-lost':
    case 'feed-back':
      return [];
    default:
      return assertNever(event);
  }
}

function tradeValues({ price, size, side, tradeId, cumulativeVolume, condition }: TradeEvent): Values {
  return [price, size, side === 1 ? 'buy' : side === -1 ? 'sell' : '', String(tradeId), cumulativeVolume, condition];
}

function bookValues(event: BookEvent): Values {
  const { totals } = event;
  return [
    event.isSnapshot ? 'snapshot' : 'delta',
    event.rule,
    event.firstUpdateId,
    event.lastUpdateId,
    event.previousUpdateId,
    ...sideLists(event.levels, 1),
    ...sideLists(event.levels, -1),
    totals.bidSize,
    totals.askSize,
    totals.bidOrders,
    totals.askOrders,
    totals.bidSizeChange,
    totals.askSizeChange,
    totals.bidOrdersChange,
    totals.askOrdersChange,
  ];
}

/** Prices, sizes, order counts and changes of one side, in the order of the message. */
function sideLists({ count, side, price, size, orders, change }: BookLevels, wanted: 1 | -1): Values {
  const [prices, sizes, orderCounts, changes]: number[][] = [[], [], [], []];
  let hasOrders = false;
  let hasChanges = false;
  for (let i = 0; i < count; i++) {
    if (side[i] !== wanted) continue;
    prices!.push(price[i]!);
    sizes!.push(size[i]!);
    orderCounts!.push(orders[i]!);
    changes!.push(change[i]!);
    hasOrders ||= !Number.isNaN(orders[i]);
    hasChanges ||= !Number.isNaN(change[i]);
  }
  return [prices!, sizes!, hasOrders ? orderCounts! : null, hasChanges ? changes! : null];
}

function barValues(event: BarEvent): Values {
  const { open, high, low, close, volume, value, trades, isFinal, isHistory } = event;
  const openTimeNs = nanoseconds(event.openTimeUs);
  return [formatDuration(event.intervalUs), openTimeNs, open, high, low, close, volume, value, trades, isFinal, isHistory];
}

function optionQuoteValues(event: OptionQuoteEvent): Values {
  return [
    event.impliedVolatility,
    event.bidImpliedVolatility,
    event.askImpliedVolatility,
    event.delta,
    event.gamma,
    event.theta,
    event.vega,
    event.rho,
    event.markPrice,
    event.underlyingPrice,
    event.openInterest,
    event.bidPrice,
    event.bidSize,
    event.askPrice,
    event.askSize,
  ];
}

/** A whole row but for its place, which comes last. */
export function candleValues(candle: Candle, { venue, symbol }: SymbolName): Values {
  const { interval, open, high, low, close, exact, trades, flags } = candle;
  const [openTimeNs, closeTimeNs] = [nanoseconds(candle.openTimeUs), nanoseconds(candle.closeTimeUs)];
  const prices = [open, high, low, close];
  const sums = [exact.volume, exact.value, trades, exact.buyVolume];
  return [venue, symbol, interval, openTimeNs, ...prices, ...sums, flags.join('|'), closeTimeNs];
}

/** A whole row but for its place, which comes last. */
export function gapValues(gap: GapRow): Values {
  const { venue, connection = null, symbol = null, channel = null, fromSequence, toSequence, reason } = gap;
  return [venue, connection, symbol, channel, fromSequence, toSequence, BigInt(gap.fromNs), BigInt(gap.toNs), reason];
}

/** Microseconds as the nanoseconds that a cell holds; null for a time that is not known. */
export function nanoseconds(timeUs: number): bigint | null {
  return Number.isNaN(timeUs) ? null : BigInt(timeUs) * 1000n;
}

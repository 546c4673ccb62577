import { assert, type Side, type TradeCondition } from '#domain';
import { dateText, type NamedNumbers, numberOrZero, numberText, readingText, timeText } from './encode-field.ts';
import { fieldMeaning } from './fields.ts';
import { CHANNEL_LAYOUTS, type ChannelLayouts, type RowKind } from './layouts.ts';

/** Which layout of a channel frames have: what the portal's page says, or what is sent today. */
export type LayoutChoice = 'documented' | 'current';

/** Greeks and the like that option trades carry. */
export interface KisOptionNumbers {
  /** Annual, as a fraction; printed as percent with four decimals. */
  readonly impliedVolatility: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
  readonly rho: number;
  readonly theoreticalPrice: number;
  readonly openInterest: number;
}

/** One print as the venue would send it. */
export interface KisTrade {
  /** Without the suffix that other exchanges' channels give it. */
  readonly symbol: string;
  /** Microseconds since the epoch; the venue prints whole seconds of Korean time, and the date for stocks only. */
  readonly venueTimeUs: number;
  readonly price: number;
  readonly size: number;
  /** The taker's. Derivatives print none. */
  readonly side: Side;
  readonly condition?: TradeCondition;
  readonly cumulativeVolume: number;
  /** Best prices of both sides; one that is left out is printed as 0. */
  readonly bidPrice?: number;
  readonly bidSize?: number;
  readonly askPrice?: number;
  readonly askSize?: number;
  /** For the channels of options. */
  readonly option?: KisOptionNumbers;
  /** Any other numbers of the record by their names in a reading; one that is left out is printed as the venue usually does. */
  readonly readings?: NamedNumbers;
}

export interface KisLevel {
  /** Above 0. */
  readonly price: number;
  readonly size: number;
  /** Derivatives only. */
  readonly orders?: number;
}

/** One order book as the venue would send it. */
export interface KisBook {
  readonly symbol: string;
  readonly venueTimeUs: number;
  /** Best first, as many as the channel has levels; more are left out. */
  readonly bids: readonly KisLevel[];
  readonly asks: readonly KisLevel[];
  /** Sizes of the whole book; the sum of the levels when left out. The same for order counts. */
  readonly totalBidSize?: number;
  readonly totalAskSize?: number;
  readonly totalBidOrders?: number;
  readonly totalAskOrders?: number;
  readonly totalBidSizeChange?: number;
  readonly totalAskSizeChange?: number;
  /** Stocks only: the price that a call auction would have now. */
  readonly expectedPrice?: number;
  readonly expectedSize?: number;
  readonly readings?: NamedNumbers;
}

/** An auction's expected price, of the channels that are about nothing else. */
export interface KisExpectedPrice {
  readonly symbol: string;
  readonly venueTimeUs: number;
  /** 0 while there is none. */
  readonly price: number;
  readonly size: number;
  readonly readings?: NamedNumbers;
}

/** A stock's market operation. */
export interface KisStatus {
  readonly symbol: string;
  /** `112`, `AB1`, …. */
  readonly phase: string;
  readonly isHalted: boolean;
  /** Why it is halted. */
  readonly reason?: string;
  readonly isInterrupted: boolean;
  readonly readings?: NamedNumbers;
}

const ENCODER = new TextEncoder();
const COUNT_DIGITS = 3;
const COUNT_MAX = 999;
const LEVEL = /^(?:FUTS_|OPTN_)?(ASKP|BIDP)(_RSQN|_CSNU)?(\d+)$/;
const BLOCK_TRADE = '22';
/** What belongs between the pipes and carets of one record, by field name; undefined for what a reading says. */
type FieldText = (field: string) => string | undefined;

/** A frame with one record for each trade: `H0STCNT0`, `H0IFCNT0`, `H0IOCNT0`, …. */
export function encodeTrades(channel: string, trades: readonly KisTrade[], layout: LayoutChoice = 'current'): Uint8Array {
  return frame('0', channel, 'trade', layout, trades, tradeField);
}

/** A frame with one record for each book: `H0STASP0`, `H0IFASP0`, `H0EUASP0`, …. */
export function encodeBooks(channel: string, books: readonly KisBook[], layout: LayoutChoice = 'current'): Uint8Array {
  return frame('0', channel, 'book', layout, books, bookField);
}

/** A frame with one record for each expected price: `H0EUANC0`, …. */
export function encodeExpectedPrices(channel: string, prices: readonly KisExpectedPrice[], layout: LayoutChoice = 'current'): Uint8Array {
  return frame('0', channel, 'expected', layout, prices, expectedField);
}

/** A frame with one record for each status: `H0STMKO0`, …. */
export function encodeStatuses(channel: string, statuses: readonly KisStatus[], layout: LayoutChoice = 'current'): Uint8Array {
  return frame('0', channel, 'status', layout, statuses, statusField);
}

/** A decrypted notice, as it stands on a tape: `1|H0STCNI0|001|…`. Texts by field name; one that is left out is empty. */
export function encodeNotice(channel: string, texts: Readonly<Record<string, string>>, layout: LayoutChoice = 'current'): Uint8Array {
  return frame('1', channel, 'notice', layout, [{ texts }], (notice) => (field) => notice.texts[field] ?? '');
}

function frame<Row extends object>(
  flag: string,
  channel: string,
  kind: RowKind,
  choice: LayoutChoice,
  rows: readonly Row[],
  fieldOf: (row: Row) => FieldText,
): Uint8Array {
  const fields = fieldsOf(tableOf(channel, kind), choice);
  assert(rows.length > 0 && rows.length <= COUNT_MAX, `a frame has 1 to ${COUNT_MAX} records, not ${rows.length}`);
  const values = rows.flatMap((row) => {
    const textOf = fieldOf(row);
    const readings = 'readings' in row ? (row.readings as NamedNumbers) : undefined;
    return fields.map((field) => textOf(field) ?? readingText(field, readings));
  });
  return ENCODER.encode(`${flag}|${channel}|${String(rows.length).padStart(COUNT_DIGITS, '0')}|${values.join('^')}`);
}

function tableOf(channel: string, kind: RowKind): ChannelLayouts {
  const table = CHANNEL_LAYOUTS.find((candidate) => candidate.channel === channel);
  assert(table?.kind === kind, `${channel} is no channel of kind ${kind}`);
  return table;
}

function fieldsOf({ layouts, currentWidth }: ChannelLayouts, choice: LayoutChoice): readonly string[] {
  return choice === 'documented' ? layouts[0]! : layouts.find((fields) => fields.length === currentWidth)!;
}

function ownField(field: string, symbol: string, venueTimeUs: number): string | undefined {
  const { reads } = fieldMeaning(field);
  if (reads === 'symbol') return symbol;
  if (reads === 'time') return timeText(venueTimeUs);
  return reads === 'date' ? dateText(venueTimeUs) : undefined;
}

function tradeField(trade: KisTrade): FieldText {
  const { option } = trade;
  const known: Readonly<Record<string, string>> = {
    STCK_PRPR: numberText(trade.price),
    FUTS_PRPR: numberText(trade.price),
    OPTN_PRPR: numberText(trade.price),
    CNTG_VOL: numberText(trade.size),
    LAST_CNQN: numberText(trade.size),
    ACML_VOL: numberText(trade.cumulativeVolume),
    CCLD_DVSN: tradeClass(trade),
    CNTG_CLS_CODE: tradeClass(trade),
    ...best(trade),
    ...(trade.condition === 'off-book' ? { NEW_MKOP_CLS_CODE: BLOCK_TRADE } : {}),
    ...(option === undefined ? {} : optionFields(option)),
  };
  return (field) => ownField(field, trade.symbol, trade.venueTimeUs) ?? (Object.hasOwn(known, field) ? known[field] : undefined);
}

function best({ bidPrice, bidSize, askPrice, askSize }: KisTrade): Readonly<Record<string, string>> {
  const bid = numberOrZero(bidPrice);
  const ask = numberOrZero(askPrice);
  const prices = { BIDP1: bid, FUTS_BIDP1: bid, OPTN_BIDP1: bid, ASKP1: ask, FUTS_ASKP1: ask, OPTN_ASKP1: ask };
  return { ...prices, BIDP_RSQN1: numberOrZero(bidSize), ASKP_RSQN1: numberOrZero(askSize) };
}

function optionFields(option: KisOptionNumbers): Readonly<Record<string, string>> {
  return {
    HTS_INTS_VLTL: numberText(percentOf(option.impliedVolatility)),
    DELTA: numberText(option.delta),
    GAMA: numberText(option.gamma),
    THETA: numberText(option.theta),
    VEGA: numberText(option.vega),
    RHO: numberText(option.rho),
    HTS_THPR: numberText(option.theoreticalPrice),
    HTS_OTST_STPL_QTY: numberText(option.openInterest),
  };
}

/** Rounded, because a hundred times a fraction has digits that nobody meant. */
export function percentOf(fraction: number): number {
  return Math.round(fraction * 1_000_000) / 10_000;
}

function tradeClass({ side, condition }: KisTrade): string {
  if (condition === 'auction') return '3';
  return side === 0 ? '' : side === 1 ? '1' : '5';
}

function bookField(book: KisBook): FieldText {
  const known: Readonly<Record<string, string>> = {
    TOTAL_BIDP_RSQN: numberText(book.totalBidSize ?? sum(book.bids, 'size')),
    TOTAL_ASKP_RSQN: numberText(book.totalAskSize ?? sum(book.asks, 'size')),
    TOTAL_BIDP_CSNU: numberText(book.totalBidOrders ?? sum(book.bids, 'orders')),
    TOTAL_ASKP_CSNU: numberText(book.totalAskOrders ?? sum(book.asks, 'orders')),
    TOTAL_BIDP_RSQN_ICDC: numberText(book.totalBidSizeChange ?? 0),
    TOTAL_ASKP_RSQN_ICDC: numberText(book.totalAskSizeChange ?? 0),
    ANTC_CNPR: numberOrZero(book.expectedPrice),
    ANTC_CNQN: numberOrZero(book.expectedSize),
  };
  return (field) =>
    ownField(field, book.symbol, book.venueTimeUs) ?? levelField(book, field) ?? (Object.hasOwn(known, field) ? known[field] : undefined);
}

function levelField(book: KisBook, field: string): string | undefined {
  const found = LEVEL.exec(field);
  if (found === null) return undefined;
  const [, stem, what, level] = found;
  const side = stem === 'BIDP' ? book.bids : book.asks;
  const shown = side[Number(level) - 1];
  return numberOrZero(what === '_RSQN' ? shown?.size : what === '_CSNU' ? shown?.orders : shown?.price);
}

function sum(levels: readonly KisLevel[], what: 'size' | 'orders'): number {
  return levels.reduce((total, level) => total + (level[what] ?? 0), 0);
}

function expectedField({ symbol, venueTimeUs, price, size }: KisExpectedPrice): FieldText {
  return (field) => {
    if (field === 'ANTC_CNPR') return numberOrZero(price);
    return field === 'ANTC_CNQN' ? numberOrZero(size) : ownField(field, symbol, venueTimeUs);
  };
}

function statusField({ symbol, phase, isHalted, reason, isInterrupted }: KisStatus): FieldText {
  const known: Readonly<Record<string, string>> = {
    MKSC_SHRN_ISCD: symbol,
    TRHT_YN: isHalted ? 'Y' : 'N',
    TR_SUSP_REAS_CNTT: reason ?? '',
    MKOP_CLS_CODE: phase,
    VI_CLS_CODE: isInterrupted ? 'Y' : 'N',
    OVTM_VI_CLS_CODE: 'N',
  };
  return (field) => (Object.hasOwn(known, field) ? known[field] : undefined);
}

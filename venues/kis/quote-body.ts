import { HOUR_US, KST_OFFSET_US, MINUTE_US, nearestTimeOfDay, type SymbolId } from '#domain';
import { asciiBytes } from '../json-scan.ts';
import { type JsonObject, objectMember, textMember } from './json-object.ts';
import type { InstrumentFacts } from './known-instruments.ts';
import { timeOfDayUs } from './record-fields.ts';
import type { RestQuestion } from './rest-request.ts';
import { numberOf, type RestContext, sayRow, symbolOf } from './rest-row.ts';
import { kstMidnightUs, readDate } from './venue-time.ts';

const PRICE = 'FHMIF10000000';
const BOOK = 'FHMIF10010000';
/** An expiring contract trades until 15:20 on its last day. */
const LAST_TRADE_US = 15 * HOUR_US + 20 * MINUTE_US;
const LEVELS = [1, 2, 3, 4, 5];
const SIDES = [
  [1, 'bidp'],
  [-1, 'askp'],
] as const;
const TOTALS = ['bidp_rsqn', 'askp_rsqn', 'bidp_csnu', 'askp_csnu'] as const;
/** Members of an option's answer that its quote says. */
const QUOTED: ReadonlySet<string> = new Set([
  'hts_ints_vltl',
  'delta_val',
  'gama',
  'theta',
  'vega',
  'rho',
  'hts_thpr',
  'hts_otst_stpl_qty',
]);
const NONE: ReadonlySet<string> = new Set();
const BOOKED: ReadonlySet<string> = new Set([
  ...LEVELS.flatMap((n) => [`futs_askp${n}`, `futs_bidp${n}`, `askp_rsqn${n}`, `bidp_rsqn${n}`, `askp_csnu${n}`, `bidp_csnu${n}`]),
  ...['total_askp_rsqn', 'total_bidp_rsqn', 'total_askp_csnu', 'total_bidp_csnu', 'aspr_acpt_hour'],
]);

export function isQuote(trId: string): boolean {
  return trId === PRICE || trId === BOOK;
}

/** Says the answer about one derivative: its price with greeks and indices, or its book of five levels. */
export function sayQuote(context: RestContext, question: RestQuestion, body: JsonObject, receivedAtUs: number): void {
  if (question.trId === BOOK) sayBook(context, question, body, receivedAtUs);
  else sayPrice(context, question.symbol, body);
}

function sayPrice(context: RestContext, symbol: string, body: JsonObject): void {
  const { sink, symbols, instruments } = context;
  const row = objectMember(body, 'output1');
  if (Object.keys(row).length === 0) {
    sink.decodeFailure(PRICE, 'output1: expected an object');
    return;
  }
  instruments.define(symbol, factsOf(context, symbol, row));
  const isOption = instruments.of(symbol).optionType !== undefined;
  const id = symbols.named(symbol);
  if (isOption) sayOptionQuote(context, id, row, underlyingPrice(context, symbol, body));
  sayRow(context, PRICE, id, Number.NaN, row, isOption ? QUOTED : NONE);
  for (const list of ['output2', 'output3']) {
    const index = objectMember(body, list);
    const code = symbolOf(index, 'bstp_cls_code');
    if (code !== '') sayRow(context, PRICE, symbols.named(code), Number.NaN, index, NONE);
  }
}

function sayOptionQuote(context: RestContext, symbol: SymbolId, row: JsonObject, underlying: number): void {
  const number = (key: string) => numberOf(context, PRICE, row, key);
  context.sink.optionQuote(
    symbol,
    Number.NaN,
    number('hts_ints_vltl') / 100,
    Number.NaN,
    Number.NaN,
    number('delta_val'),
    number('gama'),
    number('theta'),
    number('vega'),
    number('rho'),
    number('hts_thpr'),
    underlying,
    number('hts_otst_stpl_qty'),
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  );
}

/** The index that the master file says the option is about, if the answer brings it; else NaN. */
function underlyingPrice(context: RestContext, symbol: string, body: JsonObject): number {
  const code = context.instruments.underlyingOf(symbol);
  const index = ['output2', 'output3'].map((list) => objectMember(body, list)).find((row) => symbolOf(row, 'bstp_cls_code') === code);
  const price = code === '' || index === undefined ? Number.NaN : numberOf(context, PRICE, index, 'bstp_nmix_prpr');
  return price > 0 ? price : Number.NaN;
}

function factsOf(context: RestContext, symbol: string, row: JsonObject): InstrumentFacts {
  const name = textMember(row, 'hts_kor_isnm').trim();
  const date = readDate(textMember(row, 'futs_last_tr_date').trim());
  const strike = numberOf(context, PRICE, row, 'acpr');
  const isOption = context.instruments.of(symbol).optionType !== undefined;
  return {
    ...(name === '' ? {} : { name }),
    ...(Number.isNaN(date) ? {} : { expiryUs: kstMidnightUs(date) + LAST_TRADE_US }),
    ...(isOption && strike > 0 ? { strike } : {}),
  };
}

function sayBook(context: RestContext, { symbol }: RestQuestion, body: JsonObject, receivedAtUs: number): void {
  const { sink, symbols } = context;
  const row = objectMember(body, 'output2');
  const number = (key: string) => numberOf(context, BOOK, row, key);
  const time = asciiBytes(textMember(row, 'aspr_acpt_hour').trim());
  const sinceMidnightUs = timeOfDayUs(time, 0, time.length);
  if (Number.isNaN(sinceMidnightUs)) {
    sink.decodeFailure(BOOK, 'output2, aspr_acpt_hour: expected HHMMSS');
    return;
  }
  const id = symbols.named(symbol);
  const venueTimeUs = nearestTimeOfDay(sinceMidnightUs, receivedAtUs, KST_OFFSET_US);
  // Read before the book begins: what is wrong with a number is told between no begin and end.
  const levels = SIDES.flatMap(([side, stem]) =>
    LEVELS.map((level) => ({
      side,
      price: number(`futs_${stem}${level}`),
      size: number(`${stem}_rsqn${level}`),
      orders: number(`${stem}_csnu${level}`),
    })),
  );
  const [bids, asks, bidOrders, askOrders] = TOTALS.map((stem) => number(`total_${stem}`));
  const none = Number.NaN;
  sink.bookBegin(id, venueTimeUs, true, 'replace', none, none, none);
  for (const { side, price, size, orders } of levels) {
    if (price > 0 && size >= 0) sink.bookLevel(side, price, size, orders, none);
  }
  sink.bookTotals(bids ?? none, asks ?? none, bidOrders ?? none, askOrders ?? none, none, none, none, none);
  sink.bookEnd();
  sayRow(context, BOOK, id, Number.NaN, objectMember(body, 'output1'), NONE);
  sayRow(context, BOOK, id, venueTimeUs, row, BOOKED);
}

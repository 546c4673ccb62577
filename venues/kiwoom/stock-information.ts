import type { EventSink } from '#domain';
import { trimmed } from './field-text.ts';
import { kiwoomInstrument } from './instrument.ts';
import { isReply, type Reply, textOf } from './reply.ts';
import type { RowSymbols } from './row-reader.ts';

/** Suffixes of the instruments that the venue's codes stand for: unified, and NXT where the stock trades there. */
const UNIFIED = '_AL';
const NXT = '_NX';
const SUFFIX = /_(?:AL|NX)$/;

/** One call that tells what instruments are, by its field names. */
interface StockCall {
  readonly code: string;
  readonly name: string;
  /** The list that holds the stocks; empty where the body itself is one. */
  readonly list: string;
}

/** Official specification, 국내주식 > 종목정보: basic information of one stock, all stocks of a market, one stock of that list. */
const STOCK_CALLS: ReadonlyMap<string, StockCall> = new Map([
  ['ka10001', { code: 'stk_cd', name: 'stk_nm', list: '' }],
  ['ka10099', { code: 'code', name: 'name', list: 'list' }],
  ['ka10100', { code: 'code', name: 'name', list: '' }],
]);

export function isStockInformation(apiId: string): boolean {
  return STOCK_CALLS.has(apiId);
}

/**
 * Says the instruments of a body: of each code also the unified one, and the one of NXT when `nxtEnable` is `Y` (ka10001 does not
 * say). A stock without a code is a failure; the others of the list come out.
 */
export function sayStockInformation(sink: EventSink, symbols: RowSymbols, apiId: string, body: Reply): void {
  const call = STOCK_CALLS.get(apiId)!;
  const stocks = call.list === '' ? [body] : body[call.list];
  if (!Array.isArray(stocks)) {
    sink.decodeFailure(apiId, `${call.list}: expected a list`);
    return;
  }
  for (const stock of stocks) sayStock(sink, symbols, apiId, call, isReply(stock) ? stock : {});
}

function sayStock(sink: EventSink, symbols: RowSymbols, apiId: string, call: StockCall, stock: Reply): void {
  const code = trimmed(textOf(stock[call.code]));
  if (code === '') {
    sink.decodeFailure(apiId, `${call.code}: expected the code of a stock`);
    return;
  }
  const name = trimmed(textOf(stock[call.name]));
  sayInstrument(sink, symbols, code, name);
  if (SUFFIX.test(code)) return;
  sayInstrument(sink, symbols, code + UNIFIED, name);
  if (trimmed(textOf(stock.nxtEnable)) === 'Y') sayInstrument(sink, symbols, code + NXT, name);
}

function sayInstrument(sink: EventSink, symbols: RowSymbols, symbol: string, name: string): void {
  sink.instrument(symbols.named(symbol), kiwoomInstrument(symbol, name));
}

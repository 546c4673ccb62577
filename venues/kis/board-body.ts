import { optionTypeOf } from './instrument.ts';
import type { JsonObject } from './json-object.ts';
import { numberOf, type RestContext, sayRow, symbolOf } from './rest-row.ts';

const OPTION_BOARD = 'FHPIF05030100';
const FUTURES_BOARD = 'FHPIF05030200';
/** Members of an option's row that its quote says; everything else is its reading. */
const QUOTED: ReadonlySet<string> = new Set([
  'hts_ints_vltl',
  'delta_val',
  'gama',
  'theta',
  'vega',
  'rho',
  'hts_thpr',
  'hts_otst_stpl_qty',
  'optn_bidp',
  'optn_askp',
  'seln_rsqn',
  'shnu_rsqn',
]);
const FUTURE_QUOTED: ReadonlySet<string> = new Set(['futs_bidp', 'futs_askp']);

export function isBoard(trId: string): boolean {
  return trId === OPTION_BOARD || trId === FUTURES_BOARD;
}

/** Says the rows of a display board. The boards name no time. */
export class BoardBodies {
  readonly #context: RestContext;
  /** Best prices of futures as they were said last: outside its session a board stays as it was, and old prices are no news. */
  readonly #quotes = new Map<string, string>();

  constructor(context: RestContext) {
    this.#context = context;
  }

  say(trId: string, body: JsonObject): void {
    if (trId === FUTURES_BOARD) {
      this.#sayRows(trId, body, 'output1', 'futs_shrn_iscd', (symbol, row) => this.#sayFuture(symbol, row));
      return;
    }
    this.#sayRows(trId, body, 'output1', 'optn_shrn_iscd', (symbol, row) => this.#sayOption(symbol, row, 'call'));
    this.#sayRows(trId, body, 'output2', 'optn_shrn_iscd', (symbol, row) => this.#sayOption(symbol, row, 'put'));
  }

  #sayRows(trId: string, body: JsonObject, list: string, key: string, say: (symbol: string, row: JsonObject) => void): void {
    const rows = Object.hasOwn(body, list) ? body[list] : undefined;
    if (!Array.isArray(rows)) {
      this.#context.sink.decodeFailure(trId, `${list}: expected a list`);
      return;
    }
    rows.forEach((value: unknown, index) => {
      const row = typeof value === 'object' && value !== null ? (value as JsonObject) : {};
      const symbol = symbolOf(row, key);
      if (symbol === '') this.#context.sink.decodeFailure(trId, `${list}, row ${index + 1}: expected a code in ${key}`);
      else say(symbol, row);
    });
  }

  /** Calls are in the first list, puts in the second; the code must not say otherwise. */
  #sayOption(symbol: string, row: JsonObject, optionType: 'call' | 'put'): void {
    const { sink, symbols, instruments, drifts } = this.#context;
    const number = (key: string) => numberOf(this.#context, OPTION_BOARD, row, key);
    const type = optionTypeOf(symbol) ?? optionType;
    if (type !== optionType) drifts.note(OPTION_BOARD, `${symbol} is in the list of ${optionType}s`);
    const strike = number('acpr');
    instruments.define(symbol, strike > 0 ? { optionType: type, strike } : { optionType: type });
    const bid = priceOrNaN(number('optn_bidp'));
    const ask = priceOrNaN(number('optn_askp'));
    const id = symbols.named(symbol);
    sink.optionQuote(
      id,
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
      Number.NaN,
      number('hts_otst_stpl_qty'),
      bid,
      bid > 0 ? number('shnu_rsqn') : Number.NaN,
      ask,
      ask > 0 ? number('seln_rsqn') : Number.NaN,
    );
    sayRow(this.#context, OPTION_BOARD, id, Number.NaN, row, QUOTED);
  }

  #sayFuture(symbol: string, row: JsonObject): void {
    const { sink, symbols, instruments } = this.#context;
    const id = symbols.named(symbol);
    const name = typeof row.hts_kor_isnm === 'string' ? row.hts_kor_isnm.trim() : '';
    if (name !== '' && instruments.of(symbol).name === undefined) instruments.define(symbol, { name });
    const bid = priceOrNaN(numberOf(this.#context, FUTURES_BOARD, row, 'futs_bidp'));
    const ask = priceOrNaN(numberOf(this.#context, FUTURES_BOARD, row, 'futs_askp'));
    const quote = `${bid} ${ask}`;
    if ((bid > 0 || ask > 0) && quote !== this.#quotes.get(symbol)) {
      this.#quotes.set(symbol, quote);
      sink.quote(id, Number.NaN, bid, Number.NaN, ask, Number.NaN, Number.NaN);
    }
    sayRow(this.#context, FUTURES_BOARD, id, Number.NaN, row, FUTURE_QUOTED);
  }
}

function priceOrNaN(price: number): number {
  return price > 0 ? price : Number.NaN;
}

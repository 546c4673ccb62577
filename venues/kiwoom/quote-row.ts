import { QUOTE } from './fids.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import { NO_SYMBOL, type RowContext, type RowReader } from './row-reader.ts';

/** Says one `0C` row: a quote when both best prices are above 0, and a reading with the prices there are. It names no time. */
export class QuoteRow implements RowReader {
  readonly type = QUOTE.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(QUOTE);
  readonly #ask = this.#fields.column(27);
  readonly #bid = this.#fields.column(28);

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number): void {
    const { sink, symbols } = this.#context;
    const problem = this.#fields.read(bytes, rows, row);
    const symbol = problem === '' ? symbols.ofItem(bytes, rows, row) : NO_SYMBOL;
    if (symbol === NO_SYMBOL) {
      sink.decodeFailure(QUOTE.type, problem === '' ? 'a row has no item' : problem);
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    const bid = this.#fields.values[this.#bid]!;
    const ask = this.#fields.values[this.#ask]!;
    if (bid > 0 && ask > 0) sink.quote(symbol, Number.NaN, bid, Number.NaN, ask, Number.NaN, Number.NaN);
    this.#fields.sayReading(sink, symbol, Number.NaN);
  }
}

import { TRADE } from './fids.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import { NO_SYMBOL, type RowContext, type RowReader } from './row-reader.ts';

/**
 * Says one `0B` row: a trade when it has a price and a size above 0, a quote when it has both best prices, and a reading
 * with every number of the row.
 */
export class TradeRow implements RowReader {
  readonly type = TRADE.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(TRADE);
  readonly #price = this.#fields.column(10);
  readonly #size = this.#fields.column(15);
  readonly #volume = this.#fields.column(13);
  readonly #ask = this.#fields.column(27);
  readonly #bid = this.#fields.column(28);

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void {
    const { sink, symbols } = this.#context;
    const problem = this.#fields.read(bytes, rows, row);
    const symbol = problem === '' ? symbols.ofItem(bytes, rows, row) : NO_SYMBOL;
    if (symbol === NO_SYMBOL) {
      sink.decodeFailure(TRADE.type, problem === '' ? 'a row has no item' : problem);
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    const venueTimeUs = this.#fields.venueTimeUs(receivedAtUs);
    const { values } = this.#fields;
    const price = values[this.#price]!;
    const size = Math.abs(values[this.#size]!);
    if (price > 0 && size > 0) {
      const side = this.#fields.signAt(bytes, rows, row, this.#size);
      sink.trade(symbol, venueTimeUs, price, size, side, '', values[this.#volume]!, side === 0 ? 'auction' : 'regular');
    }
    const bid = values[this.#bid]!;
    const ask = values[this.#ask]!;
    if (bid > 0 && ask > 0) sink.quote(symbol, venueTimeUs, bid, Number.NaN, ask, Number.NaN, Number.NaN);
    this.#fields.sayReading(sink, symbol, venueTimeUs);
  }
}

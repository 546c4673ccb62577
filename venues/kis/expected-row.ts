import { type RowContext, type RowSayer, sayReading } from './row.ts';
import type { RowLayout } from './row-layout.ts';

/** Says one record of an auction's expected price: the auction while there is a price, and a reading with every other number. */
export class ExpectedRow implements RowSayer {
  readonly #context: RowContext;

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, layout: RowLayout, suffix: string, receivedAtUs: number): string {
    const { sink, fields, symbols, dates } = this.#context;
    const { values, starts, stops } = fields;
    const symbol = symbols.read(bytes, starts[layout.symbol]!, stops[layout.symbol]!, suffix);
    const venueTimeUs = dates.timeUs(Number.NaN, values[layout.time]!, receivedAtUs);
    const price = values[layout.expectedPrice]!;
    if (price > 0) sink.auction(symbol, venueTimeUs, price, values[layout.expectedSize]!);
    sayReading(this.#context, layout, symbol, venueTimeUs, price > 0);
    return '';
  }
}

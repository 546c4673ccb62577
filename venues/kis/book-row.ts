import type { EventSink, SymbolId } from '#domain';
import { type RowContext, type RowSayer, sayReading } from './row.ts';
import type { RowLayout, SideColumns } from './row-layout.ts';

/**
 * Says one book record: the whole book (best levels first, bids before asks, with order counts where the channel has them, and the
 * totals), the expected price of a call auction while there is one, and a reading with every other number. A price of 0 is no level.
 */
export class BookRow implements RowSayer {
  readonly #context: RowContext;

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, layout: RowLayout, suffix: string, receivedAtUs: number): string {
    const problem = this.#unsized(layout, layout.bids) || this.#unsized(layout, layout.asks);
    if (problem !== '') return problem;
    const { sink, fields, symbols, dates } = this.#context;
    const { values, starts, stops } = fields;
    this.#noteUnpriced(layout, layout.bids);
    this.#noteUnpriced(layout, layout.asks);
    const symbol = symbols.read(bytes, starts[layout.symbol]!, stops[layout.symbol]!, suffix);
    const venueTimeUs = dates.timeUs(Number.NaN, values[layout.time]!, receivedAtUs);
    this.#sayBook(sink, layout, symbol, venueTimeUs);
    const expectedPrice = values[layout.expectedPrice]!;
    if (expectedPrice > 0) sink.auction(symbol, venueTimeUs, expectedPrice, values[layout.expectedSize]!);
    sayReading(this.#context, layout, symbol, venueTimeUs, expectedPrice > 0);
    return '';
  }

  #sayBook(sink: EventSink, layout: RowLayout, symbol: SymbolId, venueTimeUs: number): void {
    const { values } = this.#context.fields;
    sink.bookBegin(symbol, venueTimeUs, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    saySide(sink, values, layout.bids);
    saySide(sink, values, layout.asks);
    sink.bookTotals(
      values[layout.bidTotal]!,
      values[layout.askTotal]!,
      values[layout.bidOrders]!,
      values[layout.askOrders]!,
      values[layout.bidChange]!,
      values[layout.askChange]!,
      Number.NaN,
      Number.NaN,
    );
    sink.bookEnd();
  }

  /** A price without a size is no level: what is wrong, or an empty text. */
  #unsized(layout: RowLayout, { price, size }: SideColumns): string {
    const { values } = this.#context.fields;
    for (let level = 0; level < price.length; level++) {
      const isSized = values[size[level]!]! >= 0;
      if (values[price[level]!]! > 0 && !isSized) return `${layout.fields[size[level]!]!}: expected the size of a level that has a price`;
    }
    return '';
  }

  /** A size without a price has no place in a book: it is told, so that it is not lost in silence. */
  #noteUnpriced(layout: RowLayout, { price, size }: SideColumns): void {
    const { values } = this.#context.fields;
    for (let level = 0; level < price.length; level++) {
      if (values[price[level]!]! > 0 || !(values[size[level]!]! > 0)) continue;
      this.#context.drifts.note(layout.channel, `${layout.fields[size[level]!]!}: a size without a price`);
    }
  }
}

function saySide(sink: EventSink, values: Float64Array, { side, price, size, orders }: SideColumns): void {
  for (let level = 0; level < price.length; level++) {
    const levelPrice = values[price[level]!]!;
    if (levelPrice > 0) sink.bookLevel(side, levelPrice, values[size[level]!]!, values[orders[level]!]!, Number.NaN);
  }
}

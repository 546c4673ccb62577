import type { EventSink, SymbolId } from '#domain';
import { BOOK, BOOK_DEPTH, LEVEL_FIDS, TOTAL_FIDS } from './book-fids.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import { NO_SYMBOL, type RowContext, type RowReader } from './row-reader.ts';

/** Where the ten levels of one side are in the values of a row. */
interface SideColumns {
  readonly side: 1 | -1;
  readonly price: Int32Array;
  readonly size: Int32Array;
  readonly change: Int32Array;
  readonly firstSizeFid: number;
}

/**
 * Says one `0D` row: the whole book (best ten levels of each side, bids first, with the totals), the expected price of a call
 * auction while there is one, and a reading with every other number. A level whose price is 0 or empty is none.
 */
export class BookRow implements RowReader {
  readonly type = BOOK.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(BOOK);
  readonly #bids = this.#side(1, LEVEL_FIDS.bidPrice, LEVEL_FIDS.bidSize, LEVEL_FIDS.bidSizeChange);
  readonly #asks = this.#side(-1, LEVEL_FIDS.askPrice, LEVEL_FIDS.askSize, LEVEL_FIDS.askSizeChange);
  readonly #bidTotal = this.#fields.column(TOTAL_FIDS.bidSize);
  readonly #askTotal = this.#fields.column(TOTAL_FIDS.askSize);
  readonly #bidTotalChange = this.#fields.column(TOTAL_FIDS.bidSizeChange);
  readonly #askTotalChange = this.#fields.column(TOTAL_FIDS.askSizeChange);
  readonly #expectedPrice = this.#fields.column(23);
  readonly #expectedSize = this.#fields.column(24);
  readonly #windowPrice = this.#fields.column(291);
  readonly #windowSize = this.#fields.column(292);

  constructor(context: RowContext) {
    this.#context = context;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void {
    const { sink, symbols } = this.#context;
    let problem = this.#fields.read(bytes, rows, row);
    if (problem === '') problem = this.#unsized(this.#bids);
    if (problem === '') problem = this.#unsized(this.#asks);
    const symbol = problem === '' ? symbols.ofItem(bytes, rows, row) : NO_SYMBOL;
    if (symbol === NO_SYMBOL) {
      sink.decodeFailure(BOOK.type, problem === '' ? 'a row has no item' : problem);
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    this.#sayUnpriced(sink, this.#bids);
    this.#sayUnpriced(sink, this.#asks);
    const venueTimeUs = this.#fields.venueTimeUs(receivedAtUs);
    this.#sayBook(sink, symbol, venueTimeUs);
    this.#sayAuction(sink, symbol, venueTimeUs);
    this.#fields.sayReading(sink, symbol, venueTimeUs);
  }

  #sayBook(sink: EventSink, symbol: SymbolId, venueTimeUs: number): void {
    const { values } = this.#fields;
    sink.bookBegin(symbol, venueTimeUs, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    this.#saySide(sink, this.#bids);
    this.#saySide(sink, this.#asks);
    sink.bookTotals(
      values[this.#bidTotal]!,
      values[this.#askTotal]!,
      Number.NaN,
      Number.NaN,
      values[this.#bidTotalChange]!,
      values[this.#askTotalChange]!,
      Number.NaN,
      Number.NaN,
    );
    sink.bookEnd();
  }

  #saySide(sink: EventSink, columns: SideColumns): void {
    const { values } = this.#fields;
    for (let level = 0; level < BOOK_DEPTH; level++) {
      const price = values[columns.price[level]!]!;
      if (price > 0) sink.bookLevel(columns.side, price, values[columns.size[level]!]!, Number.NaN, values[columns.change[level]!]!);
    }
  }

  /** FIDs 23 and 24; 291 and 292 say the same in a shorter window of time, and count where the former are silent. */
  #sayAuction(sink: EventSink, symbol: SymbolId, venueTimeUs: number): void {
    const { values } = this.#fields;
    const price = values[this.#expectedPrice]!;
    const size = values[this.#expectedSize]!;
    const windowPrice = values[this.#windowPrice]!;
    const windowSize = values[this.#windowSize]!;
    if (price > 0 && size > 0) sink.auction(symbol, venueTimeUs, price, size);
    else if (windowPrice > 0 && windowSize > 0) sink.auction(symbol, venueTimeUs, windowPrice, windowSize);
  }

  /** A price without a size is no level: what is wrong, or an empty text. */
  #unsized(columns: SideColumns): string {
    const { values } = this.#fields;
    for (let level = 0; level < BOOK_DEPTH; level++) {
      if (values[columns.price[level]!]! > 0 && Number.isNaN(values[columns.size[level]!])) {
        return `FID ${columns.firstSizeFid + level}: expected the size of a level that has a price`;
      }
    }
    return '';
  }

  /** A size without a price has no place in a book: it is told, so that it is not lost in silence. */
  #sayUnpriced(sink: EventSink, columns: SideColumns): void {
    const { values } = this.#fields;
    for (let level = 0; level < BOOK_DEPTH; level++) {
      if (!(values[columns.price[level]!]! > 0) && values[columns.size[level]!]! > 0) {
        sink.drift(BOOK.type, `FID ${columns.firstSizeFid + level}: a size without a price`);
      }
    }
  }

  #side(side: 1 | -1, firstPriceFid: number, firstSizeFid: number, firstChangeFid: number): SideColumns {
    const columns = (firstFid: number) => Int32Array.from({ length: BOOK_DEPTH }, (_, level) => this.#fields.column(firstFid + level));
    return { side, price: columns(firstPriceFid), size: columns(firstSizeFid), change: columns(firstChangeFid), firstSizeFid };
  }
}

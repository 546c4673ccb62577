import {
  type BookEvent,
  type Desk,
  MILLISECOND_US,
  type Parameters,
  type Strategy,
  type StrategyDefinition,
  type SymbolId,
  usageError,
} from '#domain';

/** Buys while the best levels hold much more to buy than to sell, and closes when that turns. */
export const BOOK_IMBALANCE: StrategyDefinition = {
  name: 'book-imbalance',
  description: 'Compares bid size to total size in the top levels of the book: long above the entry ratio, flat below the exit ratio.',
  parameters: {
    levels: { default: 5, min: 1, max: 1000, doc: 'Levels of each side to add up.' },
    entry: { default: 0.6, min: 0, max: 1, doc: 'Buy when bid / (bid + ask) is above this.' },
    exit: { default: 0.4, min: 0, max: 1, doc: 'Close when bid / (bid + ask) is below this; below entry.' },
    size: { default: 1, min: 0, doc: 'Size of a position, in units of the instrument.' },
    cooldownMs: { default: 1000, min: 0, doc: 'Milliseconds between two orders in one symbol.' },
  },
  create: (parameters) => new BookImbalance(parameters),
};

class BookImbalance implements Strategy {
  readonly #levels: number;
  readonly #entry: number;
  readonly #exit: number;
  readonly #size: number;
  readonly #cooldownUs: number;
  /** Engine time from which a symbol may have its next order. */
  readonly #readyAtUs: number[] = [];

  constructor(parameters: Parameters) {
    this.#levels = Number(parameters.levels);
    this.#entry = Number(parameters.entry);
    this.#exit = Number(parameters.exit);
    this.#size = Number(parameters.size);
    this.#cooldownUs = Number(parameters.cooldownMs) * MILLISECOND_US;
    if (!Number.isSafeInteger(this.#levels) || this.#levels < 1) {
      throw usageError('PARAMETER_INVALID', `book-imbalance: levels is ${parameters.levels} and must be a whole number above 0`);
    }
    if (!(this.#exit < this.#entry)) {
      throw usageError('PARAMETER_INVALID', `book-imbalance: exit is ${this.#exit} and must be below entry, which is ${this.#entry}`);
    }
    if (!(this.#size > 0)) throw usageError('PARAMETER_INVALID', `book-imbalance: size is ${parameters.size} and must be above 0`);
  }

  onBook(event: Readonly<BookEvent>, desk: Desk): void {
    const { symbol } = event;
    const book = desk.book(symbol);
    if (!book.isKnown) return;
    const held = desk.position(symbol).size;
    const bids = book.depth(1, this.#levels);
    const total = bids + book.depth(-1, this.#levels);
    // Compared as products: an empty book has no ratio, and nothing is above or below it.
    if (held <= 0 && bids > this.#entry * total) this.#order(symbol, 'buy', this.#size, desk);
    else if (held > 0 && bids < this.#exit * total) this.#order(symbol, 'sell', held, desk);
  }

  #order(symbol: SymbolId, side: 'buy' | 'sell', size: number, desk: Desk): void {
    if (desk.nowUs < (this.#readyAtUs[symbol] ?? Number.NEGATIVE_INFINITY)) return;
    if (desk.openOrders(symbol).length > 0) return;
    while (this.#readyAtUs.length <= symbol) this.#readyAtUs.push(Number.NEGATIVE_INFINITY);
    this.#readyAtUs[symbol] = desk.nowUs + this.#cooldownUs;
    const isExit = side === 'sell';
    desk.submit({ symbol, side, kind: 'market', size, reduceOnly: isExit, tag: isExit ? 'imbalance-exit' : 'imbalance-entry' });
  }
}

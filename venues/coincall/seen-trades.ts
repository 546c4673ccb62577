/** Trades of one symbol that are remembered; when it is full the older half is forgotten. */
export const SEEN_TRADES_MAX = 1024;
const START = 16;

/**
 * Which trades of one symbol were said. The venue sends lists of recent trades without ids, and no document tells whether a later list
 * repeats an earlier one: so trades are told apart by time, price, size and side, and equal ones of one list are counted. A list gives what
 * it holds more than any list before it.
 */
export class SeenTrades {
  #count = 0;
  #hasForgotten = false;
  // Columns sorted by time.
  #timeUs = new Float64Array(START);
  #price = new Float64Array(START);
  #size = new Float64Array(START);
  #side = new Int8Array(START);
  /** How many equal trades were said, and how many the list `#list` held so far. */
  #said = new Int32Array(START);
  #list = new Float64Array(START);
  #inList = new Int32Array(START);

  /** True when the trade was not said yet; `list` is a number that grows from list to list. */
  isNew(list: number, timeUs: number, price: number, size: number, side: number): boolean {
    let at = this.#after(timeUs);
    for (let i = at - 1; i >= 0 && this.#timeUs[i] === timeUs; i--) {
      if (this.#price[i] === price && this.#size[i] === size && this.#side[i] === side) return this.#countAgain(i, list);
    }
    if (at === 0 && this.#hasForgotten) return false; // older than all that is remembered
    if (this.#count === SEEN_TRADES_MAX) {
      at -= SEEN_TRADES_MAX / 2;
      if (at < 0) return false;
      this.#forgetHalf();
    }
    this.#insert(at, list, timeUs, price, size, side);
    return true;
  }

  #countAgain(i: number, list: number): boolean {
    if (this.#list[i] !== list) {
      this.#list[i] = list;
      this.#inList[i] = 0;
    }
    const inList = this.#inList[i]! + 1;
    this.#inList[i] = inList;
    if (inList <= this.#said[i]!) return false;
    this.#said[i] = inList;
    return true;
  }

  /** The first place behind all trades up to `timeUs`. */
  #after(timeUs: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timeUs[middle]! <= timeUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(at: number, list: number, timeUs: number, price: number, size: number, side: number): void {
    if (this.#count === this.#timeUs.length) this.#grow();
    if (at < this.#count) for (const column of this.#columns()) column.copyWithin(at + 1, at, this.#count);
    this.#timeUs[at] = timeUs;
    this.#price[at] = price;
    this.#size[at] = size;
    this.#side[at] = side;
    this.#said[at] = 1;
    this.#list[at] = list;
    this.#inList[at] = 1;
    this.#count++;
  }

  #forgetHalf(): void {
    this.#count = SEEN_TRADES_MAX / 2;
    this.#hasForgotten = true;
    for (const column of this.#columns()) column.copyWithin(0, SEEN_TRADES_MAX / 2);
  }

  #columns(): readonly (Float64Array | Int32Array | Int8Array)[] {
    return [this.#timeUs, this.#price, this.#size, this.#side, this.#said, this.#list, this.#inList];
  }

  #grow(): void {
    const length = 2 * this.#timeUs.length;
    this.#timeUs = copied(new Float64Array(length), this.#timeUs);
    this.#price = copied(new Float64Array(length), this.#price);
    this.#size = copied(new Float64Array(length), this.#size);
    this.#side = copied(new Int8Array(length), this.#side);
    this.#said = copied(new Int32Array(length), this.#said);
    this.#list = copied(new Float64Array(length), this.#list);
    this.#inList = copied(new Int32Array(length), this.#inList);
  }
}

function copied<T extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Int8Array<ArrayBuffer>>(target: T, source: T): T {
  target.set(source);
  return target;
}

import { SLOT_FIDS } from './slots.ts';

/** A cell that a row does not have, and one that holds something else than a text. */
export const ABSENT = -1;
export const NOT_TEXT = -2;

const SLOTS = SLOT_FIDS.length;
export const TYPE_CELL = SLOTS;
export const ITEM_CELL = SLOTS + 1;
const CELLS = SLOTS + 2;
const ROWS_START = 8;
const NO_VALUES = -1;
const NO_OBJECT = -2;

interface UnknownKey {
  readonly row: number;
  readonly key: string;
}

/**
 * The rows of one frame, as positions of texts in its bytes: a cell for each FID slot, one for `type` and one for `item`.
 * Texts that are plain numbers are read while they are scanned. Reused.
 */
export class RowCells {
  /** By `base` + cell: start of the cell's text, or `ABSENT`, or `NOT_TEXT`. The scanner writes these three columns itself. */
  starts = new Int32Array(ROWS_START * CELLS);
  stops = new Int32Array(ROWS_START * CELLS);
  /** What the text of a slot reads as without its sign; NaN where it was not read. Only for cells that are there. */
  numbers = new Float64Array(ROWS_START * CELLS);
  #count = 0;
  /** For each row: how many members its values have, or why it has none. */
  #members = new Int32Array(ROWS_START);
  readonly #unknown: UnknownKey[] = [];

  get count(): number {
    return this.#count;
  }

  /** Where the cells of a row begin in the columns. */
  base(row: number): number {
    return row * CELLS;
  }

  /** Start of a cell's text, or `ABSENT`, or `NOT_TEXT`. */
  start(row: number, cell: number): number {
    return this.starts[row * CELLS + cell]!;
  }

  stop(row: number, cell: number): number {
    return this.stops[row * CELLS + cell]!;
  }

  isObject(row: number): boolean {
    return this.#members[row] !== NO_OBJECT;
  }

  hasValues(row: number): boolean {
    return this.#members[row]! >= 0;
  }

  /** How many members the row's values have, known or not, repeated ones counted each time. */
  memberCount(row: number): number {
    return this.#members[row]!;
  }

  /** Keys of a row's values that have no slot, each once; usually none. */
  unknownKeys(row: number): readonly string[] {
    const keys = this.#unknown.filter((entry) => entry.row === row).map((entry) => entry.key);
    return [...new Set(keys)];
  }

  clear(): void {
    this.#count = 0;
    if (this.#unknown.length > 0) this.#unknown.length = 0;
  }

  /** Adds an empty row and returns its index. */
  add(isObject: boolean): number {
    const row = this.#count++;
    if (row === this.#members.length) this.#grow();
    this.starts.fill(ABSENT, row * CELLS, (row + 1) * CELLS);
    this.#members[row] = isObject ? NO_VALUES : NO_OBJECT;
    return row;
  }

  /** Starts the values of a row anew: of a repeated key the last one counts. */
  beginValues(row: number, isObject: boolean): void {
    if (this.#members[row]! >= 0) {
      this.starts.fill(ABSENT, row * CELLS, row * CELLS + SLOTS);
      const kept = this.#unknown.filter((entry) => entry.row !== row);
      this.#unknown.length = 0;
      for (const entry of kept) this.#unknown.push(entry);
    }
    this.#members[row] = isObject ? 0 : NO_VALUES;
  }

  endValues(row: number, members: number): void {
    this.#members[row] = members;
  }

  /** A value of any spelling, or `NOT_TEXT`; nobody looked whether it is a number. Also for `TYPE_CELL` and `ITEM_CELL`. */
  put(row: number, cell: number, start: number, stop: number): void {
    const index = row * CELLS + cell;
    this.starts[index] = start;
    this.stops[index] = stop;
    this.numbers[index] = Number.NaN;
  }

  putUnknown(row: number, key: string): void {
    this.#unknown.push({ row, key });
  }

  #grow(): void {
    const rows = this.#members.length * 2;
    const { starts, stops, numbers } = this;
    this.starts = new Int32Array(rows * CELLS);
    this.stops = new Int32Array(rows * CELLS);
    this.numbers = new Float64Array(rows * CELLS);
    this.starts.set(starts);
    this.stops.set(stops);
    this.numbers.set(numbers);
    const members = new Int32Array(rows);
    members.set(this.#members);
    this.#members = members;
  }
}

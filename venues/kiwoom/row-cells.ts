import { SLOT_FIDS } from './fids.ts';

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

/** The rows of one frame, as positions of texts in its bytes: a cell for each FID slot, one for `type` and one for `item`. Reused. */
export class RowCells {
  #count = 0;
  #starts = new Int32Array(ROWS_START * CELLS);
  #stops = new Int32Array(ROWS_START * CELLS);
  /** For each row: how many slots it fills, or why it has none. */
  #filled = new Int32Array(ROWS_START);
  readonly #unknown: UnknownKey[] = [];

  get count(): number {
    return this.#count;
  }

  /** Start of a cell's text, or `ABSENT`, or `NOT_TEXT`. */
  start(row: number, cell: number): number {
    return this.#starts[row * CELLS + cell]!;
  }

  stop(row: number, cell: number): number {
    return this.#stops[row * CELLS + cell]!;
  }

  isObject(row: number): boolean {
    return this.#filled[row] !== NO_OBJECT;
  }

  hasValues(row: number): boolean {
    return this.#filled[row]! >= 0;
  }

  /** How many different slots the row fills, with texts or not. */
  filledCount(row: number): number {
    return this.#filled[row]!;
  }

  /** True when any row has a key that no slot stands for. */
  get hasUnknownKeys(): boolean {
    return this.#unknown.length > 0;
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
    if (row === this.#filled.length) this.#grow();
    this.#starts.fill(ABSENT, row * CELLS, (row + 1) * CELLS);
    this.#filled[row] = isObject ? NO_VALUES : NO_OBJECT;
    return row;
  }

  /** Starts the values of a row anew: of a repeated key the last one counts. */
  beginValues(row: number, isObject: boolean): void {
    if (this.#filled[row]! >= 0) {
      this.#starts.fill(ABSENT, row * CELLS, row * CELLS + SLOTS);
      const kept = this.#unknown.filter((entry) => entry.row !== row);
      this.#unknown.length = 0;
      for (const entry of kept) this.#unknown.push(entry);
    }
    this.#filled[row] = isObject ? 0 : NO_VALUES;
  }

  putSlot(row: number, slot: number, start: number, stop: number): void {
    const index = row * CELLS + slot;
    if (this.#starts[index] === ABSENT) this.#filled[row]!++;
    this.#starts[index] = start;
    this.#stops[index] = stop;
  }

  /** For `TYPE_CELL` and `ITEM_CELL`. */
  putCell(row: number, cell: number, start: number, stop: number): void {
    this.#starts[row * CELLS + cell] = start;
    this.#stops[row * CELLS + cell] = stop;
  }

  putUnknown(row: number, key: string): void {
    this.#unknown.push({ row, key });
  }

  #grow(): void {
    const rows = this.#filled.length * 2;
    this.#starts = grown(this.#starts, rows * CELLS);
    this.#stops = grown(this.#stops, rows * CELLS);
    this.#filled = grown(this.#filled, rows);
  }
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

import { assert } from '#domain';
import type { TableColumn, TableType, TableValue } from './table-types.ts';

/** Rows of a binary table that are gathered before they are written together. */
export const TABLE_GROUP_ROWS = 65_536;
/** A group of rows with long lists (books) is written earlier: when its lists have this many elements. */
const GROUP_ELEMENTS_MAX = 1 << 18;

export type TableCell = string | number | bigint | boolean | Uint8Array | readonly (number | null)[] | null;

/** Gathers rows as columns, each value as the binary formats want it. */
export class TableColumns {
  readonly #columns: readonly TableColumn[];
  #values: TableCell[][];
  #elements = 0;
  rows = 0;

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns;
    this.#values = columns.map(() => []);
  }

  add(values: readonly TableValue[]): void {
    assert(values.length === this.#columns.length, `a row has ${this.#columns.length} values, not ${values.length}`);
    for (let i = 0; i < this.#columns.length; i++) {
      const cell = binaryCell(values[i]!, this.#columns[i]!.type);
      if (Array.isArray(cell)) this.#elements += cell.length;
      this.#values[i]!.push(cell);
    }
    this.rows += 1;
  }

  /** Time to `take` what was gathered. */
  get isFull(): boolean {
    return this.rows >= TABLE_GROUP_ROWS || this.#elements >= GROUP_ELEMENTS_MAX;
  }

  /** Hands the gathered columns over and starts anew. */
  take(): readonly (readonly TableCell[])[] {
    const values = this.#values;
    this.#values = this.#columns.map(() => []);
    this.rows = 0;
    this.#elements = 0;
    return values;
  }
}

function binaryCell(value: TableValue, type: TableType): TableCell {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return null;
  switch (type) {
    case 'string':
      return String(value);
    case 'float64':
      return Number(value);
    case 'boolean':
      return value === true;
    case 'float64-list':
      return listCell(value);
    case 'decimal-text':
      return value === '' ? null : Number(value);
    case 'int64':
      return BigInt(value as number | bigint);
    case 'timestamp-ms':
      return floorDivide(value as bigint, 1_000_000n);
    case 'timestamp-us':
      return floorDivide(value as bigint, 1_000n);
    case 'timestamp-ns':
      return value as bigint;
  }
}

function listCell(value: TableValue): readonly (number | null)[] {
  assert(Array.isArray(value), `a list of numbers is wanted, not ${String(value)}`);
  const list = value as readonly number[];
  return list.some(Number.isNaN) ? list.map((element) => (Number.isNaN(element) ? null : element)) : list;
}

/** Rounds down also before 1970, as the text formats do. */
function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && value % divisor !== 0n ? quotient - 1n : quotient;
}

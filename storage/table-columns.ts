import { assert } from '#domain';
import type { TableColumn, TableType, TableValue } from './table-types.ts';

/** Rows of a binary table that are gathered before they are written together. */
export const TABLE_GROUP_ROWS = 65_536;

export type TableCell = string | number | bigint | null;

/** Gathers rows as columns, each value as the binary formats want it. */
export class TableColumns {
  readonly #columns: readonly TableColumn[];
  #values: TableCell[][];
  rows = 0;

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns;
    this.#values = columns.map(() => []);
  }

  add(values: readonly TableValue[]): void {
    assert(values.length === this.#columns.length, `a row has ${this.#columns.length} values, not ${values.length}`);
    for (let i = 0; i < this.#columns.length; i++) this.#values[i]!.push(binaryCell(values[i]!, this.#columns[i]!.type));
    this.rows += 1;
  }

  /** Hands the gathered columns over and starts anew. */
  take(): readonly (readonly TableCell[])[] {
    const values = this.#values;
    this.#values = this.#columns.map(() => []);
    this.rows = 0;
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
    case 'decimal-text':
      return value === '' ? null : Number(value);
    case 'int64':
      return BigInt(value);
    case 'timestamp-ms':
      return floorDivide(BigInt(value), 1_000_000n);
    case 'timestamp-us':
      return floorDivide(BigInt(value), 1_000n);
    case 'timestamp-ns':
      return BigInt(value);
  }
}

/** Rounds down also before 1970, as the text formats do. */
function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && value % divisor !== 0n ? quotient - 1n : quotient;
}

import {
  Binary,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int64,
  List,
  makeData,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { TableCell } from './table-columns.ts';
import type { TableType } from './table-types.ts';

const MISSING_INT64 = -(1n << 63n);

/** One column as Arrow data: numbers go straight into typed arrays, which is exact for int64 and fast. */
export function columnData(cells: readonly TableCell[], type: DataType): Data {
  if (type instanceof Utf8) return vectorFromArray(cells as readonly (string | null)[], type).data[0]!;
  if (type instanceof Binary) return vectorFromArray(cells as readonly (Uint8Array | null)[], type).data[0]!;
  if (type instanceof Bool) return vectorFromArray(cells as readonly (boolean | null)[], type).data[0]!;
  if (type instanceof List) return listData(cells as readonly (readonly (number | null)[] | null)[], type);
  return numberData(cells, type);
}

/** Lists lie one behind the other; an offset says where each begins. */
function listData(lists: readonly (readonly (number | null)[] | null)[], type: List): Data {
  const valueOffsets = new Int32Array(lists.length + 1);
  const nullBitmap = new Uint8Array((lists.length + 7) >> 3);
  const elements: (number | null)[] = [];
  let nullCount = 0;
  for (const [i, list] of lists.entries()) {
    if (list === null) {
      nullCount += 1;
    } else {
      for (const element of list) elements.push(element);
      nullBitmap[i >> 3]! |= 1 << (i & 7);
    }
    valueOffsets[i + 1] = elements.length;
  }
  const child = numberData(elements, type.children[0]!.type);
  return makeData({ type, length: lists.length, nullCount, nullBitmap, valueOffsets, child } as never);
}

function numberData(cells: readonly TableCell[], type: DataType): Data {
  const length = cells.length;
  const data = type instanceof Float64 ? new Float64Array(length) : new BigInt64Array(length);
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const cell = cells[i]!;
    if (cell === null) {
      nullCount += 1;
      // Who reads the numbers without looking at the bitmap finds what means "missing" elsewhere: NaN, and numpy's NaT.
      data[i] = (data instanceof Float64Array ? Number.NaN : MISSING_INT64) as never;
    } else {
      data[i] = cell as never;
      nullBitmap[i >> 3]! |= 1 << (i & 7);
    }
  }
  return makeData({ type, length, nullCount, nullBitmap, data } as never);
}

/** The Arrow type of a column of ours. */
export function arrowType(type: TableType): DataType {
  switch (type) {
    case 'string':
      return new Utf8();
    case 'float64':
    case 'decimal-text':
      return new Float64();
    case 'boolean':
      return new Bool();
    case 'float64-list':
      return new List(new Field('element', new Float64(), true));
    case 'int64':
      return new Int64();
    case 'timestamp-ms':
      return new TimestampMillisecond('UTC');
    case 'timestamp-us':
      return new TimestampMicrosecond('UTC');
    case 'timestamp-ns':
      return new TimestampNanosecond('UTC');
  }
}

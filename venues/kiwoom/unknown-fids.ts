import { ABSENT, type RowCells } from './row-cells.ts';
import { SLOT_FIDS } from './slots.ts';

const KEY_MAX = 40;

/** What a row has that the table of its type (`slots`) does not name, in order of UTF-16 code units: one text of drift for each. */
export function unknownFids(rows: RowCells, row: number, slots: Int32Array): readonly string[] {
  const foreign = SLOT_FIDS.filter((_, slot) => rows.start(row, slot) !== ABSENT && !slots.includes(slot)).map(String);
  const keys = [...foreign, ...rows.unknownKeys(row)].sort();
  return keys.map((key) => `FID ${key.slice(0, KEY_MAX)} is not in the table`);
}

import { BOOK } from './book-fids.ts';
import type { ChannelTable } from './channel-table.ts';
import { CONDITION, ORDER, PHASE, QUOTE, TRADE, VOLATILITY } from './fids.ts';

/** Every decoded type: adding one is adding its table here and its row reader in `row-readers.ts`. */
export const CHANNEL_TABLES: readonly ChannelTable[] = [TRADE, BOOK, QUOTE, VOLATILITY, PHASE, CONDITION, ORDER];

/** Every FID of a decoded type has one slot of a scanned row. */
export const SLOT_FIDS: readonly number[] = [...new Set(CHANNEL_TABLES.flatMap(({ fields }) => fields.map(({ fid }) => fid)))];

/** FIDs are below this; the table below is indexed by them. */
export const FID_LIMIT = 16_384;

/** Slot by FID; -1 for those that no decoded type has. */
export const SLOT_OF_FID: Int16Array = slotTable();

export function slotOf(fid: number): number {
  return SLOT_OF_FID[fid]!;
}

function slotTable(): Int16Array {
  const table = new Int16Array(FID_LIMIT).fill(-1);
  SLOT_FIDS.forEach((fid, slot) => {
    table[fid] = slot;
  });
  return table;
}

import { stringText } from '../json-scan.ts';
import { labelOf } from './channel.ts';
import { CHANNEL_RULES, CONDITION_TYPE } from './channel-rules.ts';
import { trimmed } from './field-text.ts';
import { FrameScan, isKey } from './frame-scan.ts';
import { ITEM_CELL, TYPE_CELL } from './row-cells.ts';
import { slotOf } from './slots.ts';

const CONDITION_NUMBER = slotOf(841);
const CODE = slotOf(9001);
const CHANGE = slotOf(843);

/** What registrations see of the rows of a REAL frame. One frame at a time; reused. */
export class FrameRows {
  readonly #scan = new FrameScan();
  #bytes: Uint8Array = new Uint8Array(0);

  /** Looks at `bytes[start, end)` and says how many rows it has; 0 when it is no REAL frame. */
  read(bytes: Uint8Array, start: number, end: number): number {
    const scan = this.#scan;
    this.#bytes = bytes;
    if (!scan.scan(bytes, start, end) || scan.data !== 'rows' || scan.trnmStart < 0) return 0;
    return isKey(bytes, scan.trnmStart - 1, scan.trnmStop + 1, 'REAL') ? scan.rows.count : 0;
  }

  /** Empty where the row names none. */
  type(row: number): string {
    const { rows } = this.#scan;
    const start = rows.start(row, TYPE_CELL);
    return start < 0 ? '' : labelOf(this.#bytes, start, rows.stop(row, TYPE_CELL));
  }

  /** What a registration for this row would name: the item, nothing for types of the whole market, the number of a condition search. */
  symbol(row: number, type: string): string {
    if (type === CONDITION_TYPE) return conditionNumber(this.#text(row, CONDITION_NUMBER));
    return CHANNEL_RULES.get(type)?.item === 'none' ? '' : this.#text(row, ITEM_CELL);
  }

  /** The instrument and the change (`I`, `D`) of a row of type `02`. */
  conditionChange(row: number): { readonly code: string; readonly change: string } {
    return { code: trimmed(this.#text(row, CODE)), change: trimmed(this.#text(row, CHANGE)) };
  }

  #text(row: number, cell: number): string {
    const { rows } = this.#scan;
    const start = rows.start(row, cell);
    return start < 0 ? '' : stringText(this.#bytes, start, rows.stop(row, cell));
  }
}

/** The number of a condition search without the zeros and blanks it may come with (`2 `, `002`); a text that is none stays. */
export function conditionNumber(text: string): string {
  const plain = trimmed(text);
  return /^\d{1,9}$/.test(plain) ? String(Number(plain)) : plain;
}

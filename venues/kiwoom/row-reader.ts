import { type EventSink, type SymbolId, SymbolReader, type SymbolTable } from '#domain';
import { stringText } from '../json-scan.ts';
import { hasEscape, trimmed } from './field-text.ts';
import { ITEM_CELL, type RowCells } from './row-cells.ts';
import { slotOf } from './slots.ts';

/** Says what the rows of one type mean. */
export interface RowReader {
  readonly type: string;
  /** Says one row that has values: its events, or what is wrong with it. */
  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void;
}

/** What a row reader is made with. */
export interface RowContext {
  readonly sink: EventSink;
  readonly symbols: RowSymbols;
}

/** What -1 means where a row's symbol is asked for. */
export const NO_SYMBOL = -1;
const CODE_SLOT = slotOf(9001);

/** Finds the symbol that a row is about. */
export class RowSymbols {
  readonly #venue: string;
  readonly #table: SymbolTable;
  readonly #reader: SymbolReader;

  constructor(venue: string, table: SymbolTable) {
    this.#venue = venue;
    this.#table = table;
    this.#reader = new SymbolReader(venue, table);
  }

  /** The symbol of the row's `item`, as printed: the exchange's suffix is part of it. `NO_SYMBOL` where it is empty or missing. */
  ofItem(bytes: Uint8Array, rows: RowCells, row: number): SymbolId {
    const start = rows.start(row, ITEM_CELL);
    const stop = rows.stop(row, ITEM_CELL);
    if (start < 0 || start === stop) return NO_SYMBOL;
    if (hasEscape(bytes, start, stop)) return this.named(stringText(bytes, start, stop));
    return this.#reader.read(bytes, start, stop);
  }

  /** The same, but a row without an item is about the instrument that its FID 9001 names. */
  ofItemOrCode(bytes: Uint8Array, rows: RowCells, row: number): SymbolId {
    const symbol = this.ofItem(bytes, rows, row);
    const start = rows.start(row, CODE_SLOT);
    if (symbol !== NO_SYMBOL || start < 0) return symbol;
    const code = trimmed(stringText(bytes, start, rows.stop(row, CODE_SLOT)));
    return code === '' ? NO_SYMBOL : this.named(code);
  }

  named(symbol: string): SymbolId {
    return this.#table.intern(this.#venue, symbol);
  }
}

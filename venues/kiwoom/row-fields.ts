import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolId } from '#domain';
import { stringText } from '../json-scan.ts';
import type { ChannelTable, FieldReading } from './channel-table.ts';
import { EMPTY, FieldNumber, NO_NUMBER, quoted, readCharacter, readExchange, readTimeOfDay, trimmedText } from './field-text.ts';
import { ABSENT, NOT_TEXT, type RowCells } from './row-cells.ts';
import { slotOf } from './slots.ts';
import { unknownFids } from './unknown-fids.ts';

const MINUS = 0x2d;
const READINGS: readonly FieldReading[] = ['magnitude', 'signed', 'exchange', 'character', 'time', 'text'];
const SIGNED = READINGS.indexOf('signed');

/**
 * Reads the fields of one row after the other by the table of their type. A required field that is missing or unreadable makes
 * the row bad; any other field that cannot be read is drift and left out, and so is a FID that the table does not name.
 */
export class RowFields {
  /** By column of the table, after `read`; NaN where the row says nothing or no number. Times are microseconds since midnight. */
  readonly values: Float64Array;
  readonly #table: ChannelTable;
  readonly #slots: Int32Array;
  /** Indexes of `READINGS`. */
  readonly #reads: Uint8Array;
  readonly #isRequired: Uint8Array;
  readonly #readingColumns: Int32Array;
  readonly #readingNames: readonly string[];
  readonly #timeColumn: number;
  readonly #number = new FieldNumber();
  /** What is drift in the fields of the row; usually nothing. */
  readonly #badFields: string[] = [];
  /** How many FIDs of the table the row has. */
  #filled = 0;

  constructor(table: ChannelTable) {
    const { fields } = table;
    const told = fields.filter(({ isInReading }) => isInReading);
    this.#table = table;
    this.values = new Float64Array(fields.length);
    this.#slots = Int32Array.from(fields, ({ fid }) => slotOf(fid));
    this.#reads = Uint8Array.from(fields, ({ reads }) => READINGS.indexOf(reads));
    this.#isRequired = Uint8Array.from(fields, ({ fid }) => (table.required.includes(fid) ? 1 : 0));
    this.#readingColumns = Int32Array.from(told, (entry) => fields.indexOf(entry));
    this.#readingNames = told.map(({ name }) => name);
    this.#timeColumn = this.column(table.timeFid);
  }

  /** Where `values` holds the field; -1 for a FID that the table does not name. */
  column(fid: number): number {
    return this.#table.fields.findIndex((entry) => entry.fid === fid);
  }

  /** Reads the row into `values`; returns what is wrong with it, or an empty text. */
  read(bytes: Uint8Array, rows: RowCells, row: number): string {
    const { values } = this;
    const { starts, numbers } = rows;
    const slots = this.#slots;
    const base = rows.base(row);
    let filled = 0;
    if (this.#badFields.length > 0) this.#badFields.length = 0;
    for (let column = 0; column < slots.length; column++) {
      const index = base + slots[column]!;
      const start = starts[index]!;
      values[column] = Number.NaN;
      if (start === ABSENT) {
        if (this.#isRequired[column] === 1) return `FID ${this.#table.fields[column]!.fid} is missing`;
        continue;
      }
      filled++;
      const number = numbers[index]!;
      const reads = this.#reads[column]!;
      if (start >= 0 && reads <= SIGNED && !Number.isNaN(number)) {
        values[column] = reads === SIGNED && bytes[start] === MINUS ? 0 - number : number;
        continue;
      }
      const problem = this.#readOther(bytes, rows, row, column);
      if (problem === '') continue;
      if (this.#isRequired[column] === 1) return problem;
      this.#badFields.push(problem);
    }
    this.#filled = filled;
    return '';
  }

  /** When the row happened, by its time of day and the receive time; NaN for a type whose table names no time. */
  venueTimeUs(receivedAtUs: number): number {
    if (this.#timeColumn < 0) return Number.NaN;
    return nearestTimeOfDay(this.values[this.#timeColumn]!, receivedAtUs, KST_OFFSET_US);
  }

  /** The sign that the text of a field begins with: 1, -1, or 0 without one. */
  signAt(bytes: Uint8Array, rows: RowCells, row: number, column: number): 1 | -1 | 0 {
    const slot = this.#slots[column]!;
    this.#number.read(bytes, rows.start(row, slot), rows.stop(row, slot));
    return this.#number.sign;
  }

  /** The text of a field without the blanks around it; empty where the row has none. A code of one character costs nothing, others make a string. */
  textAt(bytes: Uint8Array, rows: RowCells, row: number, column: number): string {
    const slot = this.#slots[column]!;
    const start = rows.start(row, slot);
    return start < 0 ? '' : trimmedText(bytes, start, rows.stop(row, slot));
  }

  /** Microseconds since midnight of a field that `HHMMSS` is in; NaN when it is none. */
  timeOfDayAt(bytes: Uint8Array, rows: RowCells, row: number, column: number): number {
    const slot = this.#slots[column]!;
    const start = rows.start(row, slot);
    return start < 0 ? Number.NaN : readTimeOfDay(bytes, start, rows.stop(row, slot));
  }

  /** Tells what of the row that was read last is not as the table says. */
  sayDrift(sink: EventSink, rows: RowCells, row: number): void {
    const { type } = this.#table;
    for (const detail of this.#badFields) sink.drift(type, detail);
    // Repeated keys make these differ too: the slow way finds nothing then.
    if (rows.memberCount(row) === this.#filled) return;
    for (const detail of unknownFids(rows, row, this.#slots)) sink.drift(type, detail);
  }

  /** Says the numbers of the row that no other event says; nothing when it has none. */
  sayReading(sink: EventSink, symbol: SymbolId, venueTimeUs: number): void {
    if (!this.#hasNumbers()) return;
    sink.readingBegin(symbol, venueTimeUs, this.#table.type);
    this.sayNumbers(sink);
    sink.readingEnd();
  }

  /** The same inside a reading that was begun. */
  sayNumbers(sink: EventSink): void {
    const columns = this.#readingColumns;
    for (let i = 0; i < columns.length; i++) {
      const value = this.values[columns[i]!]!;
      if (!Number.isNaN(value)) sink.readingValue(this.#readingNames[i]!, value);
    }
  }

  #hasNumbers(): boolean {
    const columns = this.#readingColumns;
    for (let i = 0; i < columns.length; i++) {
      if (!Number.isNaN(this.values[columns[i]!])) return true;
    }
    return false;
  }

  /** Everything but a plain number: returns what is wrong, or an empty text. */
  #readOther(bytes: Uint8Array, rows: RowCells, row: number, column: number): string {
    const { fid, reads } = this.#table.fields[column]!;
    const slot = this.#slots[column]!;
    const start = rows.start(row, slot);
    if (reads === 'text') return start === NOT_TEXT ? `FID ${fid}: expected a text` : '';
    const wanted = reads === 'time' ? 'HHMMSS' : 'a number';
    if (start === NOT_TEXT) return `FID ${fid}: expected ${wanted}, found no text`;
    const stop = rows.stop(row, slot);
    if (this.#readText(bytes, start, stop, reads, column)) return '';
    return `FID ${fid}: expected ${wanted}, found ${quoted(stringText(bytes, start, stop))}`;
  }

  #readText(bytes: Uint8Array, start: number, stop: number, reads: FieldReading, column: number): boolean {
    if (reads === 'time') {
      this.values[column] = readTimeOfDay(bytes, start, stop);
      return !Number.isNaN(this.values[column]);
    }
    const found = this.#number.read(bytes, start, stop);
    if (found === EMPTY) return true;
    if (reads === 'exchange' || reads === 'character') {
      this.values[column] = reads === 'exchange' ? readExchange(bytes, start, stop) : readCharacter(bytes, start, stop);
      return !Number.isNaN(this.values[column]);
    }
    if (found === NO_NUMBER) return false;
    this.values[column] = reads === 'signed' ? this.#number.signed : this.#number.magnitude;
    return true;
  }
}

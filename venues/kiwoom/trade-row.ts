import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolId } from '#domain';
import { stringText } from '../json-scan.ts';
import { slotOf, TRADE_FIDS, type TradeFid } from './fids.ts';
import { EMPTY, FieldNumber, NO_NUMBER, NUMBER, quoted, readExchange, readTimeOfDay } from './field-text.ts';
import { ABSENT, NOT_TEXT, type RowCells } from './row-cells.ts';
import { unknownFids } from './unknown-fids.ts';

export const TRADE_TYPE = '0B';

const TIME_SLOT = slotOf(20);
const PRICE_SLOT = slotOf(10);
const SIZE_SLOT = slotOf(15);
const CUMULATIVE_SLOT = slotOf(13);
const ASK_COLUMN = columnOf(27);
const BID_COLUMN = columnOf(28);
const PRICE_COLUMN = columnOf(10);
const SIZE_COLUMN = columnOf(15);
const CUMULATIVE_COLUMN = columnOf(13);
const SLOTS = Int32Array.from(TRADE_FIDS, (entry) => slotOf(entry.fid));
/** Without these a row cannot be a trade; their texts may be empty, but for the time. */
const REQUIRED = [
  { fid: 20, slot: TIME_SLOT },
  { fid: 10, slot: PRICE_SLOT },
  { fid: 15, slot: SIZE_SLOT },
  { fid: 13, slot: CUMULATIVE_SLOT },
] as const;

/**
 * Says one `0B` row: a trade when it has a price and a size above 0, a quote when it has both best prices, and a reading
 * with every number of the row. A bad field that the trade needs fails the row; any other bad field is drift and left out.
 */
export class TradeRow {
  readonly #sink: EventSink;
  readonly #number = new FieldNumber();
  /** By column of `TRADE_FIDS`; NaN where the row says nothing. */
  readonly #values = new Float64Array(TRADE_FIDS.length);
  /** What is drift in the fields of the row; usually nothing. */
  readonly #badFields: string[] = [];
  /** How many FIDs of the table the row has. */
  #filled = 0;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  say(bytes: Uint8Array, rows: RowCells, row: number, symbol: SymbolId, receivedAtUs: number): void {
    const problem = this.#missing(rows, row);
    if (problem !== '') {
      this.#sink.decodeFailure(TRADE_TYPE, problem);
      return;
    }
    const timeOfDayUs = readTimeOfDay(bytes, rows.start(row, TIME_SLOT), rows.stop(row, TIME_SLOT));
    if (Number.isNaN(timeOfDayUs)) {
      this.#sink.decodeFailure(TRADE_TYPE, `FID 20: expected HHMMSS, found ${textOf(bytes, rows, row, TIME_SLOT)}`);
      return;
    }
    const problemOrSide = this.#readAll(bytes, rows, row);
    if (typeof problemOrSide === 'string') {
      this.#sink.decodeFailure(TRADE_TYPE, problemOrSide);
      return;
    }
    this.#sayDrift(rows, row);
    this.#sayEvents(symbol, nearestTimeOfDay(timeOfDayUs, receivedAtUs, KST_OFFSET_US), problemOrSide);
  }

  #sayDrift(rows: RowCells, row: number): void {
    for (const detail of this.#badFields) this.#sink.drift(TRADE_TYPE, detail);
    if (rows.filledCount(row) === this.#filled && !rows.hasUnknownKeys) return;
    for (const detail of unknownFids(rows, row, SLOTS)) this.#sink.drift(TRADE_TYPE, detail);
  }

  #sayEvents(symbol: SymbolId, venueTimeUs: number, side: 1 | -1 | 0): void {
    const values = this.#values;
    const price = values[PRICE_COLUMN]!;
    const size = Math.abs(values[SIZE_COLUMN]!);
    if (price > 0 && size > 0) {
      const condition = side === 0 ? 'auction' : 'regular';
      this.#sink.trade(symbol, venueTimeUs, price, size, side, '', values[CUMULATIVE_COLUMN]!, condition);
    }
    const bid = values[BID_COLUMN]!;
    const ask = values[ASK_COLUMN]!;
    if (bid > 0 && ask > 0) this.#sink.quote(symbol, venueTimeUs, bid, Number.NaN, ask, Number.NaN, Number.NaN);
    this.#sayReading(symbol, venueTimeUs);
  }

  #sayReading(symbol: SymbolId, venueTimeUs: number): void {
    let hasBegun = false;
    for (let column = 0; column < TRADE_FIDS.length; column++) {
      const value = this.#values[column]!;
      if (Number.isNaN(value)) continue;
      if (!hasBegun) this.#sink.readingBegin(symbol, venueTimeUs, TRADE_TYPE);
      hasBegun = true;
      this.#sink.readingValue(TRADE_FIDS[column]!.name, value);
    }
    if (hasBegun) this.#sink.readingEnd();
  }

  /** Reads every field into `#values` and returns the trade's side, or says what is wrong with a field that the trade needs. */
  #readAll(bytes: Uint8Array, rows: RowCells, row: number): 1 | -1 | 0 | string {
    let side: 1 | -1 | 0 = 0;
    this.#filled = 0;
    if (this.#badFields.length > 0) this.#badFields.length = 0;
    for (let column = 0; column < TRADE_FIDS.length; column++) {
      const slot = SLOTS[column]!;
      const start = rows.start(row, slot);
      this.#values[column] = Number.NaN;
      if (start === ABSENT) continue;
      this.#filled++;
      if (slot === TIME_SLOT) continue;
      if (start === NOT_TEXT || !this.#readField(bytes, start, rows.stop(row, slot), column)) {
        const reason = `FID ${TRADE_FIDS[column]!.fid}: expected a number, found ${textOf(bytes, rows, row, slot)}`;
        if (REQUIRED.some((required) => required.slot === slot)) return reason;
        this.#badFields.push(reason);
      }
      if (slot === SIZE_SLOT) side = this.#number.sign;
    }
    return side;
  }

  #readField(bytes: Uint8Array, start: number, stop: number, column: number): boolean {
    const { reads }: TradeFid = TRADE_FIDS[column]!;
    if (reads === 'exchange') {
      this.#values[column] = readExchange(bytes, start, stop);
      return !Number.isNaN(this.#values[column]) || this.#number.read(bytes, start, stop) === EMPTY;
    }
    const found = this.#number.read(bytes, start, stop);
    if (found === NO_NUMBER) return false;
    if (found === NUMBER) this.#values[column] = reads === 'signed' ? this.#number.signed : this.#number.magnitude;
    return true;
  }

  #missing(rows: RowCells, row: number): string {
    for (const { fid, slot } of REQUIRED) {
      const start = rows.start(row, slot);
      if (start === ABSENT) return `FID ${fid} is missing`;
      if (start === NOT_TEXT) return `FID ${fid}: expected a text`;
    }
    return '';
  }
}

function textOf(bytes: Uint8Array, rows: RowCells, row: number, slot: number): string {
  const start = rows.start(row, slot);
  return start === NOT_TEXT ? 'no text' : quoted(stringText(bytes, start, rows.stop(row, slot)));
}

function columnOf(fid: number): number {
  return TRADE_FIDS.findIndex((entry) => entry.fid === fid);
}

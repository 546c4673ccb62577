import { type EventSink, KST_OFFSET_US, nearestTimeOfDay, type SymbolId, type SymbolTable } from '#domain';
import { stringText } from '../json-scan.ts';
import { ORDER_FIDS, slotOf } from './fids.ts';
import { quoted, readTimeOfDay, trimmed } from './field-text.ts';
import { ABSENT, NOT_TEXT, type RowCells } from './row-cells.ts';
import { unknownFids } from './unknown-fids.ts';

export const ORDER_TYPE = '00';

const CODE_SLOT = slotOf(9001);
const STATE_SLOT = slotOf(913);
const TIME_SLOT = slotOf(908);
const SLOTS = Int32Array.from(ORDER_FIDS, (entry) => slotOf(entry.fid));
const REQUIRED = [
  { fid: 9001, slot: CODE_SLOT },
  { fid: 913, slot: STATE_SLOT },
  { fid: 908, slot: TIME_SLOT },
] as const;
/** FID 913 of a fill; every other word (접수, 확인, 취소, 거부) is news of an order. */
const FILLED = '체결';

/** Says one `00` row as a notice with every field's text as printed. Our own orders are rare, so this may make strings. */
export class OrderRow {
  readonly #sink: EventSink;
  readonly #venue: string;
  readonly #symbols: SymbolTable;

  constructor(sink: EventSink, symbols: SymbolTable, venue: string) {
    this.#sink = sink;
    this.#symbols = symbols;
    this.#venue = venue;
  }

  /** `item` is the row's, with the exchange's suffix; where it is empty, FID 9001 names the instrument. */
  say(bytes: Uint8Array, rows: RowCells, row: number, item: string, receivedAtUs: number): void {
    const problem = missing(rows, row);
    if (problem !== '') {
      this.#sink.decodeFailure(ORDER_TYPE, problem);
      return;
    }
    const timeText = trimmed(textAt(bytes, rows, row, TIME_SLOT));
    const timeOfDayUs = timeText === '' ? Number.NaN : readTimeOfDay(bytes, rows.start(row, TIME_SLOT), rows.stop(row, TIME_SLOT));
    if (timeText !== '' && Number.isNaN(timeOfDayUs)) {
      this.#sink.decodeFailure(ORDER_TYPE, `FID 908: expected HHMMSS, found ${quoted(timeText)}`);
      return;
    }
    const code = item === '' ? trimmed(textAt(bytes, rows, row, CODE_SLOT)) : item;
    if (code === '') {
      this.#sink.decodeFailure(ORDER_TYPE, 'neither item nor FID 9001 names the instrument');
      return;
    }
    for (const detail of unknownFids(rows, row, SLOTS)) this.#sink.drift(ORDER_TYPE, detail);
    const venueTimeUs = Number.isNaN(timeOfDayUs) ? Number.NaN : nearestTimeOfDay(timeOfDayUs, receivedAtUs, KST_OFFSET_US);
    this.#sayNotice(bytes, rows, row, this.#symbols.intern(this.#venue, code), venueTimeUs);
  }

  #sayNotice(bytes: Uint8Array, rows: RowCells, row: number, symbol: SymbolId, venueTimeUs: number): void {
    for (const { fid } of ORDER_FIDS) {
      if (rows.start(row, slotOf(fid)) === NOT_TEXT) this.#sink.drift(ORDER_TYPE, `FID ${fid}: expected a text`);
    }
    const isFill = trimmed(textAt(bytes, rows, row, STATE_SLOT)) === FILLED;
    this.#sink.noticeBegin(isFill ? 'fill' : 'order', symbol, venueTimeUs);
    for (const { fid, name } of ORDER_FIDS) {
      if (rows.start(row, slotOf(fid)) >= 0) this.#sink.noticeField(name, textAt(bytes, rows, row, slotOf(fid)));
    }
    this.#sink.noticeEnd();
  }
}

function missing(rows: RowCells, row: number): string {
  for (const { fid, slot } of REQUIRED) {
    const start = rows.start(row, slot);
    if (start === ABSENT) return `FID ${fid} is missing`;
    if (start === NOT_TEXT) return `FID ${fid}: expected a text`;
  }
  return '';
}

function textAt(bytes: Uint8Array, rows: RowCells, row: number, slot: number): string {
  return stringText(bytes, rows.start(row, slot), rows.stop(row, slot));
}

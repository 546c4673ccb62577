import { type EventSink, KST_OFFSET_US, nearestTimeOfDay } from '#domain';
import { stringText } from '../json-scan.ts';
import { ORDER } from './fids.ts';
import { quoted } from './field-text.ts';
import type { RowCells } from './row-cells.ts';
import { RowFields } from './row-fields.ts';
import { NO_SYMBOL, type RowContext, type RowReader } from './row-reader.ts';
import { slotOf } from './slots.ts';

/** FID 913 of a fill; every other word (접수, 확인, 취소, 거부) is news of an order. */
const FILLED = '체결';

/** Says one `00` row as a notice with every field's text as printed. Our own orders are rare, so this may make strings. */
export class OrderRow implements RowReader {
  readonly type = ORDER.type;
  readonly #context: RowContext;
  readonly #fields = new RowFields(ORDER);
  readonly #state = this.#fields.column(913);
  readonly #time = this.#fields.column(908);

  constructor(context: RowContext) {
    this.#context = context;
  }

  /** The symbol is the row's `item`, with the exchange's suffix; where it is empty, FID 9001 names the instrument. */
  say(bytes: Uint8Array, rows: RowCells, row: number, receivedAtUs: number): void {
    const { sink, symbols } = this.#context;
    const problem = this.#fields.read(bytes, rows, row);
    if (problem !== '') {
      sink.decodeFailure(ORDER.type, problem);
      return;
    }
    const timeText = this.#fields.textAt(bytes, rows, row, this.#time);
    const timeOfDayUs = this.#fields.timeOfDayAt(bytes, rows, row, this.#time);
    if (timeText !== '' && Number.isNaN(timeOfDayUs)) {
      sink.decodeFailure(ORDER.type, `FID 908: expected HHMMSS, found ${quoted(timeText)}`);
      return;
    }
    const symbol = symbols.ofItemOrCode(bytes, rows, row);
    if (symbol === NO_SYMBOL) {
      sink.decodeFailure(ORDER.type, 'neither item nor FID 9001 names the instrument');
      return;
    }
    this.#fields.sayDrift(sink, rows, row);
    const venueTimeUs = timeText === '' ? Number.NaN : nearestTimeOfDay(timeOfDayUs, receivedAtUs, KST_OFFSET_US);
    const isFill = this.#fields.textAt(bytes, rows, row, this.#state) === FILLED;
    sink.noticeBegin(isFill ? 'fill' : 'order', symbol, venueTimeUs);
    for (const { fid, name } of ORDER.fields) sayField(sink, bytes, rows, row, slotOf(fid), name);
    sink.noticeEnd();
  }
}

function sayField(sink: EventSink, bytes: Uint8Array, rows: RowCells, row: number, slot: number, name: string): void {
  const start = rows.start(row, slot);
  if (start >= 0) sink.noticeField(name, stringText(bytes, start, rows.stop(row, slot)));
}

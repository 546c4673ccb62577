import { type EventSink, type SymbolId, SymbolReader, type SymbolTable, type TapeRecord } from '#domain';
import { stringText } from '../json-scan.ts';
import type { Decoder } from '../venue.ts';
import { isBarePing, kiwoomChannelOf, labelOf } from './channel.ts';
import { sayControl } from './control.ts';
import { hasEscape } from './field-text.ts';
import { FrameScan, ROWS_MAX } from './frame-scan.ts';
import { ORDER_TYPE, OrderRow } from './order-row.ts';
import { ITEM_CELL, TYPE_CELL } from './row-cells.ts';
import { TRADE_TYPE, TradeRow } from './trade-row.ts';

export const KIWOOM_VENUE = 'kiwoom';
const REAL = 'REAL';

/** Reads what Kiwoom sends: rows of REAL frames one by one, control frames for what they refuse. What was sent is not looked at. */
export function createKiwoomDecoder(sink: EventSink, symbols: SymbolTable): Decoder {
  return new KiwoomDecoder(sink, symbols);
}

class KiwoomDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #reader: SymbolReader;
  readonly #scan = new FrameScan();
  readonly #tradeRow: TradeRow;
  readonly #orderRow: OrderRow;

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
    this.#reader = new SymbolReader(KIWOOM_VENUE, symbols);
    this.#tradeRow = new TradeRow(sink);
    this.#orderRow = new OrderRow(sink, symbols, KIWOOM_VENUE);
  }

  decode(record: TapeRecord): void {
    if (record.kind === 'frame-in') this.#decodeFrame(record.bytes, record.start, record.end, record.receivedAtUs);
    else if (record.kind === 'http-response') this.#sink.undecoded('');
  }

  #decodeFrame(bytes: Uint8Array, start: number, end: number, receivedAtUs: number): void {
    const scan = this.#scan;
    if (!scan.scan(bytes, start, end)) {
      if (isBarePing(bytes, start, end)) return;
      this.#sink.decodeFailure(kiwoomChannelOf(bytes, start, end), 'the frame is no JSON object');
      return;
    }
    const trnm = scan.trnmStart < 0 ? '' : labelOf(bytes, scan.trnmStart, scan.trnmStop);
    if (trnm !== REAL) {
      sayControl(this.#sink, bytes.subarray(start, end));
    } else if (scan.data !== 'rows') {
      const found = scan.data === 'too-many' ? `more than ${ROWS_MAX} rows` : 'no list of rows';
      this.#sink.decodeFailure(REAL, `data: ${found}`);
    } else {
      for (let row = 0; row < scan.rows.count; row++) this.#decodeRow(bytes, row, receivedAtUs);
    }
  }

  #decodeRow(bytes: Uint8Array, row: number, receivedAtUs: number): void {
    const { rows } = this.#scan;
    if (!rows.isObject(row) || rows.start(row, TYPE_CELL) < 0) {
      this.#sink.decodeFailure(REAL, 'a row of data has no type');
      return;
    }
    const type = labelOf(bytes, rows.start(row, TYPE_CELL), rows.stop(row, TYPE_CELL));
    if (type !== TRADE_TYPE && type !== ORDER_TYPE) {
      this.#sink.undecoded(type);
    } else if (!rows.hasValues(row)) {
      this.#sink.decodeFailure(type, 'a row has no values');
    } else if (type === TRADE_TYPE) {
      this.#decodeTrade(bytes, row, receivedAtUs);
    } else {
      const itemStart = rows.start(row, ITEM_CELL);
      const item = itemStart < 0 ? '' : stringText(bytes, itemStart, rows.stop(row, ITEM_CELL));
      this.#orderRow.say(bytes, rows, row, item, receivedAtUs);
    }
  }

  #decodeTrade(bytes: Uint8Array, row: number, receivedAtUs: number): void {
    const { rows } = this.#scan;
    const start = rows.start(row, ITEM_CELL);
    const stop = rows.stop(row, ITEM_CELL);
    if (start < 0 || start === stop) this.#sink.decodeFailure(TRADE_TYPE, 'a row has no item');
    else this.#tradeRow.say(bytes, rows, row, this.#symbolAt(bytes, start, stop), receivedAtUs);
  }

  #symbolAt(bytes: Uint8Array, start: number, stop: number): SymbolId {
    if (hasEscape(bytes, start, stop)) return this.#symbols.intern(KIWOOM_VENUE, stringText(bytes, start, stop));
    return this.#reader.read(bytes, start, stop);
  }
}

import type { EventSink, SymbolTable, TapeRecord } from '#domain';
import type { Decoder } from '../venue.ts';
import { isBarePing, kiwoomChannelOf, labelOf } from './channel.ts';
import { sayControl } from './control.ts';
import { quoted } from './field-text.ts';
import { FrameScan, isKey, ROWS_MAX } from './frame-scan.ts';
import { KIWOOM_VENUE } from './instrument.ts';
import { REAL_TYPES } from './real-types.ts';
import { RestReader } from './rest-reader.ts';
import { TYPE_CELL } from './row-cells.ts';
import { type RowReader, RowSymbols } from './row-reader.ts';
import { createRowReaders } from './row-readers.ts';

const REAL = 'REAL';

/**
 * Reads what Kiwoom sends: rows of REAL frames one by one, control frames for what they refuse, REST bodies by the request that
 * their record names. What was sent is not looked at.
 */
export function createKiwoomDecoder(sink: EventSink, symbols: SymbolTable): Decoder {
  return new KiwoomDecoder(sink, symbols);
}

class KiwoomDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #symbols: RowSymbols;
  readonly #scan = new FrameScan();
  readonly #readers: ReadonlyMap<string, RowReader>;
  readonly #rest: RestReader;

  constructor(sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = new RowSymbols(KIWOOM_VENUE, symbols);
    this.#readers = createRowReaders({ sink, symbols: this.#symbols });
    this.#rest = new RestReader(sink, this.#symbols);
  }

  decode(record: TapeRecord): void {
    if (record.kind === 'frame-in') this.#decodeFrame(record.bytes, record.start, record.end, record.receivedAtUs);
    else if (record.kind === 'http-response') this.#rest.say(record);
  }

  #decodeFrame(bytes: Uint8Array, start: number, end: number, receivedAtUs: number): void {
    const scan = this.#scan;
    if (!scan.scan(bytes, start, end)) {
      if (isBarePing(bytes, start, end)) return;
      this.#sink.decodeFailure(kiwoomChannelOf(bytes, start, end), 'the frame is no JSON object');
      return;
    }
    const isReal = scan.trnmStart >= 0 && isKey(bytes, scan.trnmStart - 1, scan.trnmStop + 1, REAL);
    if (!isReal) {
      sayControl(this.#sink, this.#symbols, bytes.subarray(start, end));
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
    const reader = this.#readers.get(type);
    if (reader === undefined) this.#sayUndecoded(type);
    else if (!rows.hasValues(row)) this.#sink.decodeFailure(type, 'a row has no values');
    else reader.say(bytes, rows, row, receivedAtUs);
  }

  #sayUndecoded(type: string): void {
    this.#sink.undecoded(type);
    if (!REAL_TYPES.has(type)) this.#sink.drift(REAL, `type ${quoted(type)} is not in the table`);
  }
}

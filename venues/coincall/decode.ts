import { type EventSink, type Side, type SymbolId, SymbolReader, type SymbolTable, type TapeRecord } from '#domain';
import { DriftNotes } from '../drift-notes.ts';
import type { Decoder } from '../venue.ts';
import { labelOfCode } from './channel.ts';
import { labelOfBareText, sayControl, sayRefusal } from './control.ts';
import type { CoincallVenueId } from './instrument.ts';
import { type DecodedLabel, LAYOUTS, type Layout, SLOT, SLOTS } from './layout.ts';
import { sayChainQuote, sayPricing, sayReading } from './option-quote.ts';
import { periodLengthUs } from './period.ts';
import { PushScan } from './push-scan.ts';
import { RECORDS_MAX, RecordReader } from './record-reader.ts';
import { RestBodies } from './rest-body.ts';
import { SeenTrades } from './seen-trades.ts';

const TEXT = new TextDecoder('utf-8', { ignoreBOM: true });
const BUY = 1;
const SELL = 2;

/**
 * Coincall pushes and REST bodies (`README.md` has the channels and where each fact comes from). A frame is read to its last byte before
 * anything is said; a record of it that cannot be an event is a failure of its own, the others come out.
 */
export class CoincallDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: CoincallVenueId;
  readonly #symbolReader: SymbolReader;
  readonly #bodies: RestBodies;
  readonly #drift: DriftNotes;
  readonly #scan = new PushScan();
  readonly #records = new RecordReader();
  /** By symbol. */
  readonly #seenTrades: (SeenTrades | undefined)[] = [];
  #tradeLists = 0;

  constructor(venue: CoincallVenueId, sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
    this.#venue = venue;
    this.#symbolReader = new SymbolReader(venue, symbols);
    this.#bodies = new RestBodies(venue, sink, symbols);
    this.#drift = new DriftNotes(sink);
  }

  decode(record: TapeRecord): void {
    const { bytes, start, end } = record;
    if (record.kind === 'frame-in') this.#decodeFrame(bytes, start, end);
    else if (record.kind === 'http-response') this.#decodeBody(bytes, start, end, record.meta);
  }

  #decodeFrame(bytes: Uint8Array, start: number, end: number): void {
    const scan = this.#scan;
    if (!scan.scan(this.#records, bytes, start, end)) this.#sayNoObject(bytes, start, end);
    else if (scan.code === -1) {
      const text = TEXT.decode(bytes.subarray(start, end));
      sayControl(this.#sink, JSON.parse(text), text);
    } else this.#sayPush(bytes, end);
  }

  #decodeBody(bytes: Uint8Array, start: number, end: number, meta: string): void {
    const text = TEXT.decode(bytes.subarray(start, end));
    const body = parsed(text);
    if (body === undefined) this.#bodies.sayText(text, meta);
    else this.#bodies.say(body, text, meta);
  }

  #sayNoObject(bytes: Uint8Array, start: number, end: number): void {
    const label = labelOfBareText(bytes, start, end);
    if (label === 'error') sayRefusal(this.#sink, label, TEXT.decode(bytes.subarray(start, end)));
    else if (label === '') this.#sink.decodeFailure(labelOfCode(this.#scan.code), 'expected one JSON object, found text that is none');
  }

  #sayPush(bytes: Uint8Array, end: number): void {
    const { code, layout, hasData, hasRecords, isTimeBad, unknownKeys } = this.#scan;
    const label = labelOfCode(code);
    if (Number.isNaN(code)) this.#sink.decodeFailure('', 'expected a whole number for "dt", found another value');
    else if (layout === undefined) {
      this.#sink.undecoded(label);
      if (label === '') this.#drift.note('', `unknown dt ${code}`);
    } else if (!hasData) this.#sink.decodeFailure(label, 'expected "d" beside "dt", found no such key');
    else if (!hasRecords) this.#sink.decodeFailure(label, 'expected a record or a list of records for "d", found another value');
    else if (isTimeBad) this.#sink.decodeFailure(label, 'expected milliseconds for "ts" of the push, found another value');
    else if (this.#records.hasTooMany) this.#sink.decodeFailure(label, `expected at most ${RECORDS_MAX} records, found more`);
    else {
      this.#sayRecords(layout, bytes, end);
      const keys = this.#records.unknownKeys;
      if (keys.length + unknownKeys.length > 0) this.#drift.noteKeys(label, [...keys, ...unknownKeys]);
    }
  }

  #sayRecords(layout: Layout, bytes: Uint8Array, end: number): void {
    const records = this.#records;
    const { label } = layout;
    // Lists of trades have the newest first; whatever comes first, time goes forwards in events.
    const isBackwards = label === 'lastTrade' && this.#isNewestFirst();
    this.#tradeLists++;
    for (let i = 0; i < records.count; i++) {
      const record = isBackwards ? records.count - 1 - i : i;
      const reason = records.isBad(layout, record) ? records.reason(layout, record, bytes, end) : this.#sayRecord(label, record, bytes);
      if (reason !== '') this.#sink.decodeFailure(label, reason);
    }
  }

  #sayRecord(label: DecodedLabel, record: number, bytes: Uint8Array): string {
    const symbol = this.#symbolOf(record, bytes);
    const values = this.#records.values;
    const first = record * SLOTS;
    switch (label) {
      case 'orderBook':
        this.#sayBook(symbol, this.#timeOf(values[first + SLOT.orderBook.ts]!), record);
        return '';
      case 'lastTrade':
        return this.#sayTrade(symbol, values, first);
      case 'kline':
        return this.#sayBar(symbol, values, first);
      case 'tOption': {
        const timeUs = this.#timeOf(values[first + SLOT.tOption.ts]!);
        sayChainQuote(this.#sink, symbol, timeUs, values, first);
        sayReading(this.#sink, label, symbol, timeUs, LAYOUTS.tOption, values, first);
        return '';
      }
      case 'bsInfo': {
        const timeUs = this.#timeOf(values[first + SLOT.bsInfo.ts]!);
        sayPricing(this.#sink, symbol, timeUs, values, first);
        sayReading(this.#sink, label, symbol, timeUs, LAYOUTS.bsInfo, values, first);
        return '';
      }
      default:
        sayReading(this.#sink, label, symbol, this.#timeOf(values[first + SLOT.spotPrice.ts]!), LAYOUTS.spotPrice, values, first);
        return '';
    }
  }

  #symbolOf(record: number, bytes: Uint8Array): SymbolId {
    const records = this.#records;
    const text = records.symbolText(record);
    if (text !== '') return this.#symbols.intern(this.#venue, text);
    return this.#symbolReader.read(bytes, records.symbolStart(record), records.symbolEnd(record));
  }

  /** A record without a time of its own has that of its push. */
  #timeOf(ownUs: number): number {
    return Number.isNaN(ownUs) ? this.#scan.timeUs : ownUs;
  }

  #sayBook(symbol: SymbolId, timeUs: number, record: number): void {
    const sink = this.#sink;
    sink.bookBegin(symbol, timeUs, true, 'replace', Number.NaN, Number.NaN, Number.NaN);
    this.#sayLevels(1, this.#records.levelBound(record, 0), this.#records.levelBound(record, 1));
    this.#sayLevels(-1, this.#records.levelBound(record, 2), this.#records.levelBound(record, 3));
    sink.bookEnd();
  }

  #sayLevels(side: 1 | -1, from: number, to: number): void {
    const values = this.#records.levels.values;
    for (let i = 2 * from; i < 2 * to; i += 2) this.#sink.bookLevel(side, values[i]!, values[i + 1]!, Number.NaN, Number.NaN);
  }

  #isNewestFirst(): boolean {
    const { count, values } = this.#records;
    let firstUs = Number.NaN;
    let lastUs = Number.NaN;
    for (let record = 0; record < count; record++) {
      if (this.#records.isBad(LAYOUTS.lastTrade, record)) continue;
      lastUs = values[record * SLOTS + SLOT.lastTrade.ts]!;
      if (Number.isNaN(firstUs)) firstUs = lastUs;
    }
    return !(firstUs < lastUs);
  }

  #sayTrade(symbol: SymbolId, values: Float64Array, first: number): string {
    const trade = SLOT.lastTrade;
    const timeUs = values[first + trade.ts]!;
    const price = values[first + trade.pr]!;
    let size = values[first + trade.sz]!;
    if (Number.isNaN(size)) size = values[first + trade.q]!;
    if (Number.isNaN(size)) size = values[first + trade.v]!;
    if (!(price > 0 && size > 0)) return `expected a trade with a positive price and size, found ${size} at ${price}`;
    if (Number.isNaN(timeUs)) return 'expected a trade with a time, found null';
    const side = values[first + trade.sd]!;
    if (!Number.isNaN(side) && side !== BUY && side !== SELL) return `expected a side of 1 or 2, found ${side}`;
    const taker: Side = side === BUY ? 1 : side === SELL ? -1 : 0;
    this.#seenTrades[symbol] ??= new SeenTrades();
    if (this.#seenTrades[symbol].isNew(this.#tradeLists, timeUs, price, size, taker)) {
      this.#sink.trade(symbol, timeUs, price, size, taker, '', Number.NaN, 'regular');
    }
    return '';
  }

  /** Pushes never say that a bar is final: it is when a later one comes. */
  #sayBar(symbol: SymbolId, values: Float64Array, first: number): string {
    const kline = SLOT.kline;
    const openTimeUs = values[first + kline.ts]!;
    if (Number.isNaN(openTimeUs)) return 'expected a bar with an open time, found null';
    const open = values[first + kline.open]!;
    const high = values[first + kline.high]!;
    const low = values[first + kline.low]!;
    const close = values[first + kline.close]!;
    if (Number.isNaN(open + high + low + close)) return 'expected a bar with four prices, found null';
    const intervalUs = periodLengthUs(values[first + kline.pe]!, openTimeUs);
    const volume = values[first + kline.v]!;
    this.#sink.bar(symbol, intervalUs, openTimeUs, open, high, low, close, volume, Number.NaN, Number.NaN, false, false);
    return '';
  }
}

/** What the JSON text says; `undefined` for text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller says what it is instead.
  }
}

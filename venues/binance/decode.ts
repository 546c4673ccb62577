import { type EventSink, type SymbolId, SymbolReader, type SymbolTable, type TapeRecord } from '#domain';
import { DriftNotes } from '../drift-notes.ts';
import { CLOSE_BRACE, skipSpace } from '../json-scan.ts';
import type { Decoder } from '../venue.ts';
import { CHANNEL, CHANNEL_LABELS } from './channel.ts';
import { type Envelope, findEnvelope, readRoot } from './envelope.ts';
import { isExchangeInfo, sayExchangeInfo } from './exchange-info.ts';
import { KLINE_BAR_LAYOUT, type Layout, SLOT, SPOT_LAYOUTS, USDM_LAYOUTS } from './layout.ts';
import type { LevelList } from './level-list.ts';
import { ObjectReader } from './object-reader.ts';
import { SnapshotSymbols } from './snapshot-symbol.ts';

export type BinanceVenueId = 'binance-spot' | 'binance-usdm';

/** Characters of an error reply that are reported. */
const ERROR_TEXT_MAX = 300;

/**
 * Binance market data (`README.md` has the channels and where each fact comes from). A frame is first tried in the venue's own
 * order of keys; whatever does not fit is judged again from all of it. An event is said only after the frame's last byte.
 */
export class BinanceDecoder implements Decoder {
  readonly #sink: EventSink;
  readonly #symbols: SymbolTable;
  readonly #venue: BinanceVenueId;
  readonly #isSpot: boolean;
  readonly #layouts: readonly (Layout | undefined)[];
  readonly #symbolReader: SymbolReader;
  readonly #snapshots: SnapshotSymbols;
  readonly #drift: DriftNotes;
  readonly #reader = new ObjectReader();
  readonly #barReader = new ObjectReader();
  readonly #envelope: Envelope = { channel: -1, isCombined: false, dataStart: 0 };

  constructor(venue: BinanceVenueId, sink: EventSink, symbols: SymbolTable) {
    this.#sink = sink;
    this.#symbols = symbols;
    this.#venue = venue;
    this.#isSpot = venue === 'binance-spot';
    this.#layouts = this.#isSpot ? SPOT_LAYOUTS : USDM_LAYOUTS;
    this.#symbolReader = new SymbolReader(venue, symbols);
    this.#snapshots = new SnapshotSymbols(venue, symbols);
    this.#drift = new DriftNotes(sink);
  }

  decode(record: TapeRecord): void {
    if (record.kind === 'http-response' && isExchangeInfo(record.meta)) {
      sayExchangeInfo(this.#venue, record, this.#sink, this.#symbols);
    } else if (record.kind === 'frame-in' || record.kind === 'http-response') {
      if (!this.#decodeInOrder(record)) this.#decodeAnyOrder(record);
    } else if (record.kind === 'http-request') this.#snapshots.noteRequest(record);
  }

  /** False, with nothing said, where the frame is not one that the venue writes today. */
  #decodeInOrder(record: TapeRecord): boolean {
    const { bytes, end } = record;
    const envelope = this.#envelope;
    findEnvelope(bytes, record.start, end, envelope);
    if (envelope.channel < 0) return false;
    const layout = this.#layouts[envelope.channel];
    if (layout === undefined) return false;
    let at = this.#reader.read(layout, bytes, envelope.dataStart, end);
    if (at < 0) return false;
    if (envelope.isCombined) {
      if (at >= end || bytes[at] !== CLOSE_BRACE) return false;
      at++;
    } else if (this.#reader.unknownKeys.length > 0) return false; // One of them may be `stream`.
    if (at !== end && skipSpace(bytes, at, end) !== end) return false;
    this.#say(layout.channel, record);
    return true;
  }

  #decodeAnyOrder(record: TapeRecord): void {
    const { bytes, start, end } = record;
    const root = readRoot(bytes, start, end);
    if (root.kind === 'failure') {
      this.#sink.decodeFailure(CHANNEL_LABELS[root.channel]!, root.reason);
      return;
    }
    if (root.kind === 'array') {
      this.#sink.undecoded('');
      return;
    }
    const channel = CHANNEL_LABELS[root.channel]!;
    if (root.channel === CHANNEL.CONTROL) {
      if (root.isError) this.#sink.drift(channel, errorText(bytes, start, end));
      return;
    }
    const layout = this.#layouts[root.channel];
    if (layout === undefined) {
      this.#sink.undecoded(channel);
      if (root.unknownName !== '') this.#drift.note(channel, `unknown ${root.unknownName}`);
      return;
    }
    if (this.#reader.read(layout, bytes, root.dataStart, end) < 0) {
      this.#sink.decodeFailure(channel, this.#reader.reason);
      return;
    }
    for (const key of root.extraKeys) this.#reader.unknownKeys.push(key);
    this.#say(root.channel, record);
  }

  /** The frame has the right form: says its event, or why its numbers cannot be one. */
  #say(channel: number, record: TapeRecord): void {
    const reason = this.#sayEvent(channel, record);
    if (reason !== '') this.#sink.decodeFailure(CHANNEL_LABELS[channel]!, reason);
    else if (this.#reader.unknownKeys.length > 0) this.#drift.noteKeys(CHANNEL_LABELS[channel]!, this.#reader.unknownKeys);
  }

  #sayEvent(channel: number, record: TapeRecord): string {
    switch (channel) {
      case CHANNEL.BOOK_TICKER:
        return this.#sayQuote(record.bytes);
      case CHANNEL.TRADE:
        return this.#sayTrade(record.bytes);
      case CHANNEL.DEPTH:
        return this.#sayDelta(record.bytes);
      case CHANNEL.DEPTH_SNAPSHOT:
        return this.#saySnapshot(record);
      case CHANNEL.AGG_TRADE:
        return this.#sayAggregate(record.bytes);
      case CHANNEL.MARK_PRICE:
        return this.#sayMarkPrice(record.bytes);
      default:
        return this.#sayBar(record);
    }
  }

  #symbol(bytes: Uint8Array): SymbolId {
    const reader = this.#reader;
    if (reader.symbolText !== '') return this.#symbols.intern(this.#venue, reader.symbolText);
    return this.#symbolReader.read(bytes, reader.symbolStart, reader.symbolEnd);
  }

  #sayTrade(bytes: Uint8Array): string {
    const numbers = this.#reader.numbers;
    const isOffBook = !this.#isSpot && numbers[SLOT.trade.X] === 0;
    let price = numbers[SLOT.trade.p]!;
    let size = numbers[SLOT.trade.q]!;
    if (!(price > 0 && size > 0)) {
      if (!isOffBook) return `expected a trade with a positive price and size, found ${size} at ${price}`;
      // `X: "NA"` comes with zeros: there was no price or size to tell.
      if (price === 0) price = Number.NaN;
      if (size === 0) size = Number.NaN;
    }
    const side = numbers[SLOT.trade.m] === 1 ? -1 : 1;
    const timeUs = numbers[SLOT.trade.T]!;
    const condition = isOffBook ? 'off-book' : 'regular';
    this.#sink.trade(this.#symbol(bytes), timeUs, price, size, side, numbers[SLOT.trade.t]!, Number.NaN, condition);
    return '';
  }

  #sayQuote(bytes: Uint8Array): string {
    const numbers = this.#reader.numbers;
    let bidPrice = numbers[SLOT.quote.b]!;
    let bidSize = numbers[SLOT.quote.B]!;
    let askPrice = numbers[SLOT.quote.a]!;
    let askSize = numbers[SLOT.quote.A]!;
    // An empty side is printed as zeros.
    if (bidPrice === 0) {
      if (bidSize !== 0) return `expected a positive bid price, found ${bidSize} at 0`;
      bidPrice = bidSize = Number.NaN;
    }
    if (askPrice === 0) {
      if (askSize !== 0) return `expected a positive ask price, found ${askSize} at 0`;
      askPrice = askSize = Number.NaN;
    }
    const timeUs = this.#isSpot ? Number.NaN : numbers[SLOT.quote.T]!;
    this.#sink.quote(this.#symbol(bytes), timeUs, bidPrice, bidSize, askPrice, askSize, numbers[SLOT.quote.u]!);
    return '';
  }

  #sayDelta(bytes: Uint8Array): string {
    const numbers = this.#reader.numbers;
    const symbol = this.#symbol(bytes);
    this.#snapshots.noteDelta(symbol);
    const timeUs = numbers[this.#isSpot ? SLOT.depth.E : SLOT.depth.T]!;
    const previousId = this.#isSpot ? Number.NaN : numbers[SLOT.depth.pu]!;
    this.#sayBook(symbol, timeUs, false, numbers[SLOT.depth.U]!, numbers[SLOT.depth.u]!, previousId);
    return '';
  }

  #saySnapshot(record: TapeRecord): string {
    const symbol = this.#snapshots.symbolOf(record);
    if (symbol < 0) return this.#snapshots.reason;
    const numbers = this.#reader.numbers;
    const timeUs = this.#isSpot ? Number.NaN : numbers[SLOT.snapshot.T]!;
    this.#sayBook(symbol, timeUs, true, Number.NaN, numbers[SLOT.snapshot.lastUpdateId]!, Number.NaN);
    return '';
  }

  #sayBook(symbol: SymbolId, timeUs: number, isSnapshot: boolean, firstId: number, lastId: number, previousId: number): void {
    const rule = this.#isSpot ? 'binance-spot' : 'binance-futures';
    this.#sink.bookBegin(symbol, timeUs, isSnapshot, rule, firstId, lastId, previousId);
    sayLevels(this.#sink, 1, this.#reader.bids);
    sayLevels(this.#sink, -1, this.#reader.asks);
    this.#sink.bookEnd();
  }

  /** Not a trade: where a tape holds both channels, every trade would count twice. */
  #sayAggregate(bytes: Uint8Array): string {
    const numbers = this.#reader.numbers;
    const price = numbers[SLOT.aggTrade.p]!;
    const size = numbers[SLOT.aggTrade.q]!;
    if (!(price > 0 && size > 0)) return `expected a trade with a positive price and size, found ${size} at ${price}`;
    const sink = this.#sink;
    sink.readingBegin(this.#symbol(bytes), numbers[SLOT.aggTrade.T]!, 'aggTrade');
    sink.readingValue('price', price);
    sink.readingValue('size', size);
    sink.readingValue('side', numbers[SLOT.aggTrade.m] === 1 ? -1 : 1);
    sink.readingValue('aggregateId', numbers[SLOT.aggTrade.a]!);
    sink.readingValue('firstTradeId', numbers[SLOT.aggTrade.f]!);
    sink.readingValue('lastTradeId', numbers[SLOT.aggTrade.l]!);
    sink.readingEnd();
    return '';
  }

  #sayMarkPrice(bytes: Uint8Array): string {
    const numbers = this.#reader.numbers;
    const sink = this.#sink;
    const nextFundingTimeUs = numbers[SLOT.markPrice.T]!;
    sink.readingBegin(this.#symbol(bytes), numbers[SLOT.markPrice.E]!, 'markPrice');
    sink.readingValue('markPrice', numbers[SLOT.markPrice.p]!);
    sink.readingValue('indexPrice', numbers[SLOT.markPrice.i]!);
    sink.readingValue('settlePrice', numbers[SLOT.markPrice.P]!);
    sink.readingValue('fundingRate', numbers[SLOT.markPrice.r]!);
    sink.readingValue('nextFundingTimeUs', nextFundingTimeUs === 0 ? Number.NaN : nextFundingTimeUs);
    sink.readingEnd();
    return '';
  }

  #sayBar(record: TapeRecord): string {
    const bar = this.#barReader;
    if (bar.read(KLINE_BAR_LAYOUT, record.bytes, this.#reader.objectStart, record.end) < 0) return `${bar.reason} in "k"`;
    const numbers = bar.numbers;
    const openTimeUs = numbers[SLOT.bar.t]!;
    // `T` is the bar's last millisecond.
    const intervalUs = numbers[SLOT.bar.T]! + 1000 - openTimeUs;
    if (!(intervalUs > 0)) return 'expected a bar that ends after it opened, found one that ends before';
    this.#sink.bar(
      this.#symbol(record.bytes),
      intervalUs,
      openTimeUs,
      numbers[SLOT.bar.o]!,
      numbers[SLOT.bar.h]!,
      numbers[SLOT.bar.l]!,
      numbers[SLOT.bar.c]!,
      numbers[SLOT.bar.v]!,
      numbers[SLOT.bar.q]!,
      numbers[SLOT.bar.n]!,
      numbers[SLOT.bar.x] === 1,
      false,
    );
    for (const key of bar.unknownKeys) this.#reader.unknownKeys.push(`k.${key}`);
    return '';
  }
}

function sayLevels(sink: EventSink, side: 1 | -1, list: LevelList): void {
  const values = list.values;
  const stop = 2 * list.count;
  for (let i = 0; i < stop; i += 2) sink.bookLevel(side, values[i]!, values[i + 1]!, Number.NaN, Number.NaN);
}

/** The whole reply, cut where it is long. A UTF-16 unit is at most three bytes, so four for each are enough. */
function errorText(bytes: Uint8Array, start: number, end: number): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, Math.min(end, start + 4 * ERROR_TEXT_MAX)));
  return text.slice(0, ERROR_TEXT_MAX);
}

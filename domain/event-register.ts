import type {
  AuctionEvent,
  BarEvent,
  BookEvent,
  BookLevels,
  BookRule,
  FeedEvent,
  MarketEvent,
  NoticeEvent,
  NoticeKind,
  OptionQuoteEvent,
  QuoteEvent,
  ReadingEvent,
  Side,
  StatusEvent,
  StatusKind,
  TradeCondition,
  TradeEvent,
} from './event.ts';
import type { EventSink } from './event-sink.ts';
import type { Instrument } from './instrument.ts';
import type { SymbolId } from './symbols.ts';

/** Who listens to a register. */
export interface EventListener {
  onEvent(event: MarketEvent): void;
  onDecodeFailure(channel: string, reason: string): void;
  onUndecoded(channel: string): void;
  onDrift(channel: string, detail: string): void;
  /** A definition from the tape's masters; absent where nobody asks what a symbol is worth. */
  onInstrument?(symbol: SymbolId, instrument: Instrument): void;
}

const LEVELS_START = 1024;
/** A book message with more levels than this is refused: no venue sends one, and a corrupt frame must not eat the memory. */
export const BOOK_LEVELS_MAX = 1 << 20;

/** Turns the scalars of an `EventSink` into one reused object per event kind and hands it to the listener. */
export class EventRegister implements EventSink {
  readonly #listener: EventListener;
  readonly #trade: TradeEvent = {
    kind: 'trade',
    symbol: 0,
    venueTimeUs: Number.NaN,
    price: Number.NaN,
    size: Number.NaN,
    side: 0,
    tradeId: '',
    cumulativeVolume: Number.NaN,
    condition: 'regular',
  };
  readonly #quote: QuoteEvent = {
    kind: 'quote',
    symbol: 0,
    venueTimeUs: Number.NaN,
    bidPrice: Number.NaN,
    bidSize: Number.NaN,
    askPrice: Number.NaN,
    askSize: Number.NaN,
    updateId: Number.NaN,
  };
  readonly #book: BookEvent = {
    kind: 'book',
    symbol: 0,
    venueTimeUs: Number.NaN,
    isSnapshot: false,
    rule: 'replace',
    firstUpdateId: Number.NaN,
    lastUpdateId: Number.NaN,
    previousUpdateId: Number.NaN,
    levels: emptyLevels(LEVELS_START),
    totals: {
      bidSize: Number.NaN,
      askSize: Number.NaN,
      bidOrders: Number.NaN,
      askOrders: Number.NaN,
      bidSizeChange: Number.NaN,
      askSizeChange: Number.NaN,
      bidOrdersChange: Number.NaN,
      askOrdersChange: Number.NaN,
    },
  };
  readonly #bar: BarEvent = {
    kind: 'bar',
    symbol: 0,
    intervalUs: 0,
    openTimeUs: 0,
    open: Number.NaN,
    high: Number.NaN,
    low: Number.NaN,
    close: Number.NaN,
    volume: Number.NaN,
    value: Number.NaN,
    trades: Number.NaN,
    isFinal: false,
    isHistory: false,
  };
  readonly #optionQuote: OptionQuoteEvent = {
    kind: 'option-quote',
    symbol: 0,
    venueTimeUs: Number.NaN,
    impliedVolatility: Number.NaN,
    bidImpliedVolatility: Number.NaN,
    askImpliedVolatility: Number.NaN,
    delta: Number.NaN,
    gamma: Number.NaN,
    theta: Number.NaN,
    vega: Number.NaN,
    rho: Number.NaN,
    markPrice: Number.NaN,
    underlyingPrice: Number.NaN,
    openInterest: Number.NaN,
    bidPrice: Number.NaN,
    bidSize: Number.NaN,
    askPrice: Number.NaN,
    askSize: Number.NaN,
  };
  readonly #auction: AuctionEvent = {
    kind: 'auction',
    symbol: 0,
    venueTimeUs: Number.NaN,
    expectedPrice: Number.NaN,
    expectedSize: Number.NaN,
  };
  readonly #status: StatusEvent = {
    kind: 'status',
    symbol: -1,
    venueTimeUs: Number.NaN,
    status: 'phase',
    isRestricted: false,
    code: '',
    price: Number.NaN,
  };
  readonly #reading: ReadingEvent = { kind: 'reading', symbol: 0, venueTimeUs: Number.NaN, channel: '', names: [], values: [] };
  readonly #notice: NoticeEvent = { kind: 'notice', notice: 'order', symbol: 0, venueTimeUs: Number.NaN, names: [], texts: [] };
  readonly #feedLost: FeedEvent = { kind: 'feed-lost', venue: '', connection: '', reason: '' };
  readonly #feedBack: FeedEvent = { kind: 'feed-back', venue: '', connection: '', reason: '' };

  #isBookTooLong = false;
  /** Fields of the reading or notice that is being said: they overwrite those of the last one, so that its arrays keep their storage. */
  #fieldCount = 0;

  constructor(listener: EventListener) {
    this.#listener = listener;
  }

  trade(
    symbol: SymbolId,
    venueTimeUs: number,
    price: number,
    size: number,
    side: Side,
    tradeId: number | string,
    cumulativeVolume: number,
    condition: TradeCondition,
  ): void {
    const event = this.#trade;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.price = price;
    event.size = size;
    event.side = side;
    event.tradeId = tradeId;
    event.cumulativeVolume = cumulativeVolume;
    event.condition = condition;
    this.#listener.onEvent(event);
  }

  quote(
    symbol: SymbolId,
    venueTimeUs: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
    updateId: number,
  ): void {
    const event = this.#quote;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.bidPrice = bidPrice;
    event.bidSize = bidSize;
    event.askPrice = askPrice;
    event.askSize = askSize;
    event.updateId = updateId;
    this.#listener.onEvent(event);
  }

  bookBegin(
    symbol: SymbolId,
    venueTimeUs: number,
    isSnapshot: boolean,
    rule: BookRule,
    firstUpdateId: number,
    lastUpdateId: number,
    previousUpdateId: number,
  ): void {
    const event = this.#book;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.isSnapshot = isSnapshot;
    event.rule = rule;
    event.firstUpdateId = firstUpdateId;
    event.lastUpdateId = lastUpdateId;
    event.previousUpdateId = previousUpdateId;
    event.levels.count = 0;
    this.#isBookTooLong = false;
    this.bookTotals(Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN);
  }

  bookLevel(side: 1 | -1, price: number, size: number, orders: number, change: number): void {
    const levels = this.#book.levels;
    const index = levels.count;
    if (index === levels.price.length) {
      if (index === BOOK_LEVELS_MAX) {
        this.#isBookTooLong = true;
        return;
      }
      growLevels(levels);
    }
    levels.side[index] = side;
    levels.price[index] = price;
    levels.size[index] = size;
    levels.orders[index] = orders;
    levels.change[index] = change;
    levels.count = index + 1;
  }

  bookTotals(
    bidSize: number,
    askSize: number,
    bidOrders: number,
    askOrders: number,
    bidSizeChange: number,
    askSizeChange: number,
    bidOrdersChange: number,
    askOrdersChange: number,
  ): void {
    const totals = this.#book.totals;
    totals.bidSize = bidSize;
    totals.askSize = askSize;
    totals.bidOrders = bidOrders;
    totals.askOrders = askOrders;
    totals.bidSizeChange = bidSizeChange;
    totals.askSizeChange = askSizeChange;
    totals.bidOrdersChange = bidOrdersChange;
    totals.askOrdersChange = askOrdersChange;
  }

  bookEnd(): void {
    if (this.#isBookTooLong) this.#listener.onDecodeFailure('book', `a book message has more than ${BOOK_LEVELS_MAX} levels`);
    else this.#listener.onEvent(this.#book);
  }

  bar(
    symbol: SymbolId,
    intervalUs: number,
    openTimeUs: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    value: number,
    trades: number,
    isFinal: boolean,
    isHistory: boolean,
  ): void {
    const event = this.#bar;
    event.symbol = symbol;
    event.intervalUs = intervalUs;
    event.openTimeUs = openTimeUs;
    event.open = open;
    event.high = high;
    event.low = low;
    event.close = close;
    event.volume = volume;
    event.value = value;
    event.trades = trades;
    event.isFinal = isFinal;
    event.isHistory = isHistory;
    this.#listener.onEvent(event);
  }

  optionQuote(
    symbol: SymbolId,
    venueTimeUs: number,
    impliedVolatility: number,
    bidImpliedVolatility: number,
    askImpliedVolatility: number,
    delta: number,
    gamma: number,
    theta: number,
    vega: number,
    rho: number,
    markPrice: number,
    underlyingPrice: number,
    openInterest: number,
    bidPrice: number,
    bidSize: number,
    askPrice: number,
    askSize: number,
  ): void {
    const event = this.#optionQuote;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.impliedVolatility = impliedVolatility;
    event.bidImpliedVolatility = bidImpliedVolatility;
    event.askImpliedVolatility = askImpliedVolatility;
    event.delta = delta;
    event.gamma = gamma;
    event.theta = theta;
    event.vega = vega;
    event.rho = rho;
    event.markPrice = markPrice;
    event.underlyingPrice = underlyingPrice;
    event.openInterest = openInterest;
    event.bidPrice = bidPrice;
    event.bidSize = bidSize;
    event.askPrice = askPrice;
    event.askSize = askSize;
    this.#listener.onEvent(event);
  }

  auction(symbol: SymbolId, venueTimeUs: number, expectedPrice: number, expectedSize: number): void {
    const event = this.#auction;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.expectedPrice = expectedPrice;
    event.expectedSize = expectedSize;
    this.#listener.onEvent(event);
  }

  status(symbol: SymbolId, venueTimeUs: number, status: StatusKind, isRestricted: boolean, code: string, price: number): void {
    const event = this.#status;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.status = status;
    event.isRestricted = isRestricted;
    event.code = code;
    event.price = price;
    this.#listener.onEvent(event);
  }

  readingBegin(symbol: SymbolId, venueTimeUs: number, channel: string): void {
    const event = this.#reading;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    event.channel = channel;
    this.#fieldCount = 0;
  }

  readingValue(name: string, value: number): void {
    const index = this.#fieldCount++;
    this.#reading.names[index] = name;
    this.#reading.values[index] = value;
  }

  readingEnd(): void {
    const event = this.#reading;
    cutTo(event.names, this.#fieldCount);
    cutTo(event.values, this.#fieldCount);
    this.#listener.onEvent(event);
  }

  noticeBegin(notice: NoticeKind, symbol: SymbolId, venueTimeUs: number): void {
    const event = this.#notice;
    event.notice = notice;
    event.symbol = symbol;
    event.venueTimeUs = venueTimeUs;
    this.#fieldCount = 0;
  }

  noticeField(name: string, text: string): void {
    const index = this.#fieldCount++;
    this.#notice.names[index] = name;
    this.#notice.texts[index] = text;
  }

  noticeEnd(): void {
    const event = this.#notice;
    cutTo(event.names, this.#fieldCount);
    cutTo(event.texts, this.#fieldCount);
    this.#listener.onEvent(event);
  }

  instrument(symbol: SymbolId, instrument: Instrument): void {
    this.#listener.onInstrument?.(symbol, instrument);
  }

  feedLost(venue: string, connection: string, reason: string): void {
    const event = this.#feedLost;
    event.venue = venue;
    event.connection = connection;
    event.reason = reason;
    this.#listener.onEvent(event);
  }

  feedBack(venue: string, connection: string): void {
    const event = this.#feedBack;
    event.venue = venue;
    event.connection = connection;
    this.#listener.onEvent(event);
  }

  decodeFailure(channel: string, reason: string): void {
    this.#listener.onDecodeFailure(channel, reason);
  }

  undecoded(channel: string): void {
    this.#listener.onUndecoded(channel);
  }

  drift(channel: string, detail: string): void {
    this.#listener.onDrift(channel, detail);
  }
}

/** Drops what an earlier, longer message left; where messages are equally long, nothing is done. */
function cutTo(list: unknown[], length: number): void {
  if (list.length > length) list.length = length;
}

function emptyLevels(length: number): BookLevels {
  return {
    count: 0,
    side: new Int8Array(length),
    price: new Float64Array(length),
    size: new Float64Array(length),
    orders: new Float64Array(length),
    change: new Float64Array(length),
  };
}

function growLevels(levels: BookLevels): void {
  const length = levels.price.length * 2;
  const larger = emptyLevels(length);
  larger.side.set(levels.side);
  larger.price.set(levels.price);
  larger.size.set(levels.size);
  larger.orders.set(levels.orders);
  larger.change.set(levels.change);
  levels.side = larger.side;
  levels.price = larger.price;
  levels.size = larger.size;
  levels.orders = larger.orders;
  levels.change = larger.change;
}

import { assert, plainDecimal, type Side, type TradeCondition } from '#domain';
import type { BinanceVenueId } from './decode.ts';

/**
 * Writes events as Binance sends them: `decode(encode(event))` is the event. Streams come in the combined form, snapshots
 * as a REST body. Times must be whole milliseconds, ids whole numbers, sides known; levels of a book are sent bids first.
 */
export interface BinanceEncoder {
  trade(
    symbol: string,
    venueTimeUs: number,
    price: number,
    size: number,
    side: Side,
    tradeId: number | string,
    condition: TradeCondition,
  ): void;
  /** `venueTimeUs` is not sent on spot. NaN prices and sizes are an empty side. */
  quote(symbol: string, venueTimeUs: number, bidPrice: number, bidSize: number, askPrice: number, askSize: number, updateId: number): void;
  /** `previousUpdateId` is sent on USD-M, `firstUpdateId` not with snapshots, the time not with spot snapshots. */
  bookBegin(
    symbol: string,
    venueTimeUs: number,
    isSnapshot: boolean,
    firstUpdateId: number,
    lastUpdateId: number,
    previousUpdateId: number,
  ): void;
  bookLevel(side: 1 | -1, price: number, size: number): void;
  bookEnd(): void;
}

/** `emit` gets one frame at a time: its channel label and its text. */
export function createBinanceEncoder(venue: BinanceVenueId, emit: (channel: string, text: string) => void): BinanceEncoder {
  const isSpot = venue === 'binance-spot';
  let book = NO_BOOK;
  let bids: string[] = [];
  let asks: string[] = [];
  const emitStream = (channel: string, symbol: string, name: string, members: string): void =>
    emit(channel, `{"stream":${JSON.stringify(`${symbol.toLowerCase()}@${name}`)},"data":{${members}}}`);
  return {
    trade(symbol, venueTimeUs, price, size, side, tradeId, condition) {
      const members = isSpot ? spotTrade : usdmTrade;
      emitStream('trade', symbol, 'trade', members(symbol, venueTimeUs, price, size, side, tradeId, condition));
    },
    quote(symbol, venueTimeUs, bidPrice, bidSize, askPrice, askSize, updateId) {
      const members = quoteMembers(symbol, bidPrice, bidSize, askPrice, askSize, updateId);
      const time = isSpot ? 0 : milliseconds(venueTimeUs);
      emitStream('bookTicker', symbol, 'bookTicker', isSpot ? members : `"e":"bookTicker",${members},"T":${time},"E":${time}`);
    },
    bookBegin(symbol, venueTimeUs, isSnapshot, firstUpdateId, lastUpdateId, previousUpdateId) {
      book = { symbol, venueTimeUs, isSnapshot, firstUpdateId, lastUpdateId, previousUpdateId };
      bids = [];
      asks = [];
    },
    bookLevel(side, price, size) {
      (side === 1 ? bids : asks).push(`["${plainDecimal(price)}","${plainDecimal(size)}"]`);
    },
    bookEnd() {
      if (book.isSnapshot) emit('depthSnapshot', `{${snapshotHead(isSpot, book)},"bids":[${bids.join(',')}],"asks":[${asks.join(',')}]}`);
      else {
        const members = `${deltaHead(isSpot, book)},"b":[${bids.join(',')}],"a":[${asks.join(',')}]`;
        emitStream('depth', book.symbol, isSpot ? 'depth@100ms' : 'depth@0ms', members);
      }
    },
  };
}

interface BookHeader {
  readonly symbol: string;
  readonly venueTimeUs: number;
  readonly isSnapshot: boolean;
  readonly firstUpdateId: number;
  readonly lastUpdateId: number;
  readonly previousUpdateId: number;
}

const NO_BOOK: BookHeader = {
  symbol: '',
  venueTimeUs: Number.NaN,
  isSnapshot: false,
  firstUpdateId: Number.NaN,
  lastUpdateId: Number.NaN,
  previousUpdateId: Number.NaN,
};

function deltaHead(isSpot: boolean, book: BookHeader): string {
  const time = milliseconds(book.venueTimeUs);
  const symbol = JSON.stringify(book.symbol);
  const ids = `"U":${wholeId(book.firstUpdateId)},"u":${wholeId(book.lastUpdateId)}`;
  return isSpot
    ? `"e":"depthUpdate","E":${time},"s":${symbol},${ids}`
    : `"e":"depthUpdate","E":${time},"T":${time},"s":${symbol},${ids},"pu":${wholeId(book.previousUpdateId)}`;
}

function snapshotHead(isSpot: boolean, book: BookHeader): string {
  const id = `"lastUpdateId":${wholeId(book.lastUpdateId)}`;
  if (isSpot) return id;
  const time = milliseconds(book.venueTimeUs);
  return `${id},"E":${time},"T":${time}`;
}

const spotTrade: TradeMembers = (symbol, venueTimeUs, price, size, side, tradeId, condition) => {
  assert(condition === 'regular', `Binance spot has only regular trades, not ${condition}`);
  const time = milliseconds(venueTimeUs);
  const head = `"e":"trade","E":${time},"s":${JSON.stringify(symbol)},"t":${wholeId(tradeId)}`;
  return `${head},"p":"${decimalOrZero(price)}","q":"${decimalOrZero(size)}","T":${time},"m":${isBuyerMaker(side)},"M":true`;
};

const usdmTrade: TradeMembers = (symbol, venueTimeUs, price, size, side, tradeId, condition) => {
  assert(condition !== 'auction', 'Binance has no call auctions');
  const time = milliseconds(venueTimeUs);
  const word = condition === 'regular' ? 'MARKET' : 'NA';
  const head = `"e":"trade","E":${time},"T":${time},"s":${JSON.stringify(symbol)},"t":${wholeId(tradeId)}`;
  return `${head},"p":"${decimalOrZero(price)}","q":"${decimalOrZero(size)}","X":"${word}","m":${isBuyerMaker(side)}`;
};

type TradeMembers = (...trade: Parameters<BinanceEncoder['trade']>) => string;

function quoteMembers(symbol: string, bidPrice: number, bidSize: number, askPrice: number, askSize: number, updateId: number): string {
  const bid = `"b":"${decimalOrZero(bidPrice)}","B":"${decimalOrZero(bidSize)}"`;
  const ask = `"a":"${decimalOrZero(askPrice)}","A":"${decimalOrZero(askSize)}"`;
  return `"u":${wholeId(updateId)},"s":${JSON.stringify(symbol)},${bid},${ask}`;
}

/** The venue prints what it does not have as 0. */
function decimalOrZero(value: number): string {
  return Number.isNaN(value) ? '0' : plainDecimal(value);
}

/** The buyer was the maker, so the taker sold. */
function isBuyerMaker(side: Side): boolean {
  assert(side !== 0, 'Binance always tells the side of a trade');
  return side === -1;
}

function milliseconds(timeUs: number): number {
  assert(timeUs >= 0 && Number.isSafeInteger(timeUs) && timeUs % 1000 === 0, `Binance tells times in whole milliseconds, not ${timeUs} µs`);
  return timeUs / 1000;
}

function wholeId(id: number | string): number {
  assert(typeof id === 'number' && Number.isSafeInteger(id) && id >= 0, `Binance ids are whole numbers up to 2^53 - 1, not ${id}`);
  return id;
}

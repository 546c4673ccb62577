import { assert, plainDecimal } from '#domain';
import { BOOK, BOOK_DEPTH, BOOK_FIDS_UNSENT, LEVEL_FIDS, TOTAL_FIDS } from './book-fids.ts';
import type { FieldEntry } from './channel-table.ts';
import { type NamedNumbers, namedText, priceText, realFrame, rowText, signText, timeOfDayText } from './encode-row.ts';

export interface KiwoomLevel {
  /** Above 0. */
  readonly price: number;
  readonly size: number;
  /** Change of the size; 0 when left out. */
  readonly change?: number;
}

/** One order book as the venue would send it. */
export interface KiwoomBook {
  /** As in `KiwoomTrade`. */
  readonly symbol: string;
  /** As in `KiwoomTrade`. */
  readonly venueTimeUs: number;
  /** Best first, at most ten. */
  readonly bids: readonly KiwoomLevel[];
  readonly asks: readonly KiwoomLevel[];
  /** Sizes of the whole book, which may be deeper than ten levels, and their changes. */
  readonly totalBidSize: number;
  readonly totalAskSize: number;
  readonly totalBidSizeChange?: number;
  readonly totalAskSizeChange?: number;
  /** As in `KiwoomTrade`. */
  readonly previousClose?: number;
  /** Any other numbers of the row by their names in a reading; one that is left out is printed as 0, as the venue does. */
  readonly readings?: NamedNumbers;
  /** All 163 documented fields, or (when left out) the 139 that the running venue sends. */
  readonly isDocumentedLayout?: boolean;
}

/** How a column of ten levels is printed. */
type LevelText = (book: KiwoomBook, level: KiwoomLevel) => string;

const PRICE: LevelText = (book, level) => priceText(level.price, book.previousClose);
const SIZE: LevelText = (_, level) => plainDecimal(level.size);
const CHANGE: LevelText = (_, level) => signedText(level.change ?? 0);
const COLUMNS: readonly { readonly firstFid: number; readonly side: 'bids' | 'asks'; readonly text: LevelText }[] = [
  { firstFid: LEVEL_FIDS.askPrice, side: 'asks', text: PRICE },
  { firstFid: LEVEL_FIDS.bidPrice, side: 'bids', text: PRICE },
  { firstFid: LEVEL_FIDS.askSize, side: 'asks', text: SIZE },
  { firstFid: LEVEL_FIDS.bidSize, side: 'bids', text: SIZE },
  { firstFid: LEVEL_FIDS.askSizeChange, side: 'asks', text: CHANGE },
  { firstFid: LEVEL_FIDS.bidSizeChange, side: 'bids', text: CHANGE },
];
const SENT_FIELDS = BOOK.fields.filter(({ fid }) => !BOOK_FIDS_UNSENT.has(fid));
/** Fields that may be empty, because they are no numbers. */
const TEXT_FIDS: ReadonlySet<number> = new Set([215, 216]);

/** A REAL frame with one `0D` row for each book. */
export function encodeBooks(books: readonly KiwoomBook[]): Uint8Array {
  return realFrame(books.map(bookRow));
}

function bookRow(book: KiwoomBook): string {
  assert(book.bids.length <= BOOK_DEPTH && book.asks.length <= BOOK_DEPTH, `a Kiwoom book has at most ${BOOK_DEPTH} levels on each side`);
  const fields = book.isDocumentedLayout === true ? BOOK.fields : SENT_FIELDS;
  return rowText(BOOK, book.symbol, (entry) => bookText(book, entry), fields);
}

function bookText(book: KiwoomBook, entry: FieldEntry): string {
  if (entry.reads === 'time') return timeOfDayText(book.venueTimeUs);
  const column = COLUMNS.find(({ firstFid }) => entry.fid >= firstFid && entry.fid < firstFid + BOOK_DEPTH);
  if (column !== undefined) {
    const level = book[column.side][entry.fid - column.firstFid];
    return level === undefined ? '0' : column.text(book, level);
  }
  return totalText(book, entry.fid) ?? namedText(entry, { ...balance(book), ...book.readings }, TEXT_FIDS.has(entry.fid) ? '' : '0');
}

function totalText(book: KiwoomBook, fid: number): string | undefined {
  if (fid === TOTAL_FIDS.askSize) return plainDecimal(book.totalAskSize);
  if (fid === TOTAL_FIDS.bidSize) return plainDecimal(book.totalBidSize);
  if (fid === TOTAL_FIDS.askSizeChange) return signedText(book.totalAskSizeChange ?? 0);
  if (fid === TOTAL_FIDS.bidSizeChange) return signedText(book.totalBidSizeChange ?? 0);
  return undefined;
}

/** What follows from the totals: FIDs 128, 129, 138 and 139. A ratio to nothing is 0. */
function balance({ totalAskSize, totalBidSize }: KiwoomBook): NamedNumbers {
  const net = totalBidSize - totalAskSize;
  return {
    net_bid_size: net,
    net_ask_size: 0 - net,
    bid_percent_of_ask: totalAskSize > 0 ? Math.round((10_000 * totalBidSize) / totalAskSize) / 100 : 0,
    ask_percent_of_bid: totalBidSize > 0 ? Math.round((10_000 * totalAskSize) / totalBidSize) / 100 : 0,
  };
}

/** With a sign in front, but for 0. */
function signedText(value: number): string {
  return `${signText(value)}${plainDecimal(Math.abs(value))}`;
}

import { expect, test } from 'vitest';
import { BOOK, BOOK_FIDS_UNSENT } from '../../../venues/kiwoom/book-fids.ts';
import { encodeBooks, type KiwoomBook, type KiwoomLevel } from '../../../venues/kiwoom/encode-book.ts';
import { checkSeeds, type Random } from '../../seeds.ts';
import { decodeFrames, NOON_US } from './kiwoom-frames.ts';

const UNSENT = Number.NaN;
const TOLD = BOOK.fields.filter(({ isInReading }) => isInReading);
/** The encoder computes these from the totals when nobody names them. */
const BALANCE = new Set(['net_bid_size', 'net_ask_size', 'bid_percent_of_ask', 'ask_percent_of_bid']);

function someLevels(random: Random, firstPrice: number, step: number): readonly KiwoomLevel[] {
  return Array.from({ length: random.integer(0, 10) }, (_, index) => ({
    price: firstPrice + step * index,
    size: random.integer(0, 1_000_000),
    change: random.integer(-1_000, 1_000),
  }));
}

function someBook(random: Random): KiwoomBook {
  const isDocumentedLayout = random.chance(0.5);
  const sent = TOLD.filter(({ fid, name }) => BALANCE.has(name) || isDocumentedLayout || !BOOK_FIDS_UNSENT.has(fid));
  const readings: Record<string, number> = {};
  for (const { name, reads } of sent) {
    const magnitude = random.integer(0, 10 ** random.integer(1, 9)) / random.pick([1, 1, 100]);
    if (reads === 'character') readings[name] = random.integer(0x30, 0x7a);
    else if (BALANCE.has(name) || random.chance(0.6)) readings[name] = reads === 'signed' && random.chance(0.5) ? 0 - magnitude : magnitude;
  }
  return {
    symbol: random.pick(['005930', '000660_NX', '035420_AL']),
    venueTimeUs: NOON_US + random.integer(-20_000, 20_000) * 1_000_000,
    bids: someLevels(random, 257_500, -250),
    asks: someLevels(random, 257_750, 250),
    totalBidSize: random.integer(0, 10_000_000),
    totalAskSize: random.integer(0, 10_000_000),
    totalBidSizeChange: random.integer(-1_000_000, 1_000_000),
    totalAskSizeChange: random.integer(-1_000_000, 1_000_000),
    previousClose: random.integer(257_000, 258_000),
    readings,
    isDocumentedLayout,
  };
}

/** The calls that decoding the book must give. */
function wanted(book: KiwoomBook): readonly (readonly unknown[])[] {
  const level = (side: 1 | -1) => (one: KiwoomLevel) => ['bookLevel', side, one.price, one.size, UNSENT, one.change];
  const { totalBidSize, totalAskSize, totalBidSizeChange, totalAskSizeChange } = book;
  const numbers = book.readings!;
  const expected = [numbers.expected_price ?? 0, numbers.expected_size ?? 0];
  const window = [numbers.window_expected_price ?? 0, numbers.window_expected_size ?? 0];
  const [auction] = [expected, window].filter(([price, size]) => price! > 0 && size! > 0);
  const sent = TOLD.filter(
    ({ fid, reads }) => reads !== 'character' && fid !== 216 && (book.isDocumentedLayout || !BOOK_FIDS_UNSENT.has(fid)),
  );
  const names = TOLD.filter((entry) => sent.includes(entry) || entry.name in numbers).map(({ name }) => name);
  return [
    ['bookBegin', book.symbol, book.venueTimeUs, true, 'replace', UNSENT, UNSENT, UNSENT],
    ...book.bids.map(level(1)),
    ...book.asks.map(level(-1)),
    ['bookTotals', totalBidSize, totalAskSize, UNSENT, UNSENT, totalBidSizeChange, totalAskSizeChange, UNSENT, UNSENT],
    ['bookEnd'],
    ...(auction === undefined ? [] : [['auction', book.symbol, book.venueTimeUs, ...auction]]),
    ['readingBegin', book.symbol, book.venueTimeUs, '0D'],
    ...names.map((name) => ['readingValue', name, numbers[name] ?? 0]),
    ['readingEnd'],
  ];
}

test('decoding what was encoded gives the same books, auctions and readings', () => {
  checkSeeds(200, (random) => {
    const books = Array.from({ length: random.integer(1, 3) }, () => someBook(random));
    expect(decodeFrames([encodeBooks(books)]).calls).toEqual(books.flatMap(wanted));
  });
});

test('what follows from the totals is printed with them', () => {
  const book = { symbol: 'A', venueTimeUs: NOON_US, bids: [], asks: [], totalBidSize: 14_453_430, totalAskSize: 12_622_527 };
  const read = decodeFrames([encodeBooks([book])]).of('readingValue');
  for (const value of [1_830_903, -1_830_903, 114.51, 87.33]) expect(read.map((call) => call[2])).toContain(value);
});

test('a book has 139 fields, or the 163 of the documentation', () => {
  const book = { symbol: 'A', venueTimeUs: NOON_US, bids: [], asks: [], totalBidSize: 1, totalAskSize: 1 };
  const count = (isDocumentedLayout: boolean) =>
    Object.keys(JSON.parse(new TextDecoder().decode(encodeBooks([{ ...book, isDocumentedLayout }]))).data[0].values).length;
  expect([count(false), count(true)]).toEqual([139, 163]);
});

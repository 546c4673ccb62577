import { type ChannelTable, type FieldEntry, magnitude, signed, timeOfDay, unread } from './channel-table.ts';
import { labelOfType } from './real-types.ts';

/** Levels on each side. */
export const BOOK_DEPTH = 10;

/** First FID of each column of ten levels: level i (1 is the best) has this FID + i - 1. */
export const LEVEL_FIDS = {
  askPrice: 41,
  bidPrice: 51,
  askSize: 61,
  bidSize: 71,
  askSizeChange: 81,
  bidSizeChange: 91,
} as const;

/** FIDs of totals over the whole book, not only its ten levels. */
export const TOTAL_FIDS = { askSize: 121, askSizeChange: 122, bidSize: 125, bidSizeChange: 126 } as const;

/** The best ten levels of both sides, in the documented order: level by level, the last one shuffled. */
function levelFields(): readonly FieldEntry[] {
  const levels = Array.from({ length: BOOK_DEPTH }, (_, index) => index);
  return levels.flatMap((index) => {
    const name = (column: string) => `${column}_${index + 1}`;
    const askPrice = magnitude(LEVEL_FIDS.askPrice + index, name('ask_price'));
    const askSize = magnitude(LEVEL_FIDS.askSize + index, name('ask_size'));
    const askChange = signed(LEVEL_FIDS.askSizeChange + index, name('ask_size_change'));
    const bidPrice = magnitude(LEVEL_FIDS.bidPrice + index, name('bid_price'));
    const bidSize = magnitude(LEVEL_FIDS.bidSize + index, name('bid_size'));
    const bidChange = signed(LEVEL_FIDS.bidSizeChange + index, name('bid_size_change'));
    const isLast = index === BOOK_DEPTH - 1;
    const fields = isLast
      ? [askPrice, askSize, bidPrice, askChange, bidSize, bidChange]
      : [askPrice, askSize, askChange, bidPrice, bidSize, bidChange];
    return fields.map(unread);
  });
}

/** Ten fields in a row: `firstFid` is level 1. */
function column(firstFid: number, name: string): readonly FieldEntry[] {
  return Array.from({ length: BOOK_DEPTH }, (_, index) => magnitude(firstFid + index, `${name}_${index + 1}`));
}

/** Quantities of liquidity providers, ask and bid in turn. */
function providerFields(): readonly FieldEntry[] {
  const bids = column(631, 'lp_bid_size');
  return column(621, 'lp_ask_size').flatMap((ask, index) => [ask, bids[index]!]);
}

/** Type `0D`: ten levels of both sides with their sizes and changes, totals, expected auction values, parts of each exchange. */
export const BOOK: ChannelTable = {
  type: '0D',
  label: labelOfType('0D'),
  timeFid: 21,
  required: [21, ...levelFids(LEVEL_FIDS.askPrice), ...levelFids(LEVEL_FIDS.bidPrice)].concat(
    levelFids(LEVEL_FIDS.askSize),
    levelFids(LEVEL_FIDS.bidSize),
  ),
  fields: [
    timeOfDay(21),
    ...levelFields(),
    unread(magnitude(TOTAL_FIDS.askSize, 'total_ask_size')),
    unread(signed(TOTAL_FIDS.askSizeChange, 'total_ask_size_change')),
    unread(magnitude(TOTAL_FIDS.bidSize, 'total_bid_size')),
    unread(signed(TOTAL_FIDS.bidSizeChange, 'total_bid_size_change')),
    magnitude(23, 'expected_price'),
    magnitude(24, 'expected_size'),
    signed(128, 'net_bid_size'),
    magnitude(129, 'bid_percent_of_ask'),
    signed(138, 'net_ask_size'),
    magnitude(139, 'ask_percent_of_bid'),
    signed(200, 'expected_price_change'),
    signed(201, 'expected_price_change_percent'),
    magnitude(238, 'expected_price_direction_code'),
    magnitude(291, 'window_expected_price'),
    magnitude(292, 'window_expected_size'),
    magnitude(293, 'window_expected_price_direction_code'),
    signed(294, 'window_expected_price_change'),
    signed(295, 'window_expected_price_change_percent'),
    ...providerFields(),
    magnitude(13, 'cumulative_volume'),
    signed(299, 'expected_percent_of_previous_day_volume'),
    { fid: 215, name: 'operation_code_ascii', reads: 'character', isInReading: true },
    signed(216, 'investor_ticker'),
    ...column(6044, 'krx_ask_size'),
    ...column(6054, 'krx_bid_size'),
    magnitude(6064, 'krx_total_ask_size'),
    magnitude(6065, 'krx_total_bid_size'),
    ...column(6066, 'nxt_ask_size'),
    ...column(6076, 'nxt_bid_size'),
    magnitude(6086, 'nxt_total_ask_size'),
    magnitude(6087, 'nxt_total_bid_size'),
    ...middleFields(6100, 'krx'),
    ...middleFields(6105, 'nxt'),
    ...middleChangeFields(6110, 'krx'),
    ...middleChangeFields(6113, 'nxt'),
  ],
};

/** FIDs that documentation lists and rows of the running venue lack: liquidity providers, 13, 299, 215, 216. */
export const BOOK_FIDS_UNSENT: ReadonlySet<number> = new Set([...levelFids(621), ...levelFids(631), 13, 299, 215, 216]);

function levelFids(firstFid: number): readonly number[] {
  return Array.from({ length: BOOK_DEPTH }, (_, index) => firstFid + index);
}

/** Orders waiting at the middle of the best prices of one exchange. */
function middleFields(firstFid: number, exchange: string): readonly FieldEntry[] {
  return [
    signed(firstFid, `${exchange}_middle_ask_size_change`),
    magnitude(firstFid + 1, `${exchange}_middle_ask_size`),
    magnitude(firstFid + 2, `${exchange}_middle_price`),
    magnitude(firstFid + 3, `${exchange}_middle_bid_size`),
    signed(firstFid + 4, `${exchange}_middle_bid_size_change`),
  ];
}

function middleChangeFields(firstFid: number, exchange: string): readonly FieldEntry[] {
  return [
    signed(firstFid, `${exchange}_middle_price_change`),
    magnitude(firstFid + 1, `${exchange}_middle_price_direction_code`),
    signed(firstFid + 2, `${exchange}_middle_price_change_percent`),
  ];
}

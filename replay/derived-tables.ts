import type { TableColumn } from '#storage';

/** Every table that can be derived from a tape, in the order they are listed. */
export const DERIVED_TABLES = [
  'trades',
  'quotes',
  'books',
  'bars',
  'candles',
  'option_quotes',
  'auctions',
  'status',
  'readings',
  'notices',
  'gaps',
  'audits',
] as const;
export type DerivedTable = (typeof DERIVED_TABLES)[number];

/** The version of the columns below: raise it when one is renamed, removed, or means something else. */
export const DERIVED_SCHEMA_VERSION = 1;

/**
 * Where a row comes from, in every table: the record's sequence, and `row`, which counts the rows of this table that the record made, from 0.
 * Both together are unique within a session, and the same whenever the table is made again: the key by which copies are told apart.
 */
const PLACE: readonly TableColumn[] = [
  { name: 'sequence', type: 'int64' },
  { name: 'row', type: 'int64' },
];

/** `received_at` is the recorder's clock, `venue_time` the venue's (null where the frame has none). */
const HEAD: readonly TableColumn[] = [
  ...names('venue', 'symbol'),
  { name: 'received_at', type: 'timestamp-ns' },
  { name: 'venue_time', type: 'timestamp-us' },
  ...PLACE,
];

/**
 * The columns of each table. They hold everything that the events say (`domain/event.ts` has the units); what a venue does not give is null.
 * The symbol `*` is a whole market. Rows are in tape order.
 *
 * - `books`: one row a message, as the venue sent it: the levels of each side as lists of equal length, size 0 removes a level.
 *   `orders` and `changes` are null when no level of the side has them.
 * - `readings`, `notices`: one row a named value.
 * - `candles`: ours, of each interval asked for; `sequence` is the record that closed it.
 * - `gaps`: from and to are the records and times between which data was lost; `sequence` is the record that ended the gap.
 * - `audits`: what the engine said without a strategy, one row an entry; `detail` is the entry as `runs/…/audits.jsonl` has it.
 */
export const DERIVED_COLUMNS: Readonly<Record<DerivedTable, readonly TableColumn[]>> = {
  trades: [
    ...HEAD,
    ...floats('price', 'size'),
    ...names('side'),
    ...texts('trade_id'),
    ...floats('cumulative_volume'),
    ...names('condition'), //
  ],
  quotes: [...HEAD, ...floats('bid_price', 'bid_size', 'ask_price', 'ask_size', 'update_id')],
  books: [
    ...HEAD,
    ...names('kind', 'rule'),
    ...floats('first_update_id', 'last_update_id', 'previous_update_id'),
    ...lists('bid_prices', 'bid_sizes', 'bid_orders', 'bid_changes', 'ask_prices', 'ask_sizes', 'ask_orders', 'ask_changes'),
    ...floats('total_bid_size', 'total_ask_size', 'total_bid_orders', 'total_ask_orders'),
    ...floats('total_bid_size_change', 'total_ask_size_change', 'total_bid_orders_change', 'total_ask_orders_change'),
  ],
  bars: [
    ...names('venue', 'symbol'),
    { name: 'received_at', type: 'timestamp-ns' },
    ...PLACE,
    ...names('interval'),
    { name: 'open_time', type: 'timestamp-us' },
    ...floats('open', 'high', 'low', 'close', 'volume', 'value', 'trades'),
    ...booleans('is_final', 'is_history'),
  ],
  candles: [
    ...names('venue', 'symbol', 'interval'),
    { name: 'open_time', type: 'timestamp-ms' },
    ...floats('open', 'high', 'low', 'close'),
    ...decimals('volume', 'value'),
    ...floats('trades'),
    ...decimals('buy_volume'),
    ...names('flags'),
    { name: 'close_time', type: 'timestamp-us' },
    ...PLACE,
  ],
  option_quotes: [
    ...HEAD,
    ...floats('implied_volatility', 'bid_implied_volatility', 'ask_implied_volatility', 'delta', 'gamma', 'theta', 'vega', 'rho'),
    ...floats('mark_price', 'underlying_price', 'open_interest', 'bid_price', 'bid_size', 'ask_price', 'ask_size'),
  ],
  auctions: [...HEAD, ...floats('expected_price', 'expected_size')],
  status: [...HEAD, ...names('status'), ...booleans('is_restricted'), ...names('code'), ...floats('price')],
  readings: [...HEAD, ...names('channel', 'name'), ...floats('value')],
  notices: [...HEAD, ...names('notice', 'name'), ...texts('text')],
  gaps: [
    ...names('venue', 'connection', 'symbol', 'channel'),
    { name: 'from_sequence', type: 'int64' },
    { name: 'to_sequence', type: 'int64' },
    { name: 'from_time', type: 'timestamp-ns' },
    { name: 'to_time', type: 'timestamp-ns' },
    ...names('reason'),
    ...PLACE,
  ],
  audits: [
    ...PLACE,
    { name: 'event', type: 'int64' },
    { name: 'time', type: 'timestamp-us' },
    ...names('kind'),
    ...texts('detail'), //
  ],
};

/** Texts of which there are few different ones. */
function names(...columns: readonly string[]): readonly TableColumn[] {
  return columns.map((name) => ({ name, type: 'string', repeats: true }));
}

/** Texts that are mostly different in each row. */
function texts(...columns: readonly string[]): readonly TableColumn[] {
  return columns.map((name) => ({ name, type: 'string' }));
}

function floats(...names: readonly string[]): readonly TableColumn[] {
  return names.map((name) => ({ name, type: 'float64' }));
}

function decimals(...names: readonly string[]): readonly TableColumn[] {
  return names.map((name) => ({ name, type: 'decimal-text' }));
}

function booleans(...names: readonly string[]): readonly TableColumn[] {
  return names.map((name) => ({ name, type: 'boolean' }));
}

function lists(...names: readonly string[]): readonly TableColumn[] {
  return names.map((name) => ({ name, type: 'float64-list' }));
}

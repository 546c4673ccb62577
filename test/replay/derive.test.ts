import { expect, test } from 'vitest';
import type { EventSink, RecordBody, SymbolTable } from '#domain';
import type { TableValue } from '#storage';
import type { Venue } from '#venues';
import { type DeriveOptions, deriveTables, type RowPlace, tableMarks } from '../../replay/derive.ts';
import { DERIVED_COLUMNS, DERIVED_TABLES, type DerivedTable } from '../../replay/derived-tables.ts';
import { aRecord, MemoryTape } from '../fixtures/memory-tape.ts';
import { frame, SCRIPTED, SCRIPTED_VENUES } from '../fixtures/scripted-venue.ts';

type Saying = (sink: EventSink, x: number) => void;
type Row = Readonly<Record<string, TableValue>>;

/** A venue whose nth frame says what the nth function says. */
function venueSaying(sayings: readonly Saying[]): ReadonlyMap<string, Venue> {
  const createDecoder = (sink: EventSink, symbols: SymbolTable) => ({
    decode: (record: { readonly sequence: number }): void => sayings[record.sequence]?.(sink, symbols.intern('test', 'X')),
  });
  return new Map([['test', { ...SCRIPTED, createDecoder }]]);
}

/** The rows of all tables by name of column, in the order they were handed over. */
async function derive(records: readonly RecordBody[], options: DeriveOptions, batchSize = 4096) {
  const tables = new Map<DerivedTable, Row[]>();
  const places: RowPlace[] = [];
  const count = await deriveTables(
    new MemoryTape(records, { batchSize }),
    {
      row: (table, values, place) => {
        places.push({ ...place });
        expect([table, values.length]).toEqual([table, DERIVED_COLUMNS[table].length]);
        const row = Object.fromEntries(DERIVED_COLUMNS[table].map(({ name }, i) => [name, values[i]!]));
        tables.set(table, [...(tables.get(table) ?? []), row]);
      },
      drain: async () => undefined,
    },
    options,
  );
  expect(places).toHaveLength(count);
  return { tables: Object.fromEntries(tables) as Partial<Record<DerivedTable, Row[]>>, places };
}

const NONE = Number.NaN;
const HEAD = { venue: 'test', symbol: 'X', received_at: 7_000n, venue_time: 5_000n, sequence: 0, row: 0 };

/** The rows that one frame, received at 7 µs, makes of what is said. */
async function rowsOf(saying: Saying) {
  return (await derive([aRecord({ atUs: 7 })], { venues: venueSaying([saying]) })).tables;
}

test('a trade is a row with everything the venue said of it', async () => {
  const { trades } = await rowsOf((sink, x) => sink.trade(x, 5, 100, 2, -1, 31, 1002, 'auction'));
  expect(trades).toEqual([{ ...HEAD, price: 100, size: 2, side: 'sell', trade_id: '31', cumulative_volume: 1002, condition: 'auction' }]);
});

test('a quote is a row, with null for a venue time that the frame does not name', async () => {
  const { quotes } = await rowsOf((sink, x) => sink.quote(x, NONE, 1, 2, 3, 4, 5));
  expect(quotes).toEqual([{ ...HEAD, venue_time: null, bid_price: 1, bid_size: 2, ask_price: 3, ask_size: 4, update_id: 5 }]);
});

test('a book message is one row: lists of prices, sizes, order counts and changes for each side, and the totals', async () => {
  const { books } = await rowsOf((sink, x) => {
    sink.bookBegin(x, 5, false, 'binance-futures', 10, 12, 9);
    sink.bookLevel(1, 99, 4, 3, -1);
    sink.bookLevel(-1, 101, 5, NONE, NONE);
    sink.bookLevel(1, 98, 0, NONE, NONE);
    sink.bookTotals(21, 22, 23, 24, 25, 26, 27, 28);
    sink.bookEnd();
  });
  expect(books).toEqual([
    {
      ...HEAD,
      kind: 'delta',
      rule: 'binance-futures',
      first_update_id: 10,
      last_update_id: 12,
      previous_update_id: 9,
      bid_prices: [99, 98],
      bid_sizes: [4, 0],
      bid_orders: [3, NONE],
      bid_changes: [-1, NONE],
      ask_prices: [101],
      ask_sizes: [5],
      ask_orders: null,
      ask_changes: null,
      total_bid_size: 21,
      total_ask_size: 22,
      total_bid_orders: 23,
      total_ask_orders: 24,
      total_bid_size_change: 25,
      total_ask_size_change: 26,
      total_bid_orders_change: 27,
      total_ask_orders_change: 28,
    },
  ]);
});

test('bars, option quotes, auctions and status are rows with every number', async () => {
  const { bars, option_quotes, auctions, status } = await rowsOf((sink, x) => {
    sink.bar(x, 60_000_000, 120_000_000, 1, 2, 3, 4, 5, 6, 7, true, false);
    sink.optionQuote(x, 5, 0.1, 0.2, 0.3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    sink.auction(x, 5, 100, 20);
    sink.status(-1, 5, 'price-limit', true, 'U', 130);
  });
  const { venue_time: _, ...place } = HEAD;
  const prices = { open: 1, high: 2, low: 3, close: 4, volume: 5, value: 6, trades: 7 };
  expect(bars).toEqual([{ ...place, interval: '1m', open_time: 120_000_000_000n, ...prices, is_final: true, is_history: false }]);
  const quote = { bid_price: 12, bid_size: 13, ask_price: 14, ask_size: 15 };
  const volatility = { implied_volatility: 0.1, bid_implied_volatility: 0.2, ask_implied_volatility: 0.3 };
  const greeks = { delta: 4, gamma: 5, theta: 6, vega: 7, rho: 8, mark_price: 9, underlying_price: 10, open_interest: 11 };
  expect(option_quotes).toEqual([{ ...HEAD, ...volatility, ...greeks, ...quote }]);
  expect(auctions).toEqual([{ ...HEAD, expected_price: 100, expected_size: 20 }]);
  expect(status).toEqual([{ ...HEAD, symbol: '*', status: 'price-limit', is_restricted: true, code: 'U', price: 130 }]);
});

test('readings and notices are one row a named value, numbered within their record', async () => {
  const { readings, notices } = await rowsOf((sink, x) => {
    for (const channel of ['index', 'breadth']) {
      sink.readingBegin(x, 5, channel);
      sink.readingValue('level', 1);
      sink.readingValue('change', 2);
      sink.readingEnd();
    }
    sink.noticeBegin('fill', x, 5);
    sink.noticeField('price', '100');
    sink.noticeEnd();
  });
  expect(readings).toEqual([
    { ...HEAD, row: 0, channel: 'index', name: 'level', value: 1 },
    { ...HEAD, row: 1, channel: 'index', name: 'change', value: 2 },
    { ...HEAD, row: 2, channel: 'breadth', name: 'level', value: 1 },
    { ...HEAD, row: 3, channel: 'breadth', name: 'change', value: 2 },
  ]);
  expect(notices).toEqual([{ ...HEAD, notice: 'fill', name: 'price', text: '100' }]);
});

test('candles carry the record that closed them, and what still forms at the end is incomplete', async () => {
  const trade = (atUs: number, price: number) => aRecord({ atUs, payload: frame({ say: 'trade', price, size: 0.1, at: atUs }) });
  const records = [trade(1, 10), trade(2, 11), trade(62_000_001, 12)];
  const { tables } = await derive(records, { venues: SCRIPTED_VENUES, tables: ['candles'], intervals: ['1m', '2t'] });
  expect(
    tables.candles?.map((row) => [row.interval, row.open, row.close, row.volume, row.flags, row.close_time, row.sequence, row.row]),
  ).toEqual([
    ['2t', 10, 11, '0.2', '', 2_000n, 1, 0],
    ['1m', 10, 11, '0.2', 'incomplete', 60_000_000_000n, 2, 0],
    ['1m', 12, 12, '0.1', 'incomplete', 120_000_000_000n, 2, 1],
    ['2t', 12, 12, '0.1', 'incomplete', 62_000_001_000n, 2, 2],
  ]);
});

test('gaps are rows when they have ended, and those without an end are rows at the end of the tape', async () => {
  const { tables } = await derive(
    [
      aRecord({ kind: 'connected', atUs: 1 }),
      aRecord({ kind: 'disconnected', meta: '{"reason":"closed 1006"}', atUs: 2 }),
      aRecord({ kind: 'connected', atUs: 7 }),
      aRecord({ kind: 'disconnected', atUs: 9 }),
      aRecord({ kind: 'tick', venue: '', connection: '', atUs: 11 }),
    ],
    { venues: SCRIPTED_VENUES },
  );
  const place = { venue: 'test', connection: '1', symbol: null, channel: null };
  expect(tables.gaps).toEqual([
    { ...place, from_sequence: 1, to_sequence: 2, from_time: 2_000n, to_time: 7_000n, reason: 'closed 1006', sequence: 2, row: 0 },
    { ...place, from_sequence: 3, to_sequence: 4, from_time: 9_000n, to_time: 11_000n, reason: 'disconnected', sequence: 4, row: 0 },
  ]);
  expect(tables.audits?.map((row) => [row.sequence, row.row, row.event, row.time, row.kind])).toEqual([
    [1, 0, 0, 2_000n, 'feed'],
    [2, 0, 0, 7_000n, 'feed'],
    [3, 0, 0, 9_000n, 'feed'],
  ]);
  expect(tables.audits?.[0]?.detail).toBe('{"connection":"1","kind":"feed","reason":"closed 1006","state":"lost","venue":"test"}');
});

test('tape time rises by at least a nanosecond a record, also where the clock repeats and goes back', async () => {
  const trade = (atUs: number) => aRecord({ atUs, payload: frame({ say: 'trade', price: 1 }) });
  const { places } = await derive([trade(5), trade(5), trade(3), trade(6)], { venues: SCRIPTED_VENUES, tables: ['trades'] });
  expect(places.map(({ sequence, receivedAtNs, tapeTimeNs }) => [sequence, receivedAtNs, tapeTimeNs])).toEqual([
    [0, 5_000n, 5_000n],
    [1, 5_000n, 5_001n],
    [2, 3_000n, 5_002n],
    [3, 6_000n, 6_000n],
  ]);
});

test('the rows of a table are the same whatever other tables are asked for, and however the tape is cut into batches', async () => {
  const trade = (atUs: number) =>
    aRecord({ atUs, payload: frame({ say: 'trade', price: atUs, at: atUs }, { say: 'quote', bid: 1, ask: 2 }) });
  const records = Array.from({ length: 50 }, (_, i) => trade(i * 10_000_000));
  const all = await derive(records, { venues: SCRIPTED_VENUES });
  for (const table of DERIVED_TABLES) {
    const one = await derive(records, { venues: SCRIPTED_VENUES, tables: [table] }, 3);
    expect(one.tables[table]).toEqual(all.tables[table]);
    expect(Object.keys(one.tables)).toEqual(all.tables[table] === undefined ? [] : [table]);
  }
  expect(all.tables.trades).toHaveLength(50);
});

test('the marks of a table name its tape, the schema, the decoders and what candles depend on', async () => {
  const tape = new MemoryTape([aRecord()], { session: 'monday' });
  const options = { venues: SCRIPTED_VENUES, intervals: ['5m'], latenessUs: 7 };
  const marks = {
    'tapedeck.table': 'trades',
    'tapedeck.schema_version': '1',
    'tapedeck.session': 'monday',
    'tapedeck.tape_digest': await tape.digest(),
    'tapedeck.decoder_versions': '{"test":1}',
  };
  expect(await tableMarks(tape, 'trades', options)).toEqual(marks);
  expect(await tableMarks(tape, 'candles', options)).toEqual({
    ...marks,
    'tapedeck.table': 'candles',
    'tapedeck.intervals': '5m',
    'tapedeck.lateness_us': '{"test":7}',
  });
});

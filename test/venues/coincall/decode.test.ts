import { describe, expect, test } from 'vitest';
import { decoding, documentedFrames, hasDocuments, WHY_SKIPPED } from './frames.ts';
import {
  BOOK_G1,
  BOOK_G2,
  CHAIN_G1,
  CHAIN_G2,
  FUTURES_BOOK,
  KLINE,
  PRICING_G2,
  TICKER_G1,
  TICKER_G3,
  TRADES_G1,
  TRADES_G2,
} from './made-frames.ts';

const CALL = 'BTCUSD-4JUL23-27000-C';
const PUT = 'BTCUSD-4JUL23-27000-P';
const NO = Number.NaN;

describe('a book', () => {
  test('is a whole snapshot that replaces what was before, bids first', () => {
    expect(decoding('coincall-options', BOOK_G2).calls).toEqual([
      ['bookBegin', CALL, 1688453641701_000, true, 'replace', NO, NO, NO],
      ['bookLevel', 1, 3, 0.2, NO, NO],
      ['bookLevel', 1, 1, 0.2, NO, NO],
      ['bookLevel', -1, 4038.58, 1, NO, NO],
      ['bookEnd'],
    ]);
  });

  test('of the first documents has its sizes as numbers under another key', () => {
    expect(decoding('coincall-options', BOOK_G1).of('bookLevel')).toEqual([
      ['bookLevel', 1, 477, 0.1, NO, NO],
      ['bookLevel', -1, 486.8, 0.34, NO, NO],
      ['bookLevel', -1, 649.1, 5, NO, NO],
    ]);
  });

  test('with an empty side is a book', () => {
    expect(decoding('coincall-futures', FUTURES_BOOK).of('bookLevel')).toEqual([['bookLevel', -1, 30831.73, 180.302, NO, NO]]);
  });

  test('comes out whatever the order of keys, also of its levels', () => {
    const frame = `{"d":{"ts":1688453641701,"bids":[{"sz":"2","pr":"1"}],"s":"${CALL}","asks":[ {"v":1, "pr":5} ]},"ts":5,"c":20,"dt":5}`;
    expect(decoding('coincall-options', frame).calls).toEqual([
      ['bookBegin', CALL, 1688453641701_000, true, 'replace', NO, NO, NO],
      ['bookLevel', 1, 1, 2, NO, NO],
      ['bookLevel', -1, 5, 1, NO, NO],
      ['bookEnd'],
    ]);
  });

  test('with a key that comes twice counts the last, as JSON does', () => {
    const frame = `{"dt":5,"c":20,"d":{"s":"X","s":"${CALL}","asks":5,"asks":[{"pr":true,"pr":5,"sz":"x","sz":2}],"bids":[],"ts":{},"ts":1}}`;
    expect(decoding('coincall-options', frame).calls).toEqual([
      ['bookBegin', CALL, 1000, true, 'replace', NO, NO, NO],
      ['bookLevel', -1, 5, 2, NO, NO],
      ['bookEnd'],
    ]);
  });

  test.each([
    ['no asks', '"bids":[]', 'asks'],
    ['a price of 0', '"asks":[{"pr":"0","sz":"1"}],"bids":[]', 'positive prices'],
    ['a level without a size', '"asks":[{"pr":"1"}],"bids":[]', 'positive prices'],
    ['a negative size', '"asks":[{"pr":"1","sz":"-1"}],"bids":[]', 'positive prices'],
    ['null for a side', '"asks":null,"bids":[]', 'levels'],
  ])('with %s is a failure that says what was expected', (_, sides, reason) => {
    const { calls } = decoding('coincall-options', `{"dt":5,"c":20,"d":{"s":"${CALL}",${sides},"ts":1}}`);
    expect(calls).toEqual([['decodeFailure', 'orderBook', expect.stringContaining(reason)]]);
  });
});

describe('last trades', () => {
  test('come out all, in order of time, though the venue lists the newest first', () => {
    expect(decoding('coincall-options', TRADES_G1).calls).toEqual([
      ['trade', CALL, 1685077759928_000, 541.7, 0.19, -1, '', NO, 'regular'],
      ['trade', CALL, 1685092744132_000, 486.8, 0.1, 1, '', NO, 'regular'],
    ]);
    expect(decoding('coincall-futures', TRADES_G2).calls).toEqual([
      ['trade', 'BTCUSD', 1688370059868_000, 30139.37, 83.111, -1, '', NO, 'regular'],
      ['trade', 'BTCUSD', 1688436545891_000, 30831.73, 1, 1, '', NO, 'regular'],
    ]);
  });

  test('are said once when a later list repeats them', () => {
    const { calls, feed } = decoding('coincall-options', TRADES_G1);
    feed(
      TRADES_G1,
      `{"dt":6,"c":20,"d":[{"sd":1,"pr":9,"s":"${CALL}","v":1,"ts":1685092744999},{"sd":1,"pr":486.8,"s":"${CALL}","v":0.1,"ts":1685092744132}]}`,
    );
    expect(calls.map((call) => call[3])).toEqual([541.7, 486.8, 9]);
  });

  test('that are equal in one list are all said: they are told apart by how many there are', () => {
    const row = `{"sd":1,"pr":"5","s":"${CALL}","q":"1","ts":1685092744132}`;
    const { calls, feed } = decoding('coincall-options', `{"dt":6,"c":20,"d":[${row},${row}]}`);
    expect(calls).toHaveLength(2);
    feed(`{"dt":6,"c":20,"d":[${row},${row},${row}]}`);
    expect(calls).toHaveLength(3);
  });

  test('of two symbols do not hide each other', () => {
    const { calls } = decoding(
      'coincall-options',
      ...[CALL, PUT].map((symbol) => `{"dt":6,"c":20,"d":[{"sd":1,"pr":5,"s":"${symbol}","v":1,"ts":1}]}`),
    );
    expect(calls.map((call) => call[1])).toEqual([CALL, PUT]);
  });

  test('without a side have none; a bad one is a failure of its own', () => {
    const rows = ['"v":1,"pr":1', '"sd":3,"v":1,"pr":1', '"sd":2,"v":0,"pr":1', '"sd":2,"v":1,"pr":null'];
    const frame = `{"dt":6,"c":20,"d":[${rows.map((row) => `{${row},"s":"${CALL}","ts":1}`).join(',')},5]}`;
    const recorded = decoding('coincall-options', frame);
    expect(recorded.of('trade')).toEqual([['trade', CALL, 1000, 1, 1, 0, '', NO, 'regular']]);
    expect(recorded.of('decodeFailure').map((call) => call[1])).toEqual(['lastTrade', 'lastTrade', 'lastTrade', 'lastTrade']);
  });
});

test('a kline is a bar that is never final by itself', () => {
  expect(decoding('coincall-options', KLINE).calls).toEqual([
    ['bar', CALL, 60_000_000, 1688449080000_000, 4056, 4056.5, 4055.25, 4056.4085, 0, NO, NO, false, false],
  ]);
});

test('the length of a month is that of the calendar', () => {
  const bar = (period: string, openMs: number) =>
    `{"dt":31,"c":20,"d":{"s":"BTCUSD","pe":"${period}","ts":${openMs},"open":1,"high":1,"low":1,"close":1,"v":1}}`;
  const february = Date.UTC(2024, 1, 1);
  const november = Date.UTC(2023, 10, 1);
  const { calls } = decoding('coincall-futures', bar('mn1', february), bar('quarter', november), bar('m2', february));
  expect(calls.map((call) => call[2])).toEqual([29 * 86_400_000_000, 92 * 86_400_000_000, expect.stringContaining('a period')]);
});

describe('an option chain', () => {
  test('gives a quote and a reading a row; a price of 0 is an empty side, the largest double no volatility', () => {
    const { calls } = decoding('coincall-options', CHAIN_G1);
    const timeUs = 1685091838557_000;
    const greeks = (...values: number[]) => [...values, NO];
    expect(calls.filter(([method]) => method === 'optionQuote')).toEqual([
      [
        'optionQuote',
        CALL,
        timeUs,
        NO,
        1.26,
        2.97,
        ...greeks(0.9979, 1e-5, -3.1, 0.08962),
        2463.01,
        26462.455,
        0,
        2499.3,
        0.52,
        3065.9,
        8.94,
      ],
      ['optionQuote', PUT, timeUs, NO, 0.5, NO, ...greeks(-0.0021, 0, -3.1, 0.08962), 0.56, 26462.455, 0.01, NO, NO, 1, 0.54],
    ]);
    expect(calls.filter(([method]) => method === 'readingBegin')).toEqual([
      ['readingBegin', CALL, timeUs, 'tOption'],
      ['readingBegin', PUT, timeUs, 'tOption'],
    ]);
  });

  test('of the later documents has its sizes under other keys, and the volatility of the mark', () => {
    expect(decoding('coincall-options', CHAIN_G2).of('optionQuote')).toEqual([
      ['optionQuote', CALL, 1688452774463_000, 0.015, 0.01, 0.02, 1, 0, 0, 0, NO, 4038.5855, 31038.5855, NO, 1, 0.2, NO, NO],
    ]);
  });

  test('with one row that cannot be read gives all others', () => {
    const frame = CHAIN_G1.replace('"theta":-3.1,"cp":-13.05', '"theta":true,"cp":-13.05');
    const recorded = decoding('coincall-options', frame);
    expect(recorded.of('optionQuote').map((call) => call[1])).toEqual([PUT]);
    expect(recorded.of('decodeFailure')).toEqual([['decodeFailure', 'tOption', expect.stringContaining('"theta", found true')]]);
  });
});

test('pricing information is an option quote, and the rest a reading with the names of the README', () => {
  const { calls, of } = decoding('coincall-options', PRICING_G2);
  expect(calls[0]).toEqual(
    ['optionQuote', 'BTCUSD-4JUL23-27000-C', 1688449285840_000, 0.4728, NO, NO, 0.34898, 0.0001, -29.14546, 29.70793].concat([
      NO,
      834.28262809,
      31248.97,
      1000,
      NO,
      NO,
      NO,
      NO,
    ] as never),
  );
  expect(of('readingValue').map((call) => call.slice(1))).toEqual([
    ['volumeUsd', 30783000],
    ['timeToExpiryMs', 2081914160],
    ['lastPrice', 834.29106136],
    ['indexPrice', 31059.68],
    ['high24h', 783.67],
    ['low24h', 665.6],
    ['change', -64.8],
    ['dayOpen', 899.1322664],
    ['changeRate', -0.0721],
    ['volumeUsd24h', 30783000],
    ['volume', 1000],
    ['volume24h', 1000],
  ]);
});

test('the futures ticker is a reading; without a time of its own it has none, or that of the push', () => {
  const { calls, feed } = decoding('coincall-futures', TICKER_G1, TICKER_G3);
  feed('{"dt":30,"c":20,"d":{"s":"BTCUSD","pr":1},"ts":1726248852790}');
  expect(calls.filter(([method]) => method === 'readingBegin')).toEqual([
    ['readingBegin', 'BTCUSD', NO, 'spotPrice'],
    ['readingBegin', 'ARBUSD', 1726248852785_000, 'spotPrice'],
    ['readingBegin', 'BTCUSD', 1726248852790_000, 'spotPrice'],
  ]);
  expect(calls).toContainEqual(['readingValue', 'cv', 0]);
  expect(calls).toContainEqual(['readingValue', 'openInterest', 23431.0343]);
});

describe('frames that are no market data', () => {
  test.each(['{"c":11,"rc":1}', 'pong', '{"ping":5}', '{"action":"SUBSCRIBE","dataType":"rfqMaker","result":"success"}'])(
    '%s says nothing',
    (frame) => expect(decoding('coincall-options', frame).calls).toEqual([]),
  );

  test.each([
    ['{"c":11,"rc":0}', 'heartbeat'],
    ['{"action":"SUBSCRIBE","dataType":"orderBook","result":"failed"}', 'subscribe'],
    ['{"action":"UNSUBSCRIBE","dataType":"orderBook","result":"failed"}', 'unsubscribe'],
    ['{"code":10006,"msg":"Sign illegal","data":null}', 'rest'],
    ['{"message":"too many request"}', 'error'],
    ['too many request', 'error'],
  ])('%s is reported with the words of the venue', (frame, label) => {
    expect(decoding('coincall-options', frame).calls).toEqual([['drift', label, frame]]);
  });

  test.each([
    ['{"dt":7,"c":20,"d":{}}', 'accountBalance'],
    ['{"dt":43,"c":20,"d":[],"ts":1}', 'lastTradeV2'],
    ['{"dt":129,"c":20,"d":{},"ts":1}', 'rfqTaker'],
    ['{"hello":1}', ''],
  ])('%s is counted as undecoded', (frame, label) => {
    expect(decoding('coincall-options', frame).calls).toEqual([['undecoded', label]]);
  });

  test('a code that no document names is undecoded, and reported once', () => {
    const frame = '{"dt":58,"c":20,"d":{}}';
    expect(decoding('coincall-futures', frame, frame).calls).toEqual([
      ['undecoded', ''],
      ['drift', '', 'unknown dt 58'],
      ['undecoded', ''],
    ]);
  });

  test.each([
    '',
    '{',
    '[]',
    'null',
    `${BOOK_G2}x`,
    '{"dt":5,"c":20,"d":{"s":}}',
    '{"dt":"5","d":{}}',
    '{"dt":5,"c":20}',
    '{"dt":5,"d":null}',
  ])('%j is a failure, and nothing else', (frame) =>
    expect(decoding('coincall-options', frame).calls.map(([method]) => method)).toEqual(['decodeFailure']),
  );
});

test('a cut frame is one failure and no part of an event, wherever it is cut', () => {
  for (let length = 0; length < CHAIN_G1.length; length++) {
    expect(decoding('coincall-options', CHAIN_G1.slice(0, length)).calls.map(([method]) => method)).toEqual(['decodeFailure']);
  }
});

test('keys that nobody knows are reported once, those of levels too', () => {
  const frame = BOOK_G2.replace('"sz":"1"', '"sz":"1","n":2').replace('"c":20', '"c":20,"x":1').replace('"ts"', '"y":[],"ts"');
  const recorded = decoding('coincall-options', frame, frame);
  expect(recorded.of('bookEnd')).toHaveLength(2);
  expect(recorded.of('drift').map((call) => call[2])).toEqual(['unknown key "asks[].n"', 'unknown key "x"', 'unknown key "y"']);
});

test('more records than any chain has are refused, and the memory stays', () => {
  const frame = `{"dt":4,"c":20,"d":[${Array.from({ length: 5000 }, () => `{"s":"${CALL}"}`).join(',')}]}`;
  expect(decoding('coincall-options', frame).calls).toEqual([['decodeFailure', 'tOption', expect.stringContaining('at most 4096')]]);
  expect(decoding('coincall-options', frame.replace(`{"s":"${CALL}"},`.repeat(4000), '')).of('optionQuote')).toHaveLength(1000);
});

test.skipIf(!hasDocuments)('every documented market frame of a decoded channel gives events and no failure', () => {
  for (const { product, name, text } of documentedFrames()) {
    if (product === 'spot') continue;
    const { calls } = decoding(product === 'options' ? 'coincall-options' : 'coincall-futures', text);
    const isDecoded = ['orderBook', 'lastTrade', 'tOption', 'bsInfo', 'kline', 'spotPrice'].includes(name);
    if (isDecoded)
      expect(
        calls.map(([method]) => method),
        text,
      ).not.toEqual(expect.arrayContaining(['decodeFailure']));
    expect(isDecoded ? calls.filter(([method]) => method === 'drift') : calls, text).toEqual(isDecoded ? [] : [['undecoded', name]]);
  }
});

if (!hasDocuments) test.skip(WHY_SKIPPED, () => undefined);

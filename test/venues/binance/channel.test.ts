import { expect, test } from 'vitest';
import { binanceSpot, binanceUsdm } from '../../../venues/binance/index.ts';
import { hasCaptures, readCapture, WHY_SKIPPED } from './captures.ts';
import * as frames from './frames.ts';

function channelOf(text: string): string {
  const bytes = new TextEncoder().encode(`xx${text}"}`);
  return binanceSpot.channelOf(bytes, 2, bytes.length - 2);
}

test.each([
  [frames.SPOT_DEPTH, 'depth'],
  [frames.SPOT_QUOTE, 'bookTicker'],
  [frames.SPOT_TRADE, 'trade'],
  [frames.AGG_TRADE, 'aggTrade'],
  [frames.MARK_PRICE, 'markPrice'],
  [frames.FORCE_ORDER, 'forceOrder'],
  [frames.KLINE, 'kline'],
  [frames.SPOT_SNAPSHOT, 'depthSnapshot'],
  [frames.USDM_SNAPSHOT, 'depthSnapshot'],
  ['{"result":null,"id":1}', 'control'],
  ['{"error":{"code":2,"msg":"x"},"id":1}', 'control'],
  ['{"id":1,"result":null}', 'control'],
  ['{"code":-1121,"msg":"Invalid symbol."}', 'control'],
])('the label of %s is %s', (text, label) => expect(channelOf(text)).toBe(label));

test.each([
  ['{"e":"depthUpdate","E":1}', 'depth'],
  ['{"e":"markPriceUpdate"}', 'markPrice'],
  ['{"u":400900217,"s":"BNBUSDT"}', 'bookTicker'],
  ['{"E":1,"e":"trade"}', 'trade'],
  [' { "data" : {} , "stream" : "btcusdt@trade" } ', 'trade'],
  ['{"str\\u0065am":"btcusdt@tr\\u0061de","data":{}}', 'trade'],
  ['{"stream":"btcusdt@tr\\u0061de","data":{}}', 'trade'],
])('the label of %s, not in the usual form, is %s', (text, label) => expect(channelOf(text)).toBe(label));

test.each([
  ['btcusdt@depth', 'depth'],
  ['btcusdt@depth@0ms', 'depth'],
  ['btcusdt@depth5@100ms', 'partialDepth'],
  ['btcusdt@kline_1m', 'kline'],
  ['btcusdt_perpetual@continuousKline_1m', 'continuousKline'],
  ['btcusdt@miniTicker', 'miniTicker'],
  ['btcusdt@ticker_1h', 'ticker'],
  ['!bookTicker', 'bookTicker'],
  ['!forceOrder@arr', 'forceOrder'],
  ['!miniTicker@arr', 'allMarkets'],
  ['btcusdt@brandNew', ''],
  ['btcusdt', ''],
  ['', ''],
  ['@', ''],
  ['@trade', 'trade'],
])('the stream %s is of channel %j', (stream, label) => expect(channelOf(`{"stream":"${stream}","data":{}}`)).toBe(label));

test.each(['', '{', 'nonsense', '[]', '{}', '"x"', '{"stream":5,"data":{}}', '{"a":1', '{"stream":"btcusdt@tra'])(
  '%j has no label',
  (text) => {
    expect(channelOf(text)).toBe('');
  },
);

test.skipIf(!hasCaptures).each([binanceSpot, binanceUsdm])('labels of all recorded $id frames are counted as expected', (venue) => {
  const { bytes, bounds, expected } = readCapture(venue.id as 'binance-spot');
  const counts: Record<string, number> = {};
  for (let i = 0; i < bounds.length; i += 2) {
    const label = venue.channelOf(bytes, bounds[i]!, bounds[i + 1]!);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  const { depth, bookTicker, trade, 'rest snapshot': depthSnapshot } = expected.streams;
  expect(counts).toEqual({ depth, bookTicker, trade, depthSnapshot });
});

if (!hasCaptures) test.skip(WHY_SKIPPED, () => undefined);

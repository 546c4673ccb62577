import { expect, test } from 'vitest';
import { SymbolTable, TapeRecord } from '#domain';
import { binanceSpot, binanceUsdm } from '../../../venues/binance/index.ts';
import type { Venue } from '../../../venues/venue.ts';
import { recordedSink } from '../recorded-sink.ts';

function decode(venue: Venue, body: string) {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const record = new TapeRecord();
  record.kind = 'http-response';
  record.venue = venue.id;
  record.meta = '{"endpoint":"exchange-info","method":"GET","path":"/api/v3/exchangeInfo","requestId":1,"status":200}';
  record.bytes = new TextEncoder().encode(body);
  record.end = record.bytes.length;
  venue.createDecoder(recorded.sink, symbols).decode(record);
  return recorded.calls;
}

const FILTERS = [
  { filterType: 'PRICE_FILTER', minPrice: '0.01000000', maxPrice: '1000000.00000000', tickSize: '0.01000000' },
  { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
];

test('spot pairs come with tick and lot size', () => {
  const body = { symbols: [{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT', filters: FILTERS }] };
  expect(decode(binanceSpot, JSON.stringify(body))).toEqual([
    [
      'instrument',
      'BTCUSDT',
      { venue: 'binance-spot', symbol: 'BTCUSDT', kind: 'spot', currency: 'USDT', multiplier: 1, tickSize: 0.01, lotSize: 0.00001 },
    ],
  ]);
});

test('futures are perpetual or have their expiry', () => {
  const row = { quoteAsset: 'USDT', marginAsset: 'USDT', filters: [] };
  const symbols = [
    { symbol: 'BTCUSDT', contractType: 'PERPETUAL', deliveryDate: 4133404800000, ...row },
    { symbol: 'BTCUSDT_261225', contractType: 'CURRENT_QUARTER', deliveryDate: 1798185600000, ...row },
  ];
  const calls = decode(binanceUsdm, JSON.stringify({ symbols }));
  expect(calls[0]![2]).toEqual({ venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'perpetual', currency: 'USDT', multiplier: 1 });
  expect(calls[1]![2]).toMatchObject({ symbol: 'BTCUSDT_261225', kind: 'future', expiryUs: 1_798_185_600_000_000 });
});

test('a body that is none is a failure, not a throw', () => {
  for (const body of ['', 'null', '[]', '{"symbols":7}', '{"symbols":[7]}', '{"symbols":[{"symbol":"X"}]}']) {
    expect(decode(binanceSpot, body).map(([method]) => method)).toEqual(['decodeFailure']);
  }
});

test('a depth answer takes its symbol from the recorder’s own meta', () => {
  const symbols = new SymbolTable();
  const recorded = recordedSink(symbols);
  const record = new TapeRecord();
  record.kind = 'http-response';
  record.venue = 'binance-spot';
  record.meta = '{"endpoint":"depth","method":"GET","path":"/api/v3/depth","requestId":9,"status":200,"symbol":"ETHUSDT"}';
  record.bytes = new TextEncoder().encode('{"lastUpdateId":7,"bids":[["1.5","2"]],"asks":[]}');
  record.end = record.bytes.length;
  binanceSpot.createDecoder(recorded.sink, symbols).decode(record);
  expect(recorded.of('bookBegin')[0]![1]).toBe('ETHUSDT');
});

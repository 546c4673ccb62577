import { describe, expect, test } from 'vitest';
import { coincallFutures, coincallOptions } from '../../../venues/coincall/index.ts';
import { decoding } from './frames.ts';

const body = (data: unknown) => JSON.stringify({ code: 0, msg: 'Success', i18nArgs: null, data });
const OPTION_ROW = {
  ...{ baseCurrency: 'BTC', expirationTimestamp: 1694678400000, strike: 22500.0, symbolName: 'BTCUSD-14SEP23-22500-C' },
  ...{ isActive: true, minQty: 0.01, tickSize: 0.1 },
};
const CALL = {
  ...{ venue: 'coincall-options', symbol: 'BTCUSD-14SEP23-22500-C', kind: 'option', currency: 'USD', multiplier: 1 },
  ...{ tickSize: 0.1, lotSize: 0.01, strike: 22500, expiryUs: 1694678400000_000, optionType: 'call' },
};
const FUTURE = { venue: 'coincall-futures', symbol: 'BTCUSD', kind: 'perpetual', currency: 'USD', multiplier: 1 };

describe('option instruments', () => {
  test('tell strike, expiry, steps and side of each contract', () => {
    const { calls, body: feed } = decoding();
    feed(body([OPTION_ROW, { ...OPTION_ROW, symbolName: 'BTCUSD-14SEP23-22500-P', strike: '22500.0', tickSize: null }]), {
      endpoint: 'instruments',
    });
    const { tickSize: _, ...withoutTick } = CALL;
    expect(calls).toEqual([
      ['instrument', CALL.symbol, CALL],
      ['instrument', 'BTCUSD-14SEP23-22500-P', { ...withoutTick, symbol: 'BTCUSD-14SEP23-22500-P', optionType: 'put' }],
    ]);
  });

  test('with rows that cannot be read tell the others', () => {
    const rows = [
      5,
      { ...OPTION_ROW, strike: 'x' },
      { ...OPTION_ROW, expirationTimestamp: -1 },
      { ...OPTION_ROW, symbolName: '' },
      OPTION_ROW,
    ];
    const recorded = decoding();
    recorded.body(body(rows), { endpoint: 'instruments' });
    expect(recorded.calls.map(([method]) => method)).toEqual([...Array.from({ length: 4 }, () => 'decodeFailure'), 'instrument']);
  });

  test('are told without the name of the endpoint too', () => {
    const recorded = decoding();
    recorded.body(body([OPTION_ROW]));
    expect(recorded.calls).toEqual([['instrument', CALL.symbol, CALL]]);
  });
});

test('what the bodies of futures tell adds up: currency, name, steps', () => {
  const { calls, body: feed } = decoding('coincall-futures');
  feed(body([{ ticker_id: 'BTC-USD', base_currency: 'BTC', quote_currency: 'USD', product_type: 'Perpetual' }]), {
    endpoint: 'instruments',
  });
  feed(body({ optionConfig: {}, futuresConfig: { BTCUSD: { symbol: 'BTCUSD', settle: 'USD', tickSize: 0.1, minQty: 0.001 } } }), {
    endpoint: 'config',
  });
  feed(body([{ symbol: 'BTCUSD', displayName: 'BTC-PERP', baseToken: 'BTC', quoteToken: 'USD' }]), { endpoint: 'symbols' });
  const withSteps = { ...FUTURE, tickSize: 0.1, lotSize: 0.001 };
  expect(calls).toEqual([
    ['instrument', 'BTCUSD', FUTURE],
    ['instrument', 'BTCUSD', withSteps],
    ['instrument', 'BTCUSD', { ...withSteps, name: 'BTC-PERP' }],
  ]);
});

test('the configuration says nothing of options: their steps come with each contract', () => {
  const { calls, body: feed } = decoding();
  feed(body({ optionConfig: { BTCUSD: { multiplier: 0.01 } }, futuresConfig: {} }), { endpoint: 'config' });
  expect(calls).toEqual([]);
});

test('the time of the server is known and says nothing', () => {
  const { calls, body: feed } = decoding();
  feed(body({ serverTime: 1687250525704 }), { endpoint: 'server-time', status: 200 });
  expect(calls).toEqual([]);
  feed(body({}), { endpoint: 'server-time' });
  expect(calls).toEqual([['decodeFailure', 'server-time', expect.stringContaining('serverTime')]]);
});

test('refusals are reported with the words of the venue, other endpoints are undecoded by name', () => {
  const { calls, body: feed } = decoding();
  feed('{"code":10006,"msg":"Sign illegal","data":null}', { endpoint: 'instruments', status: 200 });
  feed('<html>Forbidden</html>', { endpoint: 'instruments', status: 403 });
  feed('{"message":"Forbidden"}', { endpoint: 'instruments', status: 403 });
  feed(body([{ time: 1 }]), { endpoint: 'klines', status: 200 });
  feed(body([]), undefined);
  expect(calls).toEqual([
    ['drift', 'instruments', '{"code":10006,"msg":"Sign illegal","data":null}'],
    ['drift', 'instruments', 'HTTP 403: <html>Forbidden</html>'],
    ['drift', 'instruments', 'HTTP 403: {"message":"Forbidden"}'],
    ['undecoded', 'klines'],
    ['undecoded', 'rest'],
  ]);
});

test.each(['', 'null', '[]', '{}', '{"data":[]}', '{"code":0}', '{"code":0,"data":5}', '{"code":0,"data":{"a":1}}', '\u0000'])(
  'the body %j is a failure, never a throw',
  (text) => {
    const { calls, body: feed } = decoding();
    feed(text, { endpoint: 'instruments' });
    expect(calls.map(([method]) => method)).toEqual(['decodeFailure']);
  },
);

test('where the tape holds no masters, names tell what a symbol is, but no strike and no expiry', () => {
  expect(coincallOptions.instrument('KASUSD-31MAY24-0.1250-C')).toEqual({
    ...{ venue: 'coincall-options', symbol: 'KASUSD-31MAY24-0.1250-C', kind: 'option', currency: 'USD', multiplier: 1 },
  });
  expect(coincallOptions.instrument('BTCUSD').kind).toBe('index');
  expect(coincallFutures.instrument('BTCUSD').kind).toBe('perpetual');
  expect(coincallFutures.instrument('BTCUSD-4JUL23-27000-C').kind).toBe('unknown');
});

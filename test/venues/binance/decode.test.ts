import { describe, expect, test } from 'vitest';
import { type RecordKind, SymbolTable, TapeRecord } from '#domain';
import { binanceSpot, binanceUsdm } from '../../../venues/binance/index.ts';
import type { Venue } from '../../../venues/venue.ts';
import { createCallLog } from './call-log.ts';
import { hasCaptures, readCapture, WHY_SKIPPED } from './captures.ts';
import * as frames from './frames.ts';

interface Say {
  (text: string, record?: { readonly kind?: RecordKind; readonly meta?: string; readonly connection?: string }): string[];
  readonly reasons: string[];
}

/** One decoder; each call decodes one record and returns what it said. */
function decoderOf(venue: Venue): Say {
  const symbols = new SymbolTable();
  const log = createCallLog(symbols);
  const decoder = venue.createDecoder(log.sink, symbols);
  const say = (text: string, { kind = 'frame-in', meta = '', connection = 'a' }: Parameters<Say>[1] = {}): string[] => {
    const record = new TapeRecord();
    record.bytes = new TextEncoder().encode(text);
    record.end = record.bytes.length;
    Object.assign(record, { kind, meta, connection, venue: venue.id });
    decoder.decode(record);
    return log.take();
  };
  return Object.assign(say, { reasons: log.reasons });
}

describe('spot', () => {
  test('a trade has the side of the taker and the time of the trade', () => {
    const say = decoderOf(binanceSpot);
    expect(say(frames.SPOT_TRADE)).toEqual(['trade BTCUSDT 1723161255342000 61837.63 0.02 -1 3735683259 NaN regular']);
    expect(say(frames.SPOT_TRADE.replace('"m":true', '"m":false'))[0]).toContain(' 0.02 1 ');
  });

  test('a quote has no time', () => {
    expect(decoderOf(binanceSpot)(frames.SPOT_QUOTE)).toEqual(['quote BTCUSDT NaN 61837.63 3.78826 61837.64 1.54698 50093239212']);
  });

  test('an empty side of a quote is NaN', () => {
    const empty = frames.SPOT_QUOTE.replace('61837.63000000', '0.00000000').replace('3.78826000', '0.00000000');
    expect(decoderOf(binanceSpot)(empty)).toEqual(['quote BTCUSDT NaN NaN NaN 61837.64 1.54698 50093239212']);
  });

  test('a depth update is a delta with the event time and the joining rule of spot', () => {
    expect(decoderOf(binanceSpot)(frames.SPOT_DEPTH)).toEqual([
      'bookBegin BTCUSDT 1723161255308000 false binance-spot 50093239203 50093239207 NaN',
      'bookLevel 1 55653.87 0 NaN NaN',
      'bookLevel -1 61838.04 0.32332 NaN NaN',
      'bookLevel -1 61862.51 0 NaN NaN',
      'bookEnd',
    ]);
  });

  test('an X field is drift and makes no trade off-book', () => {
    const said = decoderOf(binanceSpot)(frames.SPOT_TRADE.replace('"M":true', '"X":"NA"'));
    expect(said[0]).toMatch(/regular$/);
    expect(said[1]).toBe('drift trade unknown key "X"');
  });
});

describe('USD-M', () => {
  test('a trade that is not of the market is off-book', () => {
    const say = decoderOf(binanceUsdm);
    expect(say(frames.USDM_TRADE)).toEqual(['trade BTCUSDT 1723161256321000 61800.3 0.006 1 5266583935 NaN regular']);
    expect(say(frames.USDM_TRADE.replace('MARKET', 'INSURANCE_FUND'))[0]).toMatch(/ 61800.3 0.006 1 5266583935 NaN off-book$/);
    expect(say(frames.USDM_TRADE.replace('"MARKET"', '"MARKE\\u0054"'))[0]).toMatch(/regular$/);
    expect(say(frames.USDM_TRADE.replace('"X":"MARKET",', ''))[0]).toMatch(/regular$/);
  });

  test('an off-book trade printed with zeros has no price and size, a market trade with zeros fails', () => {
    const say = decoderOf(binanceUsdm);
    const zeros = frames.USDM_TRADE.replace('"61800.30"', '"0"').replace('"0.006"', '"0"');
    expect(say(zeros.replace('MARKET', 'NA'))).toEqual(['trade BTCUSDT 1723161256321000 NaN NaN 1 5266583935 NaN off-book']);
    expect(say(zeros)).toEqual(['failed']);
  });

  test('a quote has the transaction time', () => {
    expect(decoderOf(binanceUsdm)(frames.USDM_QUOTE)).toEqual(['quote BTCUSDT 1723161256313000 61800.2 2.507 61800.3 2.51 5123107839020']);
  });

  test('a depth update has the transaction time, the previous id and the joining rule of futures', () => {
    const [begin, ...rest] = decoderOf(binanceUsdm)(frames.USDM_DEPTH);
    expect(begin).toBe('bookBegin BTCUSDT 1723161256298000 false binance-futures 5123107832006 5123107837557 5123107831937');
    expect(rest).toHaveLength(4);
  });

  test('mark prices are readings', () => {
    const say = decoderOf(binanceUsdm);
    expect(say(frames.MARK_PRICE)).toEqual([
      'readingBegin BTCUSDT 1562305380000000 markPrice',
      'readingValue markPrice 11794.15',
      'readingValue indexPrice 11784.62659091',
      'readingValue settlePrice 11784.25641265',
      'readingValue fundingRate -0.00038167',
      'readingValue nextFundingTimeUs 1562306400000000',
      'readingEnd',
    ]);
    expect(say(frames.MARK_PRICE.replace('"-0.00038167"', '""'))).toContain('readingValue fundingRate NaN');
    expect(decoderOf(binanceSpot)(frames.MARK_PRICE)).toEqual(['undecoded markPrice']);
  });
});

describe.each([binanceSpot, binanceUsdm])('$id', (venue) => {
  test('aggregate trades are readings, so that no trade counts twice', () => {
    expect(decoderOf(venue)(frames.AGG_TRADE)).toEqual([
      'readingBegin BTCUSDT 1672515782136000 aggTrade',
      'readingValue price 0.001',
      'readingValue size 100',
      'readingValue side -1',
      'readingValue aggregateId 12345',
      'readingValue firstTradeId 100',
      'readingValue lastTradeId 105',
      'readingEnd',
    ]);
  });

  test('klines are bars, final when the venue says so', () => {
    const say = decoderOf(venue);
    const bar = 'bar BNBBTC 60000000 1672515780000000 0.001 0.0025 0.0015 0.002 1000 1 100';
    expect(say(frames.KLINE)).toEqual([`${bar} false false`]);
    expect(say(frames.KLINE.replace('"x":false', '"x":true'))).toEqual([`${bar} true false`]);
    expect(say(frames.KLINE.replace('"i":"1m"', '"zz":1'))).toEqual([`${bar} false false`, 'drift kline unknown key "k.zz"']);
  });

  test('the same frame without its envelope says the same', () => {
    for (const frame of [frames.AGG_TRADE, frames.KLINE, venue === binanceSpot ? frames.SPOT_DEPTH : frames.USDM_DEPTH]) {
      const alone = frame.slice(frame.indexOf('"data":') + 7, -1);
      expect(decoderOf(venue)(alone)).toEqual(decoderOf(venue)(frame));
    }
  });

  test('channels that nobody decodes yet are counted, not failed', () => {
    const say = decoderOf(venue);
    expect(say(frames.FORCE_ORDER)).toEqual(['undecoded forceOrder']);
    expect(say('{"stream":"btcusdt@miniTicker","data":[1,2]}')).toEqual(['undecoded miniTicker']);
    expect(say('{"stream":"btcusdt@brandNew","data":{}}')).toEqual(['undecoded ', 'drift  unknown stream "brandNew"']);
    expect(say('{"stream":"btcusdt@brandNew","data":{}}')).toEqual(['undecoded ']);
    expect(say('{"timezone":"UTC"}')).toEqual(['undecoded ']);
  });

  test('an acknowledgement says nothing and a refusal is drift', () => {
    const say = decoderOf(venue);
    expect(say('{"result":null,"id":1}')).toEqual([]);
    const refusal = '{"error":{"code":2,"msg":"Invalid request"},"id":1}';
    expect(say(refusal)).toEqual([`drift control ${refusal}`]);
    expect(say('{"code":-1121,"msg":"Invalid symbol."}')).toHaveLength(1);
  });

  test('an unknown key is reported once for its channel', () => {
    const say = decoderOf(venue);
    const longer = frames.AGG_TRADE.replace('"m":true', '"m":true,"nq":"5"');
    expect(say(longer).at(-1)).toBe('drift aggTrade unknown key "nq"');
    expect(say(longer).at(-1)).toBe('readingEnd');
    expect(say(frames.KLINE.replace('"E":', '"nq":1,"E":')).at(-1)).toBe('drift kline unknown key "nq"');
  });

  test('a frame with very many and very long unknown keys is read', () => {
    const keys = Array.from({ length: 200_000 }, (_, index) => `"z${index}":1`);
    const said = decoderOf(venue)(`${frames.AGG_TRADE.slice(0, -1)},${keys.join(',')},"${'y'.repeat(100_000)}":1}`);
    expect(said[0]).toMatch(/^readingBegin/);
    expect(said.filter((line) => line.startsWith('drift'))).toHaveLength(1000);
    expect(Math.max(...said.map((line) => line.length))).toBeLessThan(300);
  });

  test('an unknown key of a frame that fails is not reported', () => {
    expect(decoderOf(venue)('{"stream":"a@aggTrade","data":{"z":1,"e":"aggTrade"}}')).toEqual(['failed']);
  });

  test('records that are not from the venue say nothing', () => {
    const say = decoderOf(venue);
    for (const kind of ['frame-out', 'note', 'tick', 'connected', 'session-open'] as const) {
      expect(say(frames.AGG_TRADE, { kind })).toEqual([]);
    }
  });
});

describe('a frame that is not what its channel promises fails with what was expected and found', () => {
  test.each([
    ['"p":"61837.63000000"', '"p":61837.63', /expected a quoted decimal that is not negative for "p", found 61837.63/],
    ['"p":"61837.63000000"', '"p":"-1"', /quoted decimal/],
    ['"p":"61837.63000000"', '"p":"NaN"', /quoted decimal/],
    ['"p":"61837.63000000"', '"p":"1e5"', /quoted decimal/],
    ['"p":"61837.63000000"', `"p":"${'9'.repeat(400)}"`, /quoted decimal/],
    ['"p":"61837.63000000"', '"p":"0"', /positive price and size/],
    ['"p":"61837.63000000",', '', /expected "p", found no such key/],
    ['"q":"0.02000000"', '"q":null', /for "q", found null/],
    ['"t":3735683259', '"t":"3735683259"', /whole number from 0 to 2\^53 - 1 for "t"/],
    ['"t":3735683259', '"t":9007199254740992', /whole number/],
    ['"T":1723161255342', '"T":9007199254741', /milliseconds from 0 to 9007199254740 for "T"/],
    ['"m":true', '"m":"true"', /true or false for "m"/],
    ['"s":"BTCUSDT"', '"s":""', /name of 1 to 64 visible characters/],
    ['"e":"trade"', '"e":"aggTrade"', /the name of its event for "e"/],
    ['"m":true', '"m":true,"p":"5"', /expected "p" once, found it again/],
    ['"stream":"btcusdt@trade"', '"stream":"btcusdt@trade","stream":"btcusdt@trade"', /expected "stream" once/],
    ['"stream":"btcusdt@trade",', '"stream":5,', /expected a text for "stream"/],
    ['}}', '}', /expected one JSON object/],
    ['}}', '}}}', /expected one JSON object/],
    ['}}', '}} x', /expected one JSON object/],
    ['"M":true', '"M":truf', /expected one JSON object/],
  ])('%s → %s', (from, to, reason) => {
    const say = decoderOf(binanceSpot);
    const changed = frames.SPOT_TRADE.replace(from, to);
    expect(changed).not.toBe(frames.SPOT_TRADE);
    expect(say(changed)).toEqual(['failed']);
    expect(say.reasons[0]).toMatch(reason);
  });

  test('a book that is bad in its last level says nothing of the levels before', () => {
    const say = decoderOf(binanceSpot);
    expect(say(frames.SPOT_DEPTH.replace('["61862.51000000","0.00000000"]', '["61862.51000000"]'))).toEqual(['failed']);
    expect(say(frames.SPOT_DEPTH.replace('61862.51000000', '0'))).toEqual(['failed']);
    expect(say(frames.SPOT_DEPTH.slice(0, -3))).toEqual(['failed']);
  });
});

test.each([
  ['other order', (text: string) => text.replace('"e":"trade",', '').replace('"M":true', '"M":true,"e":"trade"')],
  ['envelope turned round', () => `{"data":${frames.SPOT_TRADE.slice(frames.SPOT_TRADE.indexOf('{"e"'), -1)},"stream":"btcusdt@trade"}`],
  ['white space', (text: string) => text.replaceAll(',', ' ,\n').replaceAll(':', ' : ').replaceAll('{', ' {\t')],
  ['escapes', (text: string) => text.replace('"s"', '"\\u0073"').replace('BTC', '\\u0042TC').replace('61837', '\\u00361837')],
])('a trade written in another way says the same: %s', (_, rewrite) => {
  const text = rewrite(frames.SPOT_TRADE);
  expect(text).not.toBe(frames.SPOT_TRADE);
  expect(decoderOf(binanceSpot)(text)).toEqual(decoderOf(binanceSpot)(frames.SPOT_TRADE));
});

test('a symbol with escapes, in UTF-8 or in plain letters is one symbol', () => {
  const say = decoderOf(binanceSpot);
  const [plain] = say(frames.SPOT_QUOTE.replace('BTCUSDT', '币USDT'));
  expect(plain).toContain('quote 币USDT ');
  expect(say(frames.SPOT_QUOTE.replace('BTCUSDT', '\\u5e01USDT'))).toEqual([plain]);
  expect(say(frames.SPOT_QUOTE.replace('BTCUSDT', '\\ud800USDT'))).toEqual(['failed']);
});

describe('a REST depth body', () => {
  const request = 'https://api.binance.com/api/v3/depth?symbol=ETHUSDT&limit=1000';
  const ofSymbol = (symbol: string) => new RegExp(`^bookBegin ${symbol} NaN true binance-spot NaN 50093239218 NaN$`);

  test('is a snapshot of the symbol of the request with its id', () => {
    const say = decoderOf(binanceSpot);
    say(frames.SPOT_DEPTH);
    say('', { kind: 'http-request', meta: JSON.stringify({ requestId: 7, url: request }) });
    say('', { kind: 'http-request', meta: JSON.stringify({ requestId: 8, url: request.replace('ETH', 'BNB') }) });
    expect(say(frames.SPOT_SNAPSHOT, { kind: 'http-response', meta: '{"requestId":7,"status":200}' })[0]).toMatch(ofSymbol('ETHUSDT'));
    expect(say(frames.SPOT_SNAPSHOT, { kind: 'http-response', meta: '{"requestId":8}' })[0]).toMatch(ofSymbol('BNBUSDT'));
  });

  test('without an id is of the latest depth request of its connection', () => {
    const say = decoderOf(binanceSpot);
    say(request.replace('ETH', 'BNB'), { kind: 'http-request', connection: 'b' });
    say(request, { kind: 'http-request' });
    say('https://api.binance.com/api/v3/time', { kind: 'http-request' });
    expect(say(frames.SPOT_SNAPSHOT, { kind: 'http-response' })[0]).toMatch(ofSymbol('ETHUSDT'));
    expect(say(frames.SPOT_SNAPSHOT, { kind: 'http-response', connection: 'b' })[0]).toMatch(ofSymbol('BNBUSDT'));
  });

  test('on a tape without requests is of the only symbol with depth deltas', () => {
    const say = decoderOf(binanceSpot);
    say(frames.SPOT_QUOTE.replace('BTCUSDT', 'ETHUSDT'));
    say(frames.SPOT_DEPTH);
    expect(say(frames.SPOT_SNAPSHOT)).toEqual([
      expect.stringMatching(ofSymbol('BTCUSDT')),
      'bookLevel 1 61837.63 3.78826 NaN NaN',
      'bookLevel 1 61837.62 0.617 NaN NaN',
      'bookLevel -1 61837.64 1.54698 NaN NaN',
      'bookEnd',
    ]);
  });

  test('fails when several symbols have depth deltas, and names them', () => {
    const say = decoderOf(binanceSpot);
    say(frames.SPOT_DEPTH);
    say(frames.SPOT_DEPTH.replace('BTCUSDT', 'ETHUSDT'));
    expect(say(frames.SPOT_SNAPSHOT)).toEqual(['failed']);
    expect(say.reasons[0]).toMatch(/depth deltas of 2 symbols \(BTCUSDT, ETHUSDT\)/);
  });

  test('fails when nothing tells its symbol', () => {
    const say = decoderOf(binanceSpot);
    expect(say(frames.SPOT_SNAPSHOT)).toEqual(['failed']);
    expect(say.reasons[0]).toMatch(/no request and no depth delta/);
  });

  test('of USD-M has the transaction time', () => {
    const say = decoderOf(binanceUsdm);
    say(frames.USDM_DEPTH);
    expect(say(frames.USDM_SNAPSHOT)[0]).toBe('bookBegin BTCUSDT 1723161256493000 true binance-futures NaN 5123107852948 NaN');
  });
});

test.skipIf(!hasCaptures).each([binanceSpot, binanceUsdm])('all recorded $id frames become the events that were counted apart', (venue) => {
  const { bytes, bounds, expected } = readCapture(venue.id as 'binance-spot');
  const symbols = new SymbolTable();
  const log = createCallLog(symbols);
  const decoder = venue.createDecoder(log.sink, symbols);
  const record = new TapeRecord();
  record.kind = 'frame-in';
  record.bytes = bytes;
  for (let i = 0; i < bounds.length; i += 2) {
    record.start = bounds[i]!;
    record.end = bounds[i + 1]!;
    decoder.decode(record);
  }
  const lines = log.take();
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  expect(bounds.length / 2).toBe(expected.lines);
  expect(log.reasons).toEqual([]);
  expect(symbols.size).toBe(1);
  expect({
    trade: count(/^trade /),
    bookTicker: count(/^quote /),
    depth: count(/^bookBegin \S+ \S+ false /),
    'rest snapshot': count(/^bookBegin \S+ \S+ true /),
  }).toEqual(expected.streams);
  expect(count(/^(drift|undecoded|failed)/)).toBe(0);
});

if (!hasCaptures) test.skip(WHY_SKIPPED, () => undefined);

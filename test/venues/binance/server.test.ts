import { describe, expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import type { ServedBook, ServedMarket, ServerAction, ServerRequest, ServerSession, VenueServer } from '#venues';
import type { BinanceVenueId } from '../../../venues/binance/index.ts';
import { createBinanceServer } from '../../../venues/binance/server.ts';
import { checkSeeds } from '../../seeds.ts';

const NOW_MS = 1_723_161_255_000;

const BOOK: ServedBook = {
  lastUpdateId: 77,
  venueTimeUs: 1_723_161_254_123_000,
  bids: [
    [61_800.2, 2.507],
    [61_800.1, 0.25],
  ],
  asks: [
    [61_800.3, 3],
    [61_804.6, 0.057],
  ],
};

function marketOf(fields: Partial<ServedMarket> = {}): ServedMarket {
  return {
    nowUs: 1_723_161_254_500_600,
    symbols: () => ['BTCUSDT', 'ETHBTC'],
    book: (symbol) => (symbol === 'BTCUSDT' ? BOOK : undefined),
    lastPrice: (symbol) => (symbol === 'BTCUSDT' ? 61_800.25 : Number.NaN),
    recorded: () => undefined,
    ...fields,
  };
}

function serverOf(
  options: {
    readonly venue?: BinanceVenueId;
    readonly market?: ServedMarket;
    readonly options?: Record<string, string>;
    readonly faults?: { refuseLogin?: boolean; acknowledgeOnly?: boolean };
  } = {},
): VenueServer {
  return createBinanceServer(options.venue ?? 'binance-spot').create({
    cipher: { hmacSha256Hex: () => '', decryptAes256Cbc: () => undefined, encryptAes256Cbc: () => '' },
    market: options.market ?? marketOf(),
    faults: { refuseLogin: false, acknowledgeOnly: false, muteHeartbeat: false, ...options.faults },
    options: options.options ?? {},
    randomHex: () => '',
  });
}

function request(path: string): ServerRequest {
  const [before, after = ''] = path.split('?');
  return { method: 'GET', path: before!, query: Object.fromEntries(new URLSearchParams(after)), headers: {}, body: '' };
}

function open(path: string, server = serverOf()): ServerSession {
  const session = server.accept(request(path), NOW_MS);
  if (session === undefined || 'refuse' in session) throw new Error(`${path} was not accepted`);
  return session;
}

let sequence = 0;
function frame(text: string): TapeRecord {
  const record = new TapeRecord();
  record.sequence = sequence++;
  record.kind = 'frame-in';
  record.venue = 'binance-spot';
  // In the middle of a buffer, as readers have it.
  record.bytes = new TextEncoder().encode(`##${text}##`);
  record.start = 2;
  record.end = record.bytes.length - 2;
  return record;
}

function delivered(session: ServerSession, text: string): string | undefined {
  const data = session.deliver(frame(text));
  return typeof data === 'object' ? new TextDecoder().decode(data) : data;
}

function says(session: ServerSession, message: unknown, nowMs = NOW_MS): unknown {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const [action] = session.onMessage(text, nowMs) as readonly ServerAction[];
  return action?.kind === 'send' ? JSON.parse(String(action.data)) : action;
}

const TRADE_DATA = '{"e":"trade","E":1,"s":"BTCUSDT","t":5,"p":"61800.30","q":"0.00600","T":2,"m":false,"M":true}';
const TRADE = `{"stream":"btcusdt@trade","data":${TRADE_DATA}}`;
const DEPTH_DATA = '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["1.0","2"]],"a":[]}';
const DEPTH = `{"stream":"btcusdt@depth@100ms","data":${DEPTH_DATA}}`;

describe('paths of the streams', () => {
  test.each([
    '/ws/btcusdt@trade',
    '/stream?streams=btcusdt@trade',
    '/public/ws/btcusdt@trade',
    '/market/stream?streams=ethbtc@trade/btcusdt@trade',
    '/ws/btcusdt%40trade',
    '/ws/ethbtc@trade/btcusdt@trade',
  ])('%s asks for trades', (path) => {
    expect(delivered(open(path), TRADE)).toBe(path.includes('/stream') ? TRADE : TRADE_DATA);
  });

  test.each(['/ws', '/ws/', '/ws/3', '/stream', '/public/ws', '/market/stream'])('%s asks for nothing yet', (path) => {
    const session = open(path);
    expect(delivered(session, TRADE)).toBeUndefined();
    expect(says(session, { method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 })).toEqual({ result: null, id: 1 });
    expect(delivered(session, TRADE)).toBe(path.includes('/stream') ? TRADE : TRADE_DATA);
  });

  test('of something else are none of the venue', () => {
    const server = serverOf();
    for (const path of ['/', '/websocket', '/private/ws', '/wss']) expect(server.accept(request(path), NOW_MS)).toBeUndefined();
  });

  test('of USD-M carry what lives there, as the options say', () => {
    const server = serverOf({ venue: 'binance-usdm' });
    const streams = '/stream?streams=btcusdt@trade/btcusdt@depth@100ms';
    expect(delivered(open(`/public${streams}`, server), DEPTH)).toBe(DEPTH);
    expect(delivered(open(`/market${streams}`, server), DEPTH)).toBeUndefined();
    expect(delivered(open(streams, server), DEPTH)).toBe(DEPTH);
    for (const lane of ['/public', '/market']) expect(delivered(open(`${lane}${streams}`, server), TRADE)).toBe(TRADE);
    const strict = serverOf({ venue: 'binance-usdm', options: { public: 'depth', olderPaths: 'retired' } });
    expect(delivered(open(`/public${streams}`, strict), TRADE)).toBeUndefined();
    expect(strict.accept(request(streams), NOW_MS)).toMatchObject({ refuse: 404 });
    const kline = '{"stream":"btcusdt@kline_1m","data":{"e":"kline","s":"BTCUSDT","k":{"i":"1m"}}}';
    expect(delivered(open('/market/stream?streams=btcusdt@kline_1m', server), kline)).toBe(kline);
    const partial = '{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":1,"bids":[],"asks":[]}}';
    expect(delivered(open('/public/stream?streams=btcusdt@depth20@100ms', server), partial)).toBe(partial);
  });
});

describe('a frame', () => {
  test('of another speed has the name that was asked for, and the data byte for byte', () => {
    for (const name of ['btcusdt@depth', 'btcusdt@depth@0ms', 'btcusdt@depth@100ms', 'btcusdt@depth@500ms']) {
      expect(delivered(open(`/stream?streams=${name}`), DEPTH)).toBe(`{"stream":"${name}","data":${DEPTH_DATA}}`);
      expect(delivered(open(`/ws/${name}`), DEPTH)).toBe(DEPTH_DATA);
    }
    expect(delivered(open('/ws/btcusdt@depth20'), DEPTH)).toBeUndefined();
  });

  test('recorded without an envelope gets one where it was asked for', () => {
    expect(delivered(open('/stream?streams=btcusdt@depth'), DEPTH_DATA)).toBe(`{"stream":"btcusdt@depth","data":${DEPTH_DATA}}`);
    expect(delivered(open('/ws/btcusdt@trade'), TRADE_DATA)).toBe(TRADE_DATA);
    const ticker = '{"u":1,"s":"BTCUSDT","b":"1","B":"2","a":"3","A":"4"}';
    expect(delivered(open('/ws/btcusdt@bookTicker'), ticker)).toBe(ticker);
    const kline = '{"e":"kline","E":1,"s":"BTCUSDT","k":{"i":"5m"}}';
    expect(delivered(open('/ws/btcusdt@kline_5m'), kline)).toBe(kline);
    expect(delivered(open('/ws/btcusdt@kline_1m'), kline)).toBeUndefined();
  });

  test('whose keys are in another order is told by its stream all the same', () => {
    const text = `{ "data" : ${TRADE_DATA}, "stream" : "btcusdt@trade" }`;
    expect(delivered(open('/stream?streams=btcusdt@trade'), text)).toBe(text);
    expect(delivered(open('/ws/btcusdt@trade'), text)).toBe(TRADE_DATA);
  });

  test('is delivered once however often its stream was asked for', () => {
    const session = open('/stream?streams=btcusdt@depth/btcusdt@depth@100ms');
    says(session, { method: 'SUBSCRIBE', params: ['btcusdt@depth@0ms', 'btcusdt@depth'], id: 2 });
    expect(delivered(session, DEPTH)).toBe(`{"stream":"btcusdt@depth","data":${DEPTH_DATA}}`);
    expect(says(session, { method: 'LIST_SUBSCRIPTIONS', id: 3 })).toEqual({ result: ['btcusdt@depth'], id: 3 });
  });

  test('of REST, of control and of no JSON is no stream’s', () => {
    const session = open('/stream?streams=btcusdt@trade/btcusdt@depth');
    for (const text of ['{"lastUpdateId":1,"bids":[],"asks":[]}', '{"result":null,"id":1}', 'x', '', '[1]', '{"stream":']) {
      expect(delivered(session, text)).toBeUndefined();
    }
  });

  test('of aggregate trades is made of trades where the tape has no others', () => {
    const aggregate = '{"e":"aggTrade","E":1,"s":"BTCUSDT","a":5,"p":"61800.30","q":"0.00600","f":5,"l":5,"T":2,"m":false,"M":true}';
    const server = serverOf();
    const session = open('/stream?streams=btcusdt@aggTrade', server);
    expect(delivered(session, TRADE)).toBe(`{"stream":"btcusdt@aggTrade","data":${aggregate}}`);
    expect(delivered(open('/ws/btcusdt@aggTrade', server), TRADE)).toBe(aggregate);
    const recorded = `{"stream":"btcusdt@aggTrade","data":${aggregate}}`;
    expect(delivered(session, recorded)).toBe(recorded);
    expect(delivered(session, TRADE)).toBeUndefined();
    const usdm = open('/ws/btcusdt@aggTrade', serverOf({ venue: 'binance-usdm' }));
    expect(delivered(usdm, TRADE.replace('"m":', '"X":"INSURANCE_FUND","m":'))).toBeUndefined();
  });

  test('comes no more after UNSUBSCRIBE, nor while the venue is silent', () => {
    const session = open('/stream?streams=btcusdt@trade');
    expect(says(session, { method: 'UNSUBSCRIBE', params: ['btcusdt@trade', 'never@asked'], id: 'a' })).toEqual({ result: null, id: 'a' });
    expect(delivered(session, TRADE)).toBeUndefined();
    const silent = open('/stream?streams=btcusdt@trade', serverOf({ faults: { acknowledgeOnly: true } }));
    expect(delivered(silent, TRADE)).toBeUndefined();
  });
});

describe('requests on the socket', () => {
  test.each([
    ['nonsense', 3, null],
    ['[]', 2, null],
    [{ params: [], id: 1 }, 2, 1],
    [{ method: 'SHOUT', id: 1 }, 2, 1],
    [{ method: 'SUBSCRIBE', id: 4 }, 2, 4],
    [{ method: 'SUBSCRIBE', params: [7], id: 4 }, 2, 4],
    [{ method: 'SUBSCRIBE', params: ['x'], id: -1 }, 2, null],
    [{ method: 'SET_PROPERTY', params: ['combined', 'yes'], id: 5 }, 1, 5],
    [{ method: 'SET_PROPERTY', params: ['colour', true], id: 5 }, 0, 5],
    [{ method: 'GET_PROPERTY', params: [1], id: 5 }, 2, 5],
  ])('%j is refused', (message, code, id) => {
    expect(says(open('/ws'), message)).toMatchObject({ error: { code }, id });
  });

  test('switch the envelope', () => {
    const session = open('/ws/btcusdt@trade');
    expect(says(session, { method: 'GET_PROPERTY', params: ['combined'], id: 1 })).toEqual({ result: false, id: 1 });
    expect(says(session, { method: 'SET_PROPERTY', params: ['combined', true], id: 2 })).toEqual({ result: null, id: 2 });
    expect(delivered(session, TRADE)).toBe(TRADE);
  });

  test('beyond the limit of a second end the connection, and slower ones do not', () => {
    for (const [venue, most] of [
      ['binance-spot', 5],
      ['binance-usdm', 10],
    ] as const) {
      const session = open('/ws', serverOf({ venue }));
      for (let i = 0; i < 50; i++)
        expect(says(session, { method: 'LIST_SUBSCRIPTIONS', id: i }, NOW_MS + i * (1_000 / most))).toMatchObject({ id: i });
      const later = NOW_MS + 60_000;
      for (let i = 0; i < most; i++) expect(says(session, { method: 'LIST_SUBSCRIPTIONS', id: i }, later)).toMatchObject({ id: i });
      expect(says(session, { method: 'LIST_SUBSCRIPTIONS', id: 9 }, later + 999)).toMatchObject({ kind: 'close', code: 1008 });
    }
  });

  test('for more streams than a connection has are refused and change nothing', () => {
    const session = open('/ws', serverOf({ venue: 'binance-usdm' }));
    const names = Array.from({ length: 201 }, (_, i) => `s${i}@trade`);
    expect(says(session, { method: 'SUBSCRIBE', params: names, id: 1 })).toMatchObject({ error: { code: 2 }, id: 1 });
    expect(says(session, { method: 'SUBSCRIBE', params: names.slice(1), id: 2 })).toEqual({ result: null, id: 2 });
    expect(serverOf({ venue: 'binance-usdm' }).accept(request(`/stream?streams=${names.join('/')}`), NOW_MS)).toMatchObject({
      refuse: 400,
    });
  });

  test('of any bytes are answered and never throw', () => {
    checkSeeds(300, (random) => {
      const session = open('/stream?streams=btcusdt@trade');
      const message = {
        method: random.pick(['SUBSCRIBE', 'SET_PROPERTY', 'LIST_SUBSCRIPTIONS', 1]),
        params: random.pick([[], ['a'], {}, 'x', [null]]),
        id: random.pick([1, null, 'x', {}]),
      };
      const text = JSON.stringify(message);
      const at = random.integer(0, text.length);
      const mutated = random.chance(0.5)
        ? text.slice(0, at)
        : text.slice(0, at) + String.fromCharCode(random.integer(0, 255)) + text.slice(at + 1);
      expect(session.onMessage(mutated, NOW_MS).length).toBe(1);
      const bytes = random.bytes(random.integer(0, 60));
      const record = frame('');
      Object.assign(record, { bytes, start: 0, end: bytes.length });
      session.deliver(record);
    });
  });
});

describe('connections', () => {
  test('end after a day', () => {
    const session = open('/ws/btcusdt@trade');
    expect(session.onTick(NOW_MS + 86_399_999)).toEqual([]);
    expect(session.onTick(NOW_MS + 86_400_000)).toMatchObject([{ kind: 'close' }]);
  });

  test('are refused after 300 in five minutes', () => {
    const server = serverOf();
    for (let i = 0; i < 300; i++) open('/ws', server);
    expect(server.accept(request('/ws'), NOW_MS + 299_999)).toMatchObject({ refuse: 429 });
    expect(server.accept(request('/ws'), NOW_MS + 300_000)).not.toHaveProperty('refuse');
  });

  test('are turned away while logins are refused', () => {
    expect(serverOf({ faults: { refuseLogin: true } }).accept(request('/ws'), NOW_MS)).toMatchObject({ refuse: 403 });
  });
});

describe('REST', () => {
  const ask = (path: string, options: Parameters<typeof serverOf>[0] = {}) => {
    const answer = serverOf(options).rest(request(path), NOW_MS);
    return answer === undefined ? undefined : { status: answer.status, body: JSON.parse(String(answer.body)) };
  };

  test('tells the time of the tape', () => {
    expect(ask('/api/v3/ping')).toEqual({ status: 200, body: {} });
    expect(ask('/api/v3/time')).toEqual({ status: 200, body: { serverTime: 1_723_161_254_500 } });
    expect(ask('/fapi/v1/time', { venue: 'binance-usdm', market: marketOf({ nowUs: Number.NEGATIVE_INFINITY }) })).toEqual({
      status: 200,
      body: { serverTime: NOW_MS },
    });
  });

  test('gives the book of the moment, as each market writes it', () => {
    expect(ask('/api/v3/depth?symbol=BTCUSDT&limit=1')).toEqual({
      status: 200,
      body: { lastUpdateId: 77, bids: [['61800.20000000', '2.50700000']], asks: [['61800.30000000', '3.00000000']] },
    });
    expect(ask('/fapi/v1/depth?symbol=BTCUSDT', { venue: 'binance-usdm' })).toEqual({
      status: 200,
      body: {
        lastUpdateId: 77,
        E: 1_723_161_254_500,
        T: 1_723_161_254_123,
        bids: [
          ['61800.2', '2.507'],
          ['61800.1', '0.250'],
        ],
        asks: [
          ['61800.3', '3.000'],
          ['61804.6', '0.057'],
        ],
      },
    });
  });

  test.each([
    ['/api/v3/depth', 'binance-spot', 400, -1102],
    ['/api/v3/depth?symbol=NOPE', 'binance-spot', 400, -1121],
    ['/api/v3/depth?symbol=ETHBTC', 'binance-spot', 503, -1008],
    ['/fapi/v1/depth?symbol=BTCUSDT&limit=7', 'binance-usdm', 400, -4021],
    ['/api/v3/exchangeInfo?symbol=NOPE', 'binance-spot', 400, -1121],
  ] as const)('%s of %s is refused with %i and %i', (path, venue, status, code) => {
    expect(ask(path, { venue })).toMatchObject({ status, body: { code } });
  });

  test('lists the symbols, the price filter first', () => {
    const spot = ask('/api/v3/exchangeInfo')?.body;
    expect(spot.symbols[0]).toMatchObject({
      symbol: 'BTCUSDT',
      status: 'TRADING',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      filters: [{ filterType: 'PRICE_FILTER', tickSize: '0.1' }, { filterType: 'LOT_SIZE', stepSize: '0.001' }, {}, {}],
    });
    const usdm = ask('/fapi/v1/exchangeInfo', {
      venue: 'binance-usdm',
      market: marketOf({ symbols: () => ['BTCUSDT', 'BTCUSDT_250328'] }),
    })?.body;
    expect(usdm.symbols).toMatchObject([
      { contractType: 'PERPETUAL', marginAsset: 'USDT', deliveryDate: 4_133_404_800_000 },
      { contractType: 'CURRENT_QUARTER', baseAsset: 'BTC', deliveryDate: Date.UTC(2025, 2, 28, 8) },
    ]);
    expect(ask('/api/v3/exchangeInfo?symbols=["ETHBTC"]')?.body.symbols).toMatchObject([
      { symbol: 'ETHBTC', baseAsset: 'ETH', quoteAsset: 'BTC' },
    ]);
  });

  test('gives the recorded list of instruments where there is one, or the part that was asked for', () => {
    const body = new TextEncoder().encode('{"timezone":"UTC","symbols":[{"symbol":"A"},{"symbol":"B"}]}');
    const market = marketOf({ recorded: (endpoint) => (endpoint === 'exchange-info' ? body : undefined) });
    expect(serverOf({ market }).rest(request('/api/v3/exchangeInfo'), NOW_MS)?.body).toBe(body);
    expect(ask('/api/v3/exchangeInfo?symbol=B', { market })).toEqual({
      status: 200,
      body: { timezone: 'UTC', symbols: [{ symbol: 'B' }] },
    });
  });

  test('gives prices and best quotes', () => {
    expect(ask('/api/v3/ticker/price?symbol=BTCUSDT')?.body).toEqual({ symbol: 'BTCUSDT', price: '61800.25000000' });
    expect(ask('/api/v3/ticker/bookTicker')?.body).toEqual([
      { symbol: 'BTCUSDT', bidPrice: '61800.20000000', bidQty: '2.50700000', askPrice: '61800.30000000', askQty: '3.00000000' },
    ]);
    expect(ask('/api/v3/ticker/price?symbol=ETHBTC')).toMatchObject({ status: 503 });
  });

  test('refuses when the weight of the minute is used up, and answers again in the next', () => {
    const server = serverOf();
    const depth = request('/api/v3/depth?symbol=BTCUSDT&limit=5000');
    for (let i = 0; i < 24; i++) expect(server.rest(depth, NOW_MS)?.status).toBe(200);
    expect(server.rest(request('/api/v3/ping'), NOW_MS)).toMatchObject({ status: 429 });
    expect(server.rest(depth, NOW_MS + 60_000)).toMatchObject({ status: 200, headers: { 'x-mbx-used-weight-1m': '250' } });
  });

  test('leaves other paths alone', () => {
    expect(ask('/api/v3/order')).toBeUndefined();
    expect(ask('/fapi/v1/depth?symbol=BTCUSDT')).toBeUndefined();
    expect(serverOf().rest({ ...request('/api/v3/ping'), method: 'POST' }, NOW_MS)?.status).toBe(405);
  });
});

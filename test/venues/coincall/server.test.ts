import { describe, expect, test } from 'vitest';
import { encodeBar, encodeBook, encodeChain, encodeTrades } from '../../../venues/coincall/encode.ts';
import { coincallFuturesProtocol, coincallOptionsProtocol } from '../../../venues/coincall/protocol.ts';
import { signatureOf } from '../../../venues/coincall/signature.ts';
import { DATA, type RestRequest, subscriptionKey } from '../../../venues/protocol.ts';
import type { ServedBook, ServerSession, VenueServer } from '../../../venues/server-protocol.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import {
  addressOf,
  aMarket,
  aRecord,
  aServer,
  bytesOf,
  CALL,
  CIPHER,
  CREDENTIALS,
  call,
  connect,
  delivered,
  END,
  FUTURES,
  keyOf,
  NOW_MS,
  OPTIONS,
  PUT,
  read,
  refusalOf,
  requestOf,
  sent,
  textOf,
} from './both-sides.ts';

const KNOWN = CREDENTIALS;
const NO_FAULTS = { refuseLogin: false, acknowledgeOnly: false, muteHeartbeat: false };
const { apiKey } = CREDENTIALS;
const HEARTBEAT = '{"action":"heartbeat"}';

/** A client of its own making: a session whose handshake is left out. */
function aClient(server: VenueServer): ServerSession {
  const session = server.accept(requestOf(addressOf(server.venue === OPTIONS ? OPTIONS : FUTURES)), NOW_MS);
  if (session === undefined || 'refuse' in session) throw new Error('refused');
  session.onOpen(NOW_MS);
  return session;
}

const answersTo = (session: ServerSession, message: unknown, nowMs = NOW_MS) =>
  sent(session.onMessage(typeof message === 'string' ? message : JSON.stringify(message), nowMs));
const subscribeTo = (dataType: string, payload?: object) => ({ action: 'subscribe', dataType, payload });
const tradeOf = (symbol: string) => ({ symbol, venueTimeUs: NOW_MS * 1000, price: 100, size: 1, side: 1 as const });
const bookOf = (symbol: string) =>
  encodeBook(OPTIONS, 'g2', { symbol, venueTimeUs: NOW_MS * 1000, bids: [{ price: 1, size: 2 }], asks: [] });

describe('the handshake', () => {
  test.each(['apiKey', 'uuid'] as const)('lets in what is signed over %s', (prehash) => {
    const address = addressOf(OPTIONS, { options: { prehash } });
    expect(refusalOf(aServer(OPTIONS, KNOWN), address)).toBeUndefined();
    expect(refusalOf(aServer(OPTIONS, { ...KNOWN, prehash }), address)).toBeUndefined();
    const other = prehash === 'uuid' ? 'apiKey' : 'uuid';
    expect(refusalOf(aServer(OPTIONS, { ...KNOWN, prehash: other }), address)).toBe('403 sign is wrong');
  });

  test('refuses a wrong secret, a wrong key, Base64, lower case, and a time that is not the signed one', () => {
    const server = aServer(OPTIONS, KNOWN);
    const good = addressOf();
    const { ts = '', sign = '' } = requestOf(good).query;
    const with_ = (credentials: object) => addressOf(OPTIONS, { credentials: { ...CREDENTIALS, ...credentials } });
    expect(refusalOf(server, with_({ secret: 'other' }))).toBe('403 sign is wrong');
    expect(refusalOf(server, with_({ secret: '' }))).toBe('403 sign is wrong');
    expect(refusalOf(server, with_({ apiKey: 'other' }))).toBe('403 apiKey is not known');
    expect(refusalOf(server, with_({ apiKey: '' }))).toBe('403 apiKey is not known');
    expect(refusalOf(server, good.replace(sign, sign.toLowerCase()))).toBe('403 sign is wrong');
    expect(refusalOf(server, good.replace(sign, Buffer.from(sign, 'hex').toString('base64')))).toBe('403 sign is wrong');
    expect(refusalOf(server, good.replace(`ts=${ts}`, `ts=${Number(ts) + 1}`))).toBe('403 sign is wrong');
    expect(refusalOf(server, good.replace('code=10', 'code=11'))).toBe('403 code must be 10');
    expect(refusalOf(server, `/options?code=10&apiKey=${apiKey}`)).toBe('403 ts is missing or not fresh');
    expect(refusalOf(server, good)).toBeUndefined();
  });

  test('refuses a time that is not fresh, by the clock of the server or of the tape', () => {
    const address = addressOf();
    const tapeOf = (nowMs: number) => aServer(OPTIONS, KNOWN, { market: aMarket({ nowUs: nowMs * 1000 }) });
    expect(refusalOf(tapeOf(0), address, NOW_MS + 30_000)).toBeUndefined();
    expect(refusalOf(tapeOf(0), address, NOW_MS + 30_001)).toBe('403 ts is missing or not fresh');
    expect(refusalOf(tapeOf(0), address, NOW_MS - 30_001)).toBe('403 ts is missing or not fresh');
    expect(refusalOf(tapeOf(NOW_MS), address, NOW_MS + 86_400_000)).toBeUndefined();
    expect(refusalOf(aServer(OPTIONS, { ...KNOWN, tsWindowMs: '5' }, { market: aMarket({ nowUs: 0 }) }), address, NOW_MS + 6)).toContain(
      '403',
    );
  });

  test('without a known pair takes any key, and a sign of the right form', () => {
    const server = aServer();
    expect(refusalOf(server, addressOf(OPTIONS, { credentials: { apiKey: 'any', secret: 'any' } }))).toBeUndefined();
    expect(refusalOf(server, `/options?code=10&uuid=any&ts=${NOW_MS}&sign=ABC&apiKey=any`)).toBe('403 sign is wrong');
  });

  test('bears a key that is percent-encoded, an id of the client as uuid, and a slash at the end', () => {
    const ts = String(NOW_MS);
    const sign = signatureOf(CIPHER, CREDENTIALS, 'apiKey', ts);
    const address = `/options/?apiKey=${encodeURIComponent(apiKey)}&uuid=my-id&sign=${sign}&ts=${ts}&code=10`;
    expect(refusalOf(aServer(OPTIONS, KNOWN), address)).toBeUndefined();
  });

  test('of the first generation is let in where the option says so', () => {
    const server = aServer(OPTIONS, { ...KNOWN, generation: 'unsigned' });
    expect(refusalOf(server, addressOf(OPTIONS, { options: { generation: 'unsigned' } }))).toBeUndefined();
    expect(refusalOf(server, '/options?code=10&apiKey=other')).toBe('403 apiKey is not known');
    expect(refusalOf(server, addressOf())).toBeUndefined();
  });

  test('knows its own path only, and refuses all when told to', () => {
    expect(refusalOf(aServer(OPTIONS), addressOf(FUTURES))).toBe('no such path');
    expect(refusalOf(aServer(FUTURES), addressOf(FUTURES))).toBeUndefined();
    const refusing = aServer(OPTIONS, {}, { faults: { ...NO_FAULTS, refuseLogin: true } });
    expect(refusalOf(refusing, addressOf())).toBe('403 the key is refused');
  });

  test('options that are none are told', () => {
    expect(() => aServer(OPTIONS, { prehash: 'key' })).toThrow('"prehash"');
    expect(() => aServer(OPTIONS, { messagesPerSecond: '0' })).toThrow('"messagesPerSecond" of coincall must be a whole number');
  });
});

describe('both sides', () => {
  test('of every channel agree: subscribe, acknowledged, unsubscribe, released', () => {
    const samples = [
      { protocol: coincallOptionsProtocol, contract: CALL },
      { protocol: coincallFuturesProtocol, contract: 'BTCUSD' },
    ];
    for (const { protocol, contract } of samples) {
      const venue = protocol === coincallOptionsProtocol ? OPTIONS : FUTURES;
      const dialogue = connect(aServer(venue, KNOWN));
      const names = [
        'kline',
        'bsInfo',
        'tOption',
        'orderBook',
        'lastTrade',
        'lastTradeV2',
        'spotPrice',
        'premiumIndex',
        'order',
        'position',
      ];
      for (const channel of names.filter((name) => protocol.labelOf(name) !== '')) {
        const details = [undefined, { period: 'm1' }, { end: END }];
        const wanted = ['', contract, 'BTCUSD'].flatMap((symbol) =>
          details.map((options) => ({ channel, symbol, ...(options === undefined ? {} : { options }) })),
        );
        const subscription = wanted.find((candidate) => protocol.refuses(candidate, 'real') === undefined)!;
        const keys = [subscriptionKey(subscription)];
        expect(dialogue.subscribe(subscription), channel).toEqual([{ kind: 'acknowledged', keys }]);
        expect(dialogue.say(dialogue.client.unsubscribe([subscription])), channel).toEqual([{ kind: 'released', keys }]);
      }
    }
  });

  test('agree on answers that repeat the payload, and on refusals', () => {
    const dialogue = connect(aServer(OPTIONS, { answers: 'payload', reject: 'bsInfo' }));
    const [first, second] = [CALL, PUT].map((symbol) => dialogue.client.subscribe([{ channel: 'orderBook', symbol }]));
    expect(dialogue.say(second!)).toEqual([{ kind: 'acknowledged', keys: [`orderBook|${PUT}`] }]);
    expect(dialogue.say(first!)).toEqual([{ kind: 'acknowledged', keys: [`orderBook|${CALL}`] }]);
    expect(dialogue.subscribe({ channel: 'bsInfo', symbol: CALL })).toMatchObject([{ kind: 'refused', keys: [`bsInfo|${CALL}`] }]);
  });

  test('agree on data: each frame comes to whom it belongs, byte for byte, and is recognized', () => {
    const dialogue = connect(aServer(OPTIONS));
    const frames = {
      [`orderBook|${CALL}`]: bookOf(CALL),
      [`lastTrade|${CALL}`]: encodeTrades(OPTIONS, 'g1', [tradeOf(PUT), tradeOf(CALL)]),
      [`kline|${CALL}|period=h1`]: encodeBar(OPTIONS, {
        ...{ symbol: CALL, intervalUs: 3_600_000_000, openTimeUs: NOW_MS * 1000 },
        ...{ open: 1, high: 1, low: 1, close: 1, volume: 0 },
      }),
      [`tOption|BTCUSD|end=${END}`]: encodeChain('g2', [chainRow(PUT), chainRow(CALL)]),
    };
    for (const frame of Object.values(frames)) expect(dialogue.delivered(frame)).toBeUndefined();
    const wanted = [
      { channel: 'orderBook', symbol: CALL },
      { channel: 'lastTrade', symbol: CALL },
      { channel: 'kline', symbol: CALL, options: { period: 'h1' } },
      { channel: 'tOption', symbol: 'BTCUSD', options: { end: END } },
    ];
    for (const subscription of wanted) dialogue.subscribe(subscription);
    for (const [key, frame] of Object.entries(frames)) {
      expect(dialogue.delivered(frame), key).toBe(frame);
      expect(read(dialogue.client, frame), key).toBe(DATA);
      expect(keyOf(dialogue.client, frame), key).toBe(key);
    }
    expect(dialogue.delivered(bookOf(PUT))).toBeUndefined();
    expect(dialogue.delivered(frames[`kline|${CALL}|period=h1`]!.replace('"h1"', '"m1"'))).toBeUndefined();
    for (const subscription of wanted) dialogue.say(dialogue.client.unsubscribe([subscription]));
    for (const frame of Object.values(frames)) expect(dialogue.delivered(frame)).toBeUndefined();
  });

  test('agree on heartbeats of both generations', () => {
    for (const generation of ['signed', 'unsigned']) {
      const dialogue = connect(aServer(OPTIONS, { generation }), { options: { generation } });
      expect(dialogue.say(dialogue.client.heartbeat!())).toEqual([{ kind: 'control' }]);
    }
  });

  test('agree on too many messages: what was dropped is asked for again', () => {
    const dialogue = connect(aServer(OPTIONS, { messagesPerSecond: '1' }));
    const contracts = [CALL, PUT].map((symbol) => ({ channel: 'orderBook', symbol }));
    expect(dialogue.subscribe(contracts[0]!)).toMatchObject([{ kind: 'acknowledged' }]);
    expect(dialogue.subscribe(contracts[1]!)).toMatchObject([{ kind: 'refused', keys: [`orderBook|${PUT}`], retryAfterMs: 1_000 }]);
    expect(dialogue.delivered(bookOf(PUT))).toBeUndefined();
    expect(dialogue.say(dialogue.client.subscribe([contracts[1]!]), NOW_MS + 1_000)).toMatchObject([{ kind: 'acknowledged' }]);
    expect(dialogue.delivered(bookOf(PUT))).toBe(bookOf(PUT));
  });
});

function chainRow(symbol: string) {
  const greeks = { impliedVolatility: 0.5, bidImpliedVolatility: 0.5, askImpliedVolatility: 0.5, delta: 0, gamma: 0, theta: 0, vega: 0 };
  const prices = { markPrice: 1, underlyingPrice: 1, openInterest: 0, bidPrice: 1, bidSize: 1, askPrice: 2, askSize: 1 };
  return { symbol, venueTimeUs: NOW_MS * 1000, ...greeks, ...prices, readings: {} };
}

describe('messages of clients', () => {
  const ANSWER = (dataType: string, result = 'success', action = 'SUBSCRIBE') => [JSON.stringify({ action, dataType, result })];

  test('are answered with capitals and without the payload, as the wire was seen to', () => {
    const session = aClient(aServer());
    expect(answersTo(session, subscribeTo('rfqMaker'))).toEqual(['{"action":"SUBSCRIBE","dataType":"rfqMaker","result":"success"}']);
    const end = { action: 'unSubscribe', dataType: 'rfqMaker' };
    expect(answersTo(session, end)).toEqual(['{"action":"UNSUBSCRIBE","dataType":"rfqMaker","result":"success"}']);
    expect(answersTo(session, HEARTBEAT)).toEqual(['{"c":11,"rc":1}']);
    expect(answersTo(session, '{"c":11}')).toEqual(['{"c":11,"rc":1}']);
    expect(answersTo(session, 'ping')).toEqual(['pong']);
    expect(answersTo(session, '{"pong":5}')).toEqual([]);
  });

  test('are refused for a channel of another product, a wrong name, or a missing field', () => {
    const session = aClient(aServer());
    const refused: readonly (readonly [string, object?])[] = [
      ['depth', { symbol: CALL }],
      ['premiumIndex', { symbol: 'BTCUSD' }],
      ['toString'],
      ['orderBook'],
      ['orderBook', { symbol: 'BTCUSD' }],
      ['orderBook', { symbol: 5 }],
      ['orderBook', { symbol: [] }],
      ['orderBook', { symbol: [CALL, 'nothing'] }],
      ['kline', { symbol: CALL }],
      ['kline', { symbol: [CALL], period: 'h1' }],
      ['kline', { symbol: CALL, period: '1h' }],
      ['tOption', { symbol: 'BTCUSD' }],
      ['tOption', { symbol: ['BTCUSD'], end: Number(END) }],
      ['tOption', { symbol: 'BTCUSD', end: 'soon' }],
    ];
    for (const [dataType, payload] of refused) {
      expect(answersTo(session, subscribeTo(dataType, payload)), dataType).toEqual(ANSWER(dataType, 'failed'));
    }
    expect((session as Partial<{ subscriptionCount: number }>).subscriptionCount).toBe(0);
  });

  test('may name up to 100 symbols, where the channel takes a list', () => {
    const session = aClient(aServer());
    const names = Array.from({ length: 101 }, (_, i) => `BTCUSD-25DEC26-${1_000 * (i + 1)}-C`);
    expect(answersTo(session, subscribeTo('orderBook', { symbol: names }))).toEqual(ANSWER('orderBook', 'failed'));
    expect(delivered(session, bookOf(names[0]!))).toBeUndefined();
    expect(answersTo(session, subscribeTo('orderBook', { symbol: names.slice(0, 100) }))).toEqual(ANSWER('orderBook'));
    expect(delivered(session, bookOf(names[99]!))).toBe(bookOf(names[99]!));
    expect(delivered(session, bookOf(names[100]!))).toBeUndefined();
    answersTo(session, { ...subscribeTo('orderBook', { symbol: names.slice(0, 2) }), action: 'unSubscribe' });
    expect(delivered(session, bookOf(names[1]!))).toBeUndefined();
    expect(delivered(session, bookOf(names[2]!))).toBeDefined();
  });

  test('may hold 10,000 streams on one connection', () => {
    const session = aClient(aServer(OPTIONS, { messagesPerSecond: '1000' }));
    const names = (from: number) => Array.from({ length: 100 }, (_, i) => `BTCUSD-25DEC26-${from + i}-C`);
    for (let from = 1; from < 10_001; from += 100) {
      expect(answersTo(session, subscribeTo('orderBook', { symbol: names(from) }))).toEqual(ANSWER('orderBook'));
    }
    expect(answersTo(session, subscribeTo('orderBook', { symbol: PUT }))).toEqual(ANSWER('orderBook', 'failed'));
    expect(answersTo(session, { ...subscribeTo('orderBook', { symbol: names(1) }), action: 'unSubscribe' })).toHaveLength(1);
    expect(answersTo(session, subscribeTo('orderBook', { symbol: PUT }))).toEqual(ANSWER('orderBook'));
  });

  test('bear the old spelling, any case of the action, an expiry as text, and a payload where none belongs', () => {
    const session = aClient(aServer());
    expect(answersTo(session, subscribeTo('lasttradeV2', { symbol: CALL }))).toEqual(ANSWER('lasttradeV2'));
    expect(delivered(session, `{"dt":24,"c":20,"d":[{"symbol":"${CALL}"}],"ts":1}`)).toBeDefined();
    expect(answersTo(session, { ...subscribeTo('tOption', { symbol: 'BTCUSD', end: END }), action: 'SUBSCRIBE' })).toEqual(
      ANSWER('tOption'),
    );
    expect(answersTo(session, subscribeTo('order', { symbol: CALL, other: {} }))).toEqual(ANSWER('order'));
    expect(delivered(session, `{"dt":11,"c":20,"d":{"s":"${PUT}"}}`)).toBeDefined();
  });

  test('in the numeric form of the first documents subscribe without an answer', () => {
    const session = aClient(aServer(FUTURES));
    expect(answersTo(session, '{"c":20,"dt":43,"d":{"s":"BTCUSD"}}')).toEqual([]);
    expect(delivered(session, '{"dt":43,"c":20,"d":[{"symbol":"BTCUSD"}]}')).toBeDefined();
    expect(answersTo(session, '{"c":20,"dt":58,"d":{"s":"BTCUSD","step":"step0"}}')).toEqual(ANSWER('58', 'failed'));
  });

  test('positions are asked for with a list, a name, or nothing', () => {
    const frame = `{"dt":12,"c":20,"d":{"s":"${CALL}"}}`;
    for (const payload of [{ symbol: [CALL] }, { symbol: CALL }, undefined]) {
      const session = aClient(aServer());
      expect(answersTo(session, subscribeTo('position', payload))).toEqual(ANSWER('position'));
      expect(delivered(session, frame)).toBe(frame);
    }
  });

  test('past 100 a second are refused, whatever they are, until the second is over', () => {
    const session = aClient(aServer());
    for (let i = 0; i < 100; i++) expect(answersTo(session, i % 2 === 0 ? HEARTBEAT : 'nonsense', NOW_MS + i)).toHaveLength(1);
    const tooMany = answersTo(session, subscribeTo('orderBook', { symbol: CALL }), NOW_MS + 999);
    expect(tooMany).toEqual(['{"code":429,"msg":"too many request","i18nArgs":null,"data":null}']);
    expect(delivered(session, bookOf(CALL))).toBeUndefined();
    expect(answersTo(session, HEARTBEAT, NOW_MS + 1_000)).toEqual(['{"c":11,"rc":1}']);
  });

  test('whatever a client says, the server answers or is silent, and never throws', () => {
    const texts = [
      HEARTBEAT,
      JSON.stringify(subscribeTo('orderBook', { symbol: [CALL, PUT] })),
      JSON.stringify(subscribeTo('tOption', { symbol: 'BTCUSD', end: Number(END) })),
      JSON.stringify(subscribeTo('kline', { symbol: CALL, period: 'h1' })),
      '{"c":20,"dt":5,"d":{"s":"x"}}',
    ];
    const deep = `{"action":"subscribe","dataType":"order","payload":{"symbol":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    const server = aServer(OPTIONS, { answers: 'payload', messagesPerSecond: '1000000' });
    expect(answersTo(aClient(server), deep)).toHaveLength(1);
    const frames = texts.map(bytesOf);
    checkSeeds(200, (random) => {
      const session = aClient(server);
      for (let count = 0; count < 20; count++) {
        const text = textOf(random.chance(0.1) ? random.bytes(random.integer(0, 40)) : mutateBytes(random.pick(frames), random));
        for (const answer of answersTo(session, text)) expect(() => JSON.parse(answer === 'pong' ? '0' : answer)).not.toThrow();
        session.deliver(aRecord(textOf(mutateBytes(bytesOf(bookOf(CALL)), random))));
      }
    });
  });
});

describe('the life of a connection', () => {
  const isDropped = (session: ServerSession, nowMs: number) => session.onTick(nowMs).some(({ kind }) => kind === 'close');

  test('ends after 30 s without a message of the client or a push', () => {
    const session = aClient(aServer());
    expect(isDropped(session, NOW_MS + 30_000)).toBe(false);
    expect(isDropped(session, NOW_MS + 30_001)).toBe(true);
  });

  test('goes on with heartbeats, or with data', () => {
    const session = aClient(aServer());
    answersTo(session, HEARTBEAT, NOW_MS + 25_000);
    expect(isDropped(session, NOW_MS + 50_000)).toBe(false);
    answersTo(session, subscribeTo('orderBook', { symbol: CALL }), NOW_MS + 51_000);
    delivered(session, bookOf(CALL));
    expect(isDropped(session, NOW_MS + 80_000)).toBe(false);
    delivered(session, bookOf(PUT));
    expect(isDropped(session, NOW_MS + 110_000)).toBe(false);
    expect(isDropped(session, NOW_MS + 110_001)).toBe(true);
  });

  test('faults: heartbeats unanswered, acknowledged and silent, kicked', () => {
    const mute = aClient(aServer(OPTIONS, {}, { faults: { ...NO_FAULTS, muteHeartbeat: true } }));
    expect(answersTo(mute, HEARTBEAT)).toEqual([]);
    const silent = aServer(OPTIONS, {}, { faults: { ...NO_FAULTS, acknowledgeOnly: true } });
    const session = aClient(silent);
    expect(answersTo(session, subscribeTo('orderBook', { symbol: CALL }))).toHaveLength(1);
    expect(delivered(session, bookOf(CALL))).toBeUndefined();
    expect(silent.kick(session)).toMatchObject([{ kind: 'close' }]);
  });

  test('delivers no answers and heartbeats of the tape, and nothing after the end', () => {
    const session = aClient(aServer());
    answersTo(session, subscribeTo('orderBook', { symbol: CALL }));
    const others = [
      '{"c":11,"rc":1}',
      '{"action":"SUBSCRIBE","dataType":"orderBook","result":"success"}',
      '',
      '{',
      '{"dt":58,"c":20,"d":{}}',
    ];
    for (const text of others) expect(delivered(session, text), text).toBeUndefined();
    session.onClose();
    expect(delivered(session, bookOf(CALL))).toBeUndefined();
  });
});

describe('REST', () => {
  const BOOK: ServedBook = {
    lastUpdateId: 0,
    venueTimeUs: NOW_MS * 1000 - 5_000,
    bids: Array.from({ length: 200 }, (_, i) => [1_000 - i, 0.5] as const),
    asks: [[1_000.5, 3]],
  };
  const dataOf = (server: VenueServer, path: string, query?: Readonly<Record<string, string>>) => {
    const { status, body } = call(server, { path, ...(query === undefined ? {} : { query }) });
    expect(status, path).toBe(200);
    const envelope = JSON.parse(textOf(body));
    expect(envelope.code, path).toBe(0);
    return envelope.data;
  };
  const market = aMarket({
    symbols: () => ['BTCUSD', CALL, PUT, 'ETHUSD-26DEC26-3000-C', 'nonsense'],
    book: (symbol) => (symbol === CALL || symbol === 'BTCUSD' ? BOOK : undefined),
    lastPrice: (symbol) => (symbol === CALL ? 1_000.25 : Number.NaN),
  });

  test('answers every master that the client asks for, and the client takes it', () => {
    for (const protocol of [coincallOptionsProtocol, coincallFuturesProtocol]) {
      const server = aServer(protocol === coincallOptionsProtocol ? OPTIONS : FUTURES, {}, { market });
      const requests = protocol.masters({ credentials: {}, grants: {}, options: {}, nowMs: NOW_MS }, ['BTCUSD']);
      for (const request of requests) expect(protocol.readMaster(request, call(server, request)), request.path).toEqual({ kind: 'ok' });
    }
  });

  test('gives what the tape recorded last, byte for byte', () => {
    const asked: [string, unknown][] = [];
    const body = bytesOf('{ "code":0, "data":[] }');
    const recorded = (endpoint: string, meta: unknown) => {
      asked.push([endpoint, meta]);
      return body;
    };
    const server = aServer(OPTIONS, {}, { market: aMarket({ recorded }) });
    const request = coincallOptionsProtocol.masters(
      { credentials: {}, grants: {}, options: { bases: 'SOL' }, nowMs: 0 },
      [],
    )[2] as RestRequest;
    expect(call(server, request).body).toBe(body);
    expect(asked).toEqual([['instruments', request.meta]]);
  });

  test('tells the time of the tape, and its own before the tape has one', () => {
    expect(dataOf(aServer(OPTIONS, {}, { market: aMarket({ nowUs: 1_700_000_000_123_456 }) }), '/time')).toEqual({
      serverTime: 1_700_000_000_123,
    });
    for (const nowUs of [0, Number.NEGATIVE_INFINITY, Number.NaN]) {
      expect(dataOf(aServer(OPTIONS, {}, { market: aMarket({ nowUs }) }), '/time')).toEqual({ serverTime: NOW_MS });
    }
  });

  test('lists contracts of a base and futures from the symbols of the tape', () => {
    const options = aServer(OPTIONS, {}, { market });
    expect(dataOf(options, '/open/option/getInstruments/BTC')).toEqual([
      { baseCurrency: 'BTC', expirationTimestamp: Number(END), strike: 100_000, symbolName: CALL, isActive: true },
      { baseCurrency: 'BTC', expirationTimestamp: Number(END), strike: 100_000, symbolName: PUT, isActive: true },
    ]);
    expect(dataOf(options, '/open/option/getInstruments/ETH')).toHaveLength(1);
    const futures = aServer(FUTURES, {}, { market });
    expect(dataOf(futures, '/open/futures/market/instruments/v1')).toMatchObject([{ ticker_id: 'BTC-USD', product_type: 'Perpetual' }]);
    expect(dataOf(futures, '/open/futures/market/symbol/v1')).toMatchObject([{ symbol: 'BTCUSD', displayName: 'BTC-PERP' }]);
    expect(dataOf(futures, '/open/public/config/v1').futuresConfig).toMatchObject({ BTCUSD: { settle: 'USD' } });
  });

  test('gives the chain of an expiry, a row a strike', () => {
    const server = aServer(OPTIONS, {}, { market });
    const [row, ...others] = dataOf(server, '/open/option/get/v1/BTCUSD', { endTime: END });
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      strike: '100000',
      callOption: { symbol: CALL, bid: '1000', ask: '1000.5', lastPrice: '1000.25' },
      putOption: { symbol: PUT, bid: '0', lastPrice: '0' },
    });
    expect(dataOf(server, '/open/option/get/v1/BTCUSD', { endTime: String(NOW_MS) })).toEqual([]);
    expect(dataOf(server, '/open/option/get/v1/BTCUSD')).toHaveLength(1);
    const expired = aServer(OPTIONS, {}, { market: { ...market, nowUs: Number(END) * 1000 } });
    expect(dataOf(expired, '/open/option/get/v1/BTCUSD')).toEqual([]);
  });

  test('gives books as of now in each form', () => {
    const options = aServer(OPTIONS, {}, { market });
    const book = dataOf(options, `/open/option/order/orderbook/v1/${CALL}`);
    expect(book.bids).toHaveLength(100);
    expect(book.bids[0]).toEqual({ size: '0.5', price: '1000' });
    expect(book.asks).toEqual([{ size: '3', price: '1000.5' }]);
    expect(call(options, { path: `/open/option/order/orderbook/v1/${PUT}` }).status).toBe(503);
    const futures = aServer(FUTURES, {}, { market });
    expect(dataOf(futures, '/open/futures/order/orderbook/v1/BTCUSD').bids).toHaveLength(150);
    const pairs = dataOf(futures, '/open/futures/market/orderbook', { symbol: 'BTC-USD', depth: '10' });
    expect(pairs).toMatchObject({ ticker_id: 'BTC-USD', timestamp: NOW_MS - 5, asks: [['1000.5', '3']] });
    expect(pairs.bids).toHaveLength(10);
    const wrong = call(futures, { path: '/open/futures/market/orderbook', query: { symbol: 'BTC-USD', depth: '7' } });
    expect(JSON.parse(textOf(wrong.body)).code).not.toBe(0);
  });

  test('gives the last trade as far as the market knows it, and histories of the tape only', () => {
    const server = aServer(OPTIONS, {}, { market });
    expect(dataOf(server, `/open/option/trade/lasttrade/v1/${CALL}`)).toEqual([{ price: '1000.25', qty: '0', time: NOW_MS, tradeSide: 1 }]);
    expect(dataOf(server, `/open/option/trade/lasttrade/v1/${PUT}`)).toEqual([]);
    expect(dataOf(server, `/open/option/market/kline/history/v1/${CALL}`, { period: 'D1' })).toEqual([]);
  });

  test('refuses calls past the limits, and what is no path of the product', () => {
    const options = aServer(OPTIONS, {}, { market });
    const config = { path: '/open/public/config/v1' };
    for (let i = 0; i < 10; i++) expect(call(options, config).status).toBe(200);
    expect(coincallOptionsProtocol.readMaster({ ...config, endpoint: 'config', method: 'GET' }, call(options, config))).toMatchObject({
      kind: 'wait',
    });
    expect(call(options, config, NOW_MS + 2_000).status).toBe(200);
    const book = { path: `/open/option/order/orderbook/v1/${CALL}` };
    for (let i = 0; i < 30; i++) expect(call(options, book).status).toBe(200);
    expect(call(options, book).status).toBe(429);
    for (const path of ['/', '/open/option/get/v1/', '/open/futures/market/symbol/v1', '/open/option/order/create/v1']) {
      expect(options.rest(requestOf(path), NOW_MS), path).toBeUndefined();
    }
    expect(options.rest(requestOf('/time', 'POST'), NOW_MS)).toBeUndefined();
  });
});

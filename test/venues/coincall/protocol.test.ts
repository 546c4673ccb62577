import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Instrument } from '../../../domain/instrument.ts';
import { CHANNEL_RULES } from '../../../venues/coincall/channel-rules.ts';
import type { CoincallVenueId } from '../../../venues/coincall/instrument.ts';
import { liveChains } from '../../../venues/coincall/live-chains.ts';
import { coincallFuturesProtocol, coincallOptionsProtocol } from '../../../venues/coincall/protocol.ts';
import { signatureOf } from '../../../venues/coincall/signature.ts';
import { CONTROL, DATA, type PollSettings, type Subscription, subscriptionKey, UNKNOWN } from '../../../venues/protocol.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import {
  addressOf,
  aSession,
  bytesOf,
  CALL,
  CIPHER,
  CREDENTIALS,
  END,
  FUTURES,
  keyOf,
  OPTIONS,
  PUT,
  protocolOf,
  read,
  requestOf,
} from './both-sides.ts';

const CHANNELS = new URL('../../../../shared/protocols/coincall-channels.json', import.meta.url);
const SUCCESS = (dataType: string, action = 'SUBSCRIBE') => `{"action":"${action}","dataType":"${dataType}","result":"success"}`;
const FAILED = (dataType: string) => `{"action":"SUBSCRIBE","dataType":"${dataType}","result":"failed"}`;
const book = (symbol: string): Subscription => ({ channel: 'orderBook', symbol });

interface DocumentedChannel {
  readonly product: 'options' | 'futures';
  readonly dt: number | null;
  readonly dataType: string;
  readonly subscribe: { readonly payload?: { readonly symbol: string; readonly period?: string; readonly end?: number } };
  readonly unsubscribe: object;
  readonly example: { readonly d: object } | null;
  readonly otherExamples?: readonly { readonly example: object }[];
}

const documented: readonly DocumentedChannel[] = existsSync(CHANNELS) ? JSON.parse(readFileSync(CHANNELS, 'utf8')).channels : [];
const venueOf = ({ product }: DocumentedChannel): CoincallVenueId => `coincall-${product}`;

function subscriptionOf({ dataType: channel, subscribe: { payload } }: DocumentedChannel): Subscription {
  if (payload === undefined) return { channel, symbol: '' };
  const { symbol, period, end } = payload;
  if (period !== undefined) return { channel, symbol, options: { period } };
  return end === undefined ? { channel, symbol } : { channel, symbol, options: { end: String(end) } };
}

describe('the handshake', () => {
  const ts = 1_687_326_076_897;
  const VECTORS = {
    uuid: '3ACE7ABDCD2274C4A0A6065350AA93953B49454947BE9FA45AB4735EEA9993CC',
    apiKey: '7E6967B1C0C6E518488C2E713F48671A9D21E850563E26323A28117C7E681EA1',
  };

  test.each(['uuid', 'apiKey'] as const)('is signed in upper-case hex over %s as the test vector says', (prehash) => {
    expect(signatureOf(CIPHER, CREDENTIALS, prehash, String(ts))).toBe(VECTORS[prehash]);
    const path = addressOf(OPTIONS, { options: { prehash }, nowMs: ts });
    const { apiKey } = CREDENTIALS;
    expect(path).toBe(`/options?code=10&uuid=${apiKey}&ts=${ts}&sign=${VECTORS[prehash]}&apiKey=${apiKey}`);
  });

  test('names the key apiKey unless told, and holds the key as it is', () => {
    const path = addressOf(FUTURES, { nowMs: ts });
    expect(path).toContain(`sign=${VECTORS.apiKey}`);
    expect(path.startsWith('/futures?')).toBe(true);
    expect(new URL(`wss://ws.coincall.com${path}`).href).toContain('apiKey=aGVsbG8rd29ybGQ/PT0=');
  });

  test('has a new time and signature for every connect', () => {
    const query = (nowMs: number) => requestOf(addressOf(OPTIONS, { nowMs })).query;
    expect(query(ts + 1).ts).toBe(String(ts + 1));
    expect(query(ts + 1).sign).not.toBe(query(ts).sign);
  });

  test('of the first generation is the key alone', () => {
    expect(addressOf(OPTIONS, { options: { generation: 'unsigned' } })).toBe(`/options?code=10&apiKey=${CREDENTIALS.apiKey}`);
  });

  test('a wrong option is told when the connection is planned', () => {
    const carries = (options: Readonly<Record<string, string>>) => () => coincallOptionsProtocol.sockets[0]!.carries('orderBook', options);
    expect(carries({ prehash: 'UUID' })).toThrow('"prehash" of coincall must be one of apiKey, uuid, not "UUID"');
    expect(carries({ generation: 'g1' })).toThrow('"generation"');
    expect(carries({})()).toBe(true);
    expect(coincallFuturesProtocol.sockets[0]!.carries('tOption', {})).toBe(false);
  });
});

describe('channels', () => {
  test('are all those of the documents, asked for to the letter', (context) => {
    if (documented.length === 0) return context.skip('the channel table of the shared folder is not here');
    for (const channel of documented) {
      const { dataType, subscribe, unsubscribe } = channel;
      const venue = venueOf(channel);
      const subscription = subscriptionOf(channel);
      const session = aSession(venue);
      expect(protocolOf(venue).refuses(subscription, 'real'), dataType).toBeUndefined();
      expect(JSON.parse(session.subscribe([subscription])), dataType).toEqual(subscribe);
      expect(JSON.parse(session.unsubscribe([subscription])), dataType).toEqual(unsubscribe);
      expect(protocolOf(venue).labelOf(dataType)).toBe(dataType);
    }
    for (const venue of [OPTIONS, FUTURES]) {
      const names = documented.filter((channel) => venueOf(channel) === venue).map(({ dataType }) => dataType);
      expect([...CHANNEL_RULES[venue].keys()].sort()).toEqual(names.sort());
    }
  });

  test('and their documented examples are data of the subscription they belong to', (context) => {
    if (documented.length === 0) return context.skip('the channel table of the shared folder is not here');
    let examples = 0;
    for (const channel of documented) {
      const frames = [channel.example, ...(channel.otherExamples ?? []).map(({ example }) => example)];
      for (const frame of frames) {
        if (frame === null || !('dt' in frame) || channel.dt === null) continue;
        const text = JSON.stringify(frame);
        const subscription = exampleSubscription(channel, text);
        const session = aSession(venueOf(channel));
        session.subscribe([subscription]);
        expect(read(session, text), text).toBe(DATA);
        expect(keyOf(session, text), text).toBe(subscriptionKey(subscription));
        examples++;
      }
    }
    expect(examples).toBeGreaterThan(40);
  });

  test('refuse what cannot work, with what there is', () => {
    const refused = (subscription: Subscription, venue = OPTIONS) => protocolOf(venue).refuses(subscription, 'real') ?? 'not refused';
    expect(refused({ channel: 'depth', symbol: CALL })).toContain('no channel "depth"; it has kline bsInfo');
    expect(refused({ channel: 'toString', symbol: '' })).toContain('no channel');
    expect(refused({ channel: 'tOption', symbol: 'BTCUSD', options: { end: END } }, FUTURES)).toContain('no channel');
    expect(refused(book('BTCUSD'))).toContain('takes an option such as');
    expect(refused(book('BTCUSD-04DEC26-100000-C'))).toContain('takes an option');
    expect(refused(book(CALL), FUTURES)).toContain('a name such as BTCUSD');
    expect(refused({ channel: 'order', symbol: 'BTCUSD' })).toContain('no symbol');
    expect(refused({ channel: 'kline', symbol: CALL })).toContain('m1 m5 m15');
    expect(refused({ channel: 'kline', symbol: CALL, options: { period: '1m' } })).toContain('m1 m5 m15');
    expect(refused({ channel: 'tOption', symbol: 'BTCUSD', options: { end: '25DEC26' } })).toContain('expiry in ms');
    expect(refused({ ...book(CALL), options: { depth: '5' } })).toContain('no option "depth"');
    expect(refused({ channel: 'position', symbol: '' })).toBe('not refused');
    expect(refused(book('KASUSD-31MAY24-0.1250-C'))).toBe('not refused');
  });

  test('a list of symbols is how the first generation asks for positions', () => {
    const session = aSession(OPTIONS, { options: { generation: 'unsigned' } });
    expect(JSON.parse(session.subscribe([{ channel: 'position', symbol: 'BTCUSD' }])).payload).toEqual({ symbol: ['BTCUSD'] });
    expect(JSON.parse(session.subscribe([book(CALL)])).payload).toEqual({ symbol: CALL });
  });

  test('never alarm for orders, and soon for a future without a book', () => {
    expect(coincallOptionsProtocol.silenceMaxMs('order')).toBe(Number.POSITIVE_INFINITY);
    expect(coincallFuturesProtocol.silenceMaxMs('orderBook')).toBe(60_000);
    expect(coincallOptionsProtocol.silenceMaxMs('lastTrade')).toBeGreaterThan(3_600_000);
  });
});

/** Examples are of other contracts and periods than the documented requests. */
function exampleSubscription(channel: DocumentedChannel, text: string): Subscription {
  const { options: { end, ...others } = {}, ...subscription } = subscriptionOf(channel);
  const symbol = /"(?:s|symbol)":"([^"]+)"/.exec(text)?.[1] ?? '';
  const period = /"pe":"([^"]+)"/.exec(text)?.[1];
  if (subscription.symbol === '') return { ...subscription, ...(Object.keys(others).length > 0 ? { options: others } : {}) };
  if (period !== undefined) return { ...subscription, symbol, options: { period } };
  if (end === undefined) return { ...subscription, symbol };
  const [, day, month, year] = /-(\d+)([A-Z]{3})(\d\d)-/.exec(symbol)!;
  return { ...subscription, symbol: symbol.split('-')[0]!, options: { end: String(Date.parse(`${day} ${month} 20${year} 08:00 UTC`)) } };
}

describe('answers', () => {
  test('are about the oldest request of their channel in flight, in whatever order the channels answer', () => {
    const session = aSession();
    session.subscribe([book(CALL)]);
    session.subscribe([{ channel: 'bsInfo', symbol: CALL }]);
    session.subscribe([book(PUT)]);
    expect(read(session, SUCCESS('bsInfo'))).toEqual({ kind: 'acknowledged', keys: [`bsInfo|${CALL}`] });
    expect(read(session, SUCCESS('orderBook'))).toEqual({ kind: 'acknowledged', keys: [`orderBook|${CALL}`] });
    expect(read(session, SUCCESS('orderBook'))).toEqual({ kind: 'acknowledged', keys: [`orderBook|${PUT}`] });
    expect(read(session, SUCCESS('orderBook'))).toBe(CONTROL);
  });

  test('that repeat the payload are about its symbol', () => {
    const session = aSession();
    session.subscribe([book(CALL)]);
    session.subscribe([book(PUT)]);
    const answer = (symbol: string, result: string) =>
      read(session, `{"action":"SUBSCRIBE","dataType":"orderBook","result":"${result}","payload":{"symbol":${symbol}}}`);
    const refused = { kind: 'refused', keys: [`orderBook|${PUT}`], code: 'FAILED', message: 'the answer to orderBook is "failed"' };
    expect(answer(`["${PUT}"]`, 'failed')).toEqual(refused);
    expect(answer(`"${CALL}"`, 'success')).toEqual({ kind: 'acknowledged', keys: [`orderBook|${CALL}`] });
  });

  test('to an end are told from those to a subscription', () => {
    const session = aSession();
    session.unsubscribe([book(CALL)]);
    session.subscribe([book(PUT)]);
    expect(read(session, SUCCESS('orderBook'))).toEqual({ kind: 'acknowledged', keys: [`orderBook|${PUT}`] });
    expect(read(session, SUCCESS('orderBook', 'UNSUBSCRIBE'))).toEqual({ kind: 'released', keys: [`orderBook|${CALL}`] });
  });

  test('to an end release, and so does a refusal to end', () => {
    const session = aSession();
    for (const result of ['success', 'failed']) {
      session.unsubscribe([book(CALL)]);
      expect(read(session, `{"action":"UNSUBSCRIBE","dataType":"orderBook","result":"${result}"}`)).toEqual({
        kind: 'released',
        keys: [`orderBook|${CALL}`],
      });
    }
  });

  test('of the old spelling of lastTradeV2 are taken', () => {
    const session = aSession(FUTURES);
    session.subscribe([{ channel: 'lastTradeV2', symbol: 'BTCUSD' }]);
    expect(read(session, SUCCESS('lasttradeV2'))).toMatchObject({ kind: 'acknowledged' });
  });

  test('a refusal of the only one in flight is final', () => {
    const session = aSession();
    session.subscribe([book(CALL)]);
    expect(read(session, FAILED('orderBook'))).toEqual({
      kind: 'refused',
      keys: [`orderBook|${CALL}`],
      code: 'FAILED',
      message: 'the answer to orderBook is "failed"',
    });
  });

  test('a refusal that may be about another one is asked again, each alone', () => {
    const session = aSession();
    session.subscribe([book(CALL)]);
    session.subscribe([book(PUT)]);
    session.subscribe([{ channel: 'bsInfo', symbol: CALL }]);
    expect(read(session, SUCCESS('orderBook'))).toMatchObject({ kind: 'acknowledged' });
    // The one that was acknowledged may have been the other.
    expect(read(session, FAILED('orderBook'))).toMatchObject({ kind: 'refused', keys: [`orderBook|${PUT}`], retryAfterMs: 60_000 });
    session.subscribe([{ channel: 'bsInfo', symbol: PUT }]);
    expect(read(session, FAILED('bsInfo'))).toMatchObject({ retryAfterMs: 61_000 });
  });

  test.each(['too many request', '{"code":429,"msg":"too many request"}', '{"error":"Too many requests"}'])(
    '%s puts off one, and asks again for those whose fate is open',
    (text) => {
      const session = aSession();
      session.subscribe([book(CALL)]);
      session.subscribe([book(PUT)]);
      const again = { kind: 'refused', code: 'TOO_MANY_REQUESTS', retryAfterMs: 1_000 };
      expect(read(session, text)).toMatchObject({ ...again, keys: [`orderBook|${CALL}`] });
      expect(read(session, SUCCESS('orderBook'))).toMatchObject({ ...again, keys: [`orderBook|${PUT}`] });
      expect(read(session, text)).toBe(CONTROL);
    },
  );

  test('an error without a name is about the oldest in flight, and unknown when there is none', () => {
    const session = aSession();
    session.subscribe([book(CALL)]);
    expect(read(session, '{"code":10003,"msg":"bad symbol","data":null}')).toEqual({
      kind: 'refused',
      keys: [`orderBook|${CALL}`],
      code: '10003',
      message: 'bad symbol',
    });
    expect(read(session, '{"code":10003,"msg":"bad symbol","data":null}')).toBe(UNKNOWN);
    session.subscribe([book(CALL)]);
    session.subscribe([{ channel: 'bsInfo', symbol: CALL }]);
    expect(read(session, '{"msg":"bad symbol"}')).toMatchObject({ keys: [`orderBook|${CALL}`], code: 'ERROR', retryAfterMs: 60_000 });
    session.subscribe([{ channel: 'bsInfo', symbol: PUT }]);
    read(session, SUCCESS('bsInfo'));
    expect(read(session, '{"msg":"bad symbol"}')).toMatchObject({ keys: [`bsInfo|${PUT}`], retryAfterMs: 61_000 });
  });

  test('that repeat a key do not carry it into a log', () => {
    const session = aSession();
    session.subscribe([book(CALL)]);
    expect(read(session, `{"msg":"key ${CREDENTIALS.apiKey} is bad"}`)).toMatchObject({ message: 'key *** is bad' });
  });
});

describe('heartbeats', () => {
  test('are those of the generation, well before the venue drops', () => {
    const { limits } = coincallOptionsProtocol.sockets[0]!;
    expect(aSession().heartbeat!()).toBe('{"action":"heartbeat"}');
    expect(aSession(OPTIONS, { options: { generation: 'unsigned' } }).heartbeat!()).toBe('{"c":11}');
    expect(limits.heartbeatAfterMs).toBeGreaterThanOrEqual(15_000);
    expect(limits.heartbeatAfterMs).toBeLessThanOrEqual(20_000);
    expect(limits.silenceTimeoutMs).toBe(30_000);
    expect(1000 / limits.sendSpacingMs).toBeLessThan(100);
  });

  test('answered with anything but rc 1 end the connection', () => {
    expect(read(aSession(), '{"c":11,"rc":1}')).toBe(CONTROL);
    expect(read(aSession(), '{"c":11,"rc":0}')).toMatchObject({
      kind: 'back-off',
      code: 'HEARTBEAT',
      message: expect.stringContaining('rc 0'),
    });
    expect(read(aSession(), '{"c":11}')).toMatchObject({ kind: 'back-off' });
  });

  test('of the venue are answered in their own form', () => {
    expect(read(aSession(), '{"ping":1688453641701}')).toEqual({ kind: 'reply', text: '{"pong":1688453641701}' });
    expect(read(aSession(), 'ping')).toEqual({ kind: 'reply', text: 'pong' });
    expect(read(aSession(), 'pong')).toBe(CONTROL);
  });
});

describe('frames', () => {
  test('of a known dt are data wherever it stands, and all else is unknown', () => {
    const session = aSession();
    for (const text of ['{"dt":5,"c":20,"d":{}}', '{"c":20,"dt":24}', '{ "dt" : 5 }']) expect(read(session, text), text).toBe(DATA);
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '5',
      '"x"',
      '{}',
      '{"dt":58,"c":20}',
      '{"dt":"5"}',
      '{"action":"SUBSCRIBE"}',
      '{"ping":[]}',
    ]) {
      expect(read(session, text), text).toBe(UNKNOWN);
    }
  });

  test('belong to the first of their symbols that was asked for', () => {
    const session = aSession();
    for (const symbol of [CALL, PUT]) session.subscribe([{ channel: 'lastTrade', symbol }]);
    session.subscribe([{ channel: 'kline', symbol: CALL, options: { period: 'h1' } }]);
    session.subscribe([{ channel: 'tOption', symbol: 'BTCUSD', options: { end: END } }]);
    const other = 'BTCUSD-25DEC26-99000-C';
    expect(keyOf(session, `{"dt":6,"c":20,"d":[{"s":"${other}"},{"q":"1","s":"${PUT}"},{"s":"${CALL}"}]}`)).toBe(`lastTrade|${PUT}`);
    expect(keyOf(session, `{"d":{"pe":"h1","s":"${CALL}"},"dt":2}`)).toBe(`kline|${CALL}|period=h1`);
    expect(keyOf(session, `{"dt":2,"d":{"pe":"m1","s":"${CALL}"}}`)).toBe('');
    expect(keyOf(session, `{"dt":4,"c":20,"d":[{"mp":1,"s":"${other}"}]}`)).toBe(`tOption|BTCUSD|end=${END}`);
    expect(keyOf(session, `{"dt":4,"c":20,"d":[{"mp":1,"s":"BTCUSD-26DEC26-99000-C"}]}`)).toBe('');
    session.unsubscribe([{ channel: 'lastTrade', symbol: PUT }]);
    expect(keyOf(session, `{"dt":6,"c":20,"d":[{"s":"${PUT}"}]}`)).toBe('');
    for (const text of ['', '{', '{"dt":6', '{"dt":6}', '{"dt":6,"d":[', '{"dt":6,"d":[{"s":']) expect(keyOf(session, text), text).toBe('');
  });

  test('whatever bytes come, a session says something and never throws', () => {
    const deep = `{"ping":${'['.repeat(50_000)}${']'.repeat(50_000)},"result":1}`;
    const texts = [
      SUCCESS('orderBook'),
      FAILED('orderBook'),
      '{"action":"SUBSCRIBE","dataType":"orderBook","result":"success","payload":{"symbol":["a"]}}',
      '{"c":11,"rc":1}',
      '{"ping":5}',
      '{"code":1,"msg":"too many request"}',
      `{"dt":6,"c":20,"d":[{"q":"1","sd":1,"s":"${CALL}","ts":1}],"ts":1}`,
      `{"c":20,"dt":4,"d":[{"mp":4038.5,"s":"${PUT}"},{"s":"${CALL}"}]}`,
      `{"dt":2,"c":20,"d":{"high":1,"s":"${CALL}","pe":"m1"}}`,
    ];
    expect(read(aSession(), deep).kind).toBe('unknown');
    const frames = texts.map(bytesOf);
    checkSeeds(300, (random) => {
      const session = aSession();
      session.subscribe([book(CALL)]);
      session.subscribe([{ channel: 'lastTrade', symbol: CALL }]);
      for (let count = 0; count < 20; count++) {
        const bytes = random.chance(0.1) ? random.bytes(random.integer(0, 40)) : mutateBytes(random.pick(frames), random);
        expect(session.read(bytes, 0, bytes.length).kind).toBeTypeOf('string');
        expect(session.keyOf(bytes, 0, bytes.length)).toBeTypeOf('string');
      }
    });
  });
});

describe('masters', () => {
  const settings: PollSettings = { credentials: {}, grants: {}, options: {}, nowMs: 0 };
  const bases = (symbols: readonly string[], options = {}) =>
    coincallOptionsProtocol
      .masters({ ...settings, options }, symbols)
      .flatMap(({ path, meta }) => (meta?.base === undefined ? [] : [path]));
  const answer = (status: number, text: string) =>
    coincallOptionsProtocol.readMaster({ endpoint: 'config', method: 'GET', path: '/x' }, { status, headers: {}, body: bytesOf(text) });

  test('are the clock, the configuration and the contracts of each base', () => {
    expect(coincallOptionsProtocol.masters(settings, [CALL, PUT, 'SOLUSD']).map(({ endpoint, path }) => [endpoint, path])).toEqual([
      ['server-time', '/time'],
      ['config', '/open/public/config/v1'],
      ['instruments', '/open/option/getInstruments/BTC'],
      ['instruments', '/open/option/getInstruments/SOL'],
    ]);
    expect(bases([])).toEqual(['/open/option/getInstruments/BTC', '/open/option/getInstruments/ETH']);
    expect(bases([CALL], { bases: 'XRP, KAS' })).toEqual(['/open/option/getInstruments/XRP', '/open/option/getInstruments/KAS']);
    expect(coincallFuturesProtocol.masters(settings, ['BTCUSD']).map(({ endpoint }) => endpoint)).toEqual([
      'server-time',
      'config',
      'instruments',
      'symbols',
    ]);
  });

  test('are asked again after the expiry of 08:00 UTC', () => {
    expect(coincallOptionsProtocol.mastersAtUtcMinutes).toEqual([482]);
  });

  test('are good when their code is 0, and too many waits', () => {
    expect(answer(200, '{"code":0,"data":[]}')).toEqual({ kind: 'ok' });
    expect(answer(200, '{"code":10558,"msg":"no"}')).toEqual({ kind: 'failed', code: 'COINCALL_10558', message: 'no', isFinal: false });
    expect(answer(429, '<html>')).toMatchObject({ kind: 'wait', code: 'HTTP_429', waitMs: 2_000 });
    expect(answer(200, '{"code":1,"msg":"too many request"}')).toMatchObject({ kind: 'wait' });
    expect(answer(500, '{"code":0}')).toMatchObject({ kind: 'failed' });
    expect(answer(404, '')).toMatchObject({ kind: 'failed', isFinal: true });
    expect(answer(502, '[]')).toMatchObject({ kind: 'failed', code: 'HTTP_502', isFinal: false });
  });
});

describe('live chains', () => {
  const END_US = Number(END) * 1000;
  const DAY_US = 86_400_000_000;
  const contract = (symbol: string, strike: number, expiryUs: number): Instrument => ({
    ...{ venue: OPTIONS, symbol, kind: 'option', currency: 'USD', multiplier: 1 },
    ...{ strike, expiryUs, optionType: symbol.endsWith('-C') ? 'call' : 'put' },
  });
  const future: Instrument = { venue: OPTIONS, symbol: 'BTCUSD', kind: 'index', currency: 'USD', multiplier: 1 };
  const instruments = [
    contract('BTCUSD-26DEC26-90000-C', 90_000, END_US + DAY_US),
    contract(PUT, 100_000, END_US),
    contract('BTCUSD-25DEC26-90000-P', 90_000, END_US),
    future,
    contract(CALL, 100_000, END_US),
    contract('BTCUSD-25DEC26-95000-C', 95_000, END_US),
    contract('ETHUSD-25DEC26-3000-C', 3_000, END_US),
  ];

  test('give names and ends by underlying and expiry, strikes rising', () => {
    const chains = liveChains(instruments, END_US - 1);
    expect(chains.map(({ underlying, endMs }) => [underlying, endMs])).toEqual([
      ['BTCUSD', Number(END)],
      ['BTCUSD', Number(END) + 86_400_000],
      ['ETHUSD', Number(END)],
    ]);
    expect(chains[0]!.strikes).toEqual([
      { strike: 90_000, put: 'BTCUSD-25DEC26-90000-P' },
      { strike: 95_000, call: 'BTCUSD-25DEC26-95000-C' },
      { strike: 100_000, call: CALL, put: PUT },
    ]);
  });

  test('lose an expiry at its instant', () => {
    expect(liveChains(instruments, END_US).map(({ underlying, endMs }) => [underlying, endMs])).toEqual([
      ['BTCUSD', Number(END) + 86_400_000],
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { encodeConditionChanges, encodePhases, encodeVolatility } from '../../../venues/kiwoom/encode-status.ts';
import { encodeStockList } from '../../../venues/kiwoom/encode-stock.ts';
import { kiwoomProtocol } from '../../../venues/kiwoom/protocol.ts';
import { REST_ERRORS } from '../../../venues/kiwoom/rest-codes.ts';
import { SOCKET_CODES } from '../../../venues/kiwoom/socket-codes.ts';
import type { PollSettings } from '../../../venues/protocol.ts';
import type { VenueServer } from '../../../venues/server-protocol.ts';
import { checkSeeds, checkSeedsAsync } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import {
  accept,
  aMarket,
  aServer,
  bodyOf,
  bytesOf,
  CREDENTIALS,
  call,
  connect,
  delivered,
  frames,
  NO_FAULTS,
  NOW_MS,
  OTHER_CREDENTIALS,
  readAll,
  record,
  sent,
  settingsOf,
  textOf,
  tokenOf,
} from './both-sides.ts';
import { aBookFrame, aTradeFrame } from './kiwoom-frames.ts';

const HOUR_MS = 3_600_000;
const TRADE = { channel: '0B', symbol: '005930' };
const VOLATILITY = { channel: '1h', symbol: '' };
const CONDITION = { channel: '02', symbol: '4' };
const BYE = { kind: 'close', code: 1000, reason: 'Bye' };
const PING = '{"trnm":"PING"}';
const REG = (items: readonly string[], more: object = {}) =>
  JSON.stringify({ trnm: 'REG', grp_no: '1', refresh: '1', data: [{ item: items, type: ['0B'] }], ...more });
const items = (count: number, from = 100_000) => Array.from({ length: count }, (_, i) => String(from + i));
const condition = (seq: number, symbol: string, isInserted: boolean) =>
  textOf(encodeConditionChanges([{ condition: seq, symbol, isInserted, venueTimeUs: NOW_MS * 1000 }]));
const interruption = textOf(encodeVolatility([{ symbol: '000660', kind: 1, direction: 1, price: 5, triggeredAtUs: NOW_MS * 1000 }]));

describe('a session of client and server', () => {
  test('logs in, registers, gets its frames byte for byte, releases, and gets none', () => {
    const { client, server, say } = connect(aServer());
    expect(say(client.subscribe([TRADE]))).toEqual([{ kind: 'acknowledged', keys: ['0B|005930'] }]);
    const frame = aTradeFrame({});
    expect(delivered(server, frame)).toBe(frame);
    expect(delivered(server, aTradeFrame({}, '005930_NX'))).toBeUndefined();
    expect(delivered(server, aBookFrame())).toBeUndefined();
    expect(say(client.unsubscribe([TRADE]))).toEqual([{ kind: 'released', keys: ['0B|005930'] }]);
    expect(delivered(server, frame)).toBeUndefined();
  });

  test('gets a frame of several rows, in any spelling, when any of them is wanted', () => {
    const { client, server, say } = connect(aServer());
    say(client.subscribe([TRADE]));
    const rows = [aBookFrame({}, '000660'), aTradeFrame({})].map((text) => JSON.parse(text).data[0]);
    for (const frame of [JSON.stringify({ data: rows, trnm: 'REAL' }), JSON.stringify({ trnm: 'REAL', data: rows }, undefined, 1)]) {
      expect(delivered(server, frame)).toBe(frame);
    }
    expect(delivered(server, JSON.stringify({ data: rows.slice(0, 1), trnm: 'REAL' }))).toBeUndefined();
  });

  test('gets types of the whole market whatever the item, also when registered with one', () => {
    const phase = textOf(encodePhases([{ code: '3', venueTimeUs: NOW_MS * 1000 }]));
    const { client, server, say } = connect(aServer());
    say(client.subscribe([VOLATILITY]));
    expect(delivered(server, interruption)).toBe(interruption);
    expect(delivered(server, phase)).toBeUndefined();
    say('{"trnm":"REG","grp_no":"1","data":[{"item":["005930"],"type":["0s"]}]}');
    expect(delivered(server, phase)).toBe(phase);
  });

  test('does not get the control frames of the tape, nor bytes that are no frame', () => {
    const { client, server, say } = connect(aServer());
    say(client.subscribe([TRADE]));
    for (const text of [
      '',
      PING,
      '{"trnm":"LOGIN","return_code":0}',
      '{"trnm":"SYSTEM","code":"R10001"}',
      '{"data":7,"trnm":"REAL"}',
      'x',
    ]) {
      expect(delivered(server, text), text).toBeUndefined();
    }
  });

  test('has KRX only on the mock host, though it acknowledges anything', () => {
    const { server, say } = connect(aServer({ environment: 'mock' }));
    say(REG(['005930', '005930_NX']));
    expect(delivered(server, aTradeFrame({}))).toBeDefined();
    expect(delivered(server, aTradeFrame({}, '005930_NX'))).toBeUndefined();
  });

  test('counts what it asked for', () => {
    const { client, server, say } = connect(aServer());
    const count = () => (server as unknown as { subscriptionCount: number }).subscriptionCount;
    expect(count()).toBe(0);
    say(client.subscribe([TRADE, { ...TRADE, channel: '0D' }, VOLATILITY]));
    expect(count()).toBe(3);
  });
});

describe('login', () => {
  test('comes first: everything before it is ignored and answered in its own name', () => {
    const session = accept(aServer());
    for (const trnm of ['REG', 'REMOVE', 'CNSRLST', 'NEW']) {
      expect(frames(session.onMessage(JSON.stringify({ trnm }), NOW_MS))).toEqual([
        { trnm, return_code: 100013, return_msg: SOCKET_CODES[100013].text },
      ]);
    }
    expect(session.onTick(NOW_MS + 30_000)).toEqual([]);
    expect(delivered(session, aTradeFrame({}))).toBeUndefined();
  });

  test('is answered as recorded', () => {
    const server = aServer();
    const [text] = sent(accept(server).onMessage(JSON.stringify({ trnm: 'LOGIN', token: tokenOf(server) }), NOW_MS));
    expect(text).toBe('{"trnm":"LOGIN","return_code":0,"return_msg":"","sor_yn":"Y"}');
  });

  test('without a token, with a wrong one, or one that is over, is refused and ends the connection', () => {
    const server = aServer();
    const token = tokenOf(server);
    const login = (frame: object, nowMs = NOW_MS) => accept(server).onMessage(JSON.stringify({ trnm: 'LOGIN', ...frame }), nowMs);
    for (const [actions, code] of [
      [login({}), 805002],
      [login({ token: 'x' }), 805004],
      [login({ token: `Bearer ${token}` }), 805004],
      [login({ token }, NOW_MS + 24 * HOUR_MS), 805004],
    ] as const) {
      expect(frames(actions)).toEqual([{ trnm: 'LOGIN', return_code: code, return_msg: SOCKET_CODES[code].text }]);
      expect(actions.at(-1)).toEqual(BYE);
    }
    const client = kiwoomProtocol.sockets[0]!.open(settingsOf());
    expect(readAll(client, login({ token: 'x' }))).toMatchObject([{ kind: 'login-refused', code: '8005', renew: 'token' }]);
  });

  test('that never comes ends the connection', () => {
    const session = accept(aServer());
    expect(session.onTick(NOW_MS + 59_000)).toEqual([]);
    expect(session.onTick(NOW_MS + 60_000)).toEqual([BYE]);
  });

  test('by the same key elsewhere ends the older session', () => {
    const server = aServer();
    const older = connect(server);
    older.say(older.client.subscribe([TRADE]));
    const stranger = connect(server, OTHER_CREDENTIALS);
    const younger = connect(server);
    expect(delivered(older.server, aTradeFrame({}))).toBeUndefined();
    const actions = older.server.onTick(NOW_MS);
    expect(readAll(older.client, actions)).toMatchObject([{ kind: 'stop', code: 'R10001' }]);
    expect(actions.at(-1)).toEqual(BYE);
    expect(older.server.onTick(NOW_MS + 20_000)).toEqual([]);
    older.server.onClose();
    for (const { server: session } of [stranger, younger]) expect(frames(session.onTick(NOW_MS + 10_000))).toEqual([{ trnm: 'PING' }]);
  });

  test('is refused by the fault of that name, and so is the token', () => {
    const server = aServer({}, { faults: { ...NO_FAULTS, refuseLogin: true } });
    expect(() => tokenOf(server)).toThrow('8001');
    expect(frames(accept(server).onMessage('{"trnm":"LOGIN","token":"x"}', NOW_MS))).toMatchObject([{ return_code: 805004 }]);
  });
});

describe('registrations', () => {
  const codes = (server: VenueServer, ...texts: readonly string[]) => {
    const { server: session } = connect(server);
    // A second apart, so that their rate is no matter.
    return texts.map((text, i) => frames(session.onMessage(text, NOW_MS + i * 1_000)).map(({ return_code }) => return_code)[0]);
  };

  test('count items, whatever their types: 200 of a connection, in however many groups', () => {
    const types = {
      data: [
        { item: items(200), type: ['0B', '0D', '0C'] },
        { item: [''], type: ['1h', '00'] },
      ],
    };
    expect(codes(aServer(), REG([], types), REG(['999999']), REG(['100000']))).toEqual([0, 105118, 0]);
    const groups = [0, 1, 2, 3].map((i) => REG(items(50, 100_000 + i * 50), { grp_no: String(i) }));
    expect(
      codes(aServer(), ...groups, REG(['999999'], { grp_no: '9' }), REG(['100000_NX'], { grp_no: '9' }), REG(['100000'], { grp_no: '9' })),
    ).toEqual([0, 0, 0, 0, 105115, 105115, 0]);
    expect(codes(aServer({ groupItemsMax: '100' }), REG(items(101)), REG(items(100)))).toEqual([105118, 0]);
  });

  test('past a limit register nothing of their message', () => {
    const { server, say } = connect(aServer());
    expect(say(REG(items(201)))).toEqual([expect.objectContaining({ kind: 'control' })]);
    expect(delivered(server, aTradeFrame({}, '100000'))).toBeUndefined();
  });

  test('end with REMOVE in their group, and leave room', () => {
    const remove = (group: string) =>
      JSON.stringify({ trnm: 'REMOVE', grp_no: group, refresh: '', data: [{ item: items(200), type: ['0B'] }] });
    expect(codes(aServer(), REG(items(200)), remove('2'), REG(['999999']), remove('1'), REG(['999999']))).toEqual([0, 0, 105118, 0, 0]);
    expect(codes(aServer(), REG(items(200)), remove(''), REG(['999999']))).toEqual([0, 0, 0]);
  });

  test('with refresh 0 drop what their group had, and no other', () => {
    const { server, say } = connect(aServer());
    say(REG(['000001']));
    say(REG(['000002'], { grp_no: '2' }));
    say(REG(['000003'], { refresh: '0' }));
    expect(['000001', '000002', '000003'].map((item) => delivered(server, aTradeFrame({}, item)) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('of a wrong form are refused, codes that do not exist are not', () => {
    const wrong = [
      { data: undefined },
      { data: 'x' },
      { data: [7] },
      { data: [{ item: '005930', type: ['0B'] }] },
      { data: [{ item: ['005930'], type: '0B' }] },
    ];
    for (const more of wrong) expect(codes(aServer(), REG([], more)), JSON.stringify(more)).toEqual([105111]);
    expect(
      codes(aServer(), REG(['nonsense']), '{"trnm":"REG","data":[{"type":["1h"]}]}', '{"trnm":"REG","data":[{"item":[],"type":["1h"]}]}'),
    ).toEqual([0, 0, 0]);
  });

  test('more than five in a second are too many, for each kind of request alone', () => {
    const { server } = connect(aServer());
    const code = (text: string, nowMs: number) => frames(server.onMessage(text, nowMs))[0]!.return_code;
    for (let i = 0; i < 5; i++) expect(code(REG(['005930']), NOW_MS + i)).toBe(0);
    expect(code(REG(['005930']), NOW_MS + 999)).toBe(105110);
    expect(code('{"trnm":"REMOVE","grp_no":"1","data":[]}', NOW_MS + 999)).toBe(0);
    expect(code('{"trnm":"CNSRLST"}', NOW_MS + 999)).toBe(0);
    expect(code(REG(['005930']), NOW_MS + 1_000)).toBe(0);
  });

  test('are refused by the option of that name', () => {
    expect(codes(aServer({ reject: '105115' }), REG(['005930']))).toEqual([105115]);
  });

  test('of an unknown kind, or of none, have their codes', () => {
    expect(codes(aServer(), '{"trnm":"PONG"}', '{}', 'x', '[]', '')).toEqual([105108, 100002, 100002, 100002, 100002]);
  });

  test('that are only acknowledged bring nothing', () => {
    const { client, server, say } = connect(aServer({}, { faults: { ...NO_FAULTS, acknowledgeOnly: true } }));
    expect(say(client.subscribe([TRADE]))).toMatchObject([{ kind: 'acknowledged' }]);
    expect(delivered(server, aTradeFrame({}))).toBeUndefined();
  });
});

describe('PING', () => {
  test('comes every ten seconds after the login, and any echo of it keeps the session', () => {
    const { client, server } = connect(aServer());
    expect(server.onTick(NOW_MS + 9_000)).toEqual([]);
    for (let i = 1; i <= 20; i++) {
      const actions = server.onTick(NOW_MS + i * 10_000);
      expect(sent(actions)).toEqual([PING]);
      const [reply] = readAll(client, actions);
      const echoes = [reply?.kind === 'reply' ? reply.text : '', '{"trnm": "PING"}', 'PING'];
      expect(server.onMessage(echoes[i % 3]!, NOW_MS + i * 10_000)).toEqual([]);
    }
  });

  test('that is never echoed ends the session with R10002, whatever else the client says', () => {
    const { client, server } = connect(aServer());
    for (let i = 1; i <= 3; i++) {
      expect(sent(server.onTick(NOW_MS + i * 10_000))).toEqual([PING]);
      server.onMessage(REG(['005930']), NOW_MS + i * 10_000);
    }
    const actions = server.onTick(NOW_MS + 40_000);
    expect(readAll(client, actions)).toMatchObject([{ kind: 'back-off', code: 'R10002' }]);
    expect(actions.at(-1)).toEqual(BYE);
  });

  test('stays out where the fault says so', () => {
    const { server } = connect(aServer({}, { faults: { ...NO_FAULTS, muteHeartbeat: true } }));
    for (let i = 1; i < 10; i++) expect(server.onTick(NOW_MS + i * 10_000)).toEqual([]);
  });
});

describe('condition search', () => {
  const OPTIONS = { conditions: '4:breakout, 12:거래량' };

  test('lists, searches in real time from the list on, and brings its own rows until it is cleared', () => {
    const { client, server, say } = connect(aServer(OPTIONS));
    expect(delivered(server, condition(4, '005930', true))).toBeUndefined();
    expect(say(client.subscribe([CONDITION]))).toEqual([{ kind: 'acknowledged', keys: ['02|4'] }]);
    for (const [seq, isWanted] of [
      [4, true],
      [12, false],
    ] as const) {
      expect(delivered(server, condition(seq, '005930', true)) !== undefined).toBe(isWanted);
    }
    expect(say(client.unsubscribe([CONDITION]))).toEqual([{ kind: 'released', keys: ['02|4'] }]);
    expect(delivered(server, condition(4, '005930', true))).toBeUndefined();
  });

  test('answers with what the rows of the tape put in and took out so far', () => {
    const market = aMarket({ lastPrice: (symbol) => (symbol === '000660' ? 75_000 : Number.NaN) });
    const { server } = connect(aServer(OPTIONS, { market }));
    for (const [symbol, isInserted] of [
      ['005930', true],
      ['000660', true],
      ['005930', false],
    ] as const) {
      delivered(server, condition(4, symbol, isInserted));
    }
    const ask = (frame: object) => frames(server.onMessage(JSON.stringify(frame), NOW_MS))[0];
    expect(ask({ trnm: 'CNSRLST' })).toEqual({
      trnm: 'CNSRLST',
      return_code: 0,
      return_msg: '',
      data: [
        ['4', 'breakout'],
        ['12', '거래량'],
      ],
    });
    expect(ask({ trnm: 'CNSRREQ', seq: '4', search_type: '1', stex_tp: 'K' })).toMatchObject({ seq: '4', data: [{ jmcode: 'A000660' }] });
    expect(ask({ trnm: 'CNSRREQ', seq: '4', search_type: '0', stex_tp: 'K', cont_yn: 'N', next_key: '' })).toMatchObject({
      return_code: 0,
      cont_yn: 'N',
      data: [{ '9001': 'A000660', '10': '000075000' }],
    });
  });

  test('is refused without the list before it, and for a number that is none of the account', () => {
    const { server } = connect(aServer(OPTIONS));
    const code = (seq: string, nowMs: number) =>
      frames(server.onMessage(JSON.stringify({ trnm: 'CNSRREQ', seq, search_type: '1' }), nowMs))[0]!.return_code;
    expect(code('4', NOW_MS)).toBe(1);
    server.onMessage('{"trnm":"CNSRLST"}', NOW_MS);
    expect([code('4', NOW_MS), code('012', NOW_MS), code('5', NOW_MS)]).toEqual([0, 0, 1]);
    expect(() => aServer({ conditions: 'breakout' })).toThrow('<number>:<name>');
  });
});

describe('the token', () => {
  const post = (server: VenueServer, path: string, body: unknown, nowMs = NOW_MS) =>
    bodyOf(call(server, { endpoint: 'token', method: 'POST', path, body: typeof body === 'string' ? body : JSON.stringify(body) }, nowMs));
  const asked = { grant_type: 'client_credentials', appkey: 'k', secretkey: 's' };
  const issue = (server: VenueServer, body: unknown = asked, nowMs = NOW_MS) => post(server, '/oauth2/token', body, nowMs);

  test('is the same with the same end while it is valid, and another after', () => {
    const server = aServer();
    const first = issue(server);
    expect(first).toEqual({
      expires_dt: '20261002100000',
      return_msg: '정상적으로 처리되었습니다',
      token_type: 'bearer',
      return_code: 0,
      token: expect.stringMatching(/^\w{86}$/),
    });
    expect(issue(server, asked, NOW_MS + 23 * HOUR_MS)).toEqual(first);
    expect(issue(server, asked, NOW_MS + 24 * HOUR_MS).token).not.toBe(first.token);
    expect(issue(server, { ...asked, appkey: 'other' }).token).not.toBe(first.token);
  });

  test('is refused with the code of what is wrong', () => {
    const known = aServer({ appKey: 'k', secretKey: 's' });
    const cases: readonly (readonly [unknown, number])[] = [
      [{ ...asked, grant_type: '' }, 8011],
      [{ ...asked, grant_type: 'password' }, 8012],
      [{ ...asked, appkey: '' }, 8020],
      [{ ...asked, secretkey: undefined, appsecret: 's' }, 8020],
      [{ ...asked, appkey: 'x' }, 8001],
      [{ ...asked, secretkey: 'x' }, 8002],
      ['x', 1517],
    ];
    for (const [body, code] of cases) {
      const { return_code, return_msg } = issue(known, body);
      expect([return_code, return_msg], String(code)).toEqual([
        REST_ERRORS[code as keyof typeof REST_ERRORS].returnCode,
        expect.stringContaining(`[${code}:`),
      ]);
    }
    expect(issue(known)).toMatchObject({ return_code: 0 });
    expect(() => aServer({ appKey: 'k' })).toThrow('give both');
  });

  test('that is revoked is none any more', () => {
    const server = aServer();
    const { token } = issue(server);
    const revoke = (body: object) => post(server, '/oauth2/revoke', { ...asked, ...body }).return_msg;
    expect(revoke({})).toContain('[8016:');
    expect(revoke({ token: 'x' })).toContain('[8015:');
    expect(revoke({ token })).toBe('정상적으로 처리되었습니다');
    expect(issue(server).token).not.toBe(token);
  });
});

describe('REST', () => {
  const PATH = '/api/dostk/stkinfo';
  const market = aMarket({
    symbols: () => ['005930', '005930_NX', '000660_AL'],
    lastPrice: (symbol) => (symbol === '005930' ? 70_100 : Number.NaN),
    book: (symbol) =>
      symbol === '005930'
        ? {
            lastUpdateId: Number.NaN,
            venueTimeUs: NOW_MS * 1000,
            asks: [
              [70_200, 5],
              [70_300, 6],
            ],
            bids: [[70_100, 7]],
          }
        : undefined,
  });
  const ask = (
    server: VenueServer,
    apiId: string,
    body: unknown,
    parts: { readonly path?: string; readonly headers?: Record<string, string>; readonly nowMs?: number } = {},
  ) => {
    const headers = { 'api-id': apiId, authorization: `Bearer ${tokenOf(server)}`, ...parts.headers };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return call(server, { endpoint: 'x', method: 'POST', path: parts.path ?? PATH, headers, body: text }, parts.nowMs);
  };
  const message = (...args: Parameters<typeof ask>) => bodyOf(ask(...args)).return_msg;

  test('checks call, path, token and input as the venue does', () => {
    const server = aServer({}, { market });
    const stock = { stk_cd: '005930' };
    const cases: readonly (readonly [number, unknown])[] = [
      [1501, message(server, '', stock)],
      [1505, message(server, 'ka99999', stock)],
      [1505, message(server, 'toString', stock)],
      [1504, message(server, 'ka10004', stock)],
      [1513, message(server, 'ka10001', stock, { headers: { authorization: '' } })],
      [1514, message(server, 'ka10001', stock, { headers: { authorization: 'Bearer a b' } })],
      [1515, message(server, 'ka10001', stock, { headers: { authorization: 'Basic a' } })],
      [1516, message(server, 'ka10001', stock, { headers: { authorization: 'Bearer' } })],
      [8005, message(server, 'ka10001', stock, { headers: { authorization: 'Bearer a' } })],
      [1517, message(server, 'ka10001', 'x')],
      [1511, message(server, 'ka10001', {})],
      [1902, message(server, 'ka10001', { stk_cd: '999999' })],
      [1902, message(server, 'ka10100', { stk_cd: '999999' })],
      [1901, message(server, 'ka10099', { mrkt_tp: 'x' })],
    ];
    for (const [code, text] of cases) expect(text).toContain(`[${code}:`);
    expect(server.rest({ method: 'POST', path: '/api/us/x', query: {}, headers: {}, body: '' }, NOW_MS)).toBeUndefined();
  });

  test('allows five calls a second of each api-id and key, and answers the sixth with 429', () => {
    const server = aServer({}, { market });
    for (let i = 0; i < 5; i++) expect(ask(server, 'ka10001', { stk_cd: '005930' }, { nowMs: NOW_MS + i }).status).toBe(200);
    const refused = ask(server, 'ka10001', { stk_cd: '005930' }, { nowMs: NOW_MS + 999 });
    expect([refused.status, bodyOf(refused)]).toEqual([
      429,
      {
        return_code: 5,
        return_msg: '허용된 요청 개수를 초과하였습니다[1700:허용된 API 요청 개수를 초과하였습니다. 유량=5, API ID=ka10001]',
      },
    ]);
    expect(ask(server, 'ka10100', { stk_cd: '005930' }, { nowMs: NOW_MS + 999 }).status).toBe(200);
    const other = { headers: { authorization: `Bearer ${tokenOf(server, OTHER_CREDENTIALS)}` }, nowMs: NOW_MS + 999 };
    expect(ask(server, 'ka10001', { stk_cd: '005930' }, other).status).toBe(200);
    expect(ask(server, 'ka10001', { stk_cd: '005930' }, { nowMs: NOW_MS + 1_000 }).status).toBe(200);
    const mock = aServer({ environment: 'mock' }, { market });
    expect([0, 1].map(() => ask(mock, 'ka10001', { stk_cd: '005930' }).status)).toEqual([200, 429]);
  });

  test('answers price and book as of now', () => {
    const server = aServer({}, { market });
    expect(bodyOf(ask(server, 'ka10001', { stk_cd: '005930' }))).toMatchObject({ stk_cd: '005930', cur_prc: '70100', return_code: 0 });
    const book = bodyOf(ask(server, 'ka10004', { stk_cd: '005930' }, { path: '/api/dostk/mrkcond' }));
    expect(book).toMatchObject({
      bid_req_base_tm: '100000',
      sel_fpr_bid: '70200',
      sel_fpr_req: '5',
      sel_2th_pre_bid: '70300',
      sel_10th_pre_bid: '0',
      buy_fpr_bid: '70100',
      tot_sel_req: '11',
      tot_buy_req: '7',
    });
    expect(bodyOf(ask(server, 'ka10004', { stk_cd: '000660' }, { path: '/api/dostk/mrkcond' }))).toMatchObject({
      bid_req_base_tm: '',
      sel_fpr_bid: '0',
    });
  });

  const masters = (server: VenueServer, options: Readonly<Record<string, string>>, nowMs = NOW_MS) => {
    const settings: PollSettings = { credentials: CREDENTIALS, grants: { token: tokenOf(server) }, options, nowMs };
    const queue = [...kiwoomProtocol.masters(settings, ['005930', '000660'])];
    const bodies: string[] = [];
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      const response = call(server, request, nowMs + bodies.length * 1_000);
      const verdict = kiwoomProtocol.readMaster(request, response);
      if (verdict.kind !== 'ok') throw new Error(JSON.stringify(verdict));
      bodies.push(textOf(response.body));
      queue.unshift(...(verdict.next ?? []));
    }
    return bodies;
  };

  test('answers stock lists from the recorded pages, byte for byte, as the client asks for them', () => {
    const pages = [1, 2, 3].map((page) => encodeStockList([{ code: `00000${page}`, name: '이름', isOnNxt: false }]));
    const recorded = (endpoint: string, meta: Readonly<Record<string, unknown>>) =>
      endpoint === 'stock-list' && meta.apiId === 'ka10099' && meta.market === '10' ? pages[Number(meta.page) - 1] : undefined;
    const server = aServer({}, { market: aMarket({ recorded }) });
    expect(masters(server, { masters: 'kosdaq' })).toEqual(pages.map(textOf));
  });

  test('answers stock lists from the symbols of the tape where no list was recorded', () => {
    const server = aServer({}, { market });
    const [kospi, kosdaq, etf] = masters(server, {}).map((text) =>
      JSON.parse(text).list.map((row: { code: string; nxtEnable: string }) => [row.code, row.nxtEnable]),
    );
    expect([kospi, kosdaq, etf]).toEqual([
      [
        ['005930', 'Y'],
        ['000660', 'N'],
      ],
      [],
      [],
    ]);
    expect(masters(server, { masters: 'symbols' }).map((text) => JSON.parse(text).code)).toEqual(['005930', '000660']);
  });
});

describe('the recorder and the server', () => {
  const serveOptions = { conditions: '4:breakout' };

  test('register a full plan of two hundred items and a search, a batch at a time, and release it', async () => {
    const plan = [
      VOLATILITY,
      CONDITION,
      ...items(150).map((symbol) => ({ channel: '0B', symbol })),
      ...items(150).map((symbol) => ({ channel: '0D', symbol })),
      ...items(50, 200_000).map((symbol) => ({ channel: '0w', symbol })),
    ];
    const { connection, run, serve, journal, told } = record(aServer(serveOptions), plan);
    await run(10);
    expect(connection.ledger.counts()).toEqual({ wanted: plan.length, acknowledged: plan.length, seen: 0, refused: 0 });
    expect(told).toContainEqual({ kind: 'live', venue: 'kiwoom', connection: 'ws-1' });
    const texts = journal.texts('frame-out').map((text) => JSON.parse(text));
    const sizes = texts.filter(({ trnm }) => trnm === 'REG').map(({ data }) => data.flatMap(({ item }: { item: string[] }) => item).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
    expect(texts.filter(({ trnm }) => trnm === 'CNSRREQ').length).toBe(1);
    for (const text of [aTradeFrame({}, '100149'), aBookFrame({}, '100000'), interruption, condition(4, '005930', true)]) await serve(text);
    expect(connection.ledger.counts().seen).toBe(4);
    for (const subscription of plan) connection.release(subscription);
    await run(10);
    expect(connection.ledger.isEmpty).toBe(true);
    expect(connection.state).toBe('parked');
  });

  test('come to the same after any changes of mind', () =>
    checkSeedsAsync(6, async (random) => {
      const both = (symbol: string) => ['0B', '0D'].map((channel) => ({ channel, symbol }));
      const pool = [VOLATILITY, CONDITION, ...items(130).flatMap(both)];
      const wanted = new Set(pool.filter(() => random.chance(0.3)));
      const { connection, run, serve } = record(aServer(serveOptions), [...wanted]);
      for (let round = 0; round < 12; round++) {
        for (let change = 0; change < 40; change++) {
          const subscription = random.pick(pool);
          if (wanted.delete(subscription)) connection.release(subscription);
          else if (wanted.add(subscription)) connection.want(subscription, random.integer(0, 3));
        }
        await run(1);
      }
      await run(30);
      const { wanted: count, acknowledged, refused } = connection.ledger.counts();
      expect([count, acknowledged, refused]).toEqual([wanted.size, wanted.size, 0]);
      for (const subscription of pool.slice(2)) {
        const before = connection.frames;
        await serve(subscription.channel === '0B' ? aTradeFrame({}, subscription.symbol) : aBookFrame({}, subscription.symbol));
        expect(connection.frames - before, `${subscription.channel} ${subscription.symbol}`).toBe(wanted.has(subscription) ? 1 : 0);
      }
    }));

  test('stop when another session takes the key, instead of fighting for it', async () => {
    const server = aServer(serveOptions);
    const recorded = record(server, [TRADE]);
    await recorded.run(3);
    connect(server);
    await recorded.run(120);
    expect(recorded.connection.state).toBe('stopped');
    expect(recorded.connection.stopReason).toMatchObject({ code: 'R10001' });
    expect(recorded.sockets.length).toBe(1);
  });

  test('live through hours of silence on echoes alone, and end a connection that falls silent', async () => {
    const { connection, run, sockets } = record(aServer(serveOptions), [TRADE]);
    await run(600);
    expect([connection.state, sockets.length]).toEqual(['open', 1]);
    const mute = record(aServer({}, { faults: { ...NO_FAULTS, muteHeartbeat: true } }), [TRADE]);
    await mute.run(64);
    expect(mute.told).toContainEqual(expect.objectContaining({ kind: 'disconnected', reason: 'silent for 61 s' }));
    await mute.run(10);
    expect(mute.connection.ledger.counts().acknowledged).toBe(1);
  });

  test('give up with the reason after logins that a new token does not mend', async () => {
    const { connection, run, dropped, sockets } = record(aServer(), [TRADE], {
      change: (text) =>
        text.replace('"LOGIN","return_code":0,"return_msg":""', '"LOGIN","return_code":805004,"return_msg":"[CODE=8005, MESSAGE=x]"'),
    });
    await run(60);
    expect([connection.state, dropped.length, sockets.length]).toEqual(['stopped', 2, 3]);
    expect(connection.stopReason).toMatchObject({ code: '8005' });
  });

  test('ask again after too many requests, and go on after a refusal', async () => {
    let isFirst = true;
    const { connection, run, serve } = record(aServer(serveOptions), [TRADE, { channel: '02', symbol: '9' }, CONDITION], {
      change: (text) => {
        if (!isFirst || !text.startsWith('{"trnm":"REG"')) return text;
        isFirst = false;
        return text.replace('"return_code":0', '"return_code":105110');
      },
    });
    await run(6);
    expect(connection.ledger.counts()).toMatchObject({ wanted: 3, refused: 1 });
    // The refusal took the last answer's one signal: what was acknowledged before it shows with the next frame of data.
    await serve(aTradeFrame({}));
    expect(connection.ledger.counts()).toMatchObject({ wanted: 3, acknowledged: 2, refused: 1 });
    expect(connection.ledger.rows().find(({ key }) => key === '02|9')?.reason).toContain('no condition search 9; it has 4 breakout');
  });
});

describe('the server', () => {
  test('lives at its path and knows its options', () => {
    const server = aServer();
    for (const path of ['/api/dostk/websocket', '/api/dostk/websocket/', '/api/websocket']) accept(server, path);
    expect(server.accept({ method: 'GET', path: '/api/us/websocket', query: {}, headers: {}, body: '' }, NOW_MS)).toBeUndefined();
    for (const options of [{ environment: 'x' }, { callsPerSecond: '0' }, { groupItemsMax: 'a' }, { reject: '-1' }]) {
      expect(() => aServer(options), JSON.stringify(options)).toThrow('of kiwoom must be');
    }
  });

  test('kicks as the venue does', () => {
    const server = aServer();
    const { client, server: session } = connect(server);
    const actions = server.kick(session);
    expect(readAll(client, actions)).toMatchObject([{ kind: 'stop', code: 'R10001' }]);
    expect(actions.at(-1)).toEqual(BYE);
    expect(server.kick({} as never)).toEqual([]);
  });

  test('says something to whatever text comes and never throws', () => {
    const texts = [
      REG(['005930', '005930_NX']),
      '{"trnm":"REMOVE","grp_no":"1","data":[{"item":[""],"type":["1h"]}]}',
      '{"trnm":"CNSRREQ","seq":"0","search_type":"1"}',
      '{"trnm":"CNSRLST"}',
      '{"trnm":"CNSRCLR","seq":"0"}',
      '{"trnm":"LOGIN","token":"x"}',
      PING,
    ].map(bytesOf);
    checkSeeds(200, (random) => {
      const server = aServer();
      const { server: session } = connect(server);
      for (let i = 0; i < 30; i++) {
        const text = textOf(random.chance(0.1) ? random.bytes(random.integer(0, 40)) : mutateBytes(random.pick(texts), random));
        const target = random.chance(0.2) ? accept(server) : session;
        for (const action of target.onMessage(text, NOW_MS + i * 300)) expect(['send', 'close']).toContain(action.kind);
        delivered(session, textOf(mutateBytes(bytesOf(condition(0, '005930', true)), random)));
        session.onTick(NOW_MS + i * 1_000);
        const headers = {
          'api-id': random.pick(['ka10001', 'ka10099', text]),
          authorization: random.pick([text, 'Bearer x', `Bearer ${tokenOf(server)}`]),
        };
        const path = random.pick(['/oauth2/token', '/oauth2/revoke', '/api/dostk/stkinfo', text]);
        server.rest({ method: 'POST', path, query: {}, headers, body: text }, NOW_MS);
      }
    });
  });
});

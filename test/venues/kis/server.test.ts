import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { firstZipEntry } from '../../../recorder/net/zip.ts';
import { MESSAGE_CODES } from '../../../venues/kis/message-codes.ts';
import { kisProtocol } from '../../../venues/kis/protocol.ts';
import type { PollSettings, RestVerdict } from '../../../venues/protocol.ts';
import type { ServedMarket, ServerSession, VenueServer } from '../../../venues/server-protocol.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import {
  aMarket,
  aRecord,
  aServer,
  bytesOf,
  CREDENTIALS,
  call,
  connect,
  delivered,
  grantOf,
  NOW_MS,
  OTHER_CREDENTIALS,
  read,
  readAll,
  sent,
  textOf,
} from './both-sides.ts';

const HOUR_MS = 3_600_000;
const STOCK = { channel: 'H0STCNT0', symbol: '005930' };
const NOTICE = { channel: 'H0STCNI0', symbol: '' };
const RECORD = Array.from({ length: 46 }, (_, index) => `v${index}`);
const FAULTS = { refuseLogin: false, acknowledgeOnly: false, muteHeartbeat: false };

const record = (symbol: string, width = 46) => [symbol, ...RECORD.slice(1, width), ...(width === 47 ? ['2'] : [])].join('^');

describe('a session of client and server', () => {
  test('registers, gets its frames, releases, and gets none', () => {
    const { client, server, say } = connect(aServer());
    expect(say(client.subscribe([STOCK]))).toEqual([{ kind: 'acknowledged', keys: ['H0STCNT0|005930'] }]);
    const frame = `0|H0STCNT0|001|${record('005930')}`;
    expect(delivered(server, frame)).toBe(frame);
    expect(delivered(server, `0|H0STCNT0|001|${record('000660')}`)).toBeUndefined();
    expect(delivered(server, `0|H0STASP0|001|005930^1`)).toBeUndefined();
    expect(say(client.unsubscribe([STOCK]))).toEqual([{ kind: 'released', keys: ['H0STCNT0|005930'] }]);
    expect(delivered(server, frame)).toBeUndefined();
  });

  test('gets a frame of several symbols byte for byte when any of them is wanted', () => {
    const { client, server, say } = connect(aServer());
    say(client.subscribe([STOCK]));
    const frame = `0|H0STCNT0|003|${record('000660')}^${record('035720')}^${record('005930')}`;
    expect(delivered(server, frame)).toBe(frame);
    expect(delivered(server, frame.replace('^005930^', '^005935^'))).toBeUndefined();
    // A count that does not divide the values says nothing of where the second record begins.
    expect(delivered(server, frame.replace('|003|', '|004|'))).toBeUndefined();
  });

  test('does not get the control frames of the tape', () => {
    const { client, server, say } = connect(aServer());
    say(client.subscribe([STOCK]));
    for (const text of ['{"header":{"tr_id":"PINGPONG"}}', '', '0', '0|H0STCNT0', '0|H0STCNT0|x|'])
      expect(delivered(server, text)).toBeUndefined();
  });

  test('may use four approval keys of the same app key, one a message', () => {
    const server = aServer();
    const dialogue = connect(server);
    for (const symbol of ['005930', '000660', '035720', '068270']) {
      const approval = grantOf(server, 'approval').value;
      const text = dialogue.client.subscribe([{ ...STOCK, symbol }]);
      const rewritten = text.replace(/"approval_key":"[^"]*"/, `"approval_key":"${approval}"`);
      expect(dialogue.say(rewritten)).toMatchObject([{ kind: 'acknowledged' }]);
    }
  });

  test('bears all registrations at once, heads with unknown keys, and numbers for texts', () => {
    const { client, server } = connect(aServer());
    const texts = Array.from({ length: 41 }, (_, index) => client.subscribe([{ ...STOCK, symbol: String(100_000 + index) }]));
    const answers = texts.flatMap((text) => {
      const frame = JSON.parse(text);
      frame.header = { personalseckey: '', unknown: [1], ...frame.header, tr_type: 1 };
      return readAll(client, server.onMessage(JSON.stringify(frame), NOW_MS));
    });
    expect(answers.every(({ kind }) => kind === 'acknowledged')).toBe(true);
  });

  test('every acknowledgement has head, code, words, key and vector', () => {
    const { client, server } = connect(aServer());
    const [text] = sent(server.onMessage(client.subscribe([{ channel: 'H0STASP0', symbol: '005930' }]), NOW_MS));
    expect(JSON.parse(text!)).toEqual({
      header: { tr_id: 'H0STASP0', tr_key: '005930', encrypt: 'N' },
      body: {
        rt_cd: '0',
        msg_cd: 'OPSP0000',
        msg1: 'SUBSCRIBE SUCCESS',
        output: { iv: expect.stringMatching(/^.{16}$/), key: expect.stringMatching(/^.{32}$/) },
      },
    });
  });
});

describe('notices', () => {
  const PLAIN = '1|H0STCNI0|001|trader1^0000000000^1^^02^0^00^0^005930^삼성전자';

  test('are encrypted for each session with its own key, and decrypted by the client', () => {
    const server = aServer();
    const frames = [CREDENTIALS, OTHER_CREDENTIALS].map((credentials) => {
      const { client, server: session, say } = connect(server, { credentials });
      expect(say(client.subscribe([NOTICE]))).toEqual([{ kind: 'acknowledged', keys: ['H0STCNI0|'] }]);
      const frame = delivered(session, PLAIN)!;
      expect(frame).toMatch(/^1\|H0STCNI0\|001\|[A-Za-z0-9+/=]+$/);
      expect(client.keyOf(bytesOf(frame), 0, frame.length)).toBe('H0STCNI0|');
      expect(textOf(client.decrypt!(bytesOf(frame), 0, frame.length)!)).toBe(PLAIN);
      return frame;
    });
    expect(frames[0]).not.toBe(frames[1]);
  });

  test('go to those who asked, under the name of the mock host there', () => {
    const { client, server, say } = connect(aServer({ environment: 'mock' }));
    expect(delivered(server, PLAIN)).toBeUndefined();
    say(client.subscribe([{ channel: 'H0STCNI9', symbol: '' }]));
    const frame = delivered(server, PLAIN)!;
    expect(textOf(client.decrypt!(bytesOf(frame), 0, frame.length)!)).toBe(PLAIN.replace('H0STCNI0', 'H0STCNI9'));
  });

  test('that the tape holds encrypted go as they are', () => {
    const { client, server, say } = connect(aServer());
    say(client.subscribe([NOTICE]));
    expect(delivered(server, '1|H0STCNI0|001|c2VjcmV0')).toBe('1|H0STCNI0|001|c2VjcmV0');
  });
});

describe('rejections', () => {
  interface Request {
    readonly header: object;
    readonly body: { readonly input: object };
  }
  type Change = (request: Request) => object | string;

  /** A member that is `undefined` is left out. */
  const head =
    (parts: object): Change =>
    ({ header, body }) => ({ header: { ...header, ...parts }, body });
  const input =
    (parts: object): Change =>
    ({ header, body }) => ({ header, body: { input: { ...body.input, ...parts } } });

  /** The code of the answer to a good request that was changed. */
  function codeOf(change: Change, server = aServer()): string {
    const { client, server: session } = connect(server);
    const changed = change(JSON.parse(client.subscribe([STOCK])));
    const [text] = sent(session.onMessage(typeof changed === 'string' ? changed : JSON.stringify(changed), NOW_MS));
    const { body } = JSON.parse(text!);
    expect(body.rt_cd).toBe('1');
    expect(body.msg1).toContain(MESSAGE_CODES[body.msg_cd]!.text.split(' ')[0]);
    expect(read(client, text!).kind).not.toBe('unknown');
    return body.msg_cd;
  }

  const CHANGES: readonly (readonly [string, Change])[] = [
    ['OPSP9999', () => 'not json'],
    ['OPSP9998', ({ body }) => ({ body })],
    ['OPSP9996', head({ approval_key: undefined })],
    ['OPSP8995', head({ approval_key: '', appkey: 'a' })],
    ['OPSP9994', head({ approval_key: '', appkey: 'a', appsecret: 's' })],
    ['OPSP0011', head({ approval_key: 'nobody' })],
    ['OPSP9997', head({ custtype: undefined })],
    ['OPSP8998', head({ custtype: 'X' })],
    ['OPSP8994', head({ custtype: 'B' })],
    ['OPSP8997', head({ tr_type: '0' })],
    ['OPSP9992', ({ header }) => ({ header })],
    ['OPSP9991', ({ header }) => ({ header, body: {} })],
    ['OPSP9990', input({ tr_key: undefined })],
    ['OPSP8993', input({ tr_key: {} })],
    ['OPSP8992', input({ tr_key: '5930' })],
    ['OPSP8991', input({ tr_id: 'H0XXXXX0' })],
    ['OPSP8991', input({ tr_id: 'H0STCNI9', tr_key: 'trader1' })],
  ];

  test.each(CHANGES)('%s', (code, change) => {
    expect(codeOf(change)).toBe(code);
  });

  test('of the mock host name the channels it lacks', () => {
    expect(codeOf(input({ tr_id: 'H0IFCNT0', tr_key: 'A01612' }), aServer({ environment: 'mock' }))).toBe('OPSP8991');
  });

  test('of any other code come on demand', () => {
    for (const code of Object.keys(MESSAGE_CODES).slice(4)) expect(codeOf(head({}), aServer({ reject: code }))).toBe(code);
  });

  test('of the 42nd registration, until one is released', () => {
    const { client, say } = connect(aServer());
    const subscribe = (index: number) => say(client.subscribe([{ ...STOCK, symbol: String(100_000 + index) }]))[0]!.kind;
    for (let index = 0; index < 41; index++) expect(subscribe(index)).toBe('acknowledged');
    expect(say(client.subscribe([STOCK]))).toMatchObject([{ kind: 'refused', code: 'OPSP0008', keys: ['H0STCNT0|005930'] }]);
    say(client.unsubscribe([{ ...STOCK, symbol: '100000' }]));
    expect(say(client.subscribe([STOCK]))).toMatchObject([{ kind: 'acknowledged' }]);
  });

  test('of what is so already are taken for done by the client', () => {
    const { client, server, say } = connect(aServer());
    const text = client.subscribe([STOCK]);
    say(text);
    expect(JSON.parse(sent(server.onMessage(text, NOW_MS))[0]!).body).toMatchObject({ rt_cd: '1', msg_cd: 'OPSP0002' });
    expect(say(client.unsubscribe([{ ...STOCK, symbol: '000660' }]))).toEqual([{ kind: 'released', keys: ['H0STCNT0|000660'] }]);
  });

  test('of an approval key of yesterday', () => {
    const server = aServer();
    const { client, server: session } = connect(server);
    const answers = readAll(client, session.onMessage(client.subscribe([STOCK]), NOW_MS + 24 * HOUR_MS));
    expect(answers).toMatchObject([{ kind: 'login-refused', renew: 'approval', message: 'invalid approval : *** (NOT FOUND)' }]);
  });

  test('whatever a client sends, the session answers and never throws', () => {
    const server = aServer();
    const { client, server: session } = connect(server);
    const text = client.subscribe([STOCK]);
    checkSeeds(300, (random) => {
      for (let count = 0; count < 10; count++) {
        const message = textOf(mutateBytes(bytesOf(text), random));
        expect(session.onMessage(message, NOW_MS).length).toBeLessThan(3);
        session.deliver(aRecord(textOf(mutateBytes(bytesOf(`0|H0STCNT0|002|${record('000660')}^${record('005930')}`), random))));
      }
    });
  });
});

describe('one session an app key', () => {
  test('a second one is refused and closed, until the first is gone', () => {
    const server = aServer();
    const first = connect(server);
    first.say(first.client.subscribe([STOCK]));
    const second = connect(server);
    const actions = second.server.onMessage(second.client.subscribe([STOCK]), NOW_MS);
    expect(readAll(second.client, actions)).toEqual([
      { kind: 'back-off', code: 'OPSP8996', message: 'ALREADY IN USE appkey', waitMs: 20_000 },
    ]);
    expect(JSON.parse(sent(actions)[0]!).body.rt_cd).toBe('9');
    expect(actions.at(-1)).toMatchObject({ kind: 'close' });
    second.server.onClose();
    expect(first.say(first.client.subscribe([{ ...STOCK, symbol: '000660' }]))).toMatchObject([{ kind: 'acknowledged' }]);
    first.server.onClose();
    const third = connect(server);
    expect(third.say(third.client.subscribe([STOCK]))).toMatchObject([{ kind: 'acknowledged' }]);
  });

  test('two app keys do not meet', () => {
    const server = aServer();
    for (const credentials of [CREDENTIALS, OTHER_CREDENTIALS]) {
      const { client, say } = connect(server, { credentials });
      expect(say(client.subscribe([STOCK]))).toMatchObject([{ kind: 'acknowledged' }]);
    }
  });

  test('a kick says so', () => {
    const server = aServer();
    const { client, server: session } = connect(server);
    expect(readAll(client, server.kick(session))).toMatchObject([{ kind: 'back-off' }]);
  });
});

describe('PINGPONG', () => {
  /** How many are sent in two minutes before the session is closed, when the client answers with `answer`. */
  function pings(
    answer: (session: ServerSession, ping: string) => void,
    server = aServer(),
  ): { readonly count: number; readonly isClosed: boolean } {
    const { server: session } = connect(server);
    let count = 0;
    for (let second = 1; second <= 120; second++) {
      const actions = session.onTick(NOW_MS + second * 1_000);
      if (actions.some(({ kind }) => kind === 'close')) return { count, isClosed: true };
      for (const ping of sent(actions)) {
        count++;
        answer(session, ping);
      }
    }
    return { count, isClosed: false };
  }

  test('comes every ten seconds, with the Korean time, and is echoed by the client', () => {
    const { client } = connect(aServer());
    const { count, isClosed } = pings((session, ping) => {
      expect(ping).toMatch(/^\{"header":\{"tr_id":"PINGPONG","datetime":"2026100110\d{4}"\}\}$/);
      expect(read(client, ping)).toEqual({ kind: 'reply', text: ping });
      expect(session.onMessage(ping, NOW_MS)).toEqual([]);
    });
    expect({ count, isClosed }).toEqual({ count: 12, isClosed: false });
  });

  test('may be answered as JSON written anew, or by a protocol pong', () => {
    const anew = pings((session, ping) => expect(session.onMessage(JSON.stringify(JSON.parse(ping), null, 1), NOW_MS)).toEqual([]));
    expect(anew.isClosed).toBe(false);
    const pong = pings((session) => (session as ServerSession & { onControl(): void }).onControl());
    expect(pong.isClosed).toBe(false);
  });

  test('drops a client that never answers', () => {
    expect(pings(() => undefined)).toEqual({ count: 3, isClosed: true });
  });

  test('is left unsent on demand', () => {
    expect(pings(() => undefined, aServer({}, { faults: { ...FAULTS, muteHeartbeat: true } }))).toEqual({ count: 0, isClosed: false });
  });
});

describe('faults', () => {
  test('a refused login refuses every key and token', () => {
    const server = aServer({}, { faults: { ...FAULTS, refuseLogin: true } });
    expect(() => grantOf(server, 'approval')).toThrow('EGW00103');
    expect(() => grantOf(server, 'token')).toThrow('EGW00103');
  });

  test('a session that only acknowledges delivers nothing', () => {
    const { client, server, say } = connect(aServer({}, { faults: { ...FAULTS, acknowledgeOnly: true } }));
    expect(say(client.subscribe([STOCK]))).toMatchObject([{ kind: 'acknowledged' }]);
    expect(delivered(server, `0|H0STCNT0|001|${record('005930')}`)).toBeUndefined();
  });
});

describe('widths', () => {
  const TRADE = '0|H0STCNT0|002|';
  function deliveredAs(widths: string, frame: string): string | undefined {
    const { client, server, say } = connect(aServer({ widths }));
    for (const channel of ['H0STCNT0', 'H0STASP0']) say(client.subscribe([{ channel, symbol: '005930' }]));
    return delivered(server, frame);
  }

  test('documented records are filled to the current width, each by itself', () => {
    expect(deliveredAs('current', `${TRADE}${record('005930')}^${record('000660')}`)).toBe(
      `${TRADE}${record('005930', 47)}^${record('000660', 47)}`,
    );
  });

  test('current records are cut to the documented width, each by itself', () => {
    expect(deliveredAs('documented', `${TRADE}${record('005930', 47)}^${record('000660', 47)}`)).toBe(
      `${TRADE}${record('005930')}^${record('000660')}`,
    );
  });

  test('empty last values are values', () => {
    const empty = ['005930', ...Array.from({ length: 46 }, () => '')].join('^');
    const cut = ['005930', ...Array.from({ length: 45 }, () => '')].join('^');
    expect(deliveredAs('documented', `${TRADE}${empty}^${empty}`)).toBe(`${TRADE}${cut}^${cut}`);
  });

  test('of books between the two are filled or cut', () => {
    const book = (width: number) => ['005930', ...Array.from({ length: width - 1 }, (_, index) => `b${index}`)].join('^');
    expect(deliveredAs('documented', `0|H0STASP0|001|${book(62)}`)).toBe(`0|H0STASP0|001|${book(59)}`);
    expect(deliveredAs('current', `0|H0STASP0|001|${book(62)}`)).toBe(`0|H0STASP0|001|${book(62)}^2`);
    expect(deliveredAs('current', `0|H0STASP0|001|${book(59)}`)).toBe(`0|H0STASP0|001|${book(59)}^0^0^0^2`);
  });

  test('that cannot be told stay as they are', () => {
    for (const frame of [`${TRADE}005930^1^2`, `0|H0STCNT0|001|${record('005930', 46)}`])
      expect(deliveredAs('documented', frame)).toBe(frame);
  });

  test('of any other name are refused at the start', () => {
    expect(() => aServer({ widths: 'old' })).toThrow('documented, current');
    expect(() => aServer({ environment: 'test' })).toThrow('real, mock');
    expect(() => aServer({ callsPerSecond: 'many' })).toThrow('whole number');
  });
});

describe('tokens', () => {
  test('are given once a minute, the same for six hours', () => {
    const server = aServer();
    const first = grantOf(server, 'token');
    expect(first.expiresAtMs).toBe(NOW_MS + 24 * HOUR_MS);
    expect(() => grantOf(server, 'token', CREDENTIALS, NOW_MS + 59_000)).toThrow('EGW00133');
    const same = grantOf(server, 'token', CREDENTIALS, NOW_MS + 61_000);
    expect(same).toEqual(first);
    expect(() => grantOf(server, 'token', CREDENTIALS, NOW_MS + 90_000)).toThrow('EGW00133');
    expect(grantOf(server, 'token', CREDENTIALS, NOW_MS + 7 * HOUR_MS).value).not.toBe(first.value);
    expect(first.value.length).toBeLessThanOrEqual(350);
  });

  test('need keys of the real lengths, or the ones that were chosen', () => {
    expect(() => grantOf(aServer(), 'token', { ...CREDENTIALS, appKey: 'short' })).toThrow('EGW00103');
    expect(() => grantOf(aServer(), 'token', { ...CREDENTIALS, appSecret: '' })).toThrow('EGW00105');
    const chosen = { appKey: 'key', appSecret: 'secret' };
    expect(grantOf(aServer(chosen), 'token', { ...CREDENTIALS, ...chosen }).kind).toBe('grant');
    expect(() => grantOf(aServer(chosen), 'approval')).toThrow('EGW00103');
  });

  test('that were revoked are no more', () => {
    const server = aServer();
    const token = grantOf(server, 'token').value;
    const { appKey: appkey, appSecret: appsecret } = CREDENTIALS;
    const revoke = {
      endpoint: 'revoke',
      method: 'POST',
      path: '/oauth2/revokeP',
      body: JSON.stringify({ appkey, appsecret, token }),
    } as const;
    expect(call(server, revoke).status).toBe(200);
    expect(call(server, revoke).status).toBe(403);
  });
});

describe('market data', () => {
  function settingsOf(server: VenueServer, parts: Partial<PollSettings> = {}): PollSettings {
    return { credentials: CREDENTIALS, grants: { token: grantOf(server, 'token').value }, options: {}, nowMs: NOW_MS, ...parts };
  }

  /** The first answer of a poll, and what it means to the poller. */
  function poll(server: VenueServer, name: string, target: string, settings = settingsOf(server), nowMs = NOW_MS) {
    const rule = kisProtocol.polls.find((known) => known.name === name)!;
    const [request] = rule.requests(target, settings);
    const response = call(server, request!, nowMs);
    return { body: JSON.parse(textOf(response.body)), status: response.status, verdict: rule.read(request!, response) };
  }

  test('is what the tape recorded for the same symbol, byte for byte', () => {
    const asked: unknown[] = [];
    const recorded: ServedMarket['recorded'] = (endpoint, meta) => {
      asked.push([endpoint, meta]);
      return bytesOf('{"rt_cd":"0","output2":[{"stck_prpr":"70000"}]}');
    };
    const server = aServer({}, { market: aMarket({ recorded }) });
    expect(poll(server, 'stock-minute', '005930')).toMatchObject({ body: { output2: [{ stck_prpr: '70000' }] }, verdict: { kind: 'ok' } });
    expect(asked).toEqual([['stock-minute-bars', { symbol: '005930', market: 'J' }]]);
  });

  test('that the tape does not have is an empty list, or the last price', () => {
    const server = aServer({}, { market: aMarket({ lastPrice: (symbol) => (symbol === '005930' ? 70_000 : 1_080.3) }) });
    const settings = settingsOf(server);
    for (const { name } of kisProtocol.polls) expect(poll(server, name, 'A01612', settings).verdict, name).toEqual({ kind: 'ok' });
    expect(poll(server, 'stock-price', '005930', settings).body.output).toMatchObject({
      stck_prpr: '70000',
      aspr_unit: '100',
      stck_shrn_iscd: '005930',
      prdy_vrss_sign: '3',
    });
    expect(poll(server, 'derivative-price', 'A01612', settings).body.output1).toMatchObject({ futs_prpr: '1080.30' });
    expect(poll(server, 'option-board', '202612', settings).body).toMatchObject({ output1: [], output2: [] });
  });

  test('of a derivative book is the book of the moment', () => {
    const book = {
      lastUpdateId: Number.NaN,
      venueTimeUs: Number.NaN,
      bids: Array.from({ length: 10 }, (_, level) => [1_080 - level * 0.05, 3] as const),
      asks: [[1_080.05, 7] as const],
    };
    const server = aServer({}, { market: aMarket({ book: () => book }) });
    expect(poll(server, 'derivative-book', 'A01612').body.output2).toMatchObject({
      futs_askp1: '1080.05',
      askp_rsqn1: '7',
      futs_askp2: '0.00',
      futs_bidp5: '1079.80',
      bidp_rsqn5: '3',
      total_askp_rsqn: '7',
      total_bidp_rsqn: '15',
      aspr_acpt_hour: '100000',
    });
  });

  test('bears names of the query in lower case, and says what it does not find', () => {
    const server = aServer();
    const { token } = settingsOf(server).grants;
    const { appKey: appkey, appSecret: appsecret } = CREDENTIALS;
    const headers = { authorization: `Bearer ${token}`, appkey, appsecret, tr_id: 'FHKST01010100' };
    const price = { endpoint: 'x', method: 'GET', path: '/uapi/domestic-stock/v1/quotations/inquire-price', headers } as const;
    const bodyOf = (request: Parameters<typeof call>[1]) => JSON.parse(textOf(call(server, request).body));
    expect(bodyOf({ ...price, query: { fid_cond_mrkt_div_code: 'J', fid_input_iscd: '005930' } }).output.stck_shrn_iscd).toBe('005930');
    expect(bodyOf({ ...price, query: { FID_COND_MRKT_DIV_CODE: 'ZZ' } }).msg_cd).toBe('OPSQ2001');
    expect(bodyOf({ ...price, headers: { ...headers, tr_id: 'FHKIF01010400' } }).msg_cd).toBe('OPSQ0002');
    const info = { ...price, path: '/uapi/domestic-stock/v1/quotations/search-info', headers: { ...headers, tr_id: 'CTPF1604R' } };
    expect(bodyOf({ ...info, query: { PDNO: '005930', PRDT_TYPE_CD: '300' } }).output.shtn_pdno).toBe('005930');
    expect(bodyOf({ ...info, query: { PDNO: '005930', PRDT_TYPE_CD: '512' } }).rt_cd).toBe('7');
    expect(bodyOf({ ...price, path: '/uapi/nothing' }).msg_cd).toBe('EGW00202');
    expect(server.rest({ method: 'GET', path: '/other', query: {}, headers: {}, body: '' }, NOW_MS)).toBeUndefined();
  });

  test('asks for a good token', () => {
    const server = aServer();
    const settings = settingsOf(server);
    const verdictOf = (parts: Partial<PollSettings>, nowMs = NOW_MS): RestVerdict =>
      poll(server, 'stock-price', '005930', { ...settings, ...parts }, nowMs).verdict;
    expect(verdictOf({ grants: { token: 'wrong' } })).toMatchObject({ kind: 'renew-grant', code: 'EGW00121' });
    expect(verdictOf({}, NOW_MS + 24 * HOUR_MS)).toMatchObject({ kind: 'renew-grant', code: 'EGW00123' });
    expect(verdictOf({ credentials: { ...CREDENTIALS, appSecret: '' } })).toMatchObject({
      kind: 'failed',
      code: 'EGW00105',
      isFinal: true,
    });
  });

  test.each([
    ['real', 18],
    ['mock', 1],
  ])('of the %s host comes %d times a second', (environment, callsPerSecond) => {
    const server = aServer({ environment });
    const settings = settingsOf(server);
    const verdictAt = (ms: number) => poll(server, 'stock-price', '005930', settings, NOW_MS + ms);
    for (let index = 0; index < callsPerSecond; index++) expect(verdictAt(index).verdict.kind).toBe('ok');
    expect(verdictAt(500)).toMatchObject({ status: 500, verdict: { kind: 'wait', code: 'EGW00201', waitMs: 1_000 } });
    expect(verdictAt(999).verdict.kind).toBe('wait');
    // The window slides: as many again, and then too many again.
    for (let index = 0; index < callsPerSecond; index++) expect(verdictAt(1_000 + index).verdict.kind).toBe('ok');
    expect(verdictAt(1_500).verdict.kind).toBe('wait');
  });

  test('that the mock host lacks is refused for good', () => {
    expect(poll(aServer({ environment: 'mock' }), 'option-board', '202612').verdict).toMatchObject({
      kind: 'failed',
      code: 'EGW00213',
      isFinal: true,
    });
  });
});

describe('master files', () => {
  const request = { endpoint: 'm', method: 'GET', path: '/common/master/fo_idx_code_mts.mst.zip' } as const;

  test('are served as a zip of the one entry that the tape holds', () => {
    const content = bytesOf('1|A01612|KR4A01612000|F 202612|0|0.00|1|2001|KOSPI200\n');
    const server = aServer(
      {},
      { market: aMarket({ recorded: (endpoint) => (endpoint === 'master-index-derivatives' ? content : undefined) }) },
    );
    const zip = call(server, request).body;
    expect(firstZipEntry(zip)).toEqual({ name: 'fo_idx_code_mts.mst', bytes: content });
    expect(Buffer.from(zip).readUInt32LE(14)).toBe(crc32(content));
    const read = kisProtocol.readMaster(request, { status: 200, headers: {}, body: zip });
    expect(read).toEqual({ kind: 'ok' });
  });

  test('that the tape holds zipped go as they are, and others are not found', () => {
    const zipped = bytesOf('PK\u0003\u0004 …');
    expect(call(aServer({}, { market: aMarket({ recorded: () => zipped }) }), request).body).toBe(zipped);
    expect(kisProtocol.readMaster(request, call(aServer(), request))).toMatchObject({ kind: 'failed', isFinal: true });
  });
});

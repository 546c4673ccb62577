import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHANNEL_RULES } from '../../../venues/kis/channel-rules.ts';
import { acknowledgementText, rejectionText } from '../../../venues/kis/control-frames.ts';
import { APPROVAL_GRANT, TOKEN_GRANT } from '../../../venues/kis/grants.ts';
import { MESSAGE_CODES } from '../../../venues/kis/message-codes.ts';
import { kisProtocol } from '../../../venues/kis/protocol.ts';
import { DATA, type FrameSignal, UNKNOWN } from '../../../venues/protocol.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { bytesOf, CREDENTIALS, NOW_MS, read, settingsOf, textOf } from './both-sides.ts';
import { nodeCipher } from './node-cipher.ts';

const [SOCKET] = kisProtocol.sockets;
const STOCK = { channel: 'H0STCNT0', symbol: '005930' };
const NOTICE = { channel: 'H0STCNI0', symbol: '' };
const CIPHER = { key: 'k'.repeat(32), iv: 'i'.repeat(16) };
const FIELDS = new URL('../../../../shared/protocols/kis-ws-fields.json', import.meta.url);

const aSession = () => SOCKET!.open(settingsOf());

function answered(code: string, header: string): FrameSignal {
  const session = aSession();
  session.subscribe([STOCK]);
  return read(session, `{${header}"body":{"rt_cd":"1","msg_cd":"${code}","msg1":"${MESSAGE_CODES[code]!.text}"}}`);
}

describe('requests', () => {
  test('a registration is one JSON message with the approval key', () => {
    expect(JSON.parse(aSession().subscribe([STOCK]))).toEqual({
      header: { approval_key: 'approval-1', custtype: 'P', tr_type: '1', 'content-type': 'utf-8' },
      body: { input: { tr_id: 'H0STCNT0', tr_key: '005930' } },
    });
    expect(JSON.parse(aSession().unsubscribe([STOCK])).header.tr_type).toBe('2');
  });

  test('a corporation says so and sends its personal key', () => {
    const session = SOCKET!.open(settingsOf({ options: { custtype: 'B' }, credentials: { ...CREDENTIALS, personalSecKey: 'person' } }));
    expect(JSON.parse(session.subscribe([STOCK])).header).toMatchObject({ custtype: 'B', personalseckey: 'person' });
  });

  test('a notice without a symbol is asked for with the HTS id, and acknowledged by its own key', () => {
    const session = aSession();
    expect(JSON.parse(session.subscribe([NOTICE])).body.input).toEqual({ tr_id: 'H0STCNI0', tr_key: 'trader1' });
    const head = { trId: 'H0STCNI0', trKey: 'trader1', isEncrypted: true };
    const signal = read(session, acknowledgementText(head, { isOk: true, code: 'OPSP0000', message: 'SUBSCRIBE SUCCESS' }, CIPHER));
    expect(signal).toEqual({ kind: 'acknowledged', keys: ['H0STCNI0|'] });
  });

  test('two subscriptions do not fit one request', () => {
    expect(() => aSession().subscribe([STOCK, NOTICE])).toThrow('one subscription a request');
  });
});

describe('every message code', () => {
  const REFUSED = { kind: 'refused' };
  const TROUBLE = { kind: 'refused', retryAfterMs: 5_000 };
  const SHORTAGE = { kind: 'refused', retryAfterMs: 30_000 };
  const RENEW = { kind: 'login-refused', renew: 'approval' };
  const WRONG = { kind: 'login-refused' };
  const EXPECTED: Readonly<Record<string, object>> = {
    OPSP0000: { kind: 'acknowledged' },
    OPSP0001: { kind: 'released' },
    OPSP0002: { kind: 'acknowledged' },
    OPSP0003: { kind: 'released' },
    OPSP0007: TROUBLE,
    OPSP0008: REFUSED,
    OPSP0009: TROUBLE,
    OPSP0010: RENEW,
    OPSP0011: RENEW,
    OPSP8991: REFUSED,
    OPSP8992: REFUSED,
    OPSP8993: REFUSED,
    OPSP8994: WRONG,
    OPSP8995: WRONG,
    OPSP8996: { kind: 'back-off', waitMs: 20_000 },
    OPSP8997: REFUSED,
    OPSP8998: WRONG,
    OPSP8999: SHORTAGE,
    OPSP9990: REFUSED,
    OPSP9991: REFUSED,
    OPSP9992: REFUSED,
    OPSP9993: TROUBLE,
    OPSP9994: RENEW,
    OPSP9995: SHORTAGE,
    OPSP9996: RENEW,
    OPSP9997: WRONG,
    OPSP9998: REFUSED,
    OPSP9999: REFUSED,
  };
  const about = (code: string) => ({ code, message: MESSAGE_CODES[code]!.text });
  const isAnswer = (signal: object) => 'kind' in signal && (signal.kind === 'acknowledged' || signal.kind === 'released');
  const isKeyed = (signal: object) => isAnswer(signal) || ('kind' in signal && signal.kind === 'refused');

  test('of the table is expected here', () => {
    expect(Object.keys(MESSAGE_CODES)).toEqual(Object.keys(EXPECTED));
  });

  test.each(Object.entries(EXPECTED))('%s says what it means, about the subscription it names', (code, expected) => {
    const signal = answered(code, '"header":{"tr_id":"H0STCNT0","tr_key":"005930","encrypt":"N"},');
    const keys = isKeyed(expected) ? { keys: ['H0STCNT0|005930'] } : {};
    expect(signal).toEqual({ ...expected, ...keys, ...(isAnswer(expected) ? {} : about(code)) });
  });

  test.each(Object.entries(EXPECTED))('%s without a head, or with an empty one, is about the request in flight', (code, expected) => {
    const whole = { ...expected, ...(isAnswer(expected) ? {} : about(code)) };
    expect(answered(code, '')).toEqual(whole);
    expect(answered(code, '"header":{"tr_id":"(null)","tr_key":""},')).toEqual(whole);
  });

  test('that no table holds means what its rt_cd says of the request', () => {
    const session = aSession();
    const head = '"header":{"tr_id":"H0STCNT0","tr_key":"005930"}';
    session.subscribe([STOCK]);
    expect(read(session, `{${head},"body":{"rt_cd":"0","msg_cd":"OPSP0099"}}`)).toMatchObject({ kind: 'acknowledged' });
    session.unsubscribe([STOCK]);
    expect(read(session, `{${head},"body":{"rt_cd":"0","msg_cd":"OPSP0099"}}`)).toMatchObject({ kind: 'released' });
    expect(read(session, `{${head},"body":{"rt_cd":"1","msg_cd":"toString","msg1":"no"}}`)).toMatchObject({
      kind: 'refused',
      message: 'no',
    });
  });

  test('that repeats the approval key does not carry it into a log', () => {
    const text = rejectionText('', '', 'OPSP0011', 'invalid approval : approval-1 (NOT FOUND)');
    expect(read(aSession(), text)).toMatchObject({ message: 'invalid approval : *** (NOT FOUND)' });
  });
});

describe('frames', () => {
  test('PINGPONG is echoed to the byte', () => {
    const text = '{ "header":{"tr_id":"PINGPONG", "datetime":"20261001100000"}}';
    expect(read(aSession(), text)).toEqual({ kind: 'reply', text });
  });

  test('data is one shared signal, and anything else is unknown', () => {
    const session = aSession();
    for (const text of ['0|H0STCNT0|001|005930^100000', '1|H0STCNI0|001|abc']) expect(read(session, text)).toBe(DATA);
    for (const text of ['', '0', '2|x', '[]', '{', '{}', 'null', '{"header":null}', '{"body":{"msg_cd":5}}']) {
      expect(read(session, text), text).toBe(UNKNOWN);
    }
  });

  test('a data frame belongs to its channel and first symbol', () => {
    const session = aSession();
    session.subscribe([{ channel: 'H0STASP0', symbol: 'Q530001' }]);
    session.subscribe([NOTICE]);
    const key = (text: string) => session.keyOf(bytesOf(text), 0, text.length);
    expect(key('0|H0STCNT0|002|005930^1^000660^2')).toBe('H0STCNT0|005930');
    expect(key('0|H0STASP0|001|530001^1')).toBe('H0STASP0|Q530001');
    expect(key('1|H0STCNI0|001|c2VjcmV0')).toBe('H0STCNI0|');
    for (const text of ['', '{}', '0|H0STCNT0', '0|H0STCNT0|001']) expect(key(text), text).toBe('');
  });

  test('a notice is decrypted with the key and vector of its own acknowledgement', () => {
    const session = aSession();
    const decrypted = (text: string) => {
      const plain = session.decrypt!(bytesOf(`??${text}`), 2, text.length + 2);
      return plain === undefined ? undefined : textOf(plain);
    };
    for (const [trId, symbol, letter] of [
      ['H0STCNI0', '', 'a'],
      ['H0STCNI0', 'another', 'c'],
      ['H0IFCNI0', '', 'b'],
    ] as const) {
      const { tr_key: trKey } = JSON.parse(session.subscribe([{ channel: trId, symbol }])).body.input;
      const result = { isOk: true, code: 'OPSP0000', message: 'ok' };
      read(session, acknowledgementText({ trId, trKey, isEncrypted: true }, result, { ...CIPHER, key: letter.repeat(32) }));
    }
    const frame = (trId: string, letter: string) =>
      `1|${trId}|001|${nodeCipher.encryptAes256Cbc(letter.repeat(32), CIPHER.iv, 'trader1^12345678^삼성전자')}`;
    for (const [trId, letter] of [
      ['H0STCNI0', 'a'],
      ['H0STCNI0', 'c'],
      ['H0IFCNI0', 'b'],
    ] as const) {
      expect(decrypted(frame(trId, letter))).toBe(`1|${trId}|001|trader1^12345678^삼성전자`);
    }
    expect(decrypted(frame('H0MFCNI0', 'a'))).toBeUndefined();
    expect(decrypted('1|H0STCNI0|001|not base64')).toBeUndefined();
    expect(decrypted('0|H0STCNT0|001|005930')).toBeUndefined();
  });

  test('whatever bytes come, a session says something and never throws', () => {
    const head = { trId: 'H0STCNI0', trKey: 'trader1', isEncrypted: true };
    const acknowledged = acknowledgementText(head, { isOk: true, code: 'OPSP0000', message: 'ok' }, CIPHER);
    const frames = [
      acknowledged,
      rejectionText('', '', 'OPSP8996', 'ALREADY IN USE appkey', '9'),
      '{"header":{"tr_id":"PINGPONG","datetime":"20261001100000"}}',
      '0|H0STCNT0|002|005930^100000^1^000660^100000^2',
      `1|H0STCNI0|001|${nodeCipher.encryptAes256Cbc(CIPHER.key, CIPHER.iv, 'trader1^1')}`,
    ].map(bytesOf);
    checkSeeds(300, (random) => {
      const session = aSession();
      session.subscribe([NOTICE]);
      read(session, acknowledged);
      for (let count = 0; count < 20; count++) {
        const bytes = random.chance(0.1) ? random.bytes(random.integer(0, 40)) : mutateBytes(random.pick(frames), random);
        expect(session.read(bytes, 0, bytes.length).kind).toBeTypeOf('string');
        expect(session.keyOf(bytes, 0, bytes.length)).toBeTypeOf('string');
        session.decrypt!(bytes, 0, bytes.length);
      }
    });
  });
});

describe('channels', () => {
  test('are those of the field table, and the mock host has the same', (context) => {
    if (!existsSync(FIELDS)) return context.skip('the field table of the shared folder is not here');
    const { _meta, ...known } = JSON.parse(readFileSync(FIELDS, 'utf8')) as Record<
      string,
      { mock_tr_id: string | null; encrypted: boolean }
    >;
    expect([...CHANNEL_RULES.keys()].sort()).toEqual(Object.keys(known).sort());
    for (const [channel, { mock_tr_id, encrypted }] of Object.entries(known)) {
      const symbol = encrypted ? '' : channel.startsWith('H0ST') ? '005930' : 'A01612';
      const isOnMock = mock_tr_id === channel || channel.endsWith('9');
      expect(kisProtocol.refuses({ channel, symbol }, 'mock') === undefined, channel).toBe(isOnMock);
      expect(CHANNEL_RULES.get(channel)!.key === 'hts-id', channel).toBe(encrypted);
    }
  });

  test('that the mock host lacks are refused with the reason', () => {
    expect(kisProtocol.refuses({ channel: 'H0IFCNT0', symbol: 'A01612' }, 'mock')).toContain('mock host has no H0IFCNT0');
    expect(kisProtocol.refuses({ channel: 'H0STCNI9', symbol: '' }, 'real')).toContain('H0STCNI0');
    expect(kisProtocol.refuses({ channel: 'H0XXXXX0', symbol: 'A' }, 'real')).toContain('no channel');
    expect(kisProtocol.refuses({ channel: 'H0STCNT0', symbol: '5930' }, 'real')).toContain('six characters');
    expect(kisProtocol.refuses({ channel: 'H0STCNT0', symbol: '0074K0' }, 'real')).toBeUndefined();
  });

  test('change with the session of the derivatives', () => {
    const markets = ['H0STCNT0', 'H0UNCNT0', 'H0IFCNT0', 'H0IOASP0', 'H0MFCNT0', 'H0EUASP0', 'HDFSCNT0'].map((channel) =>
      kisProtocol.marketOf(channel, ''),
    );
    expect(markets).toEqual(['krx-stock', 'nxt', 'krx-derivatives', 'krx-derivatives', 'krx-night', 'krx-night', 'always']);
    // Trades pause for the ten minutes of an auction.
    expect(kisProtocol.silenceMaxMs('H0STCNT0')).toBeGreaterThan(600_000);
    expect(kisProtocol.silenceMaxMs('H0EUASP0')).toBeGreaterThan(kisProtocol.silenceMaxMs('H0IOASP0'));
  });
});

describe('grants', () => {
  const answer = (status: number, body: object) => ({ status, headers: {}, body: bytesOf(JSON.stringify(body)) });

  test('the approval key is asked for with secretkey, the token with appsecret', () => {
    const { appKey: appkey, appSecret } = CREDENTIALS;
    const grant_type = 'client_credentials';
    expect(JSON.parse(APPROVAL_GRANT.request(CREDENTIALS).body!)).toEqual({ grant_type, appkey, secretkey: appSecret });
    expect(JSON.parse(TOKEN_GRANT.request(CREDENTIALS).body!)).toEqual({ grant_type, appkey, appsecret: appSecret });
  });

  test('a token ends when the earlier of its two ends says', () => {
    const body = { access_token: 't', expires_in: 86_400, token_type: 'Bearer' };
    expect(TOKEN_GRANT.read(answer(200, body), NOW_MS)).toEqual({ kind: 'grant', value: 't', expiresAtMs: NOW_MS + 86_400_000 });
    const reissued = { ...body, access_token_token_expired: '2026-10-02 05:00:00' };
    expect(TOKEN_GRANT.read(answer(200, reissued), NOW_MS)).toMatchObject({ expiresAtMs: NOW_MS + 19 * 3_600_000 });
  });

  test('asked too often waits a minute, a wrong key is final, trouble passes', () => {
    const verdict = (status: number, code: string) =>
      TOKEN_GRANT.read(answer(status, { error_code: code, error_description: 'why' }), NOW_MS);
    expect(verdict(403, 'EGW00133')).toEqual({ kind: 'wait', code: 'EGW00133', message: 'why', waitMs: 60_000 });
    expect(verdict(403, 'EGW00103')).toMatchObject({ kind: 'failed', isFinal: true });
    expect(verdict(403, 'EGW00105')).toMatchObject({ kind: 'failed', isFinal: true });
    expect(verdict(500, 'EGW00002')).toMatchObject({ kind: 'failed', isFinal: false });
    expect(APPROVAL_GRANT.read(answer(200, {}), NOW_MS)).toMatchObject({ kind: 'failed', code: 'KIS_GRANT_MISSING' });
    expect(APPROVAL_GRANT.read(answer(502, {}), NOW_MS)).toMatchObject({ kind: 'failed', code: 'HTTP_502', isFinal: false });
  });

  test('the token is kept and renewed ten minutes early, the approval key after four hours', () => {
    expect(TOKEN_GRANT).toMatchObject({ isKept: true, renewBeforeMs: 600_000, issueIntervalMs: 60_000 });
    const approval = APPROVAL_GRANT.read(answer(200, { approval_key: 'k' }), NOW_MS);
    expect(approval.kind === 'grant' && approval.expiresAtMs - APPROVAL_GRANT.renewBeforeMs - NOW_MS).toBe(4 * 3_600_000);
    expect(APPROVAL_GRANT.isKept).toBe(false);
  });
});

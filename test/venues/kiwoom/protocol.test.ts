import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kiwoomChannelOf } from '../../../venues/kiwoom/channel.ts';
import { CHANNEL_RULES } from '../../../venues/kiwoom/channel-rules.ts';
import { encodeConditionChanges, encodeVolatility } from '../../../venues/kiwoom/encode-status.ts';
import { TOKEN_GRANT } from '../../../venues/kiwoom/grants.ts';
import { msOfKstText } from '../../../venues/kiwoom/kst-text.ts';
import { kiwoomProtocol } from '../../../venues/kiwoom/protocol.ts';
import { REAL_TYPES } from '../../../venues/kiwoom/real-types.ts';
import { REST_ERRORS } from '../../../venues/kiwoom/rest-codes.ts';
import { SOCKET_CODES, SYSTEM_CODES } from '../../../venues/kiwoom/socket-codes.ts';
import { CONTROL, DATA, type PollSettings, type RestVerdict, type Subscription, UNKNOWN } from '../../../venues/protocol.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { bytesOf, CREDENTIALS, keyOf, NOW_MS, read, SOCKET, settingsOf, textOf } from './both-sides.ts';
import { aTradeFrame, hasKiwoomData, readKiwoom } from './kiwoom-frames.ts';

const FIDS = new URL('../../../../shared/protocols/kiwoom-fids.json', import.meta.url);
const TRADE = { channel: '0B', symbol: '005930' };
const BOOK = { channel: '0D', symbol: '005930' };
const VOLATILITY = { channel: '1h', symbol: '' };
const CONDITION = { channel: '02', symbol: '4' };

const aSession = () => SOCKET.open(settingsOf());
const answer = (trnm: string, code: number | string = 0, more: object = {}) =>
  JSON.stringify({ trnm, return_code: code, return_msg: code === 0 ? '' : 'why', ...more });
const LIST = answer('CNSRLST', 0, {
  data: [
    ['2 ', 'other'],
    ['4', 'breakout'],
  ],
});
const stocks = (count: number, channel = '0B', from = 100_000): Subscription[] =>
  Array.from({ length: count }, (_, i) => ({ channel, symbol: String(from + i) }));
const keysOf = (subscriptions: readonly Subscription[]) => subscriptions.map(({ channel, symbol }) => `${channel}|${symbol}`);

describe('login', () => {
  test('sends the raw token and waits for the reply', () => {
    expect(JSON.parse(aSession().login!())).toEqual({ trnm: 'LOGIN', token: 'token-1' });
    expect(read(aSession(), '{"trnm":"LOGIN","return_code":0,"return_msg":"","sor_yn":"Y"}')).toEqual({ kind: 'logged-in' });
    expect(read(aSession(), '{"trnm":"LOGIN","return_code":"0"}')).toEqual({ kind: 'logged-in' });
    expect(read(aSession(), '{"trnm":"LOGIN"}')).toBe(UNKNOWN);
  });

  test('refused asks for another token, and stops when the keys themselves are wrong', () => {
    const refused = (code: number, message: string) =>
      read(aSession(), JSON.stringify({ trnm: 'LOGIN', return_code: code, return_msg: message }));
    const words = '토큰 인증에 실패했습니다. 접속을 종료합니다 [CODE=8005, MESSAGE=Token이 유효하지 않습니다]';
    expect(refused(805004, words)).toEqual({ kind: 'login-refused', code: '8005', message: words, renew: 'token' });
    expect(refused(805002, 'no token')).toMatchObject({ kind: 'login-refused', code: '805002', renew: 'token' });
    expect(refused(8103, '')).toMatchObject({ code: '8103', renew: 'token' });
    for (const code of [8001, 8002, 8030, 8040, 8050]) {
      expect(refused(3, `인증에 실패했습니다[${code}:why]`)).toEqual({
        kind: 'login-refused',
        code: String(code),
        message: `인증에 실패했습니다[${code}:why]`,
      });
    }
  });

  test('never lets a message carry the token or a key into a log', () => {
    const signal = read(aSession(), '{"trnm":"LOGIN","return_code":805004,"return_msg":"token-1 of app-key-1 is unknown"}');
    expect(signal).toMatchObject({ message: '*** of *** is unknown' });
  });
});

describe('registrations', () => {
  test('put all types of an item into one object, and items with the same types together', () => {
    const text = aSession().subscribe([TRADE, { ...TRADE, symbol: '000660_NX' }, BOOK, { ...BOOK, symbol: '000660_NX' }, VOLATILITY]);
    expect(JSON.parse(text)).toEqual({
      trnm: 'REG',
      grp_no: '1',
      refresh: '1',
      data: [
        { item: ['005930', '000660_NX'], type: ['0B', '0D'] },
        { item: [''], type: ['1h'] },
      ],
    });
  });

  test('are answered in order, by what was asked', () => {
    const session = aSession();
    session.subscribe([TRADE, BOOK]);
    expect(read(session, answer('REG'))).toEqual({ kind: 'acknowledged', keys: ['0B|005930', '0D|005930'] });
    const text = session.unsubscribe([TRADE]);
    expect(JSON.parse(text)).toEqual({ trnm: 'REMOVE', grp_no: '1', data: [{ item: ['005930'], type: ['0B'] }] });
    expect(read(session, answer('REG'))).toBe(CONTROL);
    expect(read(session, answer('REMOVE'))).toEqual({ kind: 'released', keys: ['0B|005930'] });
    expect(read(session, answer('REMOVE'))).toBe(CONTROL);
  });

  test('fill groups of a hundred items, one group a message; the rest of a batch is asked for again', () => {
    const session = aSession();
    const all = stocks(120);
    session.subscribe(all.slice(0, 50));
    read(session, answer('REG'));
    session.subscribe(all.slice(50, 80));
    read(session, answer('REG'));
    const text = JSON.parse(session.subscribe(all.slice(80)));
    expect([text.grp_no, text.data[0].item.length]).toEqual(['1', 20]);
    expect(read(session, answer('REG'))).toEqual({ kind: 'released', keys: keysOf(all.slice(100)) });
    expect(JSON.parse(session.subscribe(all.slice(100))).grp_no).toBe('2');
    // One answer says both: the twenty that were owed, and the twenty of this message.
    expect(read(session, answer('REG'))).toEqual({ kind: 'acknowledged', keys: keysOf(all.slice(80)) });
    // A second type of an item goes to its own group, and is released there.
    expect(JSON.parse(session.subscribe([{ channel: '0D', symbol: all[110]!.symbol }])).grp_no).toBe('2');
    read(session, answer('REG'));
    expect(JSON.parse(session.unsubscribe([all[110]!])).grp_no).toBe('2');
  });

  test('of two groups are released one group a message, and the rest stays to be released', () => {
    const session = aSession();
    const all = stocks(101);
    for (const batch of [all.slice(0, 50), all.slice(50, 100), all.slice(100)]) {
      session.subscribe(batch);
      read(session, answer('REG'));
    }
    const [first, last] = [all[0]!, all[100]!];
    expect(JSON.parse(session.unsubscribe([first, last])).grp_no).toBe('1');
    expect(read(session, answer('REMOVE'))).toEqual({ kind: 'acknowledged', keys: keysOf([last]) });
    expect(JSON.parse(session.unsubscribe([last])).grp_no).toBe('2');
    expect(read(session, answer('REMOVE'))).toEqual({ kind: 'released', keys: keysOf([first, last]) });
    // The place is free again.
    expect(JSON.parse(session.subscribe([{ channel: '0B', symbol: '999999' }])).grp_no).toBe('1');
  });

  test('keep the group of an item while one of its types is left', () => {
    const session = aSession();
    const all = stocks(100);
    for (const batch of [all.slice(0, 50), all.slice(50), [{ channel: '0D', symbol: '100000' }]]) {
      session.subscribe(batch);
      read(session, answer('REG'));
    }
    session.unsubscribe([{ channel: '0B', symbol: '100000' }]);
    read(session, answer('REMOVE'));
    expect(JSON.parse(session.subscribe([TRADE])).grp_no).toBe('2');
    read(session, answer('REG'));
    session.unsubscribe([{ channel: '0D', symbol: '100000' }]);
    read(session, answer('REMOVE'));
    expect(JSON.parse(session.subscribe([{ ...TRADE, symbol: '000660' }])).grp_no).toBe('1');
  });

  test('that were refused take no place in a group', () => {
    const session = aSession();
    for (let i = 0; i < 5; i++) {
      expect(JSON.parse(session.subscribe(stocks(50, '0B', 100_000 + 1_000 * i))).grp_no).toBe('1');
      expect(read(session, answer('REG', 105115)).kind).toBe('refused');
    }
  });

  test('take a slot an item, whatever the number of types; those without an item take none', () => {
    const plan = [TRADE, BOOK, { ...TRADE, symbol: '005930_NX' }, { channel: '0J', symbol: '001' }, VOLATILITY, CONDITION];
    expect(SOCKET.slotsOf(plan)).toBe(3);
    expect(SOCKET.limits).toMatchObject({ slotsMax: 200, batchMax: 50, inFlightMax: 1, sendSpacingMs: 350, silenceTimeoutMs: 60_000 });
  });
});

describe('every return code', () => {
  const REFUSED = { kind: 'refused', keys: ['0B|005930'] };
  const LOST = { kind: 'back-off', waitMs: 5_000 };
  const EXPECTED: Readonly<Record<string, object>> = {
    0: { kind: 'acknowledged', keys: ['0B|005930'] },
    100002: REFUSED,
    100013: LOST,
    105108: REFUSED,
    105110: { ...REFUSED, retryAfterMs: 1_000 },
    105111: REFUSED,
    105115: REFUSED,
    105118: REFUSED,
    805002: LOST,
    805004: LOST,
  };

  test('of the table is expected here', () => {
    expect(Object.keys(SOCKET_CODES)).toEqual(Object.keys(EXPECTED));
  });

  test.each(Object.entries(EXPECTED))('%s says what it means to a registration', (code, expected) => {
    const session = aSession();
    session.subscribe([TRADE]);
    expect(read(session, answer('REG', Number(code)))).toEqual({ ...expected, ...(code === '0' ? {} : { code, message: 'why' }) });
  });

  test('that no table holds refuses for good', () => {
    const session = aSession();
    session.subscribe([TRADE]);
    expect(read(session, answer('REG', 1))).toEqual({ ...REFUSED, code: '1', message: 'why' });
  });

  test('of a release: too often leaves it registered, to be asked again; any other means there is nothing to release', () => {
    for (const [code, kind] of [
      [105110, 'acknowledged'],
      [105111, 'released'],
      [0, 'released'],
    ] as const) {
      const session = aSession();
      session.unsubscribe([TRADE]);
      expect(read(session, answer('REMOVE', code))).toEqual({ kind, keys: ['0B|005930'] });
    }
  });

  test('of the system stops, or waits and connects again', () => {
    const said = (code: string) => read(aSession(), JSON.stringify({ trnm: 'SYSTEM', code, message: 'why' }));
    expect(Object.keys(SYSTEM_CODES)).toEqual(['R10001', 'R10002', 'R10004']);
    expect(said('R10001')).toEqual({ kind: 'stop', code: 'R10001', message: 'why' });
    expect(said('R10002')).toEqual({ kind: 'back-off', code: 'R10002', message: 'why', waitMs: 1_000 });
    expect(said('R10004')).toEqual({ kind: 'back-off', code: 'R10004', message: 'why', waitMs: 5_000 });
    expect(said('R99999')).toBe(CONTROL);
    expect(said('toString')).toBe(CONTROL);
  });
});

describe('condition search', () => {
  test('asks for the list first, then searches in real time, and releases', () => {
    const session = aSession();
    expect(JSON.parse(session.subscribe([CONDITION]))).toEqual({ trnm: 'CNSRLST' });
    const reply = read(session, LIST);
    expect(reply).toEqual({ kind: 'reply', text: '{"trnm":"CNSRREQ","seq":"4","search_type":"1","stex_tp":"K"}' });
    expect(read(session, answer('CNSRREQ', 0, { seq: '4 ', data: [{ jmcode: 'A005930' }] }))).toEqual({
      kind: 'acknowledged',
      keys: ['02|4'],
    });
    // The list is asked for once a connection.
    expect(JSON.parse(session.subscribe([{ ...CONDITION, symbol: '2' }])).trnm).toBe('CNSRREQ');
    read(session, answer('CNSRREQ'));
    expect(JSON.parse(session.unsubscribe([CONDITION]))).toEqual({ trnm: 'CNSRCLR', seq: '4' });
    expect(read(session, answer('CNSRCLR', 0, { seq: '4' }))).toEqual({ kind: 'released', keys: ['02|4'] });
  });

  test('that the account does not have is refused by name', () => {
    const session = aSession();
    session.subscribe([{ channel: '02', symbol: '7' }]);
    const signal = read(session, LIST);
    expect(signal).toMatchObject({ kind: 'refused', keys: ['02|7'], code: 'KIWOOM_CONDITION_UNKNOWN' });
    expect('message' in signal && signal.message).toContain('it has 2 other, 4 breakout');
    const empty = aSession();
    empty.subscribe([CONDITION]);
    expect(read(empty, answer('CNSRLST', 0, { data: null }))).toMatchObject({ message: expect.stringContaining('it has none') });
  });

  test('is tried all the same when the list is of a form we do not know', () => {
    for (const data of [{ rows: [] }, 'x', [7], [['a', 'b']]]) {
      const session = aSession();
      session.subscribe([CONDITION]);
      expect(read(session, answer('CNSRLST', 0, { data })).kind).toBe('reply');
    }
  });

  test('whose list comes too often is asked for again later', () => {
    const session = aSession();
    session.subscribe([CONDITION]);
    expect(read(session, answer('CNSRLST', 105110))).toMatchObject({ kind: 'refused', keys: ['02|4'], retryAfterMs: 1_000 });
    expect(JSON.parse(session.subscribe([CONDITION])).trnm).toBe('CNSRLST');
  });

  test('in one batch with registrations is asked for after them', () => {
    const session = aSession();
    expect(JSON.parse(session.subscribe([TRADE, CONDITION, BOOK])).data).toEqual([{ item: ['005930'], type: ['0B', '0D'] }]);
    expect(read(session, answer('REG'))).toEqual({ kind: 'released', keys: ['02|4'] });
    session.subscribe([CONDITION]);
    read(session, LIST);
    expect(read(session, answer('CNSRREQ'))).toEqual({ kind: 'acknowledged', keys: ['0B|005930', '0D|005930', '02|4'] });
  });

  test('refused before others of its batch is asked for once more after them, so that its refusal waits for nothing', () => {
    const session = aSession();
    const unknown = { channel: '02', symbol: '9' };
    session.subscribe([unknown, CONDITION, TRADE]);
    expect(read(session, LIST)).toEqual({ kind: 'released', keys: ['02|9', '02|4', '0B|005930'] });
    expect(JSON.parse(session.subscribe([unknown, CONDITION]))).toMatchObject({ trnm: 'CNSRREQ', seq: '4' });
    expect(read(session, answer('CNSRREQ'))).toEqual({ kind: 'released', keys: ['02|9'] });
    expect(JSON.parse(session.subscribe([unknown])).trnm).toBe('CNSRLST');
    expect(read(session, LIST)).toMatchObject({ kind: 'refused', keys: ['02|9'], code: 'KIWOOM_CONDITION_UNKNOWN' });
    expect(read(session, aTradeFrame({}))).toEqual({ kind: 'acknowledged', keys: ['02|4'] });
  });

  test('two of which are refused beside a third end refused, both', () => {
    const session = aSession();
    const found: unknown[] = [];
    let batch: Subscription[] = ['8', '4', '9'].map((symbol) => ({ channel: '02', symbol }));
    for (let round = 0; round < 10 && batch.length > 0; round++) {
      const text = session.subscribe(batch);
      let signal = read(session, text.includes('CNSRLST') ? LIST : answer('CNSRREQ'));
      if (signal.kind === 'reply') signal = read(session, answer('CNSRREQ'));
      batch = signal.kind === 'released' ? batch.filter(({ symbol }) => signal.keys!.includes(`02|${symbol}`)) : [];
      if (signal.kind !== 'released') found.push(signal);
    }
    for (let signal = read(session, aTradeFrame({})); signal !== DATA; signal = read(session, aTradeFrame({}))) found.push(signal);
    const ends = found.map((signal) => [(signal as { kind: string }).kind, ...(signal as { keys: string[] }).keys]);
    expect(ends.sort()).toEqual([
      ['acknowledged', '02|4'],
      ['refused', '02|8'],
      ['refused', '02|9'],
    ]);
  });

  test('refused after registrations of the same batch says so at once, and the registrations with the next frame of data', () => {
    const session = aSession();
    session.subscribe([TRADE, CONDITION]);
    read(session, answer('REG'));
    session.subscribe([CONDITION]);
    read(session, LIST);
    expect(read(session, answer('CNSRREQ', 1))).toEqual({ kind: 'refused', keys: ['02|4'], code: '1', message: 'why' });
    expect(read(session, '{"trnm":"PING"}').kind).toBe('reply');
    expect(read(session, aTradeFrame({}))).toEqual({ kind: 'acknowledged', keys: ['0B|005930'] });
    expect(read(session, aTradeFrame({}))).toBe(DATA);
  });
});

describe('frames', () => {
  test('PING is echoed to the byte', () => {
    for (const text of ['{"trnm":"PING"}', '{ "trnm" : "PING", "x": "값" }', 'PING']) {
      expect(read(aSession(), text)).toEqual({ kind: 'reply', text });
    }
  });

  test('data is one shared signal in any spelling, and anything else is unknown', () => {
    for (const text of [aTradeFrame({}), '{"trnm":"REAL","data":[]}', ` ${aTradeFrame({})} `]) expect(read(aSession(), text)).toBe(DATA);
    for (const text of ['', 'x', '[]', '{', '{}', 'null', '{"trnm":7}', '{"trnm":"NEW","return_code":0}', '{"return_code":0}']) {
      expect(read(aSession(), text), text).toBe(UNKNOWN);
    }
  });

  test('a data frame belongs to the type and item of its first row', () => {
    const session = aSession();
    session.subscribe([TRADE, VOLATILITY]);
    session.subscribe([{ channel: '02', symbol: '004' }]);
    const change = { condition: 4, symbol: '005930', isInserted: true, venueTimeUs: NOW_MS * 1000 };
    const interruption = { symbol: '005930_AL', kind: 1, direction: 1, price: 5, triggeredAtUs: NOW_MS * 1000 } as const;
    expect(keyOf(session, aTradeFrame({}))).toBe('0B|005930');
    expect(keyOf(session, aTradeFrame({}, '005930_NX'))).toBe('0B|005930_NX');
    expect(keyOf(session, textOf(encodeVolatility([interruption])))).toBe('1h|');
    expect(keyOf(session, textOf(encodeConditionChanges([change])))).toBe('02|004');
    expect(keyOf(session, '{"data":[{"values":{},"type":"0g","name":"x","item":"000660"}],"trnm":"REAL"}')).toBe('0g|000660');
    for (const text of ['', '{}', answer('REG'), '{"data":[],"trnm":"REAL"}', '{"data":[{}],"trnm":"REAL"}'])
      expect(keyOf(session, text), text).toBe('');
  });

  test('whatever bytes come, a session says something and never throws', () => {
    const texts = [
      aTradeFrame({}),
      textOf(encodeConditionChanges([{ condition: 4, symbol: '005930', isInserted: true, venueTimeUs: 0 }])),
      answer('REG'),
      answer('CNSRREQ', 105110),
      LIST,
      '{"trnm":"PING"}',
      '{"trnm":"SYSTEM","code":"R10001","message":"x"}',
      '{"trnm":"LOGIN","return_code":805004,"return_msg":"[CODE=8005, MESSAGE=x]"}',
    ].map(bytesOf);
    checkSeeds(300, (random) => {
      const session = aSession();
      for (let count = 0; count < 20; count++) {
        if (random.chance(0.5)) session.subscribe([random.pick([TRADE, CONDITION, VOLATILITY])]);
        const bytes = random.chance(0.1) ? random.bytes(random.integer(0, 40)) : mutateBytes(random.pick(texts), random);
        expect(session.read(bytes, 0, bytes.length).kind).toBeTypeOf('string');
        expect(session.keyOf(bytes, 0, bytes.length)).toBeTypeOf('string');
      }
    });
  });

  test.skipIf(!hasKiwoomData)('recorded frames mean what they meant then', () => {
    const kinds = {
      intraday: ['acknowledged', 'control', 'data', 'logged-in', 'reply'],
      offhours: ['back-off', 'control', 'logged-in', 'reply'],
    };
    for (const name of ['intraday', 'offhours'] as const) {
      const session = aSession();
      session.subscribe([TRADE]);
      const found = new Set<string>();
      for (const { direction, text } of readKiwoom(name)) {
        if (direction !== 'in') continue;
        const signal = read(session, text);
        if (signal.kind === 'reply') expect(signal.text).toBe(text);
        if (signal.kind === 'data') expect(keyOf(session, text)).toMatch(/^(0B\|\d{6}(_AL|_NX)?|00\|)$/);
        found.add(signal.kind);
      }
      expect([...found].sort().filter((kind) => kind !== 'control')).toEqual(kinds[name].filter((kind) => kind !== 'control'));
    }
  });
});

describe('types', () => {
  test('are all nineteen and condition search, those of the shared table, each with its label', (context) => {
    expect([...CHANNEL_RULES.keys()].sort()).toEqual([...REAL_TYPES.keys()].sort());
    for (const type of CHANNEL_RULES.keys()) {
      expect(SOCKET.carries(type, {})).toBe(true);
      const frame = bytesOf(`{"data":[{"values":{},"type":"${type}","name":"x","item":"y"}],"trnm":"REAL"}`);
      expect(kiwoomProtocol.labelOf(type)).toBe(kiwoomChannelOf(frame, 0, frame.length));
    }
    expect(SOCKET.carries('0b', {})).toBe(false);
    if (!existsSync(FIDS)) return context.skip('the table of FIDs of the shared folder is not here');
    const table = JSON.parse(readFileSync(FIDS, 'utf8')) as Record<string, unknown>;
    const known = Object.keys((table.types as object | undefined) ?? table).filter((name) => /^[01][0-9A-Za-z]$/.test(name));
    expect([...CHANNEL_RULES.keys()].sort()).toEqual(known.sort());
  });

  test('refuse symbols that cannot be theirs, since the venue acknowledges anything', () => {
    const refused = (channel: string, symbol: string, environment = 'real') => kiwoomProtocol.refuses({ channel, symbol }, environment);
    for (const [channel, symbol] of [
      ['0B', '005930'],
      ['0B', '0001A0_AL'],
      ['1h', ''],
      ['00', ''],
      ['0J', '001'],
      ['0I', 'MGD'],
      ['0m', '57JBHH'],
      ['02', '4'],
    ] as const) {
      expect(refused(channel, symbol), channel).toBeUndefined();
    }
    for (const [channel, symbol] of [
      ['0B', '5930'],
      ['0B', ''],
      ['0B', '005930_XX'],
      ['1h', '005930'],
      ['0J', '005930'],
      ['0I', 'XAU'],
      ['02', 'a'],
      ['02', ''],
    ] as const) {
      expect(refused(channel, symbol), `${channel} ${symbol}`).toContain(`not "${symbol}"`);
    }
    expect(refused('0b', '005930')).toContain('no real-time type');
  });

  test('of another exchange are refused on the mock host, which has KRX only', () => {
    for (const suffix of ['_NX', '_AL']) {
      expect(kiwoomProtocol.refuses({ channel: '0B', symbol: `005930${suffix}` }, 'mock')).toContain('use 005930');
    }
    expect(kiwoomProtocol.refuses(TRADE, 'mock')).toBeUndefined();
  });

  test('keep the hours of their exchange', () => {
    const markets = [
      TRADE,
      { ...TRADE, symbol: '005930_NX' },
      { ...TRADE, symbol: '005930_AL' },
      VOLATILITY,
      { channel: '0I', symbol: 'MGD' },
    ];
    expect(markets.map(({ channel, symbol }) => kiwoomProtocol.marketOf(channel, symbol))).toEqual([
      'krx-stock',
      'nxt',
      'nxt',
      'krx-stock',
      'always',
    ]);
    // Trades pause for the ten minutes of an auction.
    expect(kiwoomProtocol.silenceMaxMs('0B')).toBeGreaterThan(600_000);
    expect(kiwoomProtocol.silenceMaxMs('1h')).toBeGreaterThan(86_400_000);
  });
});

describe('the token', () => {
  const response = (body: object, status = 200) => ({ status, headers: {}, body: bytesOf(JSON.stringify(body)) });
  const refusal = (code: number) => TOKEN_GRANT.read(response({ return_code: 3, return_msg: `인증에 실패했습니다[${code}:why]` }), NOW_MS);

  test('is asked for with secretkey', () => {
    const { path, body, meta } = TOKEN_GRANT.request(CREDENTIALS);
    expect([path, meta]).toEqual(['/oauth2/token', { apiId: 'au10001' }]);
    expect(JSON.parse(body!)).toEqual({ grant_type: 'client_credentials', appkey: 'app-key-1', secretkey: 'secret-key-1' });
    expect(TOKEN_GRANT).toMatchObject({ isKept: true, renewBeforeMs: 600_000 });
  });

  test('ends when expires_dt says, in Korean time', () => {
    const body = { token: 't', token_type: 'bearer', expires_dt: '20261002040000', return_code: 0, return_msg: '' };
    expect(TOKEN_GRANT.read(response(body), NOW_MS)).toEqual({ kind: 'grant', value: 't', expiresAtMs: NOW_MS + 18 * 3_600_000 });
    expect(TOKEN_GRANT.read(response({ ...body, expires_dt: 'soon' }), NOW_MS)).toMatchObject({ expiresAtMs: NOW_MS + 86_400_000 });
    expect(msOfKstText('19700101090000')).toBe(0);
  });

  test('with wrong keys is refused for good, with trouble for now', () => {
    for (const code of [8001, 8002, 8011, 8012, 8020, 8030, 8040, 8050]) {
      expect(refusal(code)).toMatchObject({ kind: 'failed', code: String(code), isFinal: true });
    }
    for (const code of [8006, 8009]) expect(refusal(code)).toMatchObject({ kind: 'failed', isFinal: false });
    expect(TOKEN_GRANT.read(response({ return_code: 0 }), NOW_MS)).toMatchObject({ code: 'KIWOOM_TOKEN_MISSING', isFinal: false });
  });
});

describe('stock lists', () => {
  const settings = (options: Readonly<Record<string, string>> = {}): PollSettings => ({
    credentials: CREDENTIALS,
    grants: { token: 'token-1' },
    options,
    nowMs: NOW_MS,
  });
  const verdict = (body: object, headers: Readonly<Record<string, string>> = {}, status = 200): RestVerdict => {
    const [request] = kiwoomProtocol.masters(settings(), []);
    return kiwoomProtocol.readMaster(request!, { status, headers, body: bytesOf(JSON.stringify(body)) });
  };

  test('are those of the named markets, and the recorded codes alone where asked', () => {
    const bodies = (options: Readonly<Record<string, string>>) =>
      kiwoomProtocol
        .masters(settings(options), ['005930', '005930_NX', '001', '000660_AL', ''])
        .map(({ body, meta }) => [JSON.parse(body!), meta]);
    expect(bodies({})).toEqual(['0', '10', '8'].map((market) => [{ mrkt_tp: market }, { apiId: 'ka10099', market, page: 1 }]));
    expect(bodies({ masters: 'symbols' })).toEqual(
      ['005930', '000660'].map((symbol) => [{ stk_cd: symbol }, { apiId: 'ka10100', symbol }]),
    );
    expect(() => bodies({ masters: 'kospi,nasdaq' })).toThrow('"nasdaq"');
    const [request] = kiwoomProtocol.masters(settings(), []);
    expect(request).toMatchObject({ path: '/api/dostk/stkinfo', headers: { 'api-id': 'ka10099', authorization: 'Bearer token-1' } });
  });

  test('go on with the key of the next page while there is one', () => {
    const first = verdict({ return_code: 0, list: [] }, { 'cont-yn': 'Y', 'next-key': 'k1' });
    const next = first.kind === 'ok' ? first.next![0]! : undefined;
    expect(next).toMatchObject({ headers: { 'cont-yn': 'Y', 'next-key': 'k1', 'api-id': 'ka10099' }, meta: { page: 2, market: '0' } });
    expect(verdict({ return_code: 0 }, { 'cont-yn': 'N', 'next-key': '' })).toEqual({ kind: 'ok' });
    expect(verdict({ return_code: 0 }, { 'cont-yn': 'Y' })).toMatchObject({ kind: 'ok', incomplete: expect.stringContaining('no key') });
  });

  test('say of every documented error what to do', () => {
    const kinds = { 'too-many': 'wait', renew: 'renew-grant', final: 'failed', passing: 'failed' };
    for (const [code, { returnCode, meaning }] of Object.entries(REST_ERRORS)) {
      const found = verdict({ return_code: returnCode, return_msg: `words[${code}:why]` });
      expect(found, code).toMatchObject({ kind: kinds[meaning], code });
      if (found.kind === 'failed') expect(found.isFinal, code).toBe(meaning === 'final');
    }
  });

  test('tell too many calls from too many stocks in one call, which wear the same words', () => {
    const words = '허용된 요청 개수를 초과하였습니다';
    expect(
      verdict({ return_code: 5, return_msg: `${words}[1700:허용된 API 요청 개수를 초과하였습니다. 유량=5, API ID=ka10099]` }, {}, 429),
    ).toMatchObject({
      kind: 'wait',
      code: '1700',
      waitMs: 1_000,
    });
    expect(verdict({ return_code: 5, return_msg: `${words}[1634]` })).toMatchObject({ kind: 'failed', code: '1634', isFinal: true });
    expect(verdict({ return_code: 5, return_msg: words })).toMatchObject({ kind: 'wait', code: 'RETURN_CODE_5' });
  });

  test('bear answers that are no answer', () => {
    const read = (text: string, status: number) => {
      const [request] = kiwoomProtocol.masters(settings(), []);
      return kiwoomProtocol.readMaster(request!, { status, headers: {}, body: bytesOf(text) });
    };
    expect(read('<html>', 502)).toMatchObject({ kind: 'failed', code: 'HTTP_502', isFinal: false });
    expect(read('', 429)).toMatchObject({ kind: 'wait' });
    expect(read('{"return_code":3,"return_msg":"인증에 실패했습니다[8005:Token이 유효하지 않습니다]"}', 200)).toMatchObject({
      kind: 'renew-grant',
      code: '8005',
    });
    expect(read('{"return_code":0}', 500)).toMatchObject({ kind: 'failed', code: 'HTTP_500' });
  });
});

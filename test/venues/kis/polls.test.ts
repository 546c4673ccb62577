import { describe, expect, test } from 'vitest';
import { isNight, kstMoment, kstText, msOfKstText, nightMoment } from '../../../venues/kis/kst-clock.ts';
import { kisProtocol } from '../../../venues/kis/protocol.ts';
import type { PollSettings, RestRequest, RestResponse } from '../../../venues/protocol.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { bytesOf, CREDENTIALS, NOW_MS } from './both-sides.ts';

const HOUR_MS = 3_600_000;
/** 2026-10-01 20:00:05 and, past midnight, 2026-10-02 01:30:00 in Korea. */
const EVENING_MS = NOW_MS + 10 * HOUR_MS + 5_000;
const PAST_MIDNIGHT_MS = NOW_MS + 15.5 * HOUR_MS;

function settingsOf(parts: Partial<PollSettings> = {}): PollSettings {
  return { credentials: CREDENTIALS, grants: { token: 'token-1' }, options: {}, nowMs: NOW_MS, ...parts };
}

function pollOf(name: string) {
  const rule = kisProtocol.polls.find((known) => known.name === name);
  if (rule === undefined) throw new Error(`no poll ${name}`);
  return rule;
}

function requestOf(name: string, target: string, parts: Partial<PollSettings> = {}): RestRequest {
  const requests = pollOf(name).requests(target, settingsOf(parts));
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

function answer(body: object | string, status = 200, headers: Readonly<Record<string, string>> = {}): RestResponse {
  return { status, headers, body: bytesOf(typeof body === 'string' ? body : JSON.stringify(body)) };
}

const OK = { rt_cd: '0', msg_cd: 'MCA00000', msg1: '정상처리 되었습니다.' };

describe('requests', () => {
  test('of stock bars carry the headers of the venue, and no secret in their meta', () => {
    const request = requestOf('stock-minute', '005930');
    const params = {
      FID_COND_MRKT_DIV_CODE: 'J',
      FID_INPUT_ISCD: '005930',
      FID_INPUT_HOUR_1: '100000',
      FID_PW_DATA_INCU_YN: 'Y',
      FID_ETC_CLS_CODE: '',
    };
    expect(request).toEqual({
      endpoint: 'stock-minute-bars',
      method: 'GET',
      path: '/uapi/domestic-stock/v1/quotations/inquire-time-itemchartprice',
      query: params,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: 'Bearer token-1',
        appkey: CREDENTIALS.appKey,
        appsecret: CREDENTIALS.appSecret,
        tr_id: 'FHKST03010200',
        custtype: 'P',
      },
      meta: { trId: 'FHKST03010200', symbol: '005930', market: 'J', params },
    });
    expect(requestOf('stock-minute', '005930', { options: { market: 'UN' } }).meta).toMatchObject({ market: 'UN' });
  });

  test.each([
    ['A01612', NOW_MS, 'F', '20261001', '100000'],
    ['B01612A40', NOW_MS, 'O', '20261001', '100000'],
    ['201T11317', NOW_MS, 'O', '20261001', '100000'],
    ['A01612', EVENING_MS, 'CM', '20261001', '200005'],
    ['C01612A40', PAST_MIDNIGHT_MS, 'EU', '20261001', '253000'],
  ])('of bars of %s at %d ask market %s from %s %s backwards', (symbol, nowMs, market, date, hour) => {
    expect(requestOf('derivative-minute', symbol, { nowMs }).query).toEqual({
      FID_COND_MRKT_DIV_CODE: market,
      FID_INPUT_ISCD: symbol,
      FID_HOUR_CLS_CODE: '60',
      FID_PW_DATA_INCU_YN: 'Y',
      FID_FAKE_TICK_INCU_YN: 'N',
      FID_INPUT_DATE_1: date,
      FID_INPUT_HOUR_1: hour,
    });
  });

  test('of derivatives on stocks ask the market that the configuration names', () => {
    expect(requestOf('derivative-price', '111W12', { options: { market: 'JF' } }).meta).toMatchObject({ market: 'JF', symbol: '111W12' });
  });

  test('of boards name their maturity and class', () => {
    const board = requestOf('option-board', '260904', { options: { class: 'WKI' } });
    expect(board.meta).toMatchObject({ trId: 'FHPIF05030100', maturity: '260904', market: 'WKI' });
    expect(board.query).toMatchObject({ FID_MRKT_CLS_CODE: 'CO', FID_MRKT_CLS_CODE1: 'PO', FID_COND_SCR_DIV_CODE: '20503' });
    expect(requestOf('futures-board', 'KOSPI200').meta).toMatchObject({ trId: 'FHPIF05030200', market: '' });
    expect(requestOf('expiry-list', 'WKM').query).toEqual({
      FID_COND_SCR_DIV_CODE: '509',
      FID_COND_MRKT_DIV_CODE: '',
      FID_COND_MRKT_CLS_CODE: 'WKM',
    });
  });

  test('of a corporation carry what it must send besides', () => {
    const headers = requestOf('stock-price', '005930', {
      credentials: { ...CREDENTIALS, personalSecKey: 'person' },
      options: { custtype: 'B', macAddress: '0011' },
    }).headers;
    expect(headers).toMatchObject({ custtype: 'B', personalseckey: 'person', seq_no: '001', mac_address: '0011' });
  });

  test('come every two seconds unless told otherwise, boards at most once a second', () => {
    expect(pollOf('derivative-minute').intervalMs).toBe(2_000);
    expect(pollOf('option-board')).toMatchObject({ intervalMs: 2_000, callsPerSecondMax: 1 });
    expect(kisProtocol.restLimits('real').callsPerSecondMax).toBe(18);
    expect(kisProtocol.restLimits('mock').callsPerSecondMax).toBe(1);
  });
});

describe('verdicts', () => {
  const verdict = (body: object | string, status = 200) =>
    pollOf('stock-minute').read(requestOf('stock-minute', '005930'), answer(body, status));
  const gateway = (code: string) => ({ rt_cd: '1', msg_cd: code, msg1: 'why' });

  test.each([
    ['EGW00201', 500, { kind: 'wait', waitMs: 1_000 }],
    ['EGW00201', 200, { kind: 'wait', waitMs: 1_000 }],
    ['EGW00123', 500, { kind: 'renew-grant' }],
    ['EGW00123', 200, { kind: 'renew-grant' }],
    ['EGW00121', 500, { kind: 'renew-grant' }],
    ['EGW00133', 403, { kind: 'wait', waitMs: 60_000 }],
    ['EGW00103', 403, { kind: 'failed', isFinal: true }],
    ['EGW00105', 403, { kind: 'failed', isFinal: true }],
    ['EGW00202', 500, { kind: 'failed', isFinal: false }],
    ['EGW00213', 500, { kind: 'failed', isFinal: true }],
    ['OPSQ2001', 200, { kind: 'failed', isFinal: true }],
    ['OPSQ0010', 200, { kind: 'failed', isFinal: false }],
  ])('%s with status %d', (code, status, expected) => {
    expect(verdict(gateway(code), status)).toEqual({ ...expected, code, message: 'why' });
    expect(verdict({ error_code: code, error_description: 'why' }, status)).toEqual({ ...expected, code, message: 'why' });
  });

  test('an answer that is none is a failure that may pass', () => {
    expect(verdict(OK)).toEqual({ kind: 'ok' });
    expect(verdict('<html>502</html>', 502)).toEqual({
      kind: 'failed',
      code: 'HTTP_502',
      message: 'HTTP status 502, no message',
      isFinal: false,
    });
    expect(verdict('', 200)).toMatchObject({ kind: 'failed', isFinal: false });
    expect(verdict({ rt_cd: '2' })).toMatchObject({ kind: 'failed', code: 'RT_CD_2' });
    expect(verdict('{}', 404)).toMatchObject({ kind: 'failed', isFinal: true });
    expect(verdict('{}', 401)).toMatchObject({ kind: 'renew-grant' });
    expect(verdict('{}', 429)).toMatchObject({ kind: 'wait' });
  });

  test('more pages are asked for until there are none, or enough', () => {
    const rule = pollOf('futures-board');
    let request = requestOf('futures-board', '');
    for (let page = 2; page <= 10; page++) {
      const read = rule.read(request, answer(OK, 200, { tr_cont: page === 2 ? 'F' : 'M' }));
      if (read.kind !== 'ok' || read.next === undefined) throw new Error(`page ${page} was not asked for`);
      request = read.next[0]!;
      expect(request.headers?.tr_cont).toBe('N');
      expect(request.meta).toMatchObject({ page, market: '' });
    }
    expect(rule.read(request, answer(OK, 200, { tr_cont: 'M' }))).toEqual({ kind: 'ok' });
    expect(rule.read(requestOf('futures-board', ''), answer(OK, 200, { tr_cont: 'D' }))).toEqual({ kind: 'ok' });
    // Bars page by date and hour: their tr_cont would only bring the day's history again and again.
    expect(pollOf('stock-minute').read(requestOf('stock-minute', '005930'), answer(OK, 200, { tr_cont: 'M' }))).toEqual({ kind: 'ok' });
  });

  test('whatever an answer holds, there is a verdict', () => {
    const bodies = [{ ...OK, output1: [{ optn_shrn_iscd: 'B01612A40' }], output2: [] }, gateway('EGW00201')].map((body) =>
      bytesOf(JSON.stringify(body)),
    );
    checkSeeds(500, (random) => {
      const { name } = random.pick(kisProtocol.polls);
      const body = mutateBytes(random.pick(bodies), random);
      const read = pollOf(name).read(requestOf(name, 'A01612'), { status: random.pick([200, 403, 500]), headers: {}, body });
      expect(read.kind).toBeTypeOf('string');
    });
  });
});

describe('a cut option board', () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ optn_shrn_iscd: `B01612${index}` }));
  const options = { supplement: 'B01612A40, C01612A40,B016125' };

  test('is supplemented by the wanted symbols that it leaves out', () => {
    const request = requestOf('option-board', '202612', { options });
    const read = pollOf('option-board').read(request, answer({ ...OK, output1: rows(100), output2: rows(40) }));
    if (read.kind !== 'ok' || read.next === undefined) throw new Error('nothing was asked besides');
    expect(read.next.map(({ query }) => query?.FID_INPUT_ISCD)).toEqual(['B01612A40', 'C01612A40']);
    expect(read.next[0]).toMatchObject({
      endpoint: 'derivative-price',
      path: '/uapi/domestic-futureoption/v1/quotations/inquire-price',
      headers: { tr_id: 'FHMIF10000000', authorization: 'Bearer token-1' },
      meta: { trId: 'FHMIF10000000', symbol: 'B01612A40', market: 'O', supplementTo: '202612', truncated: true },
    });
    expect(pollOf('option-board').read(read.next[0]!, answer({ ...OK, output1: {} }))).toEqual({ kind: 'ok' });
  });

  test('is left alone when it is whole, or nothing is wanted besides', () => {
    const whole = answer({ ...OK, output1: rows(99), output2: rows(99) });
    expect(pollOf('option-board').read(requestOf('option-board', '202612', { options }), whole)).toEqual({ kind: 'ok' });
    const cut = answer({ ...OK, output1: rows(100), output2: rows(100) });
    expect(pollOf('option-board').read(requestOf('option-board', '202612'), cut)).toEqual({
      kind: 'ok',
      incomplete: 'the board stops at 100 strikes a side; 0 symbols are asked one by one',
    });
  });

  test.each([
    [100, 2],
    [144, 2],
    [72, 1],
    [341, 60],
  ])('asks at most 36 of %d symbols a poll, and all of them in turn every %d s', (count, seconds) => {
    const supplement = Array.from({ length: count }, (_, index) => `C01612${index}X`).join(',');
    const asked = new Set<string>();
    for (let poll = 0; poll < 100; poll++) {
      const wanted = requestOf('option-board', '202612', { options: { supplement }, nowMs: NOW_MS + poll * seconds * 1_000 }).meta
        ?.supplement;
      expect(wanted).toHaveLength(36);
      for (const symbol of wanted as string[]) asked.add(symbol);
    }
    expect(asked.size).toBe(count);
  });
});

describe('masters', () => {
  const pathsOf = (symbols: readonly string[], options = {}) =>
    kisProtocol.masters(settingsOf({ options }), symbols).map(({ path }) => path);

  test('are the index derivatives, and the stocks when there are any', () => {
    expect(pathsOf(['A01612'])).toEqual(['/common/master/fo_idx_code_mts.mst.zip']);
    expect(pathsOf(['A01612', '005930'])).toContain('/common/master/kospi_code.mst.zip');
    expect(pathsOf([], { masters: 'index, nxt-kospi' })).toEqual([
      '/common/master/idxcode.mst.zip',
      '/common/master/nxt_kospi_code.mst.zip',
    ]);
    expect(() => pathsOf([], { masters: 'kospy' })).toThrow('kospi');
  });

  test('come from a host of their own, to be inflated before they are recorded', () => {
    const [request] = kisProtocol.masters(settingsOf(), []);
    expect(request).toMatchObject({
      endpoint: 'master-index-derivatives',
      host: 'https://new.real.download.dws.co.kr',
      meta: { unzip: true, file: 'fo_idx_code_mts.mst' },
    });
    expect(request?.headers).toBeUndefined();
    expect(kisProtocol.readMaster(request!, answer('PK..'))).toEqual({ kind: 'ok' });
    expect(kisProtocol.readMaster(request!, answer('<html>'))).toMatchObject({ kind: 'failed', isFinal: false });
    expect(kisProtocol.readMaster(request!, answer('no', 404))).toMatchObject({ kind: 'failed', isFinal: true });
  });
});

describe('Korean time', () => {
  test('is nine hours ahead, and the night counts on past 24 hours', () => {
    expect(kstMoment(NOW_MS)).toEqual({ date: '20261001', time: '100000' });
    expect(nightMoment(PAST_MIDNIGHT_MS)).toEqual({ date: '20261001', time: '253000' });
    expect(nightMoment(EVENING_MS)).toEqual({ date: '20261001', time: '200005' });
    expect([NOW_MS, EVENING_MS, PAST_MIDNIGHT_MS, NOW_MS + 24 * HOUR_MS].map(isNight)).toEqual([false, true, true, false]);
  });

  test('is read back as it was written', () => {
    expect(kstText(NOW_MS)).toBe('2026-10-01 10:00:00');
    expect(msOfKstText('2026-10-01 10:00:00')).toBe(NOW_MS);
    expect(msOfKstText('tomorrow')).toBeNaN();
  });
});

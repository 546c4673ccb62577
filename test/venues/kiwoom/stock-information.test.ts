import { expect, test } from 'vitest';
import { encodeStock, encodeStockList } from '../../../venues/kiwoom/encode-stock.ts';
import { decodeBody } from './kiwoom-frames.ts';

function meta(apiId: string): string {
  return JSON.stringify({ apiId, endpoint: 'stock-list', requestId: 1, status: 200 });
}

function said(body: string | Uint8Array, apiId: string): readonly unknown[] {
  return decodeBody(body, meta(apiId))
    .of('instrument')
    .map((call) => call[2]);
}

function stock(symbol: string, name: string) {
  return { venue: 'kiwoom', symbol, kind: 'stock', currency: 'KRW', multiplier: 1, name };
}

test('the stocks of a market are instruments, on each exchange where they trade', () => {
  const body = encodeStockList([
    { code: '005930', name: '삼성전자', isOnNxt: true },
    { code: '0001A0', name: '덕양에너젠', isOnNxt: false },
  ]);
  expect(said(body, 'ka10099')).toEqual([
    stock('005930', '삼성전자'),
    stock('005930_AL', '삼성전자'),
    stock('005930_NX', '삼성전자'),
    stock('0001A0', '덕양에너젠'),
    stock('0001A0_AL', '덕양에너젠'),
  ]);
});

test('one stock of the list, and the basic information of one, are instruments', () => {
  expect(said(encodeStock({ code: '005930', name: '삼성전자', isOnNxt: false }), 'ka10100').length).toBe(2);
  const basic = { stk_cd: '039490', stk_nm: '키움증권', cur_prc: '-60100', return_code: 0 };
  expect(said(JSON.stringify(basic), 'ka10001')).toEqual([stock('039490', '키움증권'), stock('039490_AL', '키움증권')]);
  expect(said(JSON.stringify({ ...basic, stk_cd: '039490_NX' }), 'ka10001')).toEqual([stock('039490_NX', '키움증권')]);
});

test('a stock without a name has none, one without a code is a failure, and the others come out', () => {
  const list = [{ code: '000660', name: '' }, { name: 'x' }, 7, { code: '000270', name: '기아' }];
  const recorded = decodeBody(JSON.stringify({ return_code: 0, list }), meta('ka10099'));
  expect(recorded.of('instrument').map((call) => call[1])).toEqual(['000660', '000660_AL', '000270', '000270_AL']);
  expect(recorded.of('instrument')[0]![2]).not.toHaveProperty('name');
  expect(recorded.of('decodeFailure').length).toBe(2);
});

test('a refusal is drift, what is no such body a failure, and other calls are undecoded', () => {
  const refusal = '{"return_code":5,"return_msg":"허용된 요청 개수를 초과하였습니다[1700]"}';
  expect(decodeBody(refusal, meta('ka10099')).calls).toEqual([
    ['drift', 'ka10099', 'return_code 5: 허용된 요청 개수를 초과하였습니다[1700]'],
  ]);
  for (const body of ['<html>', '[]', '{}', '{"return_code":0}', '{"return_code":0,"list":{}}']) {
    expect(
      decodeBody(body, meta('ka10099')).calls.map((call) => call.slice(0, 2)),
      body,
    ).toEqual([['decodeFailure', 'ka10099']]);
  }
  expect(decodeBody('{"return_code":0}', meta('ka10080')).calls).toEqual([['undecoded', 'ka10080']]);
  expect(decodeBody('{"return_code":0}', '').calls).toEqual([['undecoded', '']]);
  expect(decodeBody('{"token":"0000","return_code":0}', meta('au10001')).calls).toEqual([]);
});

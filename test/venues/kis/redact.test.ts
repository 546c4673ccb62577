import { expect, test } from 'vitest';
import { encodeNotice, encodeTrades, kis } from '../../../venues/kis/index.ts';
import type { SecretRange } from '../../../venues/venue.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { NOON_US } from './kis-frames.ts';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const NOTICE = { CUST_ID: 'hong', ACNT_NO: '1234567801', STCK_SHRN_ISCD: '005930', ACNT_NAME: '홍길동', CNTG_ISNM: '삼성전자' };

function redact(bytes: Uint8Array): readonly SecretRange[] {
  return kis.redact!(bytes, 'frame-in');
}

function redacted(payload: string | Uint8Array): string {
  const bytes = typeof payload === 'string' ? ENCODER.encode(payload) : Uint8Array.from(payload);
  redact(bytes);
  return DECODER.decode(bytes);
}

test('keys, tokens and the account are overwritten wherever they stand', () => {
  expect(
    redacted(
      '{"header":{"approval_key":"a-b","custtype":"P","personalseckey":"ps"},"body":{"input":{"tr_id":"H0STCNT0","tr_key":"005930"}}}',
    ),
  ).toBe('{"header":{"approval_key":"000","custtype":"P","personalseckey":"00"},"body":{"input":{"tr_id":"H0STCNT0","tr_key":"005930"}}}');
  expect(redacted('{"grant_type":"client_credentials","appkey":"k1","appsecret":"s1","secretkey":"s2"}')).toBe(
    '{"grant_type":"client_credentials","appkey":"00","appsecret":"00","secretkey":"00"}',
  );
  expect(redacted('{"access_token":"eyJ0","token_type":"Bearer","expires_in":86400}')).toBe(
    '{"access_token":"0000","token_type":"Bearer","expires_in":86400}',
  );
  expect(redacted('{"CANO":"12345678","ACNT_PRDT_CD":"01","PDNO":"005930"}')).toBe(
    '{"CANO":"00000000","ACNT_PRDT_CD":"01","PDNO":"005930"}',
  );
});

test('the cipher of an acknowledgement is overwritten, and what was acknowledged stays', () => {
  const text =
    '{"header":{"tr_id":"H0STASP0","tr_key":"005930","encrypt":"N"},"body":{"rt_cd":"0","msg_cd":"OPSP0000","output":{"iv":"16","key":"32"}}}';
  expect(redacted(text)).toBe(text.replace('"16"', '"00"').replace('"32"', '"00"'));
});

test('the login that notices are registered with is overwritten', () => {
  expect(redacted('{"body":{"input":{"tr_id":"H0STCNI0","tr_key":"hong"}}}')).toBe(
    '{"body":{"input":{"tr_id":"H0STCNI0","tr_key":"0000"}}}',
  );
  expect(redacted('{"header":{"tr_key":"hong","tr_id":"HDFFF2C0"}}')).toBe('{"header":{"tr_key":"0000","tr_id":"HDFFF2C0"}}');
});

test('a refusal that repeats the approval key loses it, other messages stay', () => {
  expect(redacted('{"body":{"msg_cd":"OPSP0011","msg1":"invalid approval : 5f1c-22 (NOT FOUND)"}}')).toBe(
    '{"body":{"msg_cd":"OPSP0011","msg1":"invalid approval : 0000000 (NOT FOUND)"}}',
  );
  expect(redacted('{"body":{"msg1":"bad 0123456789abcdef-0123 key"}}')).toBe('{"body":{"msg1":"bad 000000000000000000000 key"}}');
  for (const text of [
    '{"msg1":"invalid approval : NOT FOUND"}',
    '{"msg1":"resource not available (ALLOC_CALL_PARAM)"}',
    '{"msg1":"정상처리 되었습니다."}',
  ]) {
    expect(redacted(text)).toBe(text);
  }
});

test('a decrypted notice loses login, account and name by position, in every layout', () => {
  for (const channel of ['H0STCNI0', 'H0STCNI9', 'H0IFCNI0', 'H0IFCNI9', 'H0MFCNI0', 'H0EUCNI0']) {
    for (const layout of ['documented', 'current'] as const) {
      const text = redacted(encodeNotice(channel, NOTICE, layout));
      for (const secret of ['hong', '1234567801', '홍길동']) expect(text, channel).not.toContain(secret);
      expect(text.startsWith(`1|${channel}|001|0000^0000000000^`), text).toBe(true);
      expect(text).toContain('005930');
    }
  }
});

test('the ranges say where the secrets were', () => {
  const bytes = encodeNotice('H0IFCNI0', NOTICE);
  const before = DECODER.decode(bytes);
  const ranges = redact(bytes);
  expect(ranges.map(({ start, end }) => DECODER.decode(ENCODER.encode(before).subarray(start, end)))).toEqual([
    'hong',
    '1234567801',
    '홍길동',
  ]);
  expect(redact(ENCODER.encode('{"msg1":"invalid approval : ab","key":"cd"}'))).toEqual([
    { start: 28, end: 30 },
    { start: 39, end: 41 },
  ]);
});

test('a notice whose fields cannot be told apart loses all of them', () => {
  expect(redacted('1|H0STCNI0|001|hong^12345678^x')).toBe('1|H0STCNI0|001|0000^00000000^0');
  expect(redacted('1|H0GSCNI0|001|hong^12345678^x^y')).toBe('1|H0GSCNI0|001|0000^00000000^0^0');
});

test('an encrypted notice and market data stay as they are', () => {
  const trade = encodeTrades('H0STCNT0', [{ symbol: '005930', venueTimeUs: NOON_US, price: 1, size: 1, side: 1, cumulativeVolume: 1 }]);
  for (const text of [
    '1|H0STCNI0|001|aGVsbG8gd29ybGQ=',
    DECODER.decode(trade),
    '0|H0STCNT0|001|"key":"x"^',
    '{"output":[{"acml_vol":"1"}]}',
  ]) {
    expect(redacted(text)).toBe(text);
    expect(redact(ENCODER.encode(text))).toEqual([]);
  }
});

test('no change elsewhere in a control frame brings a secret back', () => {
  checkSeeds(1_000, (random) => {
    const secret = '"approval_key":"SECRETSECRET"';
    const bytes = mutateBytes(
      ENCODER.encode(`{"header":{${secret},"custtype":"P"},"body":{"input":{"tr_id":"H0STCNI0","tr_key":"HIDDENHIDDEN"}}}`),
      random,
    );
    const before = DECODER.decode(bytes);
    let last = 0;
    for (const { start, end } of redact(bytes)) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      last = end;
    }
    expect(last).toBeLessThanOrEqual(bytes.length);
    if (before.startsWith(`{"header":{${secret}`)) expect(DECODER.decode(bytes)).not.toContain('SECRETSECRET');
  });
});

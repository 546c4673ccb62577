import { expect, test } from 'vitest';
import { kiwoom } from '../../../venues/kiwoom/index.ts';
import type { SecretRange } from '../../../venues/venue.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { aBookFrame, aTradeFrame, hasKiwoomData, readKiwoom } from './kiwoom-frames.ts';

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

function redact(bytes: Uint8Array): readonly SecretRange[] {
  return kiwoom.redact!(bytes, 'frame-in');
}

function redacted(text: string): string {
  const bytes = ENCODER.encode(text);
  redact(bytes);
  return DECODER.decode(bytes);
}

test('tokens, keys and the account number are overwritten at equal length', () => {
  expect(redacted('{"trnm":"LOGIN","token":"AbC-1_x"}')).toBe('{"trnm":"LOGIN","token":"0000000"}');
  expect(redacted('{"appkey":"k","secretkey" : "s3","grant_type":"client_credentials"}')).toBe(
    '{"appkey":"0","secretkey" : "00","grant_type":"client_credentials"}',
  );
  expect(redacted('{"data":[{"values":{"9201":"1234567890","10":"-5"}}]}')).toBe('{"data":[{"values":{"9201":"0000000000","10":"-5"}}]}');
});

test('the ranges say where the secrets were', () => {
  expect(redact(ENCODER.encode('{"token":"abc","appkey":"de"}'))).toEqual([
    { start: 10, end: 13 },
    { start: 25, end: 27 },
  ]);
});

test('numbers, lists and objects under a secret key are overwritten, and what follows stays', () => {
  expect(redacted('{"9201":12345,"a":1}')).toBe('{"9201":11111,"a":1}');
  expect(redacted('{"token":["ab",{"x":"cd","y":7}],"a":"ef"}')).toBe('{"token":["00",{"0":"00","0":1}],"a":"ef"}');
});

test('a secret key is found however it is spelled', () => {
  expect(redacted('{"\\u0074oken":"ab","AppKey":"cd"}')).toBe('{"\\u0074oken":"00","AppKey":"00"}');
  expect(redacted('{"token":"a\\"b"}')).toBe('{"token":"0000"}');
});

test('a market frame is searched in full when a key may be hidden by an escape', () => {
  const frame = aTradeFrame({ x: '1' }).replace('"x":"1"', '"92\\u00301":"SECRET"');
  expect(redacted(frame)).toBe(frame.replace('SECRET', '000000'));
  expect(frame).toContain('\\u00301');
});

test('a cut frame loses what is left of its secret', () => {
  expect(redacted('{"trnm":"LOGIN","token":"AbC')).toBe('{"trnm":"LOGIN","token":"000');
});

test('values that merely look like secret keys stay', () => {
  const text = '{"name":"token","item":"9201","values":{"92010":"x"}}';
  expect(redacted(text)).toBe(text);
});

test('market data is left as it is, also where it holds the digits of the account key', () => {
  const first = JSON.parse(aTradeFrame({ '13': '9201', '14': '192010', '92010': '9201' })).data[0];
  const text = JSON.stringify({ data: [first, JSON.parse(aBookFrame()).data[0]], trnm: 'REAL' });
  expect(redacted(text)).toBe(text);
  expect(redact(ENCODER.encode(text))).toEqual([]);
});

test('the account number is found behind any number of market rows and fields', () => {
  checkSeeds(300, (random) => {
    const market = Array.from({ length: random.integer(0, 3) }, () => JSON.parse(aTradeFrame({ '14': String(random.uint32()) })).data[0]);
    const fields = Array.from({ length: random.integer(0, 12) }, (_, index) => [`x${index}`, 'y'.repeat(random.integer(0, 9))]);
    const own = {
      values: { ...Object.fromEntries(fields), '9201': 'SECRETSECRET', '10': '5' },
      type: random.pick(['00', '04']),
      item: 'A',
    };
    const text = JSON.stringify({ data: [...market, own], trnm: 'REAL' });
    expect(redacted(text)).toBe(text.replace('SECRETSECRET', '000000000000'));
  });
});

test('no changed frame shows more of its secret than the change broke the key', () => {
  checkSeeds(2_000, (random) => {
    const frame = '{"data":[{"values":{"9001":"005930","9201":"SECRETSECRET","913":"x"},"type":"00"}],"token":"HIDDENHIDDEN"}';
    const bytes = mutateBytes(ENCODER.encode(frame), random);
    const before = DECODER.decode(bytes);
    let last = 0;
    for (const { start, end } of redact(bytes)) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(bytes.length);
      last = end;
    }
    const isIntact = before.includes('{"data":[{"values":{"9001":"005930","9201":"SECRETSECRET","913":"x"}');
    if (isIntact) expect(DECODER.decode(bytes)).not.toContain('SECRET');
  });
});

test.skipIf(!hasKiwoomData)('recorded trade frames have nothing to redact, and notices only the account number', () => {
  for (const { text } of readKiwoom('intraday')) {
    const bytes = ENCODER.encode(text);
    const found = redact(bytes).map(({ start, end }) => DECODER.decode(bytes.subarray(start - 8, end)));
    expect(found).toEqual(text.includes('"9201"') ? ['"9201":"0000000000'] : []);
  }
});

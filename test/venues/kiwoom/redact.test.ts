import { expect, test } from 'vitest';
import { overwriteSecrets, redactFrame } from '../../../venues/kiwoom/redact.ts';
import { checkSeeds } from '../../seeds.ts';
import { mutateBytes } from '../frame-mutation.ts';
import { hasKiwoomData, readKiwoom } from './kiwoom-frames.ts';

const ENCODER = new TextEncoder();

function redacted(text: string): string {
  const bytes = ENCODER.encode(text);
  overwriteSecrets(bytes, redactFrame(bytes));
  return new TextDecoder().decode(bytes);
}

test('tokens, keys and the account number are overwritten at equal length', () => {
  expect(redacted('{"trnm":"LOGIN","token":"AbC-1_x"}')).toBe('{"trnm":"LOGIN","token":"0000000"}');
  expect(redacted('{"appkey":"k","secretkey" : "s3","grant_type":"client_credentials"}')).toBe(
    '{"appkey":"0","secretkey" : "00","grant_type":"client_credentials"}',
  );
  expect(redacted('{"data":[{"values":{"9201":"1234567890","10":"-5"}}]}')).toBe('{"data":[{"values":{"9201":"0000000000","10":"-5"}}]}');
});

test('numbers, lists and objects under a secret key are overwritten, and what follows stays', () => {
  expect(redacted('{"9201":12345,"a":1}')).toBe('{"9201":11111,"a":1}');
  expect(redacted('{"token":["ab",{"x":"cd","y":7}],"a":"ef"}')).toBe('{"token":["00",{"0":"00","0":1}],"a":"ef"}');
});

test('a secret key is found however it is spelled', () => {
  expect(redacted('{"\\u0074oken":"ab","AppKey":"cd"}')).toBe('{"\\u0074oken":"00","AppKey":"00"}');
  expect(redacted('{"token":"a\\"b"}')).toBe('{"token":"0000"}');
});

test('a cut frame loses what is left of its secret', () => {
  expect(redacted('{"trnm":"LOGIN","token":"AbC')).toBe('{"trnm":"LOGIN","token":"000');
});

test('values that merely look like secret keys stay', () => {
  const text = '{"name":"token","item":"9201","values":{"92010":"x"}}';
  expect(redacted(text)).toBe(text);
});

test('no changed frame shows more of its secret than the change broke the key', () => {
  checkSeeds(2_000, (random) => {
    const frame = '{"data":[{"values":{"9001":"005930","9201":"SECRETSECRET","913":"x"},"type":"00"}],"token":"HIDDENHIDDEN"}';
    const bytes = mutateBytes(ENCODER.encode(frame), random);
    const ranges = redactFrame(bytes);
    let last = 0;
    for (const { start, end } of ranges) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(bytes.length);
      last = end;
    }
    const before = new TextDecoder().decode(bytes);
    const isIntact = before.includes('{"data":[{"values":{"9001":"005930","9201":"SECRETSECRET","913":"x"}');
    overwriteSecrets(bytes, ranges);
    if (isIntact) expect(new TextDecoder().decode(bytes)).not.toContain('SECRET');
  });
});

test.skipIf(!hasKiwoomData)('recorded trade frames have nothing to redact, and notices only the account number', () => {
  for (const { text } of readKiwoom('intraday')) {
    const bytes = ENCODER.encode(text);
    const ranges = redactFrame(bytes).map(({ start, end }) => new TextDecoder().decode(bytes.subarray(start - 8, end)));
    expect(ranges).toEqual(text.includes('"9201"') ? ['"9201":"0000000000'] : []);
  }
});

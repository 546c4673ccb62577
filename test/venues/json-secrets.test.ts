import { expect, test } from 'vitest';
import { overwriteJsonSecrets } from '../../venues/json-secrets.ts';
import { checkSeeds } from '../seeds.ts';
import { mutateBytes } from './frame-mutation.ts';

const ENCODER = new TextEncoder();
const KEYS = new Set(['token', 'uid']);

function overwritten(text: string): string {
  const bytes = ENCODER.encode(text);
  overwriteJsonSecrets(bytes, KEYS);
  return new TextDecoder().decode(bytes);
}

test('texts and numbers under a secret key are overwritten at equal length, and what follows stays', () => {
  expect(overwritten('{"token" : "AbC-1_x","a":"b"}')).toBe('{"token" : "0000000","a":"b"}');
  expect(overwritten('{"uid":8095151726,"a":1}')).toBe('{"uid":1111111111,"a":1}');
  expect(overwritten('{"token":["ab",{"x":"cd","y":-7}],"a":"ef"}')).toBe('{"token":["00",{"0":"00","0":11}],"a":"ef"}');
});

test('a secret key is found however it is spelled', () => {
  expect(overwritten('{"\\u0074oken":"ab","UID":"cd"}')).toBe('{"\\u0074oken":"00","UID":"00"}');
  expect(overwritten('{"token":"a\\"b"}')).toBe('{"token":"0000"}');
});

test('a secret inside JSON that is written into a text is found', () => {
  expect(overwritten('{"msg":"{\\"uid\\":123,\\"token\\":\\"ab\\",\\"x\\":\\"y\\"}","a":"b"}')).toBe(
    '{"msg":"{\\"uid\\":111,\\"token\\":\\"00\\",\\"x\\":\\"y\\"}","a":"b"}',
  );
});

test('a cut frame loses what is left of its secret', () => {
  expect(overwritten('{"a":1,"token":"AbC')).toBe('{"a":1,"token":"000');
  expect(overwritten('{"a":1,"uid":12')).toBe('{"a":1,"uid":11');
});

test('values that merely look like secret keys stay', () => {
  const text = '{"name":"token","item":"uid","uid2":"x","list":["token","uid"]}';
  expect(overwritten(text)).toBe(text);
});

test('the ranges rise, lie inside the bytes, and are all that changed, whatever the bytes are', () => {
  const frame = '{"dt":11,"d":{"uid":"SECRETSECRET","s":"BTCUSD","token":[1,"HIDDEN"]},"msg":"{\\"uid\\":\\"INNERSECRET\\"}","x":null}';
  checkSeeds(1_000, (random) => {
    const bytes = mutateBytes(ENCODER.encode(frame), random);
    const before = Uint8Array.from(bytes);
    const ranges = overwriteJsonSecrets(bytes, KEYS);
    let last = 0;
    for (const { start, end } of ranges) {
      expect(bytes.subarray(last, start)).toEqual(before.subarray(last, start));
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      last = end;
    }
    expect(last).toBeLessThanOrEqual(bytes.length);
    expect(bytes.subarray(last)).toEqual(before.subarray(last));
    const isIntact = new TextDecoder().decode(before).startsWith('{"dt":11,"d":{"uid":"SECRETSECRET"');
    if (isIntact) expect(new TextDecoder().decode(bytes)).not.toContain('SECRETSECRET');
  });
});

test('a long frame is searched in a time that grows with its length only', () => {
  const bytes = ENCODER.encode(`{"a":"${'\\"'.repeat(500_000)}","uid":"x"}`);
  expect(overwriteJsonSecrets(bytes, KEYS)).toEqual([{ start: bytes.length - 3, end: bytes.length - 2 }]);
});

import { expect, test } from 'vitest';
import { coincallOptions } from '../../../venues/coincall/index.ts';
import { documentedFrames, hasDocuments, WHY_SKIPPED } from './frames.ts';
import { MADE_FRAMES } from './made-frames.ts';

const ENCODER = new TextEncoder();

function redacted(text: string): string {
  const bytes = ENCODER.encode(text);
  coincallOptions.redact?.(bytes, 'frame-in');
  return new TextDecoder().decode(bytes);
}

test('account ids of private channels are overwritten at equal length', () => {
  expect(redacted('{"dt":7,"c":20,"d":{"mm":3.1,"uid":8095151726,"ab":1}}')).toBe('{"dt":7,"c":20,"d":{"mm":3.1,"uid":1111111111,"ab":1}}');
  expect(redacted('{"dt":7,"c":20,"d":{"u":9804819366}}')).toBe('{"dt":7,"c":20,"d":{"u":1111111111}}');
  expect(redacted('{"dt":12,"c":20,"d":{"q":"1","uid":"8095151726"}}')).toBe('{"dt":12,"c":20,"d":{"q":"1","uid":"0000000000"}}');
  expect(redacted('{"dt":130,"c":20,"d":{"userId":"1695796692726153"},"ts":1}')).toBe(
    '{"dt":130,"c":20,"d":{"userId":"0000000000000000"},"ts":1}',
  );
});

test('credentials are overwritten in any frame or body', () => {
  expect(redacted('{"apiKey":"aGVsbG8=","sign":"AB","uuid":"aGVsbG8=","ts":1}')).toBe(
    '{"apiKey":"00000000","sign":"00","uuid":"00000000","ts":1}',
  );
  expect(redacted('{"X-CC-APIKEY":"k","apiSecret":"s"}')).toBe('{"X-CC-APIKEY":"0","apiSecret":"0"}');
});

test('market data is not looked at: not one byte of it changes', () => {
  for (const frame of MADE_FRAMES.filter((text) => !text.includes('uid'))) expect(redacted(frame)).toBe(frame);
  const odd = '{"dt":5,"c":20,"d":{"uid":1}}';
  expect(redacted(odd)).toBe(odd);
});

test.skipIf(!hasDocuments)('no documented frame shows an account id after it, and market frames stay as they are', () => {
  for (const { text } of documentedFrames()) {
    const after = redacted(text);
    expect(after.length).toBe(text.length);
    if (/"(?:u|uid|userId)":/.test(text))
      for (const [, id] of text.matchAll(/"(?:u|uid|userId)":"?(\d{6,})/g)) expect(after).not.toContain(id);
    else expect(after).toBe(text);
  }
});

if (!hasDocuments) test.skip(WHY_SKIPPED, () => undefined);

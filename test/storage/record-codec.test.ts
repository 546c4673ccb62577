import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RECORD_KINDS } from '#domain';
import {
  checkRecordLimits,
  encodeRecord,
  kindCode,
  META_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  readSequence,
  recordBytes,
  recordHeaderFault,
} from '../../storage/record-codec.ts';

const NONE = new Uint8Array(0);
const utf8 = (text: string) => new TextEncoder().encode(text);

describe('a record in its canonical form', () => {
  test('has each field where the format says', () => {
    const bytes = new Uint8Array(100);
    const view = new DataView(bytes.buffer);
    const payload = utf8('xxpayloadxx');
    const end = encodeRecord(bytes, view, 10, 2 ** 40 + 5, -2n, 2n ** 62n, utf8('kis'), utf8('c'), 3, utf8('{}'), payload, 2, 9);
    expect(end - 10).toBe(RECORD_HEADER_BYTES + 3 + 1 + 2 + 7);
    expect(view.getUint32(10, true)).toBe(crc32(bytes.subarray(14, end)));
    expect(view.getUint32(14, true)).toBe(end - 10);
    expect(view.getBigUint64(18, true)).toBe(2n ** 40n + 5n);
    expect(readSequence(view, 10)).toBe(2 ** 40 + 5);
    expect(view.getBigInt64(26, true)).toBe(-2n);
    expect(view.getBigInt64(34, true)).toBe(2n ** 62n);
    expect([...bytes.subarray(42, 46)]).toEqual([3, 3, 1, 0]);
    expect(view.getUint32(46, true)).toBe(2);
    expect(new TextDecoder().decode(bytes.subarray(50, end))).toBe('kisc{}payload');
  });

  test('gives every kind the code of its place, and the codes never change', () => {
    expect(RECORD_KINDS.map(kindCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(kindCode('session-open')).toBe(0);
    expect(kindCode('frame-in')).toBe(3);
    expect(kindCode('session-close')).toBe(10);
  });

  test.each([
    ['length', 4, 39],
    ['kind', 32, 11],
    ['reserved', 35, 1],
    ['parts', 36, 1],
  ])('with an impossible %s is refused before its checksum is made', (_, at, value) => {
    const bytes = new Uint8Array(RECORD_HEADER_BYTES);
    const view = new DataView(bytes.buffer);
    encodeRecord(bytes, view, 0, 0, 0n, 0n, NONE, NONE, 0, NONE, NONE, 0, 0);
    expect(recordHeaderFault(view, 0)).toBeUndefined();
    bytes[at] = value;
    expect(recordHeaderFault(view, 0)).toBeTypeOf('string');
  });
});

describe('limits', () => {
  test('a payload of 64 MiB fits and one byte more is refused by name', () => {
    checkRecordLimits(NONE, NONE, NONE, PAYLOAD_BYTES_MAX);
    expect(() => checkRecordLimits(NONE, NONE, NONE, PAYLOAD_BYTES_MAX + 1)).toThrow(
      expect.objectContaining({ code: 'RECORD_PAYLOAD_TOO_LARGE' }),
    );
  });

  test('meta and names have limits too', () => {
    expect(() => checkRecordLimits(NONE, NONE, new Uint8Array(META_BYTES_MAX + 1), 0)).toThrow(
      expect.objectContaining({ code: 'RECORD_META_TOO_LARGE' }),
    );
    expect(() => checkRecordLimits(new Uint8Array(256), NONE, NONE, 0)).toThrow(expect.objectContaining({ code: 'RECORD_NAME_TOO_LONG' }));
    expect(recordBytes(new Uint8Array(255), NONE, NONE, 1)).toBe(RECORD_HEADER_BYTES + 256);
  });
});

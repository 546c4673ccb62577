import { describe, expect, test } from 'vitest';
import { isInbound, isOutbound, RECORD_KINDS, TapeRecord } from '../../domain/record.ts';
import { microsecondsOf } from '../../domain/time.ts';
import { checkSeeds } from '../seeds.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

describe('the times of a record', () => {
  test.each([
    0n,
    1n,
    -1n,
    999n,
    -999n,
    1000n,
    -1000n,
    -1001n,
    2n ** 32n - 1n,
    2n ** 32n,
    -(2n ** 32n),
    -(2n ** 32n) - 1n,
    1_723_161_256_123_456_789n,
  ])('keep %s ns and give the floor as microseconds', (nanoseconds) => {
    const record = new TapeRecord();
    record.setTimesNs(nanoseconds, -nanoseconds);
    expect(record.receivedAtNs).toBe(nanoseconds);
    expect(record.monotonicNs).toBe(-nanoseconds);
    expect(record.receivedAtUs).toBe(microsecondsOf(nanoseconds));
  });

  test.each([INT64_MIN, INT64_MAX])('keep the extreme %s exactly as nanoseconds', (nanoseconds) => {
    const record = new TapeRecord();
    record.setTimesNs(nanoseconds, nanoseconds);
    expect(record.receivedAtNs).toBe(nanoseconds);
    expect(record.monotonicNs).toBe(nanoseconds);
    // Out here microseconds are no safe integers any more (after the year 2255): the nearest doubles are 2 apart.
    const errorUs = BigInt(record.receivedAtUs) - nanoseconds / 1000n;
    expect(errorUs >= -2n && errorUs <= 2n).toBe(true);
  });

  test('are exact in microseconds wherever microseconds are safe integers', () => {
    const limitNs = BigInt(Number.MAX_SAFE_INTEGER) * 1000n;
    const record = new TapeRecord();
    checkSeeds(2000, (random) => {
      const nanoseconds = BigInt.asIntN(64, random.uint64()) % limitNs;
      record.setTimesNs(nanoseconds, 0n);
      expect(record.receivedAtNs).toBe(nanoseconds);
      expect(record.receivedAtUs).toBe(microsecondsOf(nanoseconds));
    });
  });

  test('are read from the halves of a little-endian int64, as the journal holds them', () => {
    const record = new TapeRecord();
    checkSeeds(500, (random) => {
      const [received, monotonic] = [BigInt.asIntN(64, random.uint64()), BigInt.asIntN(64, random.uint64())];
      const view = new DataView(new ArrayBuffer(16));
      view.setBigInt64(0, received, true);
      view.setBigInt64(8, monotonic, true);
      record.setTimes(view.getInt32(4, true), view.getUint32(0, true), view.getInt32(12, true), view.getUint32(8, true));
      expect([record.receivedAtNs, record.monotonicNs]).toEqual([received, monotonic]);
    });
  });
});

test('a payload is a view, and a copy outlives the buffer', () => {
  const record = new TapeRecord();
  record.bytes = Uint8Array.of(9, 1, 2, 3, 9);
  record.start = 1;
  record.end = 4;
  record.sequence = 7;
  record.venue = 'kiwoom';
  record.connection = 'ws';
  record.kind = 'frame-in';
  record.meta = '{"opcode":1}';
  record.setTimesNs(5n, 6n);
  const copy = record.copy();
  const view = record.payload();
  record.bytes.fill(0);
  expect(record.payloadLength).toBe(3);
  expect([...view]).toEqual([0, 0, 0]);
  expect(copy).toEqual({
    sequence: 7,
    receivedAtNs: 5n,
    monotonicNs: 6n,
    venue: 'kiwoom',
    connection: 'ws',
    kind: 'frame-in',
    meta: '{"opcode":1}',
    payload: Uint8Array.of(1, 2, 3),
  });
});

test('kinds keep their codes for ever: the journal stores the position in this list', () => {
  expect(RECORD_KINDS).toEqual([
    'session-open',
    'connected',
    'disconnected',
    'frame-in',
    'frame-out',
    'http-request',
    'http-response',
    'tick',
    'gap',
    'note',
    'session-close',
  ]);
});

test('frames and answers come in, frames and requests go out, the rest is ours', () => {
  expect(RECORD_KINDS.filter(isInbound)).toEqual(['frame-in', 'http-response']);
  expect(RECORD_KINDS.filter(isOutbound)).toEqual(['frame-out', 'http-request']);
});

import { expect, test } from 'vitest';
import { TapeRecord } from '#domain';
import { Int64Text } from '../../../storage/questdb/int64-text.ts';
import { checkSeeds } from '../../seeds.ts';

function valueOf64(text: string | null): bigint {
  const [halves, record] = [new Int64Text(), new TapeRecord()];
  halves.read(text);
  record.setTimes(halves.high, halves.low, halves.high, halves.low);
  return record.receivedAtNs;
}

test('an int64 as text is the int64, at every edge', () => {
  const max = (1n << 63n) - 1n;
  const edges = [0n, 1n, 9n, max, -max, -1n, -5n, ...Array.from({ length: 63 }, (_, i) => 1n << BigInt(i))];
  for (const edge of [...edges, ...edges.map((one) => one - 1n), 999_999_999n, 1_000_000_000n, 1_723_161_253_937_085_768n])
    expect(valueOf64(String(edge)), String(edge)).toBe(edge);
  expect(valueOf64(null)).toBe(-(1n << 63n));
});

test('any int64 as text is the int64 (200 seeds)', () => {
  checkSeeds(200, (random) => {
    const value = BigInt.asIntN(64, random.uint64()) >> BigInt(random.integer(0, 62));
    if (value === -(1n << 63n)) return;
    expect(valueOf64(String(value))).toBe(value);
  });
});

import { describe, expect, test } from 'vitest';
import { loadZstd, nativeZstd, wasmZstd, ZSTD_BYTES_MAX, type Zstd } from '../../storage/zstd.ts';
import { checkSeeds, type Random } from '../seeds.ts';

const native = nativeZstd();
const BUILDS: readonly { readonly name: string; readonly zstd: Zstd }[] = [
  { name: 'WASM', zstd: await wasmZstd() },
  ...(native === undefined ? [] : [{ name: 'Node', zstd: native }]),
];
if (native === undefined) process.stderr.write(`skipped: node:zlib of ${process.version} has no zstd to compare the WASM build with\n`);

function roundTrip(writer: Zstd, reader: Zstd, bytes: Uint8Array): Uint8Array {
  const into = new Uint8Array(bytes.length);
  reader.decompress(writer.compress(bytes), into);
  return into;
}

/** Bytes that repeat themselves more or less. */
function someBytes(random: Random, lengthMax: number): Uint8Array {
  const bytes = new Uint8Array(random.integer(0, lengthMax));
  const variety = random.pick([1, 2, 16, 256]);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(0, variety - 1);
  return bytes;
}

describe.each(BUILDS)('zstd of $name', ({ zstd }) => {
  test.each([0, 1, 255, 256, 257, 65_791, 65_792, 3 * 1024 * 1024])('gives back %i bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * i) >> 7);
    expect(Buffer.compare(roundTrip(zstd, zstd, bytes), bytes)).toBe(0);
  });

  test('reads what every build wrote', () => {
    for (const { zstd: writer } of BUILDS) {
      checkSeeds(50, (random) => {
        const bytes = someBytes(random, 20_000);
        expect(Buffer.compare(roundTrip(writer, zstd, bytes), bytes)).toBe(0);
      });
    }
  });

  test('refuses a length that is not the frame’s, before or after', () => {
    const frame = zstd.compress(new Uint8Array(1000));
    expect(() => zstd.decompress(frame, new Uint8Array(999))).toThrow('1000 bytes instead of 999');
    expect(() => zstd.decompress(frame, new Uint8Array(1001))).toThrow('1000 bytes instead of 1001');
    expect(() => zstd.decompress(frame.subarray(0, frame.length - 1), new Uint8Array(1000))).toThrow();
    expect(() => zstd.decompress(Uint8Array.of(1, 2, 3), new Uint8Array(3))).toThrow('no zstd frame');
    expect(() => zstd.decompress(new Uint8Array(0), new Uint8Array(0))).toThrow('no zstd frame');
  });

  test('damaged frames throw or give bytes, and never spoil what comes after', () => {
    const whole = Uint8Array.from({ length: 5000 }, (_, i) => (i % 97) + (i >> 9));
    const frame = zstd.compress(whole);
    for (let at = 0; at < frame.length; at++) {
      for (const bit of [1, 16, 128]) {
        const damaged = frame.slice();
        damaged[at]! ^= bit;
        try {
          zstd.decompress(damaged, new Uint8Array(whole.length));
        } catch {
          // The frame has no checksum: some damage is found, the rest is found by the digest of the file.
        }
      }
    }
    expect(Buffer.compare(roundTrip(zstd, zstd, whole), whole)).toBe(0);
  });

  test('a frame that claims more than the limit is refused before memory is asked for', () => {
    // A header (RFC 8878): magic, descriptor for an 8-byte content size in a single segment, the size.
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0);
    expect(() => zstd.decompress(frame, new Uint8Array(16))).toThrow('2147483648 bytes instead of 16');
    expect(ZSTD_BYTES_MAX).toBe(256 * 1024 * 1024);
  });
});

test('the build that is loaded is one object for all', async () => {
  expect(await loadZstd()).toBe(await loadZstd());
});

import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { firstZipEntry } from '../../../recorder/net/zip.ts';
import { checkSeeds } from '../../seeds.ts';

/** A zip of one file, as APPNOTE 6.3 writes it. */
function zip(name: string, content: Uint8Array, method: 0 | 8 = 8, comment = ''): Uint8Array {
  const packed = method === 8 ? deflateRawSync(content) : Buffer.from(content);
  const nameBytes = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(method, 8);
  local.writeUInt32LE(crc32(content), 14);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(nameBytes.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(nameBytes.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + nameBytes.length, 12);
  end.writeUInt32LE(30 + nameBytes.length + packed.length, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([local, nameBytes, packed, entry, nameBytes, end, Buffer.from(comment)]);
}

const MASTER = Buffer.from('1|A01612|KR4A01612004|F 202612||000000.00|1|2001|KOSPI200\n'.repeat(500));

test('the first file comes out as it went in, packed or stored, with a comment behind', () => {
  for (const method of [0, 8] as const) {
    const entry = firstZipEntry(zip('fo_idx_code_mts.mst', MASTER, method, 'a comment'));
    expect(entry).toMatchObject({ name: 'fo_idx_code_mts.mst' });
    expect('bytes' in entry && Buffer.from(entry.bytes).equals(MASTER)).toBe(true);
  }
});

test('what is no zip is said to be none', () => {
  expect(firstZipEntry(Buffer.from('<html>maintenance</html>'))).toEqual({ reason: 'it has no end-of-directory record' });
  expect(firstZipEntry(new Uint8Array(0))).toEqual({ reason: 'it has no end-of-directory record' });
});

test('a cut or changed archive gives a reason, never a throw', () => {
  const whole = zip('a.mst', MASTER);
  checkSeeds(300, (random) => {
    const damaged = whole.slice(0, random.fraction() < 0.5 ? whole.length : Math.floor(random.fraction() * whole.length));
    for (let i = 0; i < 3; i++) damaged[Math.floor(random.fraction() * damaged.length)] = Math.floor(random.fraction() * 256);
    const entry = firstZipEntry(damaged);
    expect('bytes' in entry || entry.reason.length > 0).toBe(true);
  });
});

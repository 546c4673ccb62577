import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openChunks } from '../../../recorder/import/chunk-source.ts';
import { inspectInput } from '../../../recorder/import/input-file.ts';
import { checkSeedsAsync } from '../../seeds.ts';
import { temporaryFolder } from './import-fixtures.ts';

async function readAll(file: string): Promise<{ readonly content: Buffer; readonly damage: string | undefined }> {
  const source = await openChunks(await inspectInput(file));
  const pieces: Buffer[] = [];
  for (let chunks = await source.next(); chunks !== undefined; chunks = await source.next()) {
    for (const chunk of chunks) pieces.push(Buffer.from(chunk));
  }
  await source.close();
  return { content: Buffer.concat(pieces), damage: source.damage };
}

test('members of any size give their contents one after the other', async () => {
  const file = join(await temporaryFolder(), 'members');
  await checkSeedsAsync(25, async (random) => {
    // Bytes that hardly compress, so that members end before, at and behind the 64 KiB steps of the reader.
    const contents = Array.from({ length: random.integer(1, 6) }, () => random.bytes(random.pick([0, 10, 65_536 - 23, 65_518, 100_000])));
    await writeFile(file, Buffer.concat(contents.map((content) => gzipSync(content, { level: random.pick([0, 6]) }))));
    const { content, damage } = await readAll(file);
    expect(damage).toBeUndefined();
    expect(content.equals(Buffer.concat(contents))).toBe(true);
  });
});

test('a member that ends exactly with a step of the reader is followed by the next', async () => {
  const file = join(await temporaryFolder(), 'boundary');
  const first = gzipSync(Buffer.alloc(65_536 - 23, 1), { level: 0 });
  expect(first.length).toBe(65_536);
  await writeFile(file, Buffer.concat([first, gzipSync('next')]));
  const { content, damage } = await readAll(file);
  expect(damage).toBeUndefined();
  expect(content.subarray(-4).toString()).toBe('next');
});

test('a flipped bit is reported, and every reading gives the same content', async () => {
  const file = join(await temporaryFolder(), 'flipped');
  await checkSeedsAsync(6, async (random) => {
    const content = Buffer.from(Array.from({ length: 30_000 }, () => random.uint32() % 1000).join(','));
    const packed = gzipSync(content);
    const at = random.integer(packed.length >> 1, packed.length - 1);
    packed[at] = packed[at]! ^ (1 << random.integer(0, 7));
    await writeFile(file, packed);
    const read = await readAll(file);
    expect(read.damage).toMatch(/^the (gzip data is damaged|gzip member that ends at byte \d+ fails its checksum|file ends)/);
    expect(read.content.length).toBeGreaterThan(content.length / 3);
    expect(await readAll(file)).toEqual(read);
  });
});

test('a file that grows or shrinks between the two passes is refused', async () => {
  const file = join(await temporaryFolder(), 'growing');
  await writeFile(file, 'one\n');
  const input = await inspectInput(file);
  await writeFile(file, 'one\ntwo\n');
  await expect(openChunks(input)).rejects.toMatchObject({ code: 'IMPORT_FILE_CHANGED' });
});

test('content that inflates a thousandfold arrives in pieces of bounded size', async () => {
  const file = join(await temporaryFolder(), 'zeros');
  await writeFile(file, gzipSync(Buffer.alloc(150 * 1024 * 1024)));
  const source = await openChunks(await inspectInput(file));
  let total = 0;
  let largest = 0;
  for (let chunks = await source.next(); chunks !== undefined; chunks = await source.next()) {
    const step = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    total += step;
    largest = Math.max(largest, step);
  }
  await source.close();
  expect(total).toBe(150 * 1024 * 1024);
  expect(largest).toBeLessThanOrEqual(66 * 1024 * 1024);
});

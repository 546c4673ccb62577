import { expect, test } from 'vitest';
import { LineCutter } from '../../../recorder/import/line-cutter.ts';
import type { LineParser } from '../../../recorder/import/line-parser.ts';
import { type LineMarker, LineReader } from '../../../recorder/import/line-reader.ts';
import { checkSeedsAsync, type Random } from '../../seeds.ts';

/** Every line as it was handed over, with its number. */
async function readLines(chunks: readonly Buffer[], hasRawLines = true): Promise<readonly string[]> {
  const seen: string[] = [];
  const sink: LineMarker = {
    line: 0,
    record: () => {},
    connected: () => {},
    note: () => {},
    malformed: (reason) => seen.push(`${sink.line} ! ${reason}`),
  };
  const parser: LineParser = {
    hasRawLines,
    beginFile: () => {},
    parse: (bytes, start, end) => seen.push(`${sink.line} ${bytes.toString('latin1', start, end)}`),
  };
  let next = 0;
  const source = {
    bytesRead: 0,
    damage: undefined,
    next: async () => (next < chunks.length ? [chunks[next++]!] : undefined),
    close: async () => {},
  };
  await new LineReader(parser, sink).read(source, async () => true);
  return seen;
}

function randomContent(random: Random): Buffer {
  const pieces = Array.from({ length: random.integer(0, 60) }, () => {
    const line = Buffer.from(random.bytes(random.pick([0, 1, 2, 40, 300])));
    return Buffer.concat([line.map((byte) => (byte === 0x0a ? 0x0b : byte)), Buffer.from(random.pick(['\n', '\r\n', '\n\n']))]);
  });
  const content = Buffer.concat(pieces);
  return random.chance(0.5) ? content : content.subarray(0, -1);
}

function randomChunks(content: Buffer, random: Random): readonly Buffer[] {
  const sizeMax = random.pick([1, 3, 50, 1000]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const size = random.integer(1, sizeMax);
    chunks.push(content.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test('lines do not depend on where the chunks end', async () => {
  await checkSeedsAsync(300, async (random) => {
    const content = randomContent(random);
    const hasRawLines = random.chance(0.5);
    const whole = await readLines(content.length === 0 ? [] : [content], hasRawLines);
    expect(await readLines(randomChunks(content, random), hasRawLines)).toEqual(whole);
  });
});

test('lines are what stands between the newlines, numbered from one', async () => {
  expect(await readLines([Buffer.from('a\nb\n\nc')])).toEqual(['1 a', '2 b', '3 ! empty line', '4 c']);
  expect(await readLines([Buffer.from('a\n\n\n')])).toEqual(['1 a']);
});

test('a CR at the end of a raw line is a part of it, unless the first line of the file has one too', async () => {
  expect(await readLines([Buffer.from('a\nb\r\n\r\n')])).toEqual(['1 a', '2 b\r', '3 \r']);
  expect(await readLines([Buffer.from('a\r\nb\r\nc\n\r\n')])).toEqual(['1 a', '2 b', '3 c']);
  expect(await readLines([Buffer.from('a\nb\r\n\r\n')], false)).toEqual(['1 a', '2 b']);
});

test('a byte order mark is no part of the first line', async () => {
  expect(await readLines([Buffer.from('\ufeffa\n\ufeffb')], false)).toEqual(['1 a', `2 ${Buffer.from('\ufeffb').toString('latin1')}`]);
});

test('a line above the limit is refused, however it arrives', () => {
  const lines: number[] = [];
  const cutter = new LineCutter((_, start, end) => lines.push(end - start), 10);
  cutter.push(Buffer.from('0123456'));
  cutter.push(Buffer.from('789\nab'));
  expect(lines).toEqual([10]);
  expect(() => cutter.push(Buffer.from('cdefghijk'))).toThrow(/more than 10 bytes/);
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type CaptureProgress, importCapture } from '#recorder';
import { JournalWriter } from '#storage';
import {
  dataFile,
  describeWithData,
  framesOf,
  importContents,
  importFiles,
  MemoryAppender,
  temporaryFolder,
  textOf,
} from './import-fixtures.ts';

const NS_LINES = { format: 'ns-lines', venue: 'binance-spot' } as const;
const SPOT = ['spot_btcusdt_20240808.txt.gz', 'spot_btcusdt_20240809.txt.gz'].map((name) => dataFile(`binance/${name}`));

describe('the records of an import', () => {
  test('are session-open, connected, the frames and session-close, with the stamps of their neighbours', async () => {
    const content = '1000 {"a":1}\n1500 {"b":2}\n';
    const { lines, result } = await importContents([content], NS_LINES);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(lines).toEqual([
      `1000 | 0 | session-open | - | - | {"format":"ns-lines","inputs":["${sha256}"],"venue":"binance-spot"} | `,
      '1000 | 0 | connected | binance-spot | 1 | - | ',
      '1000 | 0 | frame-in | binance-spot | 1 | - | {"a":1}',
      '1500 | 500 | frame-in | binance-spot | 1 | - | {"b":2}',
      '1500 | 500 | session-close | - | - | - | ',
    ]);
    expect(result).toMatchObject({ records: 5, frames: { in: 2, out: 0 }, notes: 0, backwardTimes: 0 });
    expect(result.sources).toMatchObject([{ sha256, bytes: content.length }]);
  });

  test('keep malformed lines as notes with the stamp of the next line, the last ones with that of the previous', async () => {
    const { lines, result } = await importContents(['bad\n7 a\n\nworse\n9 b\nx\ny'], NS_LINES);
    expect(lines.slice(1)).toEqual([
      '7 | 0 | connected | binance-spot | 1 | - | ',
      '7 | 0 | note | - | - | {"file":0,"line":1,"reason":"expected a receive time in nanoseconds"} | bad',
      '7 | 0 | frame-in | binance-spot | 1 | - | a',
      '9 | 2 | note | - | - | {"file":0,"line":3,"reason":"empty line"} | ',
      '9 | 2 | note | - | - | {"file":0,"line":4,"reason":"expected a receive time in nanoseconds"} | worse',
      '9 | 2 | frame-in | binance-spot | 1 | - | b',
      '9 | 2 | note | - | - | {"file":0,"line":6,"reason":"expected a receive time in nanoseconds"} | x',
      '9 | 2 | note | - | - | {"file":0,"line":7,"reason":"expected a receive time in nanoseconds"} | y',
      '9 | 2 | session-close | - | - | - | ',
    ]);
    expect(result).toMatchObject({ notes: 5, malformedTotal: 5 });
    expect(result.malformed.map(({ line }) => line)).toEqual([1, 3, 4, 6, 7]);
  });

  test('keep times that go back, count them and let the distance be negative', async () => {
    const { records, result } = await importContents(['100 a\n90 b\n95 c\n95 d\n80 e\n'], NS_LINES);
    expect(framesOf(records).map((record) => record.receivedAtNs)).toEqual([100n, 90n, 95n, 95n, 80n]);
    expect(framesOf(records).map((record) => record.monotonicNs)).toEqual([0n, -10n, -5n, -5n, -20n]);
    expect(result).toMatchObject({ backwardTimes: 2, firstReceivedAtNs: 100n, lastReceivedAtNs: 80n });
  });

  test('keep the bytes of malformed lines that wait long for their stamp', async () => {
    const bad = Array.from({ length: 60 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(90_000 + i));
    const { records } = await importContents([`1 a\n${bad.join('\n')}\n2 b\n`], NS_LINES);
    const notes = records.filter(({ kind }) => kind === 'note');
    expect(notes.map(textOf)).toEqual(bad);
    expect(notes.every(({ receivedAtNs }) => receivedAtNs === 2n)).toBe(true);
  });

  test('follow the order of the files, and notes name a file by its index', async () => {
    const { records, result } = await importContents(['1 a\n', '', 'no\n2 b\n1 c'], NS_LINES);
    expect(framesOf(records).map(textOf)).toEqual(['a', 'b', 'c']);
    expect(records.filter(({ kind }) => kind === 'connected')).toHaveLength(1);
    expect(records.find(({ kind }) => kind === 'note')?.meta).toContain('"file":2,"line":1');
    expect(result.backwardTimes).toBe(1);
    expect(result.sources).toHaveLength(3);
  });

  test('list at most a hundred malformed lines and count them all', async () => {
    const { result } = await importContents([`1 a\n${'bad\n'.repeat(30_000)}2 b\n`], NS_LINES);
    expect(result.malformed).toHaveLength(100);
    expect(result).toMatchObject({ malformedTotal: 30_000, notes: 30_000, records: 30_005 });
  });

  test('count a run of empty lines one by one up to a limit, and drop them at the end of the file', async () => {
    const { result, lines } = await importContents([`1 a\n${'\n'.repeat(1200)}2 b\n\n\n`, '\n\n', '3 c'], NS_LINES);
    expect(result).toMatchObject({ malformedTotal: 1001, frames: { in: 3, out: 0 } });
    expect(lines.filter((line) => line.includes('more empty lines'))).toEqual([
      '2 | 1 | note | - | - | {"file":0,"line":1002,"reason":"200 more empty lines"} | ',
    ]);
  });
});

describe('what cannot be imported', () => {
  const refuses = async (options: Parameters<typeof importCapture>[0], code: string) => {
    let isOpened = false;
    const opening = async () => {
      isOpened = true;
      return new MemoryAppender();
    };
    await expect(importCapture(options, opening)).rejects.toMatchObject({ code, exitCode: 2 });
    expect(isOpened, 'nothing may be created before the input is known to be good').toBe(false);
  };

  test('is refused before a session exists', async () => {
    const folder = await temporaryFolder();
    const spot = { ...NS_LINES, files: [join(folder, 'missing')] };
    await refuses(spot, 'IMPORT_FILE_UNREADABLE');
    await refuses({ ...spot, files: [folder] }, 'IMPORT_FILE_UNREADABLE');
    await refuses({ ...spot, files: [] }, 'IMPORT_FILE_MISSING');
    await refuses({ files: spot.files, format: 'ns-lines' }, 'VENUE_MISSING');
    await refuses({ ...spot, venue: 'v'.repeat(256) }, 'VENUE_INVALID');
    await refuses({ ...spot, zone: 'America/New_York' }, 'TIME_ZONE_UNKNOWN');
  });

  test('is an input without one line of the format', async () => {
    await expect(importContents(['{"t":1}\n{}\n'], NS_LINES)).rejects.toMatchObject({
      code: 'IMPORT_NOTHING_READABLE',
      exitCode: 2,
      message: expect.stringContaining('line 1: expected a receive time in nanoseconds'),
    });
    await expect(importContents([''], NS_LINES)).rejects.toMatchObject({ code: 'IMPORT_NOTHING_READABLE' });
  });
});

describe('gzip', () => {
  const content = Array.from({ length: 5000 }, (_, i) => `${i} ${'frame'.repeat(i % 40)}${i}\n`).join('');

  test('is told by its first bytes, and several members are one content', async () => {
    const plain = await importContents([content], NS_LINES);
    const half = content.length >> 1;
    const members = Buffer.concat([gzipSync(content.slice(0, half)), gzipSync(''), gzipSync(content.slice(half)), Buffer.alloc(512)]);
    for (const packed of [gzipSync(content), members]) {
      const { lines } = await importContents([packed], NS_LINES);
      expect(lines.slice(1)).toEqual(plain.lines.slice(1));
    }
  });

  test('that ends in the middle gives every whole line before it, and the rest as a note', async () => {
    const packed = gzipSync(content);
    const plain = await importContents([content], NS_LINES);
    for (const length of [packed.length - 1, packed.length - 9, packed.length >> 1]) {
      const { records, result } = await importContents([packed.subarray(0, length)], NS_LINES);
      const frames = framesOf(records);
      const reason = `the file ends in the middle of a gzip member at byte ${length}`;
      expect(frames.map(textOf)).toEqual(framesOf(plain.records).slice(0, frames.length).map(textOf));
      expect(result.damaged).toMatchObject([{ reason }]);
      expect(result.malformed).toMatchObject([{ line: frames.length + 1, reason }]);
      const note = records.find(({ kind }) => kind === 'note');
      const read = frames.map((record) => `${record.receivedAtNs} ${textOf(record)}\n`).join('') + textOf(note);
      expect(content.startsWith(read)).toBe(true);
      expect(read.length).toBeGreaterThan(length >= packed.length - 9 ? content.length - 200 : content.length / 4);
    }
  });

  test('may be padded with zeros, but what stands behind them is reported', async () => {
    const padded = Buffer.concat([gzipSync('1 a\n'), Buffer.alloc(200_000)]);
    expect((await importContents([padded], NS_LINES)).result).toMatchObject({ damaged: [], malformedTotal: 0 });
    const { result } = await importContents([Buffer.concat([padded, gzipSync('2 b\n')])], NS_LINES);
    expect(result.damaged).toMatchObject([{ reason: expect.stringContaining(`more bytes follow at byte ${padded.length}`) }]);
    expect(result.frames.in).toBe(1);
  });

  test('whose checksum does not fit its content is imported and reported', async () => {
    const packed = gzipSync('1 a\n2 b\n');
    packed[packed.length - 8] = packed[packed.length - 8]! ^ 1;
    const { result } = await importContents([packed], NS_LINES);
    expect(result).toMatchObject({ frames: { in: 2, out: 0 }, malformedTotal: 1 });
    expect(result.damaged[0]?.reason).toContain('fails its checksum');
  });

  test('that is damaged gives what stands before the damage, and the next file still follows', async () => {
    const first = gzipSync(content);
    const broken = Buffer.concat([first, Buffer.from('rubbish after the last member')]);
    const { result, records } = await importContents([broken, '9999 next\n'], NS_LINES);
    expect(result).toMatchObject({ frames: { in: 5001, out: 0 }, malformedTotal: 1 });
    expect(result.damaged[0]?.reason).toBe(
      `the gzip data is damaged at byte ${first.length + 1} (incorrect header check); nothing after it can be read`,
    );
    expect(textOf(framesOf(records).at(-1))).toBe('next');
  });
});

describeWithData('the Binance captures', () => {
  test('come out line for line, byte for byte', async () => {
    const { records, result } = await importFiles({ ...NS_LINES, files: SPOT });
    expect(result).toMatchObject({
      records: 99_577,
      frames: { in: 99_574, out: 0 },
      malformedTotal: 0,
      firstReceivedAtNs: 1_723_161_253_937_085_768n,
      lastReceivedAtNs: 1_723_161_904_535_092_233n,
    });
    expect(result.sources.map(({ sha256 }) => sha256)).toEqual([
      '5d263f4c5379cfc27379ef0e22779aa33804463d1b69c292e9c0714e31f2e1b4',
      '2981a27474b8903133cc66e25f4da561140dd061c942b84801b9d8c60e4b3599',
    ]);
    const written = createHash('sha256');
    for (const { receivedAtNs, payload } of framesOf(records)) written.update(`${receivedAtNs} `).update(payload).update('\n');
    const source = createHash('sha256');
    for (const file of SPOT) source.update(gunzipSync(readFileSync(file)));
    expect(written.digest('hex')).toBe(source.digest('hex'));
  });

  test('give the same tape from any path, and progress reaches the size of the input', async () => {
    const folder = await temporaryFolder();
    const elsewhere = join(folder, 'renamed');
    await copyFile(dataFile('binance/spot_btcusdt_20240808.txt.gz'), elsewhere);
    const digests: string[] = [];
    const seen: CaptureProgress[] = [];
    for (const [file, data] of [
      [SPOT[0]!, 'one'],
      [elsewhere, 'two'],
    ] as const) {
      await mkdir(join(folder, data));
      const options = { ...NS_LINES, files: [file], onProgress: (progress: CaptureProgress) => seen.push(progress) };
      let journal: JournalWriter | undefined;
      const result = await importCapture(options, async () => {
        journal = await JournalWriter.create(join(folder, data), 'spot');
        return journal;
      });
      const closed = await journal!.close();
      expect(closed).toMatchObject({ records: result.records, lastReceivedAtNs: result.lastReceivedAtNs });
      digests.push(closed.tapeDigest);
    }
    expect(digests[0]).toBe(digests[1]);
    expect(seen.at(-1)).toEqual({ file: 0, files: 1, bytes: 1_274_097, bytesTotal: 1_274_097, records: 41_251 });
  });
});

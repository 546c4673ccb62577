import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { dataFile, describeWithData, framesOf, importContents, importFiles, textOf } from './import-fixtures.ts';

const CRYPTOFEED = { format: 'cryptofeed', venue: 'deribit' } as const;

test('each form of line becomes its kind of record, on the connection of its address', async () => {
  const content = [
    'configuration: {"trades":["A"]}',
    'wss://a/ws <-> 10.5',
    'wss://a/ws <- 11.0000000001: {"sub":1}',
    '12.25: {"p":1}',
    'https://a/api?x=1 -> 13.0: {"r":1}',
    'https://a/api -> 14.0: {"r":2} header: {"Date": "x: y", "n": [1]}',
    'https://a/api <- 15.0: {"q":1}',
    'wss://b/ws <- 16.0: hello',
    '17.0: from b',
    'wss://a/ws <-> 18.123456789',
    '19: ',
  ];
  const { lines, result } = await importContents([content.join('\n')], CRYPTOFEED);
  expect(lines.slice(1, -1)).toEqual([
    '10500000000 | 0 | note | - | - | {"file":0,"line":1,"reason":"configuration"} | configuration: {"trades":["A"]}',
    '10500000000 | 0 | connected | deribit | 1 | {"url":"wss://a/ws"} | ',
    '11000000000 | 500000000 | frame-out | deribit | 1 | - | {"sub":1}',
    '12250000000 | 1750000000 | frame-in | deribit | 1 | - | {"p":1}',
    '13000000000 | 2500000000 | http-response | deribit | - | {"url":"https://a/api?x=1"} | {"r":1}',
    '14000000000 | 3500000000 | http-response | deribit | - | {"header":"{\\"Date\\": \\"x: y\\", \\"n\\": [1]}","url":"https://a/api"} | {"r":2}',
    '15000000000 | 4500000000 | http-request | deribit | - | {"url":"https://a/api"} | {"q":1}',
    '16000000000 | 5500000000 | connected | deribit | 2 | {"url":"wss://b/ws"} | ',
    '16000000000 | 5500000000 | frame-out | deribit | 2 | - | hello',
    '17000000000 | 6500000000 | frame-in | deribit | 2 | - | from b',
    '18123456789 | 7623456789 | connected | deribit | 1 | {"url":"wss://a/ws"} | ',
    '19000000000 | 8500000000 | frame-in | deribit | 1 | - | ',
  ]);
  expect(result).toMatchObject({ frames: { in: 5, out: 3 }, notes: 1, malformedTotal: 0 });
});

test('a file may begin in the middle of a capture, and a following file goes on with the connection', async () => {
  const { records } = await importContents(['1.0: a\nwss://x <-> 2.0\n', '3.0: b\n'], CRYPTOFEED);
  expect(records.map(({ kind, connection, meta }) => `${kind} ${connection} ${kind === 'session-open' ? '' : meta}`.trim())).toEqual([
    'session-open',
    'connected 1',
    'frame-in 1',
    'connected 2 {"url":"wss://x"}',
    'frame-in 2',
    'session-close',
  ]);
});

test('Python bytes literals are read back to their bytes', async () => {
  const literals = [`b'\\x1f\\x8b\\x00\\xff a\\n\\r\\t\\\\ \\' " ~'`, `b"it's"`, "b''"];
  const { records } = await importContents([literals.map((literal, i) => `${i}.0: ${literal}`).join('\n')], CRYPTOFEED);
  expect(framesOf(records).map(({ payload }) => Buffer.from(payload).toString('latin1'))).toEqual([
    '\x1f\x8b\x00\xff a\n\r\t\\ \' " ~',
    "it's",
    '',
  ]);
});

test('lines of no form, and literals that Python does not print, are malformed', async () => {
  const bad = [
    'the rest of a body',
    'no-address <-> 1.0',
    'wss://a 1.0',
    'wss://a <-> soon',
    'wss://a <-> 1.0 x',
    '1.0 data',
    '1.0.0: data',
    "1.0: b'open",
    "1.0: b'",
    "1.0: b'\\q'",
    "1.0: b'\\x4'",
    "1.0: b'a'b'",
    "1.0: b'\\'",
    "1.0: b'é'",
  ];
  const { result, records } = await importContents([`1.0: good\n${bad.join('\n')}\n`], CRYPTOFEED);
  expect(result.malformed.map(({ line }) => line)).toEqual(bad.map((_, i) => i + 2));
  expect(records.filter(({ kind }) => kind === 'note').map(textOf)).toEqual(bad);
});

describeWithData('the captures of cryptofeed', () => {
  test('of Deribit: 136 frames in, 1 out, answers of 4 requests and the configuration', async () => {
    const files = ['DERIBIT.0.txt.gz', 'DERIBIT.ws.1.0.txt.gz'].map((name) => dataFile(`deribit-upbit/${name}`));
    const { records, result } = await importFiles({ ...CRYPTOFEED, files });
    expect(result).toMatchObject({ frames: { in: 140, out: 1 }, notes: 1, malformedTotal: 0 });
    expect(records.filter(({ kind }) => kind === 'frame-in')).toHaveLength(136);
    expect(records.filter(({ kind }) => kind === 'connected').map(({ meta }) => meta)).toEqual([
      '{"url":"wss://www.deribit.com/ws/api/v2"}',
    ]);
    const source = files.flatMap((file) => gunzipSync(readFileSync(file)).toString('latin1').trimEnd().split('\n'));
    const bodies = source
      .filter((line) => !line.includes('<->') && !line.startsWith('conf'))
      .map((line) => line.slice(line.indexOf(': {') + 2));
    expect(framesOf(records).map(({ payload }) => Buffer.from(payload).toString('latin1'))).toEqual(bodies);
  });

  test('of Upbit: 449 binary frames in and 1 out, each one JSON', async () => {
    const files = ['UPBIT.0.txt.gz', 'UPBIT.ws.62.0.txt.gz'].map((name) => dataFile(`deribit-upbit/${name}`));
    const { records, result } = await importFiles({ ...CRYPTOFEED, venue: 'upbit', files });
    expect(result).toMatchObject({ frames: { in: 450, out: 1 }, notes: 1, malformedTotal: 0 });
    const frames = records.filter(({ kind }) => kind === 'frame-in');
    expect(frames).toHaveLength(449);
    for (const frame of frames) expect(JSON.parse(textOf(frame))).toHaveProperty('ty');
    expect(frames[0]?.receivedAtNs).toBe(1_618_678_263_010_785_000n);
    expect(frames[3]?.receivedAtNs).toBe(1_618_678_263_416_103_800n);
  });
});

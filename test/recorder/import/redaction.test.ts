import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { RecordKind } from '#domain';
import { ImportTape } from '../../../recorder/import/import-tape.ts';
import { type Redact, redactFrame, redactLine } from '../../../recorder/import/redaction.ts';
import { checkSeeds } from '../../seeds.ts';
import { framesOf, importContents, MemoryAppender, textOf } from './import-fixtures.ts';

const KEY = '"token":"';
const ENCODER = new TextEncoder();

/** A venue whose secret is the text of a member `token`, closed or cut off. */
const redactToken: Redact = (bytes) => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const ranges: { start: number; end: number }[] = [];
  for (let key = text.indexOf(KEY); key >= 0; key = text.indexOf(KEY, key + 1)) {
    const start = key + KEY.length;
    const closing = text.indexOf('"', start);
    const end = closing < 0 ? text.length : closing;
    if (end > start) ranges.push({ start, end });
  }
  for (const { start, end } of ranges) bytes.fill(0x30, start, end);
  return ranges;
};

function redactedFrame(text: string, meta = ''): readonly [payload: string, meta: string] {
  const payload = ENCODER.encode(text);
  const noted = redactFrame(redactToken, 'frame-in', meta, payload);
  return [new TextDecoder().decode(payload), noted];
}

function redactedLine(text: string, meta = '{"file":0}', redact = redactToken): readonly [line: string, meta: string] {
  const line = ENCODER.encode(text);
  const noted = redactLine(redact, meta, line);
  return [new TextDecoder().decode(line), noted];
}

describe('the meta of a frame', () => {
  test('lists the ranges that were overwritten, beside what it held', () => {
    expect(redactedFrame('{"token":"abc","x":{"token":"d"}}')).toEqual([
      '{"token":"000","x":{"token":"0"}}',
      '{"redacted":[[10,13],[29,30]]}',
    ]);
    expect(redactedFrame('{"token":"abc"}', '{"header":"{}","url":"ws://x"}')[1]).toBe(
      '{"header":"{}","redacted":[[10,13]],"url":"ws://x"}',
    );
  });

  test('stays as it is when there is no secret', () => {
    expect(redactedFrame('{"price":1}')).toEqual(['{"price":1}', '']);
    expect(redactedFrame('{"price":1}', '{"url":"ws://x"}')[1]).toBe('{"url":"ws://x"}');
  });

  test('has one range for everything between them when there are more than a thousand', () => {
    const thousand = '"token":"a",'.repeat(1000);
    expect(redactedFrame(thousand)[1].match(/\[\d+,\d+\]/g)).toHaveLength(1000);
    const [payload, meta] = redactedFrame(`<${thousand}"token":"a">`);
    expect(meta).toBe(`{"redacted":[[10,${12 * 1000 + 11}]]}`);
    expect(payload).toBe(`<"token":"${'0'.repeat(12 * 1000 + 1)}">`);
  });
});

describe('a line that is no record', () => {
  test('loses a secret that stands in it as it is', () => {
    expect(redactedLine('no time {"token":"abc"}')).toEqual(['no time {"token":"000"}', '{"file":0,"redacted":[[18,21]]}']);
  });

  test('loses a secret inside a JSON text, whatever way it is escaped', () => {
    expect(redactedLine('{"text":"{\\"token\\":\\"abc\\"}"}')[0]).toBe('{"text":"{\\"token\\":\\"000\\"}"}');
    expect(redactedLine('{"text":"{\\u0022\\u0074oken\\":\\u0022a\\u0062c\\"}"}')[0]).toBe(
      '{"text":"{\\u0022\\u0074oken\\":\\u002200000000\\"}"}',
    );
  });

  test('loses a secret that is cut off, also in the middle of an escape', () => {
    expect(redactedLine('{"text":"{\\"token\\":\\"abc')[0]).toBe('{"text":"{\\"token\\":\\"000');
    for (const tail of ['\\', '\\u', '\\u00', '\\u004']) {
      const [line] = redactedLine(`{"text":"{\\"token\\":\\"abc${tail}`);
      expect(line).toBe(`{"text":"{\\"token\\":\\"000${'0'.repeat(tail.length)}`);
    }
  });

  test('is searched as every kind of frame', () => {
    for (const kind of ['frame-in', 'frame-out', 'http-request', 'http-response'] satisfies RecordKind[]) {
      const only: Redact = (bytes, found) => (found === kind ? redactToken(bytes, found) : []);
      expect(redactedLine('x {"token":"abc"}', '', only)).toEqual(['x {"token":"000"}', '{"redacted":[[12,15]]}']);
    }
  });

  test('keeps its length and every byte outside the ranges, whatever its bytes are', () => {
    const parts = ['"token":"', '\\"token\\":\\"', '"', '\\', '\\u0022', '\\u', 'abc', '{', 'é', ' '];
    checkSeeds(2_000, (random) => {
      const text = Array.from({ length: random.integer(1, 12) }, () => random.pick(parts)).join('');
      const before = ENCODER.encode(text);
      const line = before.slice();
      const meta = redactLine(redactToken, '', line);
      const ranges = meta === '' ? [] : (JSON.parse(meta) as { redacted: [number, number][] }).redacted;
      let last = 0;
      for (const [start, end] of ranges) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(line.subarray(start, end).every((byte) => byte === 0x30)).toBe(true);
        last = end;
      }
      expect(last).toBeLessThanOrEqual(line.length);
      const isListed = (at: number): boolean => ranges.some(([start, end]) => at >= start && at < end);
      expect(line.every((byte, at) => byte === before[at] || isListed(at))).toBe(true);
    });
  });
});

describe('an import', () => {
  const importLines = (redact: Redact | undefined) => {
    const appender = new MemoryAppender();
    const tape = new ImportTape(appender, { id: 'scripted', redact }, 1n, '{}');
    // One buffer for all lines, as the reader has it.
    const bytes = Buffer.from('{"token":"abc"}{"token":"def"}');
    tape.connected('1', '{"url":"ws://x"}');
    tape.record(1n, '1', 'frame-out', '{"a":1}', bytes, 0, 15);
    tape.malformed('no time', bytes, 15, 30);
    tape.close();
    return { tape, bytes, records: appender.records };
  };

  test('overwrites secrets in its own copy of the line, and counts the records', () => {
    const { tape, bytes, records } = importLines(redactToken);
    expect(records.map(({ kind, meta }) => `${kind} ${meta}`)).toEqual([
      'session-open {}',
      'connected {"url":"ws://x"}',
      'frame-out {"a":1,"redacted":[[10,13]]}',
      'note {"file":0,"line":0,"reason":"no time","redacted":[[10,13]]}',
      'session-close ',
    ]);
    expect(records.slice(2, 4).map(textOf)).toEqual(['{"token":"000"}', '{"token":"000"}']);
    expect(tape.redacted).toBe(2);
    expect(bytes.toString()).toBe('{"token":"abc"}{"token":"def"}');
  });

  test('leaves the frames of a venue without secrets alone', () => {
    const { tape, records } = importLines(undefined);
    expect(records.slice(2, 4).map(textOf)).toEqual(['{"token":"abc"}', '{"token":"def"}']);
    expect(tape.redacted).toBe(0);
  });
});

describe('a Kiwoom capture', () => {
  const login = '{"trnm":"LOGIN","token":"SECRET-TOKEN"}';
  const line = (dir: string, text: string): string => `${JSON.stringify({ t: '2026-09-11T02:00:00Z', dir, text })}\n`;
  const content = [
    line('out', login),
    line('in', '{"trnm":"LOGIN","return_code":0}'),
    '{"t":"not a time","dir":"out","text":"{\\"token\\":\\"SECRET-TOKEN\\"}"}\n',
    `${line('out', login).slice(0, -8)}`,
  ].join('');

  test('is free of its token in frames and in the notes of lines that cannot be read', async () => {
    for (const input of [content, gzipSync(content)]) {
      const { records, result, lines } = await importContents([input], { format: 'jsonl', venue: 'kiwoom' });
      expect(lines.join('\n')).not.toContain('SECRET');
      expect(textOf(framesOf(records)[0])).toBe('{"trnm":"LOGIN","token":"000000000000"}');
      expect(framesOf(records).map(({ meta }) => meta)).toEqual(['{"redacted":[[25,37]]}', '']);
      expect(result).toMatchObject({ redacted: 3, malformedTotal: 2, frames: { in: 1, out: 1 } });
    }
  });
});

import { describe, expect, test, vi } from 'vitest';
import { columns, formatBytes, formatCount, standardOutput } from '../../cli/output.ts';
import { Progress } from '../../cli/progress.ts';

/** What the call writes to a stream of the process. */
function writtenTo(stream: NodeJS.WriteStream, call: () => void): string {
  let text = '';
  const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    call();
  } finally {
    spy.mockRestore();
  }
  return text;
}

describe('results', () => {
  test('in JSON are one document, keys in the order given, with what JSON has no number for as null', () => {
    const text = writtenTo(process.stdout, () => standardOutput.json({ b: 1, a: [Number.NaN], c: undefined }));
    expect(text).toBe('{\n  "b": 1,\n  "a": [\n    null\n  ]\n}\n');
  });

  test('as text end in one line feed', () => {
    expect(writtenTo(process.stdout, () => standardOutput.text('a'))).toBe('a\n');
    expect(writtenTo(process.stdout, () => standardOutput.text('a\n'))).toBe('a\n');
  });
});

describe('columns', () => {
  test('are as wide as their widest cell, numbers to the right, without blanks at the end', () => {
    const text = columns(
      ['name', 'frames', 'note'],
      [
        ['spot', 1_234_567, 'x'],
        ['a', 5, ''],
      ],
    );
    expect(text.split('\n')).toEqual([
      'name     frames  note', //
      'spot  1,234,567  x',
      'a             5',
    ]);
  });

  test('count Hangul as two', () => {
    expect(columns(['name', 'x'], [['삼성전자', 'a']]).split('\n')).toEqual(['name      x', '삼성전자  a']);
  });

  test('without rows are the header', () => {
    expect(columns(['a', 'b'], [])).toBe('a  b');
  });
});

test('counts have groups of three and bytes their unit', () => {
  expect([0, 999, 1000, 1_234_567, -1234].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567', '-1,234']);
  expect([0, 1023, 1024, 1536, 1_048_576, 5e15].map(formatBytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 MiB', '4547.5 TiB']);
});

describe('progress', () => {
  /** Reports 250 after each of the waits, on a terminal or not. */
  function shown(isTty: boolean, waitsMs: readonly number[]): string {
    let nowMs = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const terminal = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
    Object.defineProperty(process.stderr, 'isTTY', { value: isTty, configurable: true });
    try {
      return writtenTo(process.stderr, () => {
        const progress = new Progress('import spot');
        for (const waitMs of waitsMs) {
          nowMs += waitMs;
          progress.report(2500, 'bytes', 10_000);
        }
        progress.done();
      });
    } finally {
      clock.mockRestore();
      if (terminal === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
      else Object.defineProperty(process.stderr, 'isTTY', terminal);
    }
  }

  test('is a line every ten seconds in a log', () => {
    expect(shown(false, [9999])).toBe('');
    expect(shown(false, [5000, 4999, 1, 9999])).toBe('import spot: 2,500 bytes (25 %), 250 a second\n');
  });

  test('is one line that rewrites itself on a terminal, and is gone at the end', () => {
    expect(shown(true, [199])).toBe('');
    expect(shown(true, [200, 50])).toBe('\r\u001b[Kimport spot: 2,500 bytes (25 %), 12,500 a second\r\u001b[K');
  });
});

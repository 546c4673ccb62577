import { describe, expect, test } from 'vitest';
import { readJsonInteger, readQuotedDecimal, readQuotedSignedDecimal, skipSpace, skipValue, stringText } from '../../venues/json-scan.ts';
import { checkSeeds, type Random } from '../seeds.ts';

describe('skipValue', () => {
  test('takes a text exactly when JSON.parse takes it', () => {
    checkSeeds(20, (random) => {
      for (let i = 0; i < 500; i++) {
        const text = jsonText(random, 0);
        const changed = random.chance(0.3) ? text : damaged(random, text);
        expect(isValue(changed), changed).toBe(isParsed(changed));
      }
    });
  });

  test.each([1, 29, 30, 31, 59, 60, 61, 62, 1000, 100_000])('follows %i levels of nesting', (depth) => {
    const text = `${'[{"a":'.repeat(depth)}[]${'}]'.repeat(depth)}`;
    expect(isValue(text)).toBe(true);
    expect(isValue(text.slice(0, -1))).toBe(false);
    expect(isValue(`${text.slice(0, -1)}}`)).toBe(false);
    expect(isValue(`${'['.repeat(depth)}{]`)).toBe(false);
  });

  test('does not look past the end', () => {
    const bytes = new TextEncoder().encode('[1,"ab"]');
    for (let end = 0; end < bytes.length; end++) expect(skipValue(bytes, 0, end)).toBe(-1);
    expect(skipValue(bytes, 0, bytes.length)).toBe(bytes.length);
  });
});

test('stringText resolves escapes and keeps what is no UTF-8 as replacement characters', () => {
  expect(textOf('a\\u0042\\n\\ud83d\\ude00/\\/')).toBe('aB\n😀//');
  expect(stringText(Uint8Array.of(0x61, 0xff, 0x62), 0, 3)).toBe('a\ufffdb');
  expect(textOf('\ufeffx')).toBe('\ufeffx');
});

describe('readJsonInteger', () => {
  test.each([
    ['0', 0],
    ['-0', 0],
    ['1e3', 1000],
    ['1.50e2', 150],
    ['7.0', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %s', (text, value) => expect(read(readJsonInteger, text)).toBe(value));

  test.each(['-1', '1.5', '01', '9007199254740992', '1e400', '"1"', 'null', ''])('refuses %j', (text) => {
    expect(read(readJsonInteger, text)).toBeUndefined();
  });
});

describe('quoted decimals', () => {
  test.each([
    ['"12.50"', 12.5],
    ['"\\u0031.5"', 1.5],
    ['"\\u0031\\u002e\\u0035"', 1.5],
  ])('are read from %s', (text, value) => expect(read(readQuotedDecimal, text)).toBe(value));

  test.each(['12.5', '"12.5', '""', '" 1"', '"1 "', '"1e5"', '"-1"', '"\\u0131"', '"1\\n"'])('are not read from %j', (text) => {
    expect(read(readQuotedDecimal, text)).toBeUndefined();
  });

  test('may be negative where that is meant', () => {
    expect(read(readQuotedSignedDecimal, '"-1.25"')).toBe(-1.25);
    expect(read(readQuotedSignedDecimal, '"\\u002d1.25"')).toBe(-1.25);
  });
});

function read(reader: typeof readJsonInteger, text: string): number | undefined {
  const bytes = new TextEncoder().encode(`${text}5`);
  const out = new Float64Array(1);
  const next = reader(bytes, 0, bytes.length - 1, out, 0);
  return next === bytes.length - 1 ? out[0] : undefined;
}

function textOf(content: string): string {
  const bytes = new TextEncoder().encode(content);
  return stringText(bytes, 0, bytes.length);
}

function isValue(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  const stop = skipValue(bytes, skipSpace(bytes, 0, bytes.length), bytes.length);
  return stop >= 0 && skipSpace(bytes, stop, bytes.length) === bytes.length;
}

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const SCALARS = ['0', '-0.5', '1e9', '12E-3', 'true', 'false', 'null', '""', '"a\\"b"', '"\\u00e9\u00e9"', '"\\\\"', '-1'];
const SPACES = ['', '', '', ' ', '\n\t', '\r'];

function jsonText(random: Random, depth: number): string {
  const space = () => random.pick(SPACES);
  const shape = depth > 5 ? 0 : random.integer(0, 3);
  if (shape < 2) return `${space()}${random.pick(SCALARS)}${space()}`;
  const items = Array.from({ length: random.integer(0, 4) }, () => jsonText(random, depth + 1));
  if (shape === 2) return `${space()}[${items.join(',') || space()}]${space()}`;
  return `${space()}{${items.map((item) => `${space()}"k${random.integer(0, 9)}"${space()}:${item}`).join(',') || space()}}${space()}`;
}

function damaged(random: Random, text: string): string {
  const at = random.integer(0, text.length);
  const put = random.pick(['', ...'{}[],:"\\01-+.eEtnf\u0000\n\u007fu/']);
  return text.slice(0, at) + put + text.slice(at + random.integer(0, 1));
}

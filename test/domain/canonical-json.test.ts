import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../../domain/canonical-json.ts';
import { checkSeeds, type Random } from '../seeds.ts';

test('keys are sorted by UTF-16 code unit at every depth, without spaces', () => {
  expect(canonicalJson({ b: 1, a: { d: [1, 2], c: null }, A: true, '10': 'x', '9': 'y' })).toBe(
    '{"10":"x","9":"y","A":true,"a":{"c":null,"d":[1,2]},"b":1}',
  );
  expect(canonicalJson({ '\u{1f600}': 1, '\ufb33': 2 })).toBe('{"\u{1f600}":1,"\ufb33":2}');
});

test('members that are undefined are left out', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});

test('numbers are written in the shortest form of ECMAScript', () => {
  expect(canonicalJson([0, -0, 1e21, 1e-7, 0.1, 333_333_333.333_333_3, 4.5])).toBe('[0,0,1e+21,1e-7,0.1,333333333.3333333,4.5]');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%s has no canonical form', (value) => {
  expect(() => canonicalJson({ a: [value] })).toThrow('canonical JSON has no');
});

test('texts are escaped as JSON does', () => {
  expect(canonicalJson('a"\\\n\u0001한')).toBe('"a\\"\\\\\\n\\u0001한"');
});

test('the order in which members were added does not matter, and the text reads back as the same value', () => {
  checkSeeds(300, (random) => {
    const value = anyValue(random, 4);
    const text = canonicalJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(canonicalJson(reversed(value))).toBe(text);
  });
});

function anyValue(random: Random, depth: number): JsonValue {
  const kind = random.integer(0, depth > 0 ? 5 : 3);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.integer(-1e9, 1e9) / 1000;
  if (kind <= 3) return random.pick(['', 'a', '"', '\u0000', 'é', '한글', '\u2028']);
  const length = random.integer(0, 4);
  if (kind === 4) return Array.from({ length }, () => anyValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length }, () => [String(random.integer(0, 20)) + random.pick(['', 'a', 'Z']), anyValue(random, depth - 1)]),
  );
}

function reversed(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member ?? null)]),
  );
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}

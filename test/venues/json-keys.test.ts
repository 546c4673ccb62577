import { expect, test } from 'vitest';
import { KeyTable } from '../../venues/json-keys.ts';
import { checkSeeds } from '../seeds.ts';

const ENCODER = new TextEncoder();

/** The slot and where the value starts, of a key that stands between other bytes. */
function find(table: KeyTable, text: string): { readonly slot: number; readonly value: string } {
  const bytes = ENCODER.encode(`"s":${text}"s":1`);
  const slot = table.find(bytes, 4, bytes.length - 5);
  return { slot, value: table.valueStart < 0 ? '' : new TextDecoder().decode(bytes.subarray(table.valueStart, bytes.length - 5)) };
}

test('a key is found in any length and spelling', () => {
  const table = new KeyTable(['s', 'uv24', 'delta', 'eightkey', 'averylongkey']);
  expect(find(table, '"s":1')).toEqual({ slot: 0, value: '1' });
  expect(find(table, '"uv24":1')).toEqual({ slot: 1, value: '1' });
  expect(find(table, '"delta" : 1')).toEqual({ slot: 2, value: '1' });
  expect(find(table, '"eightkey":1')).toEqual({ slot: 3, value: '1' });
  expect(find(table, '"averylongkey":1')).toEqual({ slot: 4, value: '1' });
  expect(find(table, '"\\u0064elta":1')).toEqual({ slot: 2, value: '1' });
});

test('an unknown key is told with its text, and its value is found', () => {
  const table = new KeyTable(['s', 'eightkey']);
  for (const key of ['t', '', 'ss', 'eightkez', 'eightkeys', 'S', 'é']) {
    expect(find(table, `"${key}":1`)).toEqual({ slot: -1, value: '1' });
    expect(table.unknownKey).toBe(key);
  }
});

test('what is no key with a colon is none, and nothing past the end is looked at', () => {
  const table = new KeyTable(['s']);
  for (const text of ['', '"', '"s', '"s"', '"s" ', 's:1', '"\\x":1', '"s"1', '"\u0001":1']) {
    expect(find(table, text), JSON.stringify(text)).toEqual({ slot: -1, value: '' });
  }
  const bytes = ENCODER.encode('"s":1');
  expect(table.find(bytes, 0, 3)).toBe(-1);
  expect(table.valueStart).toBe(-1);
});

test('every table finds exactly its own keys', () => {
  checkSeeds(50, (random) => {
    const word = () => Array.from({ length: random.integer(1, 10) }, () => random.pick([...'abz0'])).join('');
    const keys = [...new Set(Array.from({ length: random.integer(1, 30) }, word))];
    const table = new KeyTable(keys);
    for (const key of [...keys, ...Array.from({ length: 50 }, word)]) expect(find(table, `"${key}":1`).slot, key).toBe(keys.indexOf(key));
  });
});

test('keys are found in any order, whatever order came before', () => {
  checkSeeds(50, (random) => {
    const keys = ['s', 'mp', 'lp', 'delta', 'uv24', 'pr0', 'eightkey', 'averylongkey', 'de', 'm'];
    const table = new KeyTable(keys);
    const usual = keys.toSorted(() => random.fraction() - 0.5);
    for (let i = 0; i < 500; i++) {
      // Mostly the usual order, so that the next key is guessed right; else any key, or one like the guessed one.
      const expected = usual[i % usual.length]!;
      const key = random.chance(0.8) ? expected : random.pick([...keys, `${expected}x`, expected.slice(1)]);
      const colon = random.pick([':', ':', ':', ' :', ': ', ':\n']);
      expect(find(table, `"${key}"${colon}12345678`), key).toEqual({ slot: keys.indexOf(key), value: '12345678' });
    }
  });
});

test('a guess holds only for the whole key inside the bytes that may be read', () => {
  const table = new KeyTable(['a', 'b']);
  const bytes = ENCODER.encode('"b":1234567');
  expect(table.guess(bytes, 0, bytes.length)).toBe(1);
  expect(table.guess(bytes, 0, 4)).toBe(-1);
  expect(table.guess(ENCODER.encode('"a":1234567'), 0, 11)).toBe(-1);
  table.accept(1);
  expect(table.guess(ENCODER.encode('"a":1234567'), 0, 11)).toBe(0);
});

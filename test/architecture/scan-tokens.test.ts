import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scanImports } from './scan-imports.ts';
import { scanTokens } from './scan-tokens.ts';

const kinds = (source: string) => scanTokens(source).map(({ kind, text }) => `${kind} ${text}`);

test('comments and spaces are no tokens', () => {
  expect(kinds('#!/usr/bin/env node\na /* b // */ c // d\n/* e')).toEqual(['word a', 'word c']);
});

test('texts keep their quotes and escapes to themselves', () => {
  expect(kinds(`'a\\'b' "c'd" 'e//f'`)).toEqual([`string a\\'b`, `string c'd`, 'string e//f']);
});

test('code inside a template is code again', () => {
  expect(kinds(`\`a \${b ? \`c \${d}\` : { e }} f\` g`)).toEqual([
    'template a ',
    'word b',
    'mark ?',
    'template c ',
    'word d',
    'template ',
    'mark :',
    'mark {',
    'word e',
    'mark }',
    'template  f',
    'word g',
  ]);
});

test('a slash divides after a value and begins a pattern elsewhere', () => {
  expect(kinds('a / b / c')).toEqual(['word a', 'mark /', 'word b', 'mark /', 'word c']);
  expect(kinds('f(1) / 2')).toEqual(['word f', 'mark (', 'number 1', 'mark )', 'mark /', 'number 2']);
  expect(kinds('x[0]! / 2')).toEqual(['word x', 'mark [', 'number 0', 'mark ]', 'mark !', 'mark /', 'number 2']);
  expect(kinds(`x = /['"/]\\//g.test(y)`)).toContain(`regex /['"/]\\//g`);
  expect(kinds('return /a/')).toEqual(['word return', 'regex /a/']);
  expect(kinds('!/a/')).toEqual(['mark !', 'regex /a/']);
});

test('lines are counted through texts of several lines', () => {
  expect(scanTokens('/* \n */ `a\nb` c\nd').map(({ text, line }) => [text, line])).toEqual([
    ['a\nb', 2],
    ['c', 3],
    ['d', 4],
  ]);
});

test('every form of import is seen', () => {
  const source = [
    `import './a.ts';`,
    `import b, { type B } from './b.ts';`,
    `import type { C } from './c.ts';`,
    `import * as d from './d.ts';`,
    `export { e } from './e.ts';`,
    `export type { F } from './f.ts';`,
    `export * from './g.ts';`,
    `const h = await import('./h.ts');`,
    `type I = typeof import('./i.ts');`,
    `const j = new URL('./j.ts', import.meta.url);`,
    `const k = import(path);`,
    `const l = require('./l.cjs');`,
  ].join('\n');
  const found = scanImports(scanTokens(source));
  expect(found.map(({ specifier }) => specifier?.charAt(2))).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', undefined, 'l']);
  expect(found.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('words that only look like imports are not', () => {
  const source = [
    'export const a = 1;',
    'export { b };',
    `const from = 'x';`,
    'loader.import("./c.ts");',
    'import.meta.url;',
    `export type D = 'from' | 'x';`,
    `new URL('./e.ts', base);`,
  ].join('\n');
  expect(scanImports(scanTokens(source))).toEqual([]);
});

test('the scanner reads its own source', () => {
  const tokens = scanTokens(readFileSync(new URL('./scan-tokens.ts', import.meta.url), 'utf8'));
  expect(tokens.filter(({ kind }) => kind === 'regex').length).toBeGreaterThanOrEqual(7);
  expect(tokens.at(-1)?.text).toBe('}');
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeCells, parseNotebook, uncommittable } from './notebook-file.ts';

function textOf(cell: object, kernelspec: object = { name: 'deno', language: 'typescript', display_name: 'Deno' }): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec },
    cells: [{ cell_type: 'markdown', source: 'a' }, cell],
  });
}

const CELL = { cell_type: 'code', metadata: {}, source: ['const a = 1;\n', 'a'], execution_count: null, outputs: [] };

describe('a notebook', () => {
  test('is read with the code of its cells, however their lines are kept', () => {
    expect(codeCells(parseNotebook(textOf(CELL)))).toEqual([{ number: 2, code: 'const a = 1;\na' }]);
    expect(codeCells(parseNotebook(textOf({ ...CELL, source: 'a' })))).toEqual([{ number: 2, code: 'a' }]);
  });

  test('may be committed without outputs only, and for the kernel it is checked with', () => {
    expect(uncommittable(parseNotebook(textOf(CELL)))).toEqual([]);
    expect(uncommittable(parseNotebook(textOf({ ...CELL, execution_count: 3 })))).toHaveLength(1);
    expect(uncommittable(parseNotebook(textOf({ ...CELL, outputs: [{ output_type: 'stream' }] })))).toHaveLength(1);
    expect(uncommittable(parseNotebook(textOf(CELL, { name: 'python3', language: 'python' })))).toHaveLength(1);
  });

  test('is refused when it is none', () => {
    expect(() => parseNotebook('{}')).toThrow();
    expect(() => parseNotebook(textOf({ cell_type: 'code' }))).toThrow();
  });
});

test('the notebooks of the project are as they may be committed', () => {
  const folder = new URL('../../notebooks/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));
  expect(names).toContain('01-first-look.ipynb');
  for (const name of names) expect([name, uncommittable(parseNotebook(readFileSync(new URL(name, folder), 'utf8')))]).toEqual([name, []]);
});

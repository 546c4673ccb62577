import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { cellModule, typeErrors } from './cell-module.ts';
import type { Notebook } from './notebook-file.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function notebookOf(...codes: readonly string[]): Notebook {
  const text = { cell_type: 'markdown' as const, source: 'words' };
  const cells = codes.flatMap((source) => [text, { cell_type: 'code' as const, source }]);
  return { nbformat: 4, metadata: { kernelspec: { name: 'deno', language: 'typescript' } }, cells };
}

test('cells are one module, in which each line knows its cell', () => {
  const { text, places } = cellModule(notebookOf('const a = 1', '[a] // shown', ''));
  expect(text).toBe('const a = 1\n;\n[a] // shown\n;\n\n;\nexport {};\n');
  expect(places[2]).toMatchObject({ cell: 4, line: 1 });
});

/** Each is checked as a notebook of its own, all in one run of the compiler. */
const NOTEBOOKS = {
  fine: notebookOf(
    `import { tableFromArrays } from 'apache-arrow';\nimport { openTape } from 'tapedeck';`,
    `const tape = await openTape('data', 'demo', 'parquet')`,
    `tableFromArrays({ price: new Float64Array(2) }).numRows + tape.session.length`,
  ),
  wrong: notebookOf('const a = 1;', '// why\nconst b: string = a;\nb'),
  index: notebookOf('const list = [1];\nconst first: number = list[0];\nfirst'),
  unused: notebookOf(`import { openTape } from 'tapedeck';`),
  noExport: notebookOf(`import { openTapes } from 'tapedeck';\nopenTapes`),
  noPackage: notebookOf(`import { x } from 'left-pad';\nx`),
  packageType: notebookOf(`import * as Plot from '@observablehq/plot';\nPlot.plot({ width: 'wide' })`),
  redeclared: notebookOf('const a = 1;', 'const a = 2;\na'),
};

describe('type errors', () => {
  let errors: readonly string[] = [];
  beforeAll(async () => {
    errors = await typeErrors(
      ROOT,
      Object.entries(NOTEBOOKS).map(([path, notebook]) => ({ path, notebook })),
    );
  });
  const of = (name: keyof typeof NOTEBOOKS) => errors.filter((error) => error.startsWith(`${name} `));

  test('there are none where cells keep to the types of the project and its packages', () => {
    expect(of('fine')).toEqual([]);
  });

  test('each is told with its notebook, cell and line', () => {
    expect(of('wrong')).toEqual([expect.stringMatching(/^wrong cell 4 line 2: TS2322: /)]);
  });

  test('cells are as strict as the project: indexes may miss, names are used and declared once', () => {
    expect(of('index')).toEqual([expect.stringMatching(/line 2: TS2322/)]);
    expect(of('unused')).toEqual([expect.stringMatching(/line 1: TS6133/)]);
    expect(of('redeclared')).toEqual([expect.stringMatching(/cell 2 line 1: TS2451/), expect.stringMatching(/cell 4 line 1: TS2451/)]);
  });

  test('what is imported must be there, and is not taken for anything', () => {
    expect(of('noExport')).toEqual([expect.stringMatching(/line 1: TS2724/)]);
    expect(of('noPackage')).toEqual([expect.stringMatching(/line 1: TS2307/)]);
    expect(of('packageType')).toEqual([expect.stringMatching(/line 2: TS2322/)]);
  });
});

test('a cell that is no TypeScript is told in the same way', async () => {
  const [first] = await typeErrors(ROOT, [{ path: 'broken', notebook: notebookOf('const a = 1;', 'const = 1;') }]);
  expect(first).toMatch(/^broken cell 4 line 1: TS1/);
});

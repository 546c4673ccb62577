import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkFolders, checkVenues } from './architecture/folder-rules.ts';
import { findCycles, findMissing, findUnreached } from './architecture/import-graph.ts';
import { longestFiles, longestFunctions } from './architecture/longest.ts';
import { checkPackages } from './architecture/package-rules.ts';
import { type Project, projectOf, readProject, type Violation } from './architecture/project.ts';
import { checkPurity } from './architecture/purity-rules.ts';
import { checkExports, checkIndexFiles, checkNames, checkSwitches, checkTypes } from './architecture/shape-rules.ts';
import { checkDocumentPaths, checkTraces } from './architecture/trace-rules.ts';

const project = readProject(fileURLToPath(new URL('..', import.meta.url)));

type Rule = (project: Project) => readonly Violation[];

/** A rule holds in the tree, and it is awake: each planted file is caught, each innocent one is not. */
function describeRule(
  name: string,
  rule: Rule,
  planted: Readonly<Record<string, Files>>,
  innocent: Readonly<Record<string, Files>> = {},
): void {
  describe(name, () => {
    test('holds in this tree', () => {
      expect(rule(project)).toEqual([]);
    });
    test.each(Object.entries(planted))('catches %s', (_, files) => {
      expect(rule(projectOf(files))).not.toEqual([]);
    });
    test.each(Object.entries(innocent))('leaves %s alone', (_, files) => {
      expect(rule(projectOf(files))).toEqual([]);
    });
  });
}

type Files = Readonly<Record<string, string>>;

function notebookText(...codes: readonly string[]): string {
  const words = { cell_type: 'markdown', source: [`import 'words';`] };
  return JSON.stringify({ cells: [words, ...codes.map((code) => ({ cell_type: 'code', source: [code] }))] });
}

test('the scan sees every folder of the design', () => {
  const folders = new Set(project.sources.map(({ folder }) => folder));
  expect([...folders]).toEqual(
    expect.arrayContaining([
      'domain',
      'venues',
      'recorder',
      'storage',
      'engine',
      'strategies',
      'replay',
      'report',
      'cli',
      'test',
      'bin',
      'notebooks',
      '',
    ]),
  );
});

describeRule(
  'folders import each other by name, and only as the table allows',
  checkFolders,
  {
    'a forbidden folder': { 'domain/a.ts': `import { x } from '#venues';` },
    'the recorder reading from replay': { 'recorder/a.ts': `import { x } from '#replay';` },
    'replay reading from the recorder': { 'replay/a.ts': `import type { X } from '#recorder';` },
    'the engine reading files through storage': { 'engine/a.ts': `import { x } from '#storage';` },
    'storage knowing venues': { 'storage/a.ts': `export { x } from '#venues';` },
    'a path across the border': { 'engine/a.ts': `import { x } from '../domain/time.ts';` },
    'a path below a folder name': { 'engine/a.ts': `import { x } from '#domain/time.ts';` },
    'a folder that imports itself by name': { 'domain/a.ts': `import { x } from '#domain';` },
    'a folder nobody knows': { 'cli/a.ts': `import { x } from '#market';` },
    'a dynamic import': { 'report/a.ts': `const x = import('#storage');` },
    'a worker of another folder': { 'replay/a.ts': `new Worker(new URL('../recorder/w.ts', import.meta.url));` },
    'a path out of the project': { 'cli/a.ts': `import { x } from '../../other/x.ts';` },
    'product code that imports a notebook': { 'cli/a.ts': `import { x } from '../notebooks/x.ts';` },
    'a notebook that reads a folder from inside': { 'notebooks/a.ipynb': notebookText(`import { x } from '#replay';`) },
    'a notebook that imports a file of the project': { 'notebooks/a.ipynb': notebookText(`import { x } from '../dist/index.js';`) },
    'product code that imports a test': { 'cli/a.ts': `import { x } from '../test/seeds.ts';` },
    'an import over several lines': { 'domain/a.ts': `import {\n  type X,\n  y,\n} from '#engine';` },
  },
  {
    'an allowed folder': { 'venues/a.ts': `import { x } from '#domain';` },
    'a neighbour': { 'venues/kiwoom/a.ts': `import { x } from '../venue.ts';` },
    'a test of any file': { 'test/domain/a.test.ts': `import { x } from '../../domain/time.ts';` },
    'the public API': { 'index.ts': `export { x } from '#replay';\nexport { y } from '#recorder';` },
    'the command': { 'bin/tapedeck.js': `import('../dist/cli/main.js');` },
    'a notebook that imports the package': { 'notebooks/a.ipynb': notebookText(`import { x } from 'tapedeck';`) },
    'words in comments and texts': {
      'domain/a.ts': `// import { x } from '#venues'\nconst a = "import x from '#venues'"; /* export * from '#cli' */`,
    },
    'words in templates and patterns': {
      'domain/a.ts': `const a = \`import x from '#cli' \${\`export {} from '#cli'\`}\`; const b = /'/; const c = '#cli';`,
    },
  },
);

describeRule(
  'venues do not import each other',
  checkVenues,
  { 'one that does': { 'venues/kis/a.ts': `import { x } from '../kiwoom/decode.ts';` } },
  { 'shared venue code': { 'venues/kis/a.ts': `import { x } from '../byte-scanner.ts';\nimport { y } from './decode.ts';` } },
);

describeRule(
  'pure folders have no clock, randomness, environment, waiting, or inexact arithmetic',
  checkPurity,
  Object.fromEntries(
    [
      'const now = Date.now();',
      'const now = new Date();',
      'const x = Math.random();',
      'const { random } = Math;',
      'const now = performance.now();',
      'const home = process.env;',
      'setTimeout(run, 5);',
      'setInterval(run, 5);',
      'setImmediate(run);',
      'queueMicrotask(run);',
      'async function run() {}',
      'export const run = async () => 1;',
      'for await (const x of y) z(x);',
      'await run();',
      'const x = Promise.resolve(1);',
      'const x = new Promise(run);',
      `import { readFileSync } from 'node:fs';`,
      `import { readFileSync } from 'fs';`,
      `const x = import('./later.ts');`,
      'const x = 2 ** 3;',
      'x **= 2;',
      'const x = Math.pow(2, 3);',
      'const x = Math.exp(1) + Math.log(2);',
      'const x = Math.sin(1);',
      'const x = new Intl.NumberFormat();',
      'const x = (5).toLocaleString();',
      'const x = a.localeCompare(b);',
      'const x = globalThis.crypto;',
      'const x = crypto.randomUUID();',
      'const x = fetch(url);',
      `const x = \`\${Date.now()}\`;`,
      'const x = a ? process : b;',
    ].map((line) => [line, { 'engine/a.ts': line }]),
  ),
  {
    'exact arithmetic': { 'engine/a.ts': 'const x = Math.sqrt(2) + Math.floor(1.5) * Math.imul(3, 4) - Math.abs(-1);' },
    'powers of bigints, which are exact': { 'domain/a.ts': 'const x = 10n ** BigInt(d);' },
    'names of members': {
      'domain/a.ts': 'interface Child { readonly process: string; crypto?: number }\nconst x = child.process + child.performance;',
    },
    'types of ports that others fill': { 'domain/a.ts': 'interface Tape { digest(): Promise<string> }' },
    'words in comments and texts': {
      'report/a.ts': `// Date.now() is banned\nconst label = 'Date'; const html = "<script>setTimeout(x)</script>"; const p = /await/;`,
    },
    'folders that talk to the world': { 'recorder/a.ts': 'const now = Date.now(); await run();' },
  },
);

describeRule(
  'files do not import each other in circles',
  findCycles,
  {
    'two files': { 'domain/a.ts': `import './b.ts';`, 'domain/b.ts': `import './a.ts';` },
    'a file that imports itself': { 'domain/a.ts': `import { a } from './a.ts';` },
    'types only': { 'domain/a.ts': `import type { B } from './b.ts';`, 'domain/b.ts': `export type { A } from './a.ts';` },
    'a circle through an index': {
      'domain/index.ts': `export { a } from './a.ts';`,
      'domain/a.ts': `export { b } from './b.ts';`,
      'domain/b.ts': `import { a } from './index.ts';`,
    },
  },
  { 'a diamond': { 'a.ts': `import './b.ts'; import './c.ts';`, 'b.ts': `import './d.ts';`, 'c.ts': `import './d.ts';`, 'd.ts': '' } },
);

describeRule(
  'every file is reached from the product or from a test',
  findUnreached,
  {
    'a file nobody imports': { 'index.ts': '', 'domain/lonely.ts': 'export const x = 1;' },
    'two files that import only each other': { 'index.ts': '', 'storage/a.ts': `import './b.ts';`, 'storage/b.ts': `import './a.ts';` },
    'product code that only a test uses': { 'index.ts': '', 'domain/a.ts': '', 'test/a.test.ts': `import '../domain/a.ts';` },
    'a test file without the ending': { 'test/seeds.ts': '' },
  },
  {
    'a chain from the command': {
      'bin/tapedeck.js': `import('../dist/cli/main.js');`,
      'cli/main.ts': `import '#replay';`,
      'replay/index.ts': `export { x } from './x.ts';`,
      'replay/x.ts': `new Worker(new URL('./worker.js', import.meta.url)); register('./hook.js', import.meta.url, {});`,
      'replay/worker.ts': '',
      'replay/hook.ts': '',
    },
    'what tests share': { 'test/a.test.ts': `import './seeds.ts';`, 'test/seeds.ts': '' },
  },
);

describeRule(
  'imports name files that are there',
  findMissing,
  {
    'a path without its ending': { 'domain/a.ts': `import { b } from './b';`, 'domain/b.ts': '' },
    'a file that was renamed': { 'domain/a.ts': `import { b } from './old-name.ts';` },
    'a folder without an index': { 'engine/a.ts': `import { b } from '#domain';` },
  },
  { 'a neighbour': { 'domain/a.ts': `import { b } from './b.ts';`, 'domain/b.ts': '' } },
);

describeRule(
  'exports are named one by one',
  checkExports,
  {
    'a star': { 'domain/index.ts': `export * from './time.ts';` },
    'a star of types': { 'domain/index.ts': `export type * from './time.ts';` },
    'a star with a name': { 'domain/index.ts': `export * as time from './time.ts';` },
    'a default export': { 'domain/a.ts': 'export default function run() {}' },
  },
  { names: { 'domain/index.ts': `export { a, type B } from './a.ts';\nexport type { C } from './c.ts';` } },
);

describeRule('the index.ts of a folder only lists names', checkIndexFiles, {
  'a rule in it': { 'domain/index.ts': 'export function run() {}' },
  'a constant in it': { 'strategies/index.ts': 'export const x = 1;' },
});

describeRule(
  'there is no enum and no any',
  checkTypes,
  {
    'an enum': { 'domain/a.ts': 'export enum Side { Buy }' },
    'a constant enum': { 'domain/a.ts': 'const enum Side { Buy }' },
    'any as a type': { 'domain/a.ts': 'function run(x: any) {}' },
    'any as a cast': { 'test/a.test.ts': 'run(x as any);' },
    'any in a cell': { 'notebooks/a.ipynb': notebookText('const x: any = 1;') },
    'any inside a type': { 'domain/a.ts': 'const x: Map<string, any[]> = y;' },
  },
  { 'the word in a sentence': { 'domain/a.ts': `// any enum\nconst x = 'any'; Promise.any(y);` } },
);

describeRule('file names say what is inside', checkNames, {
  'a drawer': { 'domain/utils.ts': '' },
  'a drawer with a prefix': { 'domain/time-helpers.ts': '' },
  'a drawer folder': { 'domain/common/time.ts': '' },
  'a drawer of tests': { 'test/misc.test.ts': '' },
  'camel case': { 'domain/candleSeries.ts': '' },
  underscores: { 'domain/candle_series.ts': '' },
});

describeRule(
  'a switch over a kind ends in assertNever',
  checkSwitches,
  { 'one that does not': { 'domain/a.ts': `switch (event.kind) { case 'trade': return 1; default: return 2; }` } },
  {
    'one that does': { 'domain/a.ts': `switch (event.kind) { case 'a': { return 1; } default: return assertNever(event); }` },
    'a switch over anything else': { 'domain/a.ts': 'switch (byte) { case 34: return 1; default: return 2; }' },
  },
);

const MANIFEST = '{ "name": "tapedeck", "dependencies": { "zod": "4.0.0" }, "devDependencies": { "vitest": "4.1.0" } }';

describeRule(
  'packages are declared, pinned, used, and imported from their folder only',
  checkPackages,
  {
    'an undeclared package': { 'package.json': '{}', 'cli/a.ts': `import x from 'left-pad';` },
    'a package in a folder that may not have it': {
      'package.json': MANIFEST,
      'cli/a.ts': `import { z } from 'zod';`,
      'engine/a.ts': `import { z } from 'zod/mini';`,
    },
    'a development package in the product': {
      'package.json': MANIFEST,
      'cli/a.ts': `import { z } from 'zod';\nimport { test } from 'vitest';`,
    },
    'a package nothing imports': { 'package.json': MANIFEST },
    'a range behind a pre-release': { 'package.json': '{ "devDependencies": { "vitest": "^4.1.0-r.1" } }' },
    'the package itself by its name': { 'package.json': MANIFEST, 'cli/a.ts': `import 'zod';\nimport { x } from 'tapedeck';` },
    'a package of a notebook from elsewhere': {
      'package.json': MANIFEST,
      'cli/a.ts': `import 'zod';`,
      'notebooks/a.ipynb': notebookText(`import { test } from 'npm:vitest@4.1.0';`),
    },
    'a range of versions': { 'package.json': '{ "devDependencies": { "vitest": "^4.1.0" } }' },
  },
  {
    'allowed packages': {
      'package.json': MANIFEST,
      'cli/a.ts': `import { z } from 'zod';\nimport 'node:fs';`,
      'test/a.test.ts': `import 'vitest';`,
      'notebooks/a.ipynb': notebookText(`import { x } from 'tapedeck';`, `import { y } from 'vitest';`),
    },
  },
);

/** Written in two parts, so that this file does not hold what it looks for. */
const MACHINE = ['/ho', 'me/kim/tape'].join('');

describeRule(
  'nothing names the machine it was made on',
  checkTraces,
  {
    'an absolute path in code': { 'cli/a.ts': `const data = '${MACHINE}';` },
    'an absolute path in a document': { 'README.md': `Look into ${MACHINE}.` },
    'an absolute path in a script': { '.ci/run': `cd ${MACHINE}` },
    'a registry address in a document': { 'CONTRIBUTING.md': ['See https://reg', 'istry.example.org/tapedeck'].join('') },
    'a registry address in the lock file': { 'package-lock.json': '{ "packages": { "node_modules/a": { "resolved": "x" } } }' },
  },
  {
    'relative paths': { 'test/a.test.ts': `new URL('../../../shared/data/home/someone/x', import.meta.url)` },
    addresses: { 'README.md': 'https://www.apache.org/home/licenses' },
  },
);

describeRule(
  'documents name only files that are there',
  checkDocumentPaths,
  { 'a file that was renamed': { 'ARCHITECTURE.md': 'Time is in `domain/clock.ts`.', 'domain/time.ts': '' } },
  {
    'a file that is there, and patterns': {
      'ARCHITECTURE.md': 'Time is in `domain/time.ts`, decoders in `venues/<venue>/decode.ts`.',
      'domain/time.ts': '',
    },
  },
);

test('the ten longest files and functions, to look at', () => {
  const files = longestFiles(project, 10);
  const functions = longestFunctions(project, 10);
  const table = [...files, ...functions].map(({ where, lines }) => `${String(lines).padStart(5)}  ${where}`);
  process.stdout.write(`\nlines  longest files, then functions\n${table.join('\n')}\n`);
  expect(files.length).toBeGreaterThan(0);
  expect(functions.every(({ lines }, i) => i === 0 || lines <= functions[i - 1]!.lines)).toBe(true);
});

test('the length of a function is counted from its opening to its closing brace', () => {
  const text = 'export function run<T>(a: number): Map<string, T> {\n  if (a) {\n    b();\n  }\n}\nclass A {\n  go(): void {\n  }\n}\n';
  expect(longestFunctions(projectOf({ 'domain/a.ts': text }), 10)).toEqual([
    { where: 'domain/a.ts:1 run', lines: 5 },
    { where: 'domain/a.ts:7 go', lines: 2 },
  ]);
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';

// Strategy files of a user, outside the project, through the built command line.

const removals: (() => void)[] = [];
const folder = temporaryFolder((remove) => removals.push(remove));
/** A strategy in as few words as possible; `extra` are further members. */
const body = (name: string, extra = ''): string => `{ name: '${name}', description: '', parameters: {}, create: () => ({}), ${extra} }`;

beforeAll(() => importBars(folder));
afterAll(() => {
  for (const remove of removals) remove();
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

interface Replayed {
  readonly strategy: string;
  readonly sourceHash: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly intents: number;
}

function play(file: string, ...words: readonly string[]): Replayed {
  return runJson<Replayed>(['replay', 'bars', '--data', folder, '--strategy', file, ...words]);
}

function refused(file: string): string {
  const { code, stdout, stderr } = runCli(['replay', 'bars', '--data', folder, '--strategy', file, '--json']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n')).toHaveLength(2);
  return stderr;
}

describe('a strategy of a user', () => {
  test('in TypeScript is played as it is, with types from the package and a module of its own', () => {
    write('lib/size.ts', 'export const size = (wanted: number): number => wanted satisfies number;\n');
    const file = write(
      'mine.ts',
      `import type { Desk, Strategy, StrategyDefinition } from 'tapedeck';
import { TapedeckError } from 'tapedeck';
import { size } from './lib/size.ts';

interface State { count: number }

export const strategy: StrategyDefinition = {
  name: 'mine',
  description: 'buys once',
  parameters: { size: { default: 2, doc: 'How much.', min: 1 } },
  create(parameters): Strategy {
    const state = { count: 0 } as State;
    if (TapedeckError === undefined) throw new Error('the package is not there');
    return {
      onBar(bar, desk: Desk): void {
        if (state.count++ === 0) desk.submit({ symbol: bar.symbol, side: 'buy', kind: 'market', size: size(Number(parameters.size)) });
      },
    };
  },
};
`,
    );
    expect(play(file, '--set', 'size=3')).toMatchObject({ strategy: 'mine', parameters: { size: 3 }, intents: 1 });
  });

  test('in JavaScript is played too, and from a folder of CommonJS', () => {
    write('old/package.json', '{ "type": "commonjs" }');
    expect(play(write('mine.js', `export const strategy = ${body('js')};\n`)).strategy).toBe('js');
    expect(play(write('old/mine.mjs', `export const strategy = ${body('mjs')};\n`)).strategy).toBe('mjs');
  });

  test('has a source hash that changes with every file it imports, and with nothing else', () => {
    const file = write('hashed.ts', `// taken from './parts'\nimport './parts/a.ts';\nexport const strategy = ${body('hashed')};\n`);
    write('parts/a.ts', `export * from './b.ts';\n`);
    write('parts/b.ts', 'export const b = 1;\n');
    const first = play(file).sourceHash;
    write('parts/unused.ts', 'export const c = 1;\n');
    expect(play(file).sourceHash).toBe(first);
    write('parts/b.ts', 'export const b = 2;\n');
    expect(play(file).sourceHash).not.toBe(first);
  });
});

describe('a strategy file that cannot be used is exit code 2, and says what to do', () => {
  test('when it is not there', () => {
    expect(refused('nowhere.ts')).toMatch(/^tapedeck: strategy file .*nowhere\.ts does not exist \[STRATEGY_MISSING\]/);
  });

  test('when it has a mistake, with the line and the column', () => {
    const file = write('broken.ts', 'export const strategy = {\n  create( {\n};\n');
    expect(refused(file)).toBe(`tapedeck: strategy file ${file} cannot be loaded: ${file}:3:2: Expected ',', got ';' [STRATEGY_BROKEN]\n`);
  });

  test('when it uses TypeScript that is more than types', () => {
    const file = write('enum.ts', `enum Side { Buy }\nexport const strategy = ${body('enum')};\n`);
    expect(refused(file)).toContain(`${file}:1:1: TypeScript enum is not supported`);
  });

  test('when a file it imports has the mistake, or is not there', () => {
    const inner = write('inner.ts', 'const = 1;\n');
    expect(refused(write('outer.ts', `import './inner.ts';\nexport const strategy = ${body('outer')};\n`))).toContain(`${inner}:1:`);
    expect(refused(write('alone.ts', `import './gone.ts';\nexport const strategy = ${body('alone')};\n`))).toContain('gone.ts');
  });

  test('when it asks the package for what it does not export', () => {
    const file = write('wrong-name.ts', `import { Nothing } from 'tapedeck';\nexport const strategy = Nothing;\n`);
    expect(refused(file)).toContain("does not provide an export named 'Nothing'");
  });

  test('when it throws while it is loaded', () => {
    expect(refused(write('throws.ts', `throw new Error('no data today');\n`))).toContain(
      'cannot be loaded: no data today [STRATEGY_BROKEN]',
    );
  });

  test.each([
    ['no export', 'export const other = 1;'],
    ['only a default export', `export default ${body('x')};`],
    ['an export that is no object', 'export const strategy = 5;'],
    ['no create', `export const strategy = { name: 'x', description: '', parameters: {} };`],
    ['no parameters', `export const strategy = { name: 'x', description: '', create: () => ({}) };`],
    ['a parameter that is no specification', `export const strategy = ${body('x', 'parameters: { size: null }')};`],
    ['a parameter without a default', `export const strategy = ${body('x', `parameters: { size: { doc: '' } }`)};`],
  ])('when it has %s', (_, text) => {
    const stderr = refused(write('shape.ts', `${text}\n`));
    expect(stderr).toContain('must `export const strategy = { name, description, parameters, create }`');
    expect(stderr).toContain('tapedeck replay --print-starter');
    expect(stderr).toContain('[STRATEGY_SHAPE]');
  });

  test('when its create throws, or returns nothing', () => {
    const made = (create: string): string =>
      `export const strategy = { name: 'made', description: '', parameters: {}, create: ${create} };\n`;
    expect(refused(write('create.ts', made(`() => { throw new Error('no data'); }`)))).toContain('made: create threw with {}: no data;');
    expect(refused(write('nothing.ts', made('() => { ({ onBar() {} }); }')))).toContain('[STRATEGY_EMPTY]');
  });
});

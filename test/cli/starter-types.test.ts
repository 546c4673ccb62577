import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCli, runJson } from '../acceptance/cli.ts';
import { importBars, temporaryFolder } from './bars-session.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** A folder of a user who installed the package as it is built, with the strictest settings that a user may have. */
function userFolder({ hasNodeTypes = true }: { readonly hasNodeTypes?: boolean } = {}): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/tapedeck'), 'dir');
  if (hasNodeTypes) symlinkSync(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    isolatedModules: true,
    types: hasNodeTypes ? ['node'] : [],
    // Every declaration of ours that the package's entry leads to is checked too. Our own node_modules are not the user's.
    // Without the types of Node, `URL` and `AbortSignal` are those of the library that TypeScript takes where none is named.
    lib: hasNodeTypes ? ['es2023'] : ['es2023', 'dom', 'dom.asynciterable'],
    skipLibCheck: false,
    preserveSymlinks: !hasNodeTypes,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  return folder;
}

function typeErrors(folder: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return status === 0 ? '' : stdout;
}

/** What `tapedeck replay --print-starter` prints. */
function starter(): string {
  const { code, stdout } = runCli(['replay', '--print-starter']);
  expect(code).toBe(0);
  return stdout;
}

/** The TypeScript of a page of the documentation. */
function codeOf(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

describe('the starter file', () => {
  test('type-checks against the built package, under strict settings', () => {
    const folder = userFolder();
    writeFileSync(join(folder, 'my-strategy.ts'), starter());
    expect(typeErrors(folder)).toBe('');
  });

  test('is checked in earnest: a wrong name in it is a type error', () => {
    const folder = userFolder();
    const wrong = starter().replace('desk.submit(', 'desk.submitt(');
    expect(wrong).not.toBe(starter());
    writeFileSync(join(folder, 'my-strategy.ts'), wrong);
    expect(typeErrors(folder)).toContain("Property 'submitt' does not exist");
  });

  test('plays a session as it is', () => {
    const folder = temporaryFolder();
    importBars(folder);
    const file = join(folder, 'my-strategy.ts');
    writeFileSync(file, starter());
    const words = ['--data', folder, '--strategy', file, '--set', 'lookback=3'];
    const { intents, candles } = runJson<{ intents: number; candles: number }>(['replay', 'bars', ...words]);
    expect(candles).toBeGreaterThan(0);
    expect(intents).toBeGreaterThan(0);
  });
});

describe('the published types', () => {
  /** Uses what the package's types lead to: sessions, a run, a strategy. */
  const program = `import { JournalWriter, openTape, replay, SMA_CROSS, type Strategy, tapeEvents } from 'tapedeck';
const tape = await openTape('data', 'monday');
for await (const { event } of tapeEvents(tape)) if (event.kind === 'trade') event.price.toFixed();
const { counts } = await replay({ tapes: [tape], strategy: SMA_CROSS });
export const fills: number = counts.fills;
export const strategy: Strategy = { onTrade: (trade, desk) => desk.cancel(trade.symbol) };
export const writer = await JournalWriter.create('data', 'tuesday');
`;

  test('need no package of types, neither that of Node nor that of ws', () => {
    const folder = userFolder({ hasNodeTypes: false });
    writeFileSync(join(folder, 'program.ts'), program);
    expect(typeErrors(folder)).toBe('');
  });

  test('are there all the same: a wrong use is a type error', () => {
    const folder = userFolder({ hasNodeTypes: false });
    writeFileSync(join(folder, 'program.ts'), program.replace('counts.fills', 'counts.fillings'));
    expect(typeErrors(folder)).toContain("Property 'fillings' does not exist");
  });
});

describe('the documentation', () => {
  test('has TypeScript that type-checks against the built package', () => {
    const folder = userFolder();
    const blocks = ['strategies.md', 'embedding.md', 'configuration.md'].flatMap((page) => codeOf(page).map((code) => ({ page, code })));
    const modules = blocks.filter(({ code }) => /^import /m.test(code));
    expect(modules.length).toBeGreaterThan(0);
    for (const [index, { page, code }] of modules.entries()) writeFileSync(join(folder, `${page}-${index}.ts`), code);
    expect(typeErrors(folder)).toBe('');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCli } from '../acceptance/cli.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const BUILT_IN = new Set(builtinModules);

/** The packages that Node loads before the built file runs: what it imports statically, and what that imports. */
function packagesOf(file: string): readonly string[] {
  const packages = new Set<string>();
  const files = new Set([resolve(DIST, file)]);
  // A set hands out what is added while it is walked, so this is the whole search.
  for (const path of files) {
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export)\b(?:[\w$\s{},*]*?\bfrom)?\s*['"]([^'"]+)['"]/gm)) {
      const target = name.startsWith('#') ? resolve(DIST, name.slice(1), 'index.js') : resolve(dirname(path), name);
      if (existsSync(target)) files.add(target);
      else if (!name.startsWith('node:') && !BUILT_IN.has(name)) packages.add(name.split('/')[0]!);
    }
  }
  expect(files.size, `files that ${file} loads`).toBeGreaterThan(5);
  return [...packages].sort();
}

test('the command line starts without any package but its parser of options', () => {
  expect(packagesOf('cli/main.js')).toEqual(['commander']);
});

test('storage starts without the libraries that only some commands need: of Arrow, of writing Parquet, of configurations', () => {
  const packages = packagesOf('storage/index.js');
  for (const name of ['apache-arrow', 'hyparquet-writer', 'zod']) expect(packages).not.toContain(name);
  expect(packagesOf('storage/table-arrow.js')).toContain('apache-arrow');
});

test('help names every verb, and the help of one has its options', () => {
  const { code, stdout } = runCli(['--help']);
  expect(code).toBe(0);
  for (const name of ['demo', 'import', 'sessions', 'inspect', 'verify', 'seal', 'replay', 'report', 'export']) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  }
  for (const words of [
    ['seal', '--help'],
    ['help', 'seal'],
  ]) {
    const help = runCli(words);
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/Usage: tapedeck seal \[options\] <session>/);
    expect(help.stdout).toContain('--data <dir>');
  }
});

test('a name of a verb among the arguments does not stand for the verb', () => {
  const { code, stderr } = runCli(['inspect', 'replay', '--data', resolve(DIST, 'none')]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('there is no session "replay"')]);
  expect(runCli(['replays', 'inspect'])).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command 'replays'") });
});

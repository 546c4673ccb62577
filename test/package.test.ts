import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Target {
  readonly types?: string;
  readonly default: string;
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Target | string>>;
  readonly imports: Readonly<Record<string, Target>>;
}

/** What npm would put into the package, of the dist that was built. */
function packedFiles(): ReadonlySet<string> {
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  const [packed] = JSON.parse(text) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return new Set(packed!.files.map(({ path }) => path));
}

test('the package holds every file that it is entered by, and the sources that hashes of built-in strategies are made of', () => {
  const { bin, exports, imports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as Manifest;
  const targets = [...Object.values(exports), ...Object.values(imports)].flatMap((target) =>
    typeof target === 'string' ? [target] : [target.default, ...(target.types === undefined ? [] : [target.types])],
  );
  const strategies = readdirSync(`${ROOT}/strategies`).map((name) => `strategies/${name}`);
  const files = packedFiles();
  const missing = [...Object.values(bin), ...targets, ...strategies]
    .map((path) => path.replace(/^\.\//, ''))
    .filter((path) => !files.has(path));
  expect(missing).toEqual([]);
  expect([...files].filter((path) => /^(test|data)\//.test(path))).toEqual([]);
});

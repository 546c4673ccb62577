import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
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

/** Declarations that a program reads which imports the package, by following their imports from its entries. */
function readDeclarations(): ReadonlyMap<string, string> {
  const { exports, imports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as Manifest;
  const found = new Map<string, string>();
  const follow = (file: string): void => {
    if (found.has(file)) return;
    const text = readFileSync(file, 'utf8');
    found.set(file, text);
    for (const [, named] of text.matchAll(IMPORTED)) {
      const target = named!.startsWith('#') ? resolve(ROOT, imports[named!]!.default) : resolve(dirname(file), named!);
      if (/^[#.]/.test(named!)) follow(target.replace(/\.[jt]s$/, '.d.ts'));
    }
  };
  for (const target of Object.values(exports)) if (typeof target === 'object') follow(resolve(ROOT, target.types!));
  return found;
}

const IMPORTED = /(?:from|import\()\s*['"]([^'"]+)['"]/g;
/** Packages whose types come with them, and ourselves; those of `ws`, `pg` and Node are packages of their own, which a user need not have. */
const WITH_TYPES: ReadonlySet<string> = new Set(['zod', 'tapedeck']);

test('the public types need no types of Node or of packages that do not bring their own', () => {
  const wrong: string[] = [];
  const declarations = readDeclarations();
  for (const [file, text] of declarations) {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, named] of code.matchAll(IMPORTED)) if (!/^[#.]/.test(named!) && !WITH_TYPES.has(named!)) wrong.push(`${file}: ${named}`);
    if (/\bBuffer\b|\bNodeJS\./.test(code)) wrong.push(`${file}: a type of Node`);
  }
  expect(declarations.size).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

import { dirname, join, normalize } from 'node:path/posix';
import type { Project, SourceFile, Violation } from './project.ts';
import type { Import } from './scan-imports.ts';

/** Where the program is entered: nothing has to import these. */
const PRODUCT_ROOTS = ['bin/tapedeck.js', 'index.ts', 'cli/main.ts'];
/** Read by a tool, not imported: the test runner's settings. */
const TOOL_ROOTS = ['vitest.config.ts'];

/** The file an import names, whether it exists or not; `undefined` for packages, built-in modules and computed paths. */
export function targetOf(file: SourceFile, { specifier, form }: Import): string | undefined {
  if (specifier === undefined) return undefined;
  if (/^#[a-z]+$/.test(specifier)) return `${specifier.slice(1)}/index.ts`;
  if (!/^\.{1,2}\//.test(specifier)) return undefined;
  // A URL beside the file can also name data; only code is an import.
  if (form === 'url' && !/\.(?:ts|js|mjs)$/.test(specifier)) return undefined;
  const path = normalize(join(dirname(file.path), specifier));
  // `bin` is plain JavaScript that runs what the build made of the sources.
  if (path.startsWith('dist/')) return sourceOfBuilt(path.slice('dist/'.length));
  // The build does not rewrite the path of a worker or a module hook: it names the built file.
  return form === 'url' && file.path.endsWith('.ts') ? sourceOfBuilt(path) : path;
}

/** Files that import each other in a circle: none of them can be understood, tested or loaded alone. */
export function findCycles(project: Project): readonly Violation[] {
  const graph = importGraph(project);
  const done = new Set<string>();
  const violations: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) violations.push(`${[...trail.slice(start), path].join(' -> ')}: import cycle`);
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return violations;
}

/** Files nobody reaches: product code must be reached from the product, test code from a test. */
export function findUnreached(project: Project): readonly Violation[] {
  const graph = importGraph(project);
  const byProduct = reachedFrom(PRODUCT_ROOTS, graph);
  const byTests = reachedFrom([...graph.keys()].filter(isTestRoot), graph);
  return project.sources.flatMap(({ path, folder }) => {
    // Notebooks stand alone by design: nothing imports them.
    if (folder === 'notebooks' || byProduct.has(path)) return [];
    if (byTests.has(path) && ['test', '.ci', ''].includes(folder)) return [];
    return [`${path}: ${byTests.has(path) ? 'only tests import it; move it to test/ or use it' : 'nothing imports it'}`];
  });
}

/** Imports of files that are not there: a path without its ending, or a file that was renamed. */
export function findMissing(project: Project): readonly Violation[] {
  const paths = new Set(project.sources.map(({ path }) => path));
  return project.sources.flatMap((file) =>
    file.imports.flatMap((found) => {
      const target = targetOf(file, found);
      if (target === undefined || paths.has(target) || /\.(?:json|wasm)$/.test(target)) return [];
      return [`${file.path}:${found.line}: imports ${target}, which is no source file`];
    }),
  );
}

/** What is started by itself: tests, benchmarks, the run of the notebooks, scripts of the CI. */
function isTestRoot(path: string): boolean {
  return path.endsWith('.test.ts') || TOOL_ROOTS.includes(path) || /^(?:test\/bench\/|\.ci\/|test\/notebooks\/run\.ts$)/.test(path);
}

function sourceOfBuilt(path: string): string {
  return path.replace(/\.js$/, '.ts');
}

function importGraph(project: Project): ReadonlyMap<string, readonly string[]> {
  const paths = new Set(project.sources.map(({ path }) => path));
  const edges = (file: SourceFile) => {
    const targets = file.imports.map((found) => targetOf(file, found));
    return [...new Set(targets)].filter((target) => target !== undefined && paths.has(target)) as string[];
  };
  return new Map(project.sources.map((file) => [file.path, edges(file)]));
}

function reachedFrom(roots: readonly string[], graph: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set(roots.filter((root) => graph.has(root)));
  // A set hands out what is added while it is walked, so this is the whole search.
  for (const path of reached) for (const next of graph.get(path)!) reached.add(next);
  return reached;
}

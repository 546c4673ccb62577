import { builtinModules } from 'node:module';
import { at, type Project, type SourceFile, type Violation } from './project.ts';

/** Which folders may import which package: a package behind one folder can be replaced there. Tests may import every declared one. */
const PACKAGE_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '@bokuweb/zstd-wasm': ['storage'],
  '@questdb/nodejs-client': ['storage'],
  '@swc/wasm-typescript': ['cli'],
  'apache-arrow': ['storage', 'replay', 'cli'],
  commander: ['cli'],
  hyparquet: ['storage'],
  'hyparquet-writer': ['storage'],
  pino: ['recorder'],
  'prom-client': ['recorder'],
  pg: ['storage'],
  'pg-cursor': ['storage'],
  'smol-toml': ['recorder'],
  ws: ['recorder', 'replay'],
  zod: ['cli', 'recorder', 'storage'],
};
/** Files outside `test/` that serve the tools: they may use what is installed for development. */
const TOOL_FILES = ['vitest.config.ts'];

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** External packages are declared, imported only from the folders of the table, and pinned to one version. */
export function checkPackages(project: Project): readonly Violation[] {
  const manifest = manifestOf(project);
  return [...undeclaredImports(project, manifest), ...unusedPackages(project, manifest), ...looseVersions(manifest)];
}

function undeclaredImports(project: Project, manifest: Manifest): readonly Violation[] {
  return project.sources.flatMap((file) =>
    file.imports.flatMap((found) => {
      const name = packageName(found.specifier);
      const problem = name === undefined ? undefined : importProblem(file, name, manifest);
      return problem === undefined ? [] : [`${at(file, found)}: ${problem}`];
    }),
  );
}

function importProblem(file: SourceFile, name: string, manifest: Manifest): string | undefined {
  const isTool = file.folder === 'test' || file.folder === 'notebooks' || TOOL_FILES.includes(file.path);
  // The package itself, by the name that its users import it by.
  if (file.folder === 'notebooks' && name === manifest.name) return undefined;
  const declared = isTool ? { ...manifest.devDependencies, ...manifest.dependencies } : manifest.dependencies;
  if (!Object.hasOwn(declared ?? {}, name))
    return `package "${name}" is not declared in package.json${isTool ? '' : ' under "dependencies"'}`;
  if (isTool || (PACKAGE_FOLDERS[name] ?? []).includes(file.folder)) return undefined;
  return `package "${name}" may not be imported from ${file.folder || 'the root'}`;
}

function unusedPackages(project: Project, manifest: Manifest): readonly Violation[] {
  const used = new Set(
    project.sources
      .filter(({ folder }) => folder !== 'test')
      .flatMap((file) => file.imports.map(({ specifier }) => packageName(specifier))),
  );
  const unused = Object.keys(manifest.dependencies ?? {}).filter((name) => !used.has(name));
  return unused.map((name) => `package.json: nothing imports "${name}"`);
}

function looseVersions(manifest: Manifest): readonly Violation[] {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  return (
    versions
      // An exact pre-release (`1.5.5-r.5`) is one version too.
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$/.test(version))
      .map(([name, version]) => `package.json: pin "${name}", not "${version}"`)
  );
}

function packageName(specifier: string | undefined): string | undefined {
  if (specifier === undefined || /^(?:[.#/]|node:)/.test(specifier) || builtinModules.includes(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function manifestOf(project: Project): Manifest {
  const file = project.texts.find(({ path }) => path === 'package.json');
  return file === undefined ? {} : (JSON.parse(file.text) as Manifest);
}

import { targetOf } from './import-graph.ts';
import { at, FOLDERS, type Project, type SourceFile, type Violation } from './project.ts';
import type { Import } from './scan-imports.ts';

const EVERY_FOLDER: readonly string[] = FOLDERS;

/** Who may import whom, across folders. `recorder` and `replay` meet only in the journal. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  venues: ['domain'],
  recorder: ['domain', 'venues', 'storage'],
  storage: ['domain'],
  engine: ['domain'],
  strategies: ['domain'],
  replay: ['domain', 'venues', 'storage', 'engine'],
  report: ['domain'],
  cli: EVERY_FOLDER,
  test: EVERY_FOLDER,
  bin: ['cli'],
  // Notebooks import the package by its name, as anybody does who uses it.
  notebooks: [],
  // The file `index.ts` at the root is the public API of the package; it has no folder.
  '': EVERY_FOLDER,
};

/** Imports across folders go by the bare `#folder` name, and only where the table allows. */
export function checkFolders(project: Project): readonly Violation[] {
  return project.sources.flatMap((file) =>
    file.imports.flatMap((found) => {
      const problem = folderProblem(file, found);
      return problem === undefined ? [] : [`${at(file, found)}: ${problem}`];
    }),
  );
}

/** A venue is self-contained: `venues/<a>/` never reads from `venues/<b>/`; what two share stands in `venues/` itself. */
export function checkVenues(project: Project): readonly Violation[] {
  return project.sources.flatMap((file) => {
    const own = venueFolder(file.path);
    if (own === undefined) return [];
    return file.imports.flatMap((found) => {
      const other = venueFolder(targetOf(file, found) ?? '');
      return other === undefined || other === own ? [] : [`${at(file, found)}: venue ${own} imports venue ${other}`];
    });
  });
}

function folderProblem(file: SourceFile, found: Import): string | undefined {
  const specifier = found.specifier ?? '';
  if (specifier.startsWith('#')) return namedProblem(file, specifier);
  const target = targetOf(file, found);
  if (target === undefined) return undefined;
  const folder = target.includes('/') ? target.slice(0, target.indexOf('/')) : '';
  if (folder === file.folder || file.folder === 'test') return undefined;
  if (file.folder === 'bin' && folder === 'cli') return undefined;
  if (target.startsWith('..')) return `"${specifier}" leaves the project`;
  return `"${specifier}" crosses a folder border by a path; write "#${folder}"`;
}

function namedProblem(file: SourceFile, specifier: string): string | undefined {
  const folder = specifier.slice(1);
  if (!EVERY_FOLDER.includes(folder)) return `"${specifier}" is no folder; there are ${EVERY_FOLDER.map((name) => `#${name}`).join(' ')}`;
  if (folder === file.folder) return `"${specifier}" is this folder itself; import the file with a relative path`;
  if ((MAY_IMPORT[file.folder] ?? []).includes(folder)) return undefined;
  return `${file.folder} may not import ${folder}`;
}

function venueFolder(path: string): string | undefined {
  return /^venues\/([^/]+)\//.exec(path)?.[1];
}

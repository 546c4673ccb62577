import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeCells, type Notebook } from './notebook-file.ts';

export interface NamedNotebook {
  /** Relative to the root of the project, for messages. */
  readonly path: string;
  readonly notebook: Notebook;
}

interface CellModule {
  readonly text: string;
  /** The cell that each line of the text came from, and its line there, both from 1. */
  readonly places: readonly { readonly cell: number; readonly line: number }[];
}

/** The code of a notebook as one module: what cells declare is seen by the cells below, and a name is declared once. */
export function cellModule(notebook: Notebook): CellModule {
  const lines = codeCells(notebook).flatMap(({ number, code }) => code.split('\n').map((text, i) => ({ text, cell: number, line: i + 1 })));
  // The mark ends the last statement of a cell, which may have no semicolon; it stands on a line of its own because of comments.
  const marked = lines.flatMap((line, i) => (lines[i + 1]?.cell === line.cell ? [line] : [line, { ...line, text: ';' }]));
  return { text: `${marked.map(({ text }) => text).join('\n')}\nexport {};\n`, places: marked };
}

/**
 * Checks the types of notebooks with the compiler and the settings of the project, against its sources; packages are those that are installed
 * for development. Returns one sentence for each error, with notebook, cell and line.
 */
export async function typeErrors(root: string, notebooks: readonly NamedNotebook[]): Promise<readonly string[]> {
  // Below node_modules, so that imports find the packages and no other tool finds the files. There a module must say that it is one: .mts.
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'tapedeck-notebooks-'));
  try {
    const modules = notebooks.map(({ path, notebook }, i) => ({ path, file: `notebook-${i}.mts`, ...cellModule(notebook) }));
    for (const { file, text } of modules) await writeFile(join(folder, file), text);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings(modules.map(({ file }) => file))));
    const { code, output } = await compile(root, join(folder, 'tsconfig.json'));
    const found = output.split('\n').flatMap((line) => namedError(line, modules));
    return code !== 0 && found.length === 0 ? [`the compiler failed (${code}): ${output}`] : found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function settings(files: readonly string[]): unknown {
  const compilerOptions = {
    // What `import … from 'tapedeck'` means in a notebook, without a build.
    paths: { tapedeck: ['../../../index.ts'] },
    // A cell ends in the expression that it shows.
    allowUnreachableCode: true,
  };
  return { extends: '../../../tsconfig.json', compilerOptions, files, include: [], exclude: [] };
}

function compile(root: string, project: string): Promise<{ readonly code: number; readonly output: string }> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

function namedError(line: string, modules: readonly (CellModule & { readonly path: string; readonly file: string })[]): readonly string[] {
  const match = /([\w-]+\.mts)\((\d+),\d+\): error (TS\d+: .*)$/.exec(line);
  if (match === null) return [];
  const [, file, row, message] = match;
  const module = modules.find((candidate) => candidate.file === file);
  const place = module?.places[Number(row) - 1];
  return module === undefined ? [] : [`${module.path} cell ${place?.cell ?? '?'} line ${place?.line ?? '?'}: ${message}`];
}

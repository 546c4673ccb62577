import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Import, scanImports } from './scan-imports.ts';
import { scanTokens, type Token } from './scan-tokens.ts';

/** The folders of the design; each is crossed only by its `#name`. */
export const FOLDERS = ['domain', 'venues', 'recorder', 'storage', 'engine', 'strategies', 'replay', 'report', 'cli'] as const;

/** What a rule looks at. Paths are relative to the root of the project, with forward slashes. */
export interface Project {
  /** TypeScript and JavaScript; of a notebook its code cells. */
  readonly sources: readonly SourceFile[];
  /** Everything that is text, the sources included: documents, configuration, scripts. */
  readonly texts: readonly TextFile[];
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface SourceFile extends TextFile {
  /** The first part of the path: `domain`, `test`; empty for a file at the root. */
  readonly folder: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** One sentence a person can act on, with `path:line` in front. */
export type Violation = string;

const SOURCE_ENDING = /\.(?:ts|mts|cts|js|mjs|cjs|ipynb)$/;
const TEXT_ENDING = /(?:\.(?:ts|mts|cts|js|mjs|cjs|ipynb|json|jsonl|md|txt|sh|toml|yml|yaml|html|css|csv)|(?:^|\/)[^.]*)$/;
const HIDDEN_TEXTS = new Set(['.gitignore', '.npmrc', '.gitattributes', '.editorconfig', '.nvmrc']);
/** Folders that hold the project's own files. Build output, packages and recorded data stand beside them and are not read. */
const SCANNED_FOLDERS = [...FOLDERS, 'test', 'bin', 'notebooks', 'docs', '.ci', '.github'];

/** A project made of texts in memory, for rules that are shown a planted violation. */
export function projectOf(files: Readonly<Record<string, string>>): Project {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text }));
  return { texts, sources: texts.filter(({ path }) => SOURCE_ENDING.test(path)).map(sourceOf) };
}

/** The project on disk below `root`. */
export function readProject(root: string): Project {
  const paths = readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [entry.name];
    return entry.isDirectory() && SCANNED_FOLDERS.includes(entry.name) ? filesBelow(root, entry.name) : [];
  });
  const texts = paths.filter(isText).sort();
  return projectOf(Object.fromEntries(texts.map((path) => [path, readFileSync(join(root, path), 'utf8')])));
}

/** `where:line` of a token or an import. */
export function at(file: TextFile, place: { readonly line: number }): string {
  return `${file.path}:${place.line}`;
}

function sourceOf(file: TextFile): SourceFile {
  const tokens = scanTokens(file.path.endsWith('.ipynb') ? cellsOf(file.text) : file.text);
  const slash = file.path.indexOf('/');
  return { ...file, folder: slash < 0 ? '' : file.path.slice(0, slash), tokens, imports: scanImports(tokens) };
}

/** The code of a notebook, cell by cell. Lines that are named in messages are counted in this text. */
function cellsOf(text: string): string {
  const { cells } = JSON.parse(text) as { readonly cells: readonly { readonly cell_type: string; readonly source: string | string[] }[] };
  const codes = cells
    .filter((cell) => cell.cell_type === 'code')
    .map(({ source }) => (typeof source === 'string' ? source : source.join('')));
  return codes.map((code) => `${code}\n;\n`).join('');
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}

function isText(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return HIDDEN_TEXTS.has(name) || TEXT_ENDING.test(path);
}

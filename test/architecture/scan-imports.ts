import type { Token } from './scan-tokens.ts';

export interface Import {
  /** What stands between the quotes, or `undefined` when it is computed (`import(path)`). */
  readonly specifier: string | undefined;
  /** `url` is `new URL('./x.js', import.meta.url)` or `register('./x.js', import.meta.url)`: how workers and module hooks are named. */
  readonly form: 'import' | 'export' | 'dynamic' | 'url' | 'require';
  readonly line: number;
}

/** Every way a file names another one: static and dynamic imports, re-exports, `require`, and URLs beside the file. */
export function scanImports(tokens: readonly Token[]): readonly Import[] {
  const imports: Import[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const found = importAt(tokens, i);
    if (found !== undefined) imports.push(found);
  }
  return imports;
}

function importAt(tokens: readonly Token[], i: number): Import | undefined {
  const token = tokens[i]!;
  if (token.kind !== 'word' || isMark(tokens[i - 1], '.') || isMark(tokens[i - 1], '?.')) return undefined;
  switch (token.text) {
    case 'import':
      return importStatement(tokens, i);
    case 'export':
      return exportFrom(tokens, i);
    case 'require':
      return isMark(tokens[i + 1], '(') ? { specifier: textOf(tokens[i + 2]), form: 'require', line: token.line } : undefined;
    case 'URL':
    case 'register':
      return urlBesideFile(tokens, i);
    default:
      return undefined;
  }
}

function importStatement(tokens: readonly Token[], i: number): Import | undefined {
  const next = tokens[i + 1];
  const line = tokens[i]!.line;
  if (next === undefined || isMark(next, '.') || isMark(next, ':')) return undefined;
  if (isMark(next, '(')) {
    const specifier = isMark(tokens[i + 3], ')') || isMark(tokens[i + 3], ',') ? textOf(tokens[i + 2]) : undefined;
    return { specifier, form: 'dynamic', line };
  }
  if (next.kind === 'string') return { specifier: next.text, form: 'import', line };
  return fromClause(tokens, i + 1, 'import', line);
}

/** `export { a } from`, `export * from`, `export type { T } from`; a plain `export const` names no file. */
function exportFrom(tokens: readonly Token[], i: number): Import | undefined {
  const start = isWord(tokens[i + 1], 'type') ? i + 2 : i + 1;
  if (!isMark(tokens[start], '{') && !isMark(tokens[start], '*')) return undefined;
  return fromClause(tokens, start, 'export', tokens[i]!.line);
}

/** Reads over the names of a clause to `from '…'`; the clause holds only words, commas, braces and a star. */
function fromClause(tokens: readonly Token[], start: number, form: 'import' | 'export', line: number): Import | undefined {
  for (let i = start; i < tokens.length; i++) {
    const token = tokens[i]!;
    const next = tokens[i + 1];
    if (isWord(token, 'from') && next?.kind === 'string') return { specifier: next.text, form, line };
    const belongs = token.kind === 'word' || token.kind === 'string' || ['{', '}', ',', '*'].includes(token.text);
    if (!belongs) return undefined;
    if (isMark(token, '}') && !isWord(next, 'from')) return undefined;
  }
  return undefined;
}

function urlBesideFile(tokens: readonly Token[], i: number): Import | undefined {
  const [open, path, comma, ...rest] = tokens.slice(i + 1, i + 9);
  if (!isMark(open, '(') || path?.kind !== 'string' || !isMark(comma, ',')) return undefined;
  if (
    rest
      .map((token) => token.text)
      .join('')
      .startsWith('import.meta.url')
  )
    return { specifier: path.text, form: 'url', line: path.line };
  return undefined;
}

function textOf(token: Token | undefined): string | undefined {
  return token?.kind === 'string' ? token.text : undefined;
}

export function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}

export function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

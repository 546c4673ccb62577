import type { Project, SourceFile } from './project.ts';
import { isMark } from './scan-imports.ts';
import type { Token } from './scan-tokens.ts';
import { closing } from './shape-rules.ts';

export interface Length {
  readonly where: string;
  readonly lines: number;
}

/** Before the `(` of a block that is no function. */
const CONTROL_WORDS = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);
/** A return type is not longer than this many tokens. */
const RETURN_TYPE_TOKENS_MAX = 60;

/** Product files by number of lines, longest first. */
export function longestFiles(project: Project, count: number): readonly Length[] {
  return longest(
    productFiles(project).map(({ path, text }) => ({ where: path, lines: text.split('\n').length - 1 })),
    count,
  );
}

/** Functions of the product by number of lines, longest first. Found by their braces: a figure to look at, not a proof. */
export function longestFunctions(project: Project, count: number): readonly Length[] {
  return longest(productFiles(project).flatMap(functionsOf), count);
}

function functionsOf(file: SourceFile): readonly Length[] {
  return file.tokens.flatMap((token, i) => {
    if (!isMark(token, '{')) return [];
    const name = functionName(file.tokens, i);
    if (name === undefined) return [];
    const end = file.tokens[closing(file.tokens, i)] ?? token;
    return [{ where: `${file.path}:${token.line} ${name}`, lines: end.line - token.line + 1 }];
  });
}

/** The name of the function whose body opens at `i`, or `undefined` when the brace opens something else. */
function functionName(tokens: readonly Token[], i: number): string | undefined {
  if (isMark(tokens[i - 1], '=>')) return 'arrow function';
  const close = parameterListEnd(tokens, i);
  if (close === undefined) return undefined;
  const word = tokens[beforeTypeParameters(tokens, opening(tokens, close) - 1)];
  if (word?.kind !== 'word') return 'function';
  return CONTROL_WORDS.has(word.text) ? undefined : word.text;
}

/** The `)` before the brace, stepping over a return type (`): Map<string, X> {`). */
function parameterListEnd(tokens: readonly Token[], i: number): number | undefined {
  if (isMark(tokens[i - 1], ')')) return i - 1;
  for (let k = i - 1; k > Math.max(0, i - RETURN_TYPE_TOKENS_MAX); k--) {
    const token = tokens[k]!;
    if (isMark(token, ':') && isMark(tokens[k - 1], ')')) return k - 1;
    if (token.kind === 'mark' && !'.,<>[]|&:'.includes(token.text)) return undefined;
  }
  return undefined;
}

/** Steps back over `<T>`. */
function beforeTypeParameters(tokens: readonly Token[], i: number): number {
  if (!isMark(tokens[i], '>')) return i;
  let k = i;
  while (k > 0 && !isMark(tokens[k], '<')) k -= 1;
  return k - 1;
}

function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (isMark(tokens[i], ')')) depth += 1;
    if (isMark(tokens[i], '(')) depth -= 1;
    if (depth === 0) return i;
  }
  return 0;
}

function productFiles(project: Project): readonly SourceFile[] {
  return project.sources.filter(({ folder }) => folder !== 'test');
}

function longest(lengths: readonly Length[], count: number): readonly Length[] {
  return [...lengths].sort((a, b) => b.lines - a.lines).slice(0, count);
}

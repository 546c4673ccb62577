import { builtinModules } from 'node:module';
import { at, type Project, type SourceFile, type Violation } from './project.ts';
import { isMark, isWord } from './scan-imports.ts';
import type { Token } from './scan-tokens.ts';

/** The same input must give the same output here, on every machine, in every Node version. */
export const PURE_FOLDERS: readonly string[] = ['domain', 'venues', 'engine', 'strategies', 'report'];

const BANNED_WORDS: Readonly<Record<string, string>> = {
  ...because('reads the clock', ['Date', 'performance', 'Temporal']),
  ...because('waits', ['await', 'async', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'clearTimeout', 'clearInterval']),
  ...because('reaches outside', [
    'process',
    'globalThis',
    'global',
    'crypto',
    'fetch',
    'WebSocket',
    'require',
    'eval',
    'console',
    'navigator',
  ]),
  ...because('depends on the garbage collector', ['WeakRef', 'FinalizationRegistry']),
  ...because('depends on the language data of the machine', ['Intl']),
};

/** Exact or correctly rounded by the standard. The others (`pow`, `sin`, `exp`, `log`, …) differ between engine versions. */
const MATH_ALLOWED = new Set([
  'abs',
  'ceil',
  'clz32',
  'floor',
  'fround',
  'imul',
  'max',
  'min',
  'round',
  'sign',
  'sqrt',
  'trunc',
  // Constants are the same doubles everywhere.
  'PI',
  'E',
  'LN2',
  'LN10',
  'SQRT2',
  'SQRT1_2',
]);

/** Pure folders have no clock, randomness, environment, I/O, timers, `await`, or arithmetic that differs between engines. */
export function checkPurity(project: Project): readonly Violation[] {
  return project.sources.filter(isPure).flatMap((file) => [...builtinImports(file), ...impureTokens(file)]);
}

function isPure(file: SourceFile): boolean {
  return PURE_FOLDERS.includes(file.folder);
}

function builtinImports(file: SourceFile): readonly Violation[] {
  return file.imports.flatMap((found) => {
    const name = found.specifier ?? '';
    if (found.form === 'dynamic') return [`${at(file, found)}: import() waits`];
    return name.startsWith('node:') || builtinModules.includes(name) ? [`${at(file, found)}: "${name}" reaches outside`] : [];
  });
}

function impureTokens(file: SourceFile): readonly Violation[] {
  return file.tokens.flatMap((token, i) => {
    const problem = tokenProblem(file.tokens, i);
    return problem === undefined ? [] : [`${at(file, token)}: ${problem}`];
  });
}

function tokenProblem(tokens: readonly Token[], i: number): string | undefined {
  const token = tokens[i]!;
  const before = tokens[i - 1];
  if (token.kind === 'mark') return powerProblem(tokens, i);
  if (token.kind !== 'word') return undefined;
  const isMember = isMark(before, '.') || isMark(before, '?.');
  if (isMember) return memberProblem(token.text);
  if (token.text === 'Math') return mathProblem(tokens, i);
  if (token.text === 'Promise' && (isMark(tokens[i + 1], '.') || isWord(before, 'new'))) return '"Promise" waits';
  if (!Object.hasOwn(BANNED_WORDS, token.text) || isTypeMember(tokens, i)) return undefined;
  return `"${token.text}" ${BANNED_WORDS[token.text]}`;
}

function memberProblem(name: string): string | undefined {
  return name.startsWith('toLocale') || name === 'localeCompare' ? `".${name}" depends on the language data of the machine` : undefined;
}

function mathProblem(tokens: readonly Token[], i: number): string | undefined {
  const name = tokens[i + 2]?.text ?? '';
  if (!isMark(tokens[i + 1], '.')) return '"Math" must be followed by the name of its function, so that it can be checked';
  if (name === 'random') return '"Math.random" is random';
  return MATH_ALLOWED.has(name) ? undefined : `"Math.${name}" differs between engine versions`;
}

/** `**` of doubles differs between engine versions; of bigints it is exact, which shows by a literal on one side. */
function powerProblem(tokens: readonly Token[], i: number): string | undefined {
  const text = tokens[i]!.text;
  if (text !== '**' && text !== '**=') return undefined;
  const isBigint = [tokens[i - 1], tokens[i + 1]].some((token) => token?.kind === 'number' && token.text.endsWith('n'));
  return isBigint ? undefined : `"${text}" differs between engine versions`;
}

/** A property or parameter of that name, such as `process: string`, touches nothing. A global has no type after it. */
function isTypeMember(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1];
  const before = tokens[i - 1];
  if (!isMark(next, ':') && !(isMark(next, '?') && isMark(tokens[i + 2], ':'))) return false;
  return [';', '{', ',', '('].some((mark) => isMark(before, mark)) || isWord(before, 'readonly');
}

function because(reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

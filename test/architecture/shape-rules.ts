import { at, type Project, type SourceFile, type Violation } from './project.ts';
import { isMark, isWord } from './scan-imports.ts';
import type { Token } from './scan-tokens.ts';

/** Settings files of tools that want a default export. */
const DEFAULT_EXPORT_ALLOWED = ['vitest.config.ts'];
/** Names of drawers: they say nothing of what is inside, so everything ends up there. */
const DRAWER_NAME = /(?:^|[-/])(?:utils?|helpers?|common|misc|stuff)(?:[-./]|$)/;

/** `index.ts` lists public names one by one, so that what others can use is a decision and not an accident. */
export function checkExports(project: Project): readonly Violation[] {
  return project.sources.flatMap((file) =>
    file.tokens.flatMap((token, i) => {
      if (!isWord(token, 'export')) return [];
      const next = file.tokens[i + 1];
      const named = isWord(next, 'type') ? file.tokens[i + 2] : next;
      if (isMark(named, '*')) return [`${at(file, token)}: "export *"; list the names one by one`];
      if (isWord(next, 'default') && !DEFAULT_EXPORT_ALLOWED.includes(file.path))
        return [`${at(file, token)}: default export; give it a name`];
      return [];
    }),
  );
}

/** The `index.ts` of a folder says only `export … from`: rules live in files named after them. */
export function checkIndexFiles(project: Project): readonly Violation[] {
  return project.sources.filter(isIndex).flatMap((file) =>
    file.tokens.flatMap((token, i) => {
      if (!isWord(token, 'export')) return [];
      const next = isWord(file.tokens[i + 1], 'type') ? file.tokens[i + 2] : file.tokens[i + 1];
      return isMark(next, '{') || isMark(next, '*') ? [] : [`${at(file, token)}: an index.ts only lists names of other files`];
    }),
  );
}

/** No `enum` (variants are unions with `kind`) and no `any` (it switches the compiler off). */
export function checkTypes(project: Project): readonly Violation[] {
  return project.sources.filter(isTypeScript).flatMap((file) =>
    file.tokens.flatMap((token, i) => {
      if (isMember(file.tokens, i)) return [];
      if (isWord(token, 'enum') && file.tokens[i + 1]?.kind === 'word') return [`${at(file, token)}: "enum"; write a union`];
      return isWord(token, 'any') ? [`${at(file, token)}: "any"; write the type, or unknown`] : [];
    }),
  );
}

/** File names are in kebab-case and say what is inside. */
export function checkNames(project: Project): readonly Violation[] {
  return project.sources.flatMap(({ path }) => {
    if (DRAWER_NAME.test(path)) return [`${path}: a drawer; name the file after its theme`];
    return /^[a-z0-9./-]+$/.test(path) || path.startsWith('.') ? [] : [`${path}: file names are in kebab-case`];
  });
}

/** A `switch` over the `kind` of a union ends in `assertNever`, so that a new variant does not compile until it is handled. */
export function checkSwitches(project: Project): readonly Violation[] {
  const product = project.sources.filter((file) => isTypeScript(file) && file.folder !== 'test');
  return product.flatMap((file) =>
    file.tokens.flatMap((token, i) => {
      if (!isWord(token, 'switch') || isMember(file.tokens, i) || !isMark(file.tokens[i + 1], '(')) return [];
      const close = closing(file.tokens, i + 1);
      if (!isWord(file.tokens[close - 1], 'kind')) return [];
      const body = file.tokens.slice(close + 1, closing(file.tokens, close + 1));
      return body.some((inside) => isWord(inside, 'assertNever')) ? [] : [`${at(file, token)}: this switch must end in assertNever`];
    }),
  );
}

/** The index of the bracket that closes the one at `open`. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind !== 'mark') continue;
    if ('([{'.includes(token.text)) depth += 1;
    if (')]}'.includes(token.text)) depth -= 1;
    if (depth === 0) return i;
  }
  return tokens.length;
}

function isMember(tokens: readonly Token[], i: number): boolean {
  return isMark(tokens[i - 1], '.') || isMark(tokens[i - 1], '?.');
}

function isIndex(file: SourceFile): boolean {
  return /^[a-z]+\/index\.ts$/.test(file.path);
}

function isTypeScript(file: SourceFile): boolean {
  return file.path.endsWith('.ts') || file.path.endsWith('.ipynb');
}

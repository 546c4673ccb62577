import { readFile } from 'node:fs/promises';
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/wasm-typescript';

// Module hooks for users' strategy files. Node 20 cannot run TypeScript, and Node 24 refuses to strip types below
// node_modules: here the types are replaced by spaces, so that line numbers in error messages stay right.

let packageEntry = '';

export const initialize: InitializeHook<{ readonly packageEntry: string }> = (data) => {
  packageEntry = data.packageEntry;
};

/** `import … from 'tapedeck'` works in a strategy file wherever it is, without an install beside it. */
export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  if (specifier === 'tapedeck') return { url: packageEntry, shortCircuit: true };
  return nextResolve(specifier, context);
};

export const load: LoadHook = async (url, context, nextLoad) => {
  if (!url.startsWith('file:') || !/\.m?ts$/.test(url)) return nextLoad(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', source: withoutTypes(source, fileURLToPath(url)), shortCircuit: true };
};

function withoutTypes(source: string, filename: string): string {
  try {
    return transformSync(source, { mode: 'strip-only', filename }).code;
  } catch (error) {
    throw new SyntaxError(problemText(error, filename));
  }
}

/** The transformer throws a plain object: what is wrong and where, with lines from 1 and columns from 0. */
function problemText(error: unknown, filename: string): string {
  const { message, startLine, startColumn } = error as { message?: unknown; startLine?: unknown; startColumn?: unknown };
  if (typeof message !== 'string') return `${filename}: ${String(error)}`;
  const where = typeof startLine === 'number' && typeof startColumn === 'number' ? `:${startLine}:${startColumn + 1}` : '';
  return `${filename}${where}: ${message}`;
}

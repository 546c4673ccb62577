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
  return { format: 'module', source: transformSync(source, { mode: 'strip-only' }).code, shortCircuit: true };
};

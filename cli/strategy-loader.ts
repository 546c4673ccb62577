import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type StrategyDefinition, type TapedeckError, usageError } from '#domain';
import { STRATEGIES } from '#strategies';
import { packageRoot } from './package-root.ts';

export interface LoadedStrategy {
  readonly definition: StrategyDefinition;
  /** SHA-256 over the strategy's own source and what it imports by relative path: part of the run hash. */
  readonly sourceHash: string;
}

const PACKAGE_ROOT = packageRoot();
let isHookRegistered = false;

/** Finds a strategy by built-in name, or loads the user's own `.ts`, `.js` or `.mjs` file, wherever it is. */
export async function loadStrategy(nameOrPath: string): Promise<LoadedStrategy> {
  const builtIn = STRATEGIES.find((strategy) => strategy.name === nameOrPath);
  if (builtIn !== undefined) {
    return { definition: builtIn, sourceHash: sourceHash(resolve(PACKAGE_ROOT, 'strategies', `${builtIn.name}.ts`)) };
  }
  if (!/\.(ts|mts|js|mjs)$/.test(nameOrPath)) throw unknownStrategy(nameOrPath);
  const path = resolve(nameOrPath);
  if (!existsSync(path)) throw usageError('STRATEGY_MISSING', `strategy file ${path} does not exist`);
  return { definition: await importDefinition(path), sourceHash: sourceHash(path) };
}

async function importDefinition(path: string): Promise<StrategyDefinition> {
  if (!isHookRegistered) {
    register('./type-stripping.js', import.meta.url, {
      data: { packageEntry: pathToFileURL(resolve(PACKAGE_ROOT, 'dist/index.js')).href },
    });
    isHookRegistered = true;
  }
  let module: { readonly strategy?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly strategy?: unknown };
  } catch (error) {
    throw usageError(
      'STRATEGY_BROKEN',
      `strategy file ${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  if (!isDefinition(module.strategy)) {
    throw usageError(
      'STRATEGY_SHAPE',
      `strategy file ${path} must \`export const strategy = { name, description, parameters, create }\`, each parameter with a default; print a starter with \`tapedeck replay --print-starter\``,
    );
  }
  return module.strategy;
}

function isDefinition(value: unknown): value is StrategyDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { name, parameters, create } = value as Partial<StrategyDefinition>;
  return typeof name === 'string' && isParameters(parameters) && typeof create === 'function';
}

function isParameters(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((spec: { readonly default?: unknown } | null | undefined) =>
    ['number', 'string', 'boolean'].includes(typeof spec?.default),
  );
}

function unknownStrategy(name: string): TapedeckError {
  const names = STRATEGIES.map((strategy) => strategy.name).join(', ');
  return usageError(
    'STRATEGY_UNKNOWN',
    `there is no strategy "${name}"; built in are ${names}, or give the path of your own .ts or .js file`,
  );
}

/** The files that a strategy is made of, in the order of the hash: its own, and what it imports by a relative path. */
export function strategySources(nameOrPath: string): readonly string[] {
  const builtIn = STRATEGIES.find((strategy) => strategy.name === nameOrPath);
  return sourceFiles(builtIn === undefined ? resolve(nameOrPath) : resolve(PACKAGE_ROOT, 'strategies', `${builtIn.name}.ts`));
}

/** SHA-256 over a source file and, in order of first import, every file it imports by a relative path. */
function sourceHash(path: string): string {
  const hash = createHash('sha256');
  for (const file of sourceFiles(path)) {
    const text = readFileSync(file);
    hash.update(`${basename(file)} ${text.length}\n`).update(text);
  }
  return hash.digest('hex');
}

function sourceFiles(path: string): readonly string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const match of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
      const target = resolve(dirname(file), match[1]!);
      // A comment can look like an import of anything.
      if (existsSync(target) && statSync(target).isFile()) visit(target);
    }
  };
  visit(path);
  return [...seen];
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with our package.json, above this file in the sources and in `dist`. */
export function packageRoot(folder = dirname(fileURLToPath(import.meta.url))): string {
  return existsSync(resolve(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}

export function packageVersion(): string {
  const text = readFileSync(resolve(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

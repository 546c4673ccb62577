import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where and what was measured: without it no figure means anything. */
export function hardwareLines(): string[] {
  const processors = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(1);
  return [
    `machine   ${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${memory} GiB`,
    `node      ${process.version}, V8 ${process.versions.v8}, ${process.platform} ${process.arch}`,
    `tapedeck  ${versionIn('package.json')}${commit()}`,
    `peer      tardis-dev ${versionIn('node_modules/tardis-dev/package.json')}`,
  ];
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(`${ROOT}/${path}`, 'utf8')) as { readonly version: string }).version;
}

function commit(): string {
  try {
    const hash = git('rev-parse', '--short', 'HEAD');
    return git('status', '--porcelain') === '' ? `, commit ${hash}` : `, commit ${hash} with changes`;
  } catch {
    return ', no commit'; // a package without its repository
  }
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

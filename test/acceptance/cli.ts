import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const SHARED = new URL('../../../shared/data/', import.meta.url);

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a user would, in a process of its own. `node` chooses another Node binary. */
export function runCli(
  args: readonly string[],
  options: { readonly node?: string; readonly cwd?: string; readonly stdin?: string } = {},
): CliResult {
  const result = spawnSync(options.node ?? process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** Runs a verb with `--json` and parses its document; anything but the exit code wanted throws with what was printed. */
export function runJson<T = Record<string, unknown>>(args: readonly string[], wantedCode = 0, node?: string): T {
  const result = runCli([...args, '--json'], node === undefined ? {} : { node });
  if (result.code !== wantedCode) throw new Error(`tapedeck ${args.join(' ')} ended with ${result.code}: ${result.stderr}${result.stdout}`);
  return JSON.parse(result.stdout) as T;
}

/** Path of a recorded capture beside the project; `undefined` where the folder is absent. */
export function sharedData(name: string): string | undefined {
  const path = fileURLToPath(new URL(name, SHARED));
  return existsSync(path) ? path : undefined;
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Market } from './captures.ts';
import type { Measurement } from './measure.ts';

const run = promisify(execFile);
const REGISTER = new URL('./register.mjs', import.meta.url).href;
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export type Program = 'tapedeck' | 'tardis';

/** One case in a process of its own. */
export async function runCase(program: Program, kind: string, market: Market, input: string): Promise<Measurement> {
  const script = fileURLToPath(new URL(`./${program}-case.ts`, import.meta.url));
  const { stdout } = await run(process.execPath, ['--import', REGISTER, script, kind, market, input], { maxBuffer: OUTPUT_BYTES_MAX });
  return JSON.parse(stdout) as Measurement;
}

/** The command line in a process of its own; from its start to its end in milliseconds, and what it printed. */
export async function runCli(words: readonly string[]): Promise<{ readonly elapsedMs: number; readonly output: unknown }> {
  const startedAtMs = performance.now();
  const { stdout } = await run(process.execPath, [CLI, ...words, '--json'], { maxBuffer: OUTPUT_BYTES_MAX });
  return { elapsedMs: performance.now() - startedAtMs, output: JSON.parse(stdout) };
}

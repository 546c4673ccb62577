import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const HOOKS = new URL('./second-process-hooks.mjs', import.meta.url).href;
const REGISTER = `data:text/javascript,import{register}from"node:module";register(${JSON.stringify(HOOKS)})`;

/** Runs a script in a process of its own, over the sources; it is killed after the test. */
export function startProcess(script: URL, words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=source', '--import', REGISTER, fileURLToPath(script), ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** The first line the process prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = await once(createInterface(child.stdout!), 'line');
  return String(line);
}

/** How the process ended. */
export async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

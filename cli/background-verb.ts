import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { resolve } from 'node:path';
import { TapedeckError } from '#domain';
import { packageRoot } from './package-root.ts';

export interface BackgroundVerbOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Also those that the verb answers with besides 0; any other is a failure. */
  readonly exitCodes?: readonly number[];
  /** What it says on stderr is said here as well; else only the last line of a failure is. */
  readonly isHeard?: boolean;
}

/** What it prints is held in memory: the report of a night with thousands of symbols has some megabytes. */
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
/** Of stderr, where the reason of a failure is at the end. */
const ERRORS_KEPT_MAX = 16 * 1024;
/** `nice` of the process: recording goes first. */
const LOW_PRIORITY = 15;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/**
 * What another verb of tapedeck prints on stdout, made by a process of its own and of low priority: reading and hashing a whole night must take no time from a
 * thread that reads sockets. Throws `BACKGROUND_FAILED` with what that process said last.
 */
export async function runInBackground(words: readonly string[], options: BackgroundVerbOptions = {}): Promise<string> {
  const { signal, exitCodes = [], isHeard = false } = options;
  // Detached: an interrupt of the terminal is for the recorder, which ends what it began.
  const child = spawn(process.execPath, [resolve(packageRoot(), 'bin/tapedeck.js'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(signal === undefined ? {} : { signal }),
  });
  stepBack(child);
  running.add(child);
  const printed: Buffer[] = [];
  let printedBytes = 0;
  let said = '';
  child.stdout.on('data', (part: Buffer) => {
    printedBytes += part.length;
    if (printedBytes <= OUTPUT_BYTES_MAX) printed.push(part);
    else child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-ERRORS_KEPT_MAX);
    if (isHeard) process.stderr.write(text);
  });
  const fail = (reason: string, cause?: unknown) =>
    new TapedeckError('BACKGROUND_FAILED', `tapedeck ${words[0]} failed: ${reason}`, { cause });
  return new Promise((fulfil, reject) => {
    child.on('error', (error) => {
      running.delete(child);
      reject(fail(error.message, error));
    });
    child.on('close', (code, killedBy) => {
      running.delete(child);
      if (printedBytes > OUTPUT_BYTES_MAX) reject(fail(`it printed more than ${OUTPUT_BYTES_MAX} bytes`));
      else if (code === 0 || (code !== null && exitCodes.includes(code))) fulfil(Buffer.concat(printed).toString('utf8'));
      else reject(fail(lastLine(said) || `it ended with ${code ?? killedBy}`));
    });
  });
}

function stepBack({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, LOW_PRIORITY);
  } catch {
    // It ended already, or the system does not allow it: its work is worth more than its politeness.
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runJson } from '../acceptance/cli.ts';
import { temporaryFolder } from './bars-session.ts';

// Real processes that are sent a real signal while they work: exit code 130, and nothing half-made is left.

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

function start(words: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
}

/** Sends the signal and waits for the end: exit code, signal, and what was printed to stderr from then on. */
async function interrupt(child: ChildProcess, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
  const printed: string[] = [];
  child.stderr!.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  const closed = once(child, 'close');
  child.kill(signal);
  const [code, killedBy] = await closed;
  return { code, killedBy, stderr: printed.join('') };
}

/** Waits until the work has come so far, or the process has ended. */
async function until(child: ChildProcess, isSoFar: () => boolean): Promise<void> {
  while (!isSoFar() && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Lines that take the import a second or more. */
function writeManyFrames(folder: string): string {
  const lines: string[] = [];
  for (let i = 0; i < 1000; i++) lines.push(`${1_700_000_000_000_000_000n + BigInt(i)} {"e":"none","pad":"${'x'.repeat(100)}"}\n`);
  const file = join(folder, 'frames');
  writeFileSync(file, lines.join('').repeat(600));
  return file;
}

describe('an import that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('by %s leaves no session, so that it can be started again', async (signal) => {
    const folder = temporaryFolder();
    const file = writeManyFrames(folder);
    const data = join(folder, 'data');
    const child = start(['import', file, '--format', 'ns-lines', '--venue', 'x', '--session', 'half', '--data', data]);
    await until(child, () => names(join(data, 'sessions', 'half', 'journal')).length > 0);
    expect(await interrupt(child, signal)).toEqual({
      code: 130,
      killedBy: null,
      stderr: `${signal}: ending cleanly; once more ends at once\n`,
    });
    expect(names(join(data, 'sessions'))).toEqual([]);
    expect(runJson(['sessions', '--data', data])).toEqual([]);
  });
});

describe('work on a session that is interrupted', () => {
  const folder = temporaryFolder(afterAll);
  const data = join(folder, 'data');
  const common = ['--data', data];

  beforeAll(() => {
    runJson(['import', writeManyFrames(folder), '--format', 'ns-lines', '--venue', 'x', '--session', 'long', ...common]);
  });

  test('leaves no half cut', async () => {
    const child = start(['cut', 'long', '--name', 'part', ...common]);
    await until(child, () => names(join(data, 'sessions', 'part', 'journal')).length > 0);
    expect(await interrupt(child)).toMatchObject({ code: 130, killedBy: null });
    expect(names(join(data, 'sessions'))).toEqual(['long']);
  });

  test('leaves no half golden', async () => {
    const child = start(['golden', 'add', 'half', '--session', 'long', '--strategy', 'sma-cross', ...common]);
    await until(child, () => names(join(data, 'golden')).length > 0);
    expect(await interrupt(child)).toMatchObject({ code: 130, killedBy: null });
    expect(names(join(data, 'golden'))).toEqual([]);
  });
});

describe('a demo that is interrupted', () => {
  test('in its first step leaves no temporary folder', async () => {
    const temporary = temporaryFolder();
    const child = start(['demo'], { TMPDIR: temporary });
    // Its first session is made.
    await until(child, () => names(temporary).some((name) => names(join(temporary, name, 'sessions')).length > 0));
    expect(await interrupt(child)).toMatchObject({ code: 130, killedBy: null });
    expect(names(temporary)).toEqual([]);
  });

  test('in a later one leaves none either', async () => {
    const temporary = temporaryFolder();
    const child = start(['demo'], { TMPDIR: temporary });
    await once(child.stderr!, 'data'); // Step 1 is told.
    expect(await interrupt(child)).toMatchObject({ code: 130, killedBy: null });
    expect(names(temporary)).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { setPriority } from 'node:os';
import { resolve } from 'node:path';
import { TapedeckError } from '#domain';
import { packageRoot } from './package-root.ts';

/** A report may be so long; `inspect` prints some lines a venue. */
const REPORT_BYTES_MAX = 4 * 1024 * 1024;
/** `nice` of the process: recording goes first. */
const LOW_PRIORITY = 15;

/**
 * What `tapedeck inspect SESSION --verify` prints, made by a process of its own and of low priority: to read a whole night takes a processor for a while, and
 * the recorder may still be at work. Throws `REPORT_FAILED` with what that process said; `signal` ends it.
 */
export function sessionReport(dataDir: string, session: string, signal: AbortSignal): Promise<string> {
  const command = [resolve(packageRoot(), 'bin/tapedeck.js'), 'inspect', session, '--verify', '--data', dataDir];
  return new Promise((fulfil, reject) => {
    const child = execFile(
      process.execPath,
      command,
      { maxBuffer: REPORT_BYTES_MAX, signal, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) fulfil(stdout.trimEnd());
        else
          reject(
            new TapedeckError('REPORT_FAILED', `tapedeck inspect ${session} failed: ${lastLine(stderr) || error.message}`, {
              cause: error,
            }),
          );
      },
    );
    if (child.pid === undefined) return;
    try {
      setPriority(child.pid, LOW_PRIORITY);
    } catch {
      // It ended already, or the system does not allow it: the report is worth more than its politeness.
    }
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

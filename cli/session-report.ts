import { runInBackground } from './background-verb.ts';

/**
 * What `tapedeck inspect SESSION --verify` prints, made by a process of its own: to read a whole night takes a processor for a while, and the recorder may still be
 * at work. Throws `BACKGROUND_FAILED`; `signal` ends it.
 */
export async function sessionReport(dataDir: string, session: string, signal: AbortSignal): Promise<string> {
  return (await runInBackground(['inspect', session, '--verify', '--data', dataDir], { signal })).trimEnd();
}

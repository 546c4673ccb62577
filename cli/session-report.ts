import type { InspectReport } from '#domain';
import { morningText } from '#report';
import { runInBackground } from './background-verb.ts';

/**
 * What somebody reads in a chat of what `tapedeck inspect SESSION --verify` found: short enough for each of them. Made by a process of its own, since to read a
 * whole night takes a processor for a while. Throws `BACKGROUND_FAILED`; `signal` ends it.
 */
export async function sessionReport(dataDir: string, session: string, signal: AbortSignal): Promise<string> {
  const printed = await runInBackground(['inspect', session, '--verify', '--json', '--data', dataDir], { signal });
  return morningText(JSON.parse(printed) as InspectReport);
}

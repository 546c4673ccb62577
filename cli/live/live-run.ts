import { canonicalJson, type JsonValue, usageError } from '#domain';
import { Play, type PlaySettings } from '#replay';
import { listRuns, readRun, type StoredRun } from '#storage';

/**
 * The unfinished run that an engine goes on with; `undefined` when there is none of that name. Throws `RUN_FINISHED` and `RUN_OTHER` (exit code
 * 2) for a name that belongs to a finished run, or to one of another session, strategy or setting.
 */
export async function unfinishedRun(dataDir: string, session: string, run: string, settings: PlaySettings): Promise<StoredRun | undefined> {
  if (!(await listRuns(dataDir)).includes(run)) return undefined;
  const stored = await readRun(dataDir, run);
  const had = stored.run as { readonly [name: string]: JsonValue };
  const another = 'choose another id with --run';
  if (stored.summary !== undefined) throw usageError('RUN_FINISHED', `run "${run}" is finished; ${another}`);
  if (canonicalJson(had.sessions ?? null) !== canonicalJson([session])) {
    throw usageError('RUN_OTHER', `run "${run}" is of another session; ${another}`);
  }
  const identity = new Play(settings, () => undefined).identity([]);
  for (const part of ['strategy', 'settings'] as const) {
    const [before, now] = [canonicalJson(had[part] ?? null), canonicalJson(JSON.parse(JSON.stringify(identity[part])) as JsonValue)];
    if (before === now) continue;
    throw usageError(
      'RUN_OTHER',
      `run "${run}" was begun with the ${part} ${before}, and this is ${now}: its decisions would not go on; ${another}`,
    );
  }
  return stored;
}

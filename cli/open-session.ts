import type { Tape } from '#domain';
import { openTape } from '#replay';
import { parseStore } from './options.ts';
import { questStore } from './quest-settings.ts';

/** Opens a session from the store that `--from` names. Where QuestDB is, is said by variables only: every verb that reads has them. */
export function openSession(dataDir: string, session: string, from: string | undefined): Promise<Tape> {
  const store = parseStore(from);
  return openTape(dataDir, session, store, store === 'questdb' ? questStore(process.env) : undefined);
}

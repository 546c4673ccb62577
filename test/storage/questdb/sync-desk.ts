import { systemClock } from '#recorder';
import { type FrameSyncOptions, type FrameSyncResult, syncFrames } from '../../../storage/questdb/frame-sync.ts';
import { recordSource } from '../../../storage/questdb/sync-source.ts';
import type { QuestServer } from '../../fixtures/quest-server.ts';

/** Longer than a server takes to start on a busy machine. */
const PATIENCE_MS = 120_000;

/** Copies a session as the command does, to a server of a test. */
export async function syncSession(
  { address }: QuestServer,
  dataDir: string,
  session: string,
  options: Partial<FrameSyncOptions> = {},
): Promise<FrameSyncResult> {
  const { source } = await recordSource(dataDir, session, { follow: true });
  const clock = systemClock();
  const channelOf = ({ kind }: { readonly kind: string }) => (kind === 'frame-in' ? 'a channel' : '');
  return syncFrames({ dataDir, session, source, server: address, channelOf, clock, patienceMs: PATIENCE_MS, ...options });
}

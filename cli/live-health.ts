import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { TapeHealth } from '#domain';

/** Of what is in the file; another one is as good as none. */
const LIVE_HEALTH_VERSION = 1;
/** A recorder writes a record each second: a health whose last record is older comes from one that is behind, or gone. */
const LIVE_HEALTH_AGE_MAX_NS = 15_000_000_000n;

interface KeptHealth {
  readonly version: number;
  readonly pid: number;
  readonly health: TapeHealth;
}

/**
 * Leaves the health of a session that is recorded where `status` finds it: `DATA/status/<session>`. It says nothing that is not on the tape, so it is not synced, and
 * a failure is no matter: whoever asks reads the tape then.
 */
export function keepLiveHealth(dataDir: string, session: string, health: TapeHealth): void {
  const path = pathOf(dataDir, session);
  const kept: KeptHealth = { version: LIVE_HEALTH_VERSION, pid: process.pid, health };
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, serialize(kept));
    renameSync(`${path}.tmp`, path);
  } catch {
    removeLiveHealth(dataDir, session);
  }
}

/** The recording is over: what counts now is the tape alone. */
export function removeLiveHealth(dataDir: string, session: string): void {
  try {
    rmSync(pathOf(dataDir, session), { force: true });
  } catch {
    // It grows old by itself.
  }
}

/** The health that the recorder `pid` left, when it is of this moment; `undefined` where the tape has to be read. */
export async function liveHealth(dataDir: string, session: string, pid: number, nowNs: bigint): Promise<TapeHealth | undefined> {
  const kept = await readFile(pathOf(dataDir, session))
    .then((bytes) => deserialize(bytes) as Partial<KeptHealth> | undefined)
    .catch(() => undefined);
  if (kept?.version !== LIVE_HEALTH_VERSION || kept.pid !== pid) return undefined;
  const { health } = kept;
  const lastNs = health?.session === session ? health.lastRecordNs : undefined;
  return lastNs !== undefined && nowNs - lastNs <= LIVE_HEALTH_AGE_MAX_NS ? health : undefined;
}

function pathOf(dataDir: string, session: string): string {
  return join(dataDir, 'status', session);
}

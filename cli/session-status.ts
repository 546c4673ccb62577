import { statfs } from 'node:fs/promises';
import type { TapeHealth } from '#domain';
import { openTape, tapeHealth } from '#replay';
import { type SessionInfo, sessionInfo, sessionWriters } from '#storage';
import { VENUES } from '#venues';
import { type DiskForecast, diskForecast } from './disk-forecast.ts';
import { liveHealth } from './live-health.ts';

/** How one session does at a moment. */
export interface SessionStatus {
  readonly session: string;
  readonly state: SessionInfo['state'];
  /** The process that writes or seals it; `undefined` when none does. */
  readonly writer: number | undefined;
  readonly nowNs: bigint;
  /** From the last record of any kind to now; a recorder writes one each second. */
  readonly ageSeconds: number | undefined;
  readonly health: TapeHealth;
  readonly disk: DiskForecast;
}

/**
 * How a session does now; SESSION_UNKNOWN names the near ones. Who records it has counted its tape already and says so at once; the whole tape is read where
 * nobody does, or where it is not that far yet.
 */
export async function readStatus(dataDir: string, session: string, onProgress: (records: number) => void): Promise<SessionStatus> {
  const writer = await writerOf(dataDir, session);
  const known = writer === undefined ? undefined : await liveHealth(dataDir, session, writer, BigInt(Date.now()) * 1_000_000n);
  if (known !== undefined) return statusOf(dataDir, known);
  const tape = await openTape(dataDir, session);
  return statusOf(dataDir, await tapeHealth(tape, { venues: VENUES, onProgress }));
}

/** The same from a health that somebody counted already. */
export async function statusOf(dataDir: string, health: TapeHealth): Promise<SessionStatus> {
  const { session, lastRecordNs } = health;
  const { state, bytes, firstReceivedAtNs } = await sessionInfo(dataDir, session);
  const writer = await writerOf(dataDir, session);
  const { bavail, bsize } = await statfs(dataDir);
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const isWritten = state === 'open' && writer !== undefined;
  return {
    session,
    state,
    writer,
    nowNs,
    ageSeconds: lastRecordNs === undefined ? undefined : Number(nowNs - lastRecordNs) / 1e9,
    health,
    disk: diskForecast({
      freeBytes: bavail * bsize,
      journalBytes: bytes,
      firstNs: firstReceivedAtNs,
      lastNs: lastRecordNs,
      nowNs,
      isWritten,
    }),
  };
}

async function writerOf(dataDir: string, session: string): Promise<number | undefined> {
  return (await sessionWriters(dataDir, session)).find(({ isRunning }) => isRunning)?.pid;
}

import { type RunSummary, type StopSignal, type Tape, usageError } from '#domain';
import { drive } from './drive.ts';
import { Play, type PlaySettings } from './play.ts';
import { RunHash } from './run-hash.ts';

export interface BacktestOptions extends PlaySettings {
  readonly tapes: readonly Tape[];
  /** Every audit as a line of canonical JSON, in order. */
  readonly onAuditLine?: (line: string) => void;
  readonly onProgress?: (records: number) => void;
  /** Awaited between two batches of records: where whoever takes the audits is waited for. */
  readonly betweenBatches?: () => Promise<void>;
  readonly signal?: StopSignal;
}

/** What a back-test found; the caller gives the run its name and the environment. */
export type BacktestResult = Omit<RunSummary, 'run' | 'environment'>;

/** Plays tapes through a strategy. The same tapes, strategy and settings give the same audits and run hash everywhere. */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { tapes, onAuditLine, onProgress, betweenBatches, signal } = options;
  if (tapes.length === 0) throw usageError('NO_TAPE', 'a replay needs at least one session');
  const tapeDigests: string[] = [];
  for (const tape of tapes) tapeDigests.push(await tape.digest());
  const play = new Play(options, (line) => {
    hash.add(line);
    onAuditLine?.(line);
  });
  const hash = new RunHash(play.identity(tapeDigests));
  await drive(tapes, play.visit, {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(betweenBatches === undefined ? {} : { betweenBatches }),
    ...(signal === undefined ? {} : { signal }),
  });
  play.finish();
  const sessions = tapes.map(({ session }) => session);
  return { ...play.result(sessions, tapeDigests), runHash: hash.hex() };
}

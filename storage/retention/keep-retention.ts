import { TapedeckError, TapeRecord } from '#domain';
import { listSessions, type SessionInfo, sessionInfo } from '../catalogue.ts';
import { decodedSessions, removeDecoded } from '../decoded/remove-decoded.ts';
import { type Disk, nodeDisk, retentionError } from '../journal-disk.ts';
import { JournalTape } from '../journal-tape.ts';
import { sessionPaths } from '../session-paths.ts';
import { verifySession } from '../session-verify.ts';
import { isSystemError } from '../system-error.ts';
import { type CopyResult, copySession } from './copy-session.ts';
import { finishRemoval, leftToRemove, removeJournal } from './remove-journal.ts';
import { judgeSessions, type RetainedSession, type RetentionPolicy, type RetentionVerdict } from './retention-policy.ts';

export interface RetentionOptions {
  /** Wall time, nanoseconds since the epoch. */
  readonly nowNs: bigint;
  /** Says what is due and writes nothing. */
  readonly isDryRun?: boolean;
  /** Bytes free on the disk of the data folder, and how many there should be: a disk that stays low is an error that says why. */
  readonly freeBytes: () => Promise<number>;
  readonly freeBytesMin: number;
  /** Holds the data folder and the copy folder. */
  readonly disk?: Disk;
  /** Called as work goes on, in words; may throw to end it between two files. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** What became of one session. */
export interface RetentionOutcome {
  readonly session: string;
  /** `removed` now · `due` would be, in a dry run · `blocked` is due and cannot be · `kept` by its rule. */
  readonly outcome: 'removed' | 'due' | 'blocked' | 'kept';
  readonly reason: string;
  /** Of the journal. */
  readonly bytes: number;
}

export interface RetentionReport {
  readonly isDryRun: boolean;
  readonly sessions: readonly RetentionOutcome[];
  /** Of journals and decoded tables. */
  readonly bytesFreed: number;
  /** Sessions whose decoded tables were removed: those that are gone, and all where the disk is below its floor. */
  readonly decodedRemoved: readonly string[];
  /** Decoded tables that could not be removed, each with its reason. */
  readonly decodedProblems: readonly string[];
  readonly copies: readonly CopyResult[];
  /** Sessions that could not be copied, each with its reason. */
  readonly copyProblems: readonly string[];
  readonly freeBytes: number;
  readonly freeBytesMin: number;
}

const REASONS_LISTED_MAX = 10;

/**
 * One round of the nightly work: copies closed and sealed sessions to the copy folder, then removes the journals that a rule says are due, each only after every
 * byte of journal and sealed copy was verified and, where there is a copy folder, read back from there. `RETENTION_FREED_NOTHING` when something was due,
 * or the disk is below its floor, and not one byte could be freed: with the reason for each session. `RETENTION_IO` and its like when the sessions cannot be listed;
 * what fails for one session is told of that session, and the round goes on.
 */
export async function keepRetention(dataDir: string, policy: RetentionPolicy, options: RetentionOptions): Promise<RetentionReport> {
  const round = new RetentionRound(dataDir, policy, options);
  try {
    return await round.run();
  } catch (error) {
    throw isSystemError(error) ? retentionError(error, `cannot keep retention in ${dataDir}`) : error;
  }
}

class RetentionRound {
  readonly #dataDir: string;
  readonly #policy: RetentionPolicy;
  readonly #options: RetentionOptions;
  readonly #disk: Disk;
  readonly #copies: CopyResult[] = [];
  readonly #copyProblems = new Map<string, string>();
  readonly #outcomes: RetentionOutcome[] = [];
  readonly #decodedRemoved: string[] = [];
  readonly #decodedProblems: string[] = [];
  #bytesFreed = 0;

  constructor(dataDir: string, policy: RetentionPolicy, options: RetentionOptions) {
    this.#dataDir = dataDir;
    this.#policy = policy;
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
  }

  async run(): Promise<RetentionReport> {
    const { isDryRun = false, freeBytes, freeBytesMin } = this.#options;
    const sessions = await listSessions(this.#dataDir, this.#disk);
    if (!isDryRun) for (const { session } of sessions) await this.#finishRemoval(session);
    if (!isDryRun) await this.#removeDecoded(new Set(sessions.map(({ session }) => session)));
    const withJournal = sessions.filter(({ state }) => state !== 'sealed-only');
    if (!isDryRun && this.#policy.copyDir !== undefined) await this.#copyAll(withJournal, this.#policy.copyDir);
    const infos = new Map(withJournal.map((info) => [info.session, info]));
    const retained: RetainedSession[] = [];
    for (const info of withJournal) retained.push(await this.#retained(info));
    for (const verdict of judgeSessions(this.#policy, retained, this.#options.nowNs)) {
      this.#outcomes.push(await this.#carryOut(verdict, infos.get(verdict.session)!));
    }
    const free = await freeBytes();
    const report: RetentionReport = {
      isDryRun,
      sessions: this.#outcomes,
      bytesFreed: this.#bytesFreed,
      decodedRemoved: this.#decodedRemoved,
      decodedProblems: this.#decodedProblems,
      copies: this.#copies,
      copyProblems: [...this.#copyProblems].map(([session, message]) => `${session}: ${message}`),
      freeBytes: free,
      freeBytesMin,
    };
    if (!isDryRun) refuseNothingFreed(report);
    return report;
  }

  /** A removal that was interrupted goes on, once the sealed copy was looked at again. */
  async #finishRemoval(session: string): Promise<void> {
    const paths = sessionPaths(this.#dataDir, session);
    const reason = 'its removal was interrupted';
    const before = this.#bytesFreed;
    try {
      if ((await leftToRemove(this.#disk, paths)).length === 0) return;
      const { problems, tapeDigest } = await verifySession(this.#dataDir, session, { disk: this.#disk });
      const [problem] = problems;
      if (problem === undefined) await finishRemoval(this.#disk, paths, tapeDigest, this.#onRemoved);
      const why =
        problem === undefined ? undefined : `it is damaged, run: tapedeck repair ${session} (${problem.file}: ${problem.message})`;
      this.#outcomes.push(outcomeOf(session, reason, this.#bytesFreed - before, why));
    } catch (error) {
      this.#outcomes.push(outcomeOf(session, reason, this.#bytesFreed - before, obstacleIn(error)));
    }
  }

  readonly #onRemoved = (bytes: number): void => {
    this.#bytesFreed += bytes;
  };

  /** Decoded tables can be made again at any time: they go before a journal has to. */
  async #removeDecoded(known: ReadonlySet<string>): Promise<void> {
    const { freeBytes, freeBytesMin } = this.#options;
    const isLow = (await freeBytes()) < freeBytesMin;
    for (const session of await decodedSessions(this.#dataDir, this.#disk)) {
      if (known.has(session) && !isLow) continue;
      try {
        this.#bytesFreed += await removeDecoded(this.#dataDir, session, this.#disk);
        this.#decodedRemoved.push(session);
      } catch (error) {
        // Those that are being made, or are not ours to remove, must not keep journals from being looked at.
        this.#decodedProblems.push(`${session}: ${obstacleIn(error)}`);
      }
    }
  }

  async #copyAll(sessions: readonly SessionInfo[], copyDir: string): Promise<void> {
    for (const { session, state, sealed, problem } of sessions) {
      if (state !== 'closed') continue;
      // Without this a damaged sealed copy would end the nightly copies in silence.
      if (problem !== undefined) this.#copyProblems.set(session, problem);
      if (problem !== undefined || !sealed) continue;
      const copied = await this.#copy(session, copyDir, false);
      if (copied !== undefined) this.#copies.push(copied);
    }
  }

  /** The copy, or `undefined` with the reason kept: one session that cannot be copied must not keep the others from it. */
  async #copy(session: string, copyDir: string, isThorough: boolean): Promise<CopyResult | undefined> {
    const onProgress = (done: number, total: number) => this.#options.onProgress?.(`copy ${session}`, done, total);
    try {
      return await copySession(this.#dataDir, copyDir, session, { isThorough, onProgress, disk: this.#disk });
    } catch (error) {
      this.#copyProblems.set(session, obstacleIn(error));
      return undefined;
    }
  }

  async #retained({ session, bytes, lastReceivedAtNs = 0n }: SessionInfo): Promise<RetainedSession> {
    const isAsked = this.#policy.rules.some(({ venue }) => venue !== undefined);
    return { session, bytes, lastReceivedAtNs, venues: isAsked ? await venuesOf(this.#disk, this.#dataDir, session) : [] };
  }

  async #carryOut({ session, isDue, reason }: RetentionVerdict, info: SessionInfo): Promise<RetentionOutcome> {
    const { bytes } = info;
    if (!isDue) return { session, outcome: 'kept', reason: info.problem === undefined ? reason : `${reason}; ${info.problem}`, bytes };
    const blocked = (why: string): RetentionOutcome => ({ session, outcome: 'blocked', reason: `${why}; due: ${reason}`, bytes });
    if (info.problem !== undefined) return blocked(`it is damaged, run: tapedeck repair ${session} (${info.problem})`);
    if (info.state === 'open') return blocked(`it is still open; if nothing records it any more, run: tapedeck repair ${session}`);
    if (!info.sealed) return blocked(`it is not sealed, run: tapedeck seal ${session}`);
    if (this.#options.isDryRun === true) return { session, outcome: 'due', reason, bytes };
    try {
      const why = await this.#remove(session, reason);
      return why === undefined ? { session, outcome: 'removed', reason, bytes } : blocked(why);
    } catch (error) {
      return blocked(obstacleIn(error));
    }
  }

  /** Removes the journal once everything was looked at byte by byte; else says what stood in the way. */
  async #remove(session: string, rule: string): Promise<string | undefined> {
    const { copyDir } = this.#policy;
    this.#options.onProgress?.(`verify ${session}`, 0, 1);
    const verified = await verifySession(this.#dataDir, session, { disk: this.#disk });
    const [problem] = verified.problems;
    if (problem !== undefined) return `it is damaged, run: tapedeck repair ${session} (${problem.file}: ${problem.message})`;
    if (!verified.stores.includes('parquet')) return `it is not sealed, run: tapedeck seal ${session}`;
    if (copyDir !== undefined && (await this.#copy(session, copyDir, true)) === undefined)
      return `its copy in ${copyDir} was not verified: ${this.#copyProblems.get(session)}`;
    const paths = sessionPaths(this.#dataDir, session);
    const note = { removedAtNs: this.#options.nowNs, rule, copy: copyDir ?? '' };
    const before = this.#bytesFreed;
    await removeJournal(this.#disk, paths, verified.tapeDigest, note, this.#onRemoved);
    // What the session is now must be readable, or the next night would find out.
    const { state, problem: after } = await sessionInfo(this.#dataDir, session, this.#disk);
    if (state !== 'sealed-only' || after !== undefined)
      return `its journal was removed, but its sealed copy cannot be opened: ${after ?? state}`;
    return this.#bytesFreed === before ? 'its journal has no bytes' : undefined;
  }
}

function outcomeOf(session: string, reason: string, bytes: number, why: string | undefined): RetentionOutcome {
  return why === undefined
    ? { session, outcome: 'removed', reason, bytes }
    : { session, outcome: 'blocked', reason: `${why}; ${reason}`, bytes };
}

/** What stood in the way, in words. What is neither ours nor the system's, an interrupt or a bug, ends the round. */
function obstacleIn(error: unknown): string {
  if (error instanceof TapedeckError) return error.message;
  if (isSystemError(error)) return retentionError(error, 'a file of it cannot be read or written').message;
  throw error;
}

function refuseNothingFreed({ sessions, copyProblems, bytesFreed, freeBytes, freeBytesMin }: RetentionReport): void {
  const blocked = sessions.filter(({ outcome }) => outcome === 'blocked');
  const isLow = freeBytes < freeBytesMin;
  if (bytesFreed > 0 || (blocked.length === 0 && !isLow)) return;
  const why = [...blocked, ...(isLow ? sessions.filter(({ outcome }) => outcome === 'kept') : [])].map(
    ({ session, reason }) => `${session}: ${reason}`,
  );
  const more = why.length > REASONS_LISTED_MAX ? [`and ${why.length - REASONS_LISTED_MAX} more`] : [];
  const disk = isLow ? `the disk has ${freeBytes} bytes left, less than ${freeBytesMin}, and ` : '';
  throw new TapedeckError(
    'RETENTION_FREED_NOTHING',
    [
      `${disk}retention freed nothing:`,
      ...(why.length === 0 ? ['there is no session with a journal'] : why.slice(0, REASONS_LISTED_MAX)),
      ...more,
      ...copyProblems.slice(0, REASONS_LISTED_MAX).map((problem) => `not copied: ${problem}`),
    ].join('\n  '),
  );
}

/** Venues that a session says it records; of other people's recordings those of its first records. */
async function venuesOf(disk: Disk, dataDir: string, session: string): Promise<readonly string[]> {
  const record = new TapeRecord();
  const venues = new Set<string>();
  try {
    for await (const batch of (await JournalTape.open(dataDir, session, { disk })).batches()) {
      while (batch.next(record)) {
        if (record.kind === 'session-open') for (const venue of venuesIn(record.meta)) venues.add(venue);
        if (record.venue !== '') venues.add(record.venue);
      }
      break;
    }
  } catch (error) {
    // A damaged session is judged by its name alone; why it cannot be removed is said later.
    if (!(error instanceof TapedeckError)) throw error;
  }
  return [...venues];
}

function venuesIn(meta: string): readonly string[] {
  try {
    const { venues } = JSON.parse(meta) as { readonly venues?: unknown };
    return Array.isArray(venues) ? venues.filter((venue) => typeof venue === 'string') : [];
  } catch {
    return [];
  }
}

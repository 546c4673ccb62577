import { assertNever, TapedeckError } from '#domain';
import { systemClock } from '#recorder';
import {
  type FrameSyncResult,
  PATIENCE_CLOSED_MS,
  PATIENCE_OPEN_MS,
  type QuestAddress,
  recordSource,
  type SyncNews,
  sessionNames,
  syncFrames,
} from '#storage';
import { channelLabel } from '#venues';
import { formatCount, warn } from './output.ts';
import { Progress } from './progress.ts';

/** How often a folder is looked at for sessions that began. */
const LOOK_MS = 2_000;
/** Sessions that are copied at once; those after them wait for one to end. */
const SESSIONS_AT_ONCE_MAX = 8;

/** Failures that every session would meet. */
const SERVER_FAILURES: ReadonlySet<string> = new Set(['QUESTDB_UNREACHABLE', 'QUESTDB_AUTH', 'QUESTDB_SCHEMA_DIFFERS', 'QUESTDB_SQL']);

export interface CopyingOptions {
  readonly dataDir: string;
  readonly server: QuestAddress;
  readonly table: string;
  /** Goes on with sessions that are being written until they end, and with those that begin. */
  readonly isFollowing: boolean;
  readonly patienceMs?: number;
  readonly onResult: (result: FrameSyncResult) => void;
}

/** Copies sessions to QuestDB: those named, else all of the data folder, several at once where they are followed. */
export class QuestCopying {
  readonly #options: CopyingOptions;
  readonly #clock = systemClock();
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: CopyingOptions) {
    this.#options = options;
  }

  /** Ends every copy after the batch that is on its way. */
  stop(): void {
    this.#stopped.abort();
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Resolves when the sessions named are copied; without names, when all are, or (following) when it is stopped. */
  async run(names: readonly string[]): Promise<void> {
    const { dataDir, isFollowing } = this.#options;
    const begun = new Set<string>();
    const isWatching = isFollowing && names.length === 0;
    do {
      for (const session of names.length > 0 ? names : await sessionNames(dataDir)) {
        if (begun.has(session) || this.isStopped) continue;
        await this.#room();
        begun.add(session);
        this.#begin(session);
      }
      if (isWatching) await this.#clock.sleep(LOOK_MS, this.#stopped.signal);
    } while (isWatching && !this.isStopped);
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits while as many run as may: one where nothing is followed. */
  async #room(): Promise<void> {
    const most = this.#options.isFollowing ? SESSIONS_AT_ONCE_MAX : 1;
    while (this.#running.size >= most) await Promise.race(this.#running);
  }

  #begin(session: string): void {
    const copy = this.#copy(session)
      .catch((error: unknown) => this.#fail(session, error))
      .finally(() => this.#running.delete(copy));
    this.#running.add(copy);
  }

  /** What is wrong with one session does not end the copies of others; what is wrong with the server does. The first is thrown at the end. */
  #fail(session: string, error: unknown): void {
    const isOfSession = error instanceof TapedeckError && !SERVER_FAILURES.has(error.code);
    if (isOfSession) warn(`${session}: ${error.message} [${error.code}]; other sessions go on`);
    else this.stop();
    this.#failure ??= { error };
  }

  async #copy(session: string): Promise<void> {
    const { dataDir, server, table, isFollowing, patienceMs, onResult } = this.#options;
    const { source, isOpen } = await recordSource(dataDir, session, { follow: isFollowing });
    const progress = new Progress(`copy ${session}`);
    const result = await syncFrames({
      dataDir,
      session,
      source,
      server,
      table,
      channelOf: channelLabel,
      clock: this.#clock,
      signal: this.#stopped.signal,
      patienceMs: patienceMs ?? (isOpen && isFollowing ? PATIENCE_OPEN_MS : PATIENCE_CLOSED_MS),
      onNews: (news) => tell(session, news),
      onProgress: (records) => progress.report(records, 'records'),
    });
    progress.done();
    onResult(result);
  }
}

function tell(session: string, news: SyncNews): void {
  switch (news.kind) {
    case 'table-made':
      return warn(`made table ${news.table}`);
    case 'trouble':
      return warn(`${session}: ${news.message}; again in ${news.retryMs} ms`);
    case 'started':
      if (news.isRewind) warn(`${session}: the table has less than was acknowledged; going on at record ${formatCount(news.sequence)}`);
      return;
    default:
      assertNever(news);
  }
}

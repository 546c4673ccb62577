import { mkdir, statfs } from 'node:fs/promises';
import { HOUR_US, TapedeckError, usageError } from '#domain';
import {
  type AlertEvent,
  FileGrantStore,
  nextRun,
  planHealth,
  planHolidays,
  planRecording,
  REAL_EDGES,
  type RecorderConfig,
  type RecorderLog,
  Recording,
  type RecordingOptions,
  type RecordingPlan,
  type RecordingResult,
  type Rehearsal,
  rehearse,
  type systemClock,
  type TellRecorder,
  type Variables,
} from '#recorder';
import { JournalWriter, type JournalWriterOptions, sessionInfo, sessionNames } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { BackgroundSeals, type SealAhead } from './background-seals.ts';
import { warn } from './output.ts';
import { Progress } from './progress.ts';
import { openSessionLog, type RecordingHealth, type StartMonitor, startRecordingHealth } from './recording-health.ts';
import { newsText, sayNews } from './recording-news.ts';

/** The thread that reads the sockets has its time for frames. */
const JOURNAL_OPTIONS: JournalWriterOptions = { digests: 'behind' };

/** What a session of one recording ended as. */
export interface RecordedSession extends RecordingResult {
  readonly session: string;
  /** Of the Parquet copy; absent where none was asked for. */
  readonly parts?: number;
  /** Why there is no Parquet copy; the session itself is closed and whole. */
  readonly sealProblem?: string;
}

/** A session while it is recorded. */
export interface RunningSession {
  readonly plan: RecordingPlan;
  readonly journal: JournalWriter;
  readonly recording: Recording;
  /** Records that an earlier start left on the tape. */
  readonly pastRecords: number;
  /** Tells whoever is told of alerts (log, webhooks) of something that happened; the log alone where the companion has ended. */
  readonly tell: (event: AlertEvent) => void;
}

/** Work beside a recording that ends with it: the engine of `live`. It may not disturb the recording, whatever happens to it. */
export interface Companion {
  /** The session was closed; resolves when the work on it is done. The next one may be recorded by then. */
  closed(): Promise<void>;
  /** The recording was given up: the session stays open, and a later start goes on. */
  abandoned(): Promise<void>;
}

export interface RecordingWorkOptions {
  readonly config: RecorderConfig;
  readonly variables: Variables;
  readonly clock: ReturnType<typeof systemClock>;
  readonly isSealing: boolean;
  /** Copies and removes what `[retention]` says, beside the recording: after each session, and when the disk is nearly full. */
  readonly keepRetention?: (dataDir: string, signal: AbortSignal) => Promise<void>;
  /** Called as each session has ended, and is sealed where that is wanted; in order. */
  readonly onSession: (session: RecordedSession) => void;
  /** Called as each session begins. */
  readonly companions?: readonly ((session: RunningSession) => Companion)[];
  /** Reads each session's tape for its health while it is recorded. */
  readonly startMonitor?: StartMonitor;
}

/** With this much of the floor free not every channel would be shed again at once; but never with less than a few seconds of a busy market. */
const ROOM_SHARE = 1 / 4;
const ROOM_BYTES_MIN = 1024 * 1024;
const ROOM_LOOK_MS = 1_000;
/** A disk that is full for longer is for a person. */
const ROOM_WAIT_MAX_US = 12 * HOUR_US;
/** A session is sealed ahead while so many times the floor is free: the copy takes a sixth of the journal, and may never be what brings the disk to its floor. */
const AHEAD_FLOORS = 2;

/** What goes with a session, also where its recording is begun anew. */
interface Watched {
  readonly log: RecorderLog;
  readonly health: RecordingHealth;
  readonly running: Running;
  /** Absent where nothing is sealed. */
  readonly ahead: SealAhead | undefined;
}

/** The recording and the journal as they are now; both are made anew after a full disk. */
interface Running {
  recording?: Recording;
  journal?: JournalWriter;
}

/** What is left to do for its companions may take as long as the next session. */
interface EndedRecording {
  readonly result: RecordingResult;
  readonly beside: readonly Companion[];
}

/** What `tapedeck record` does with a configuration: one session, or one for each window of its schedule. */
export class RecordingWork {
  readonly #options: RecordingWorkOptions;
  readonly #stopped = new AbortController();
  readonly #seals = new BackgroundSeals();
  /** Sessions that have ended and are being sealed; none rejects. */
  readonly #ending: Promise<void>[] = [];
  #recording: Recording | undefined;
  #retention: Promise<void> | undefined;

  constructor(options: RecordingWorkOptions) {
    this.#options = options;
  }

  async rehearse(): Promise<Rehearsal> {
    const plan = this.#plan(this.#options.config);
    await mkdir(plan.dataDir, { recursive: true });
    // A rehearsal writes nothing, the log neither.
    return rehearse(this.#settings(plan, (news) => warn(`${new Date(this.#nowUs() / 1_000).toISOString()} ${newsText(news)}`)));
  }

  /** Resolves at the end of the recording; with a schedule at `until` or after `duration`, else never but by `stop`. */
  async record(): Promise<void> {
    const plan = this.#plan(this.#options.config);
    try {
      if (plan.schedule.length > 0) await this.#recordSchedule(plan);
      else await this.#recordSession(plan, await openJournal(plan.dataDir, plan.session));
    } finally {
      await Promise.all(this.#ending);
      await this.#retention;
    }
  }

  /** Ends it cleanly, whatever it does at the moment. */
  stop(): void {
    this.#stopped.abort();
    void this.#recording?.stop().catch(() => undefined); // Its failure is told by `record`.
  }

  /** `until` and `duration` end it as a whole: counted once, from its start, not anew for each window. */
  async #recordSchedule({ stopAtUs: endAtUs = Number.POSITIVE_INFINITY, ...first }: RecordingPlan): Promise<void> {
    const config = withoutEnd(this.#options.config);
    for (;;) {
      const stopAtUs = await this.#windowEnd(first, endAtUs);
      if (stopAtUs === undefined) return;
      // Planned when its window has come: the name of the session is that of the day.
      const plan = this.#plan(config);
      const { session, journal } = await openNextJournal(plan.dataDir, plan.session);
      await this.#recordSession({ ...plan, session, stopAtUs: Math.min(stopAtUs, endAtUs) }, journal);
    }
  }

  /** Waits for the next window and says when it ends; `undefined` when the recording is over before. */
  async #windowEnd(plan: RecordingPlan, endAtUs: number): Promise<number | undefined> {
    for (;;) {
      const nowUs = this.#nowUs();
      if (this.#stopped.signal.aborted || nowUs >= endAtUs) return undefined;
      const run = nextRun(plan.schedule, nowUs, planHolidays(plan));
      if (run === undefined)
        throw usageError('SCHEDULE_EMPTY', 'the schedule has no session in the next 60 days; check its days and the holidays');
      if (run.startUs <= nowUs) return run.stopUs;
      if (run.startUs < endAtUs) warn(`waiting for ${new Date(run.startUs / 1_000).toISOString()}, when the next session starts`);
      await this.#options.clock.sleep((Math.min(run.startUs, endAtUs) - nowUs) / 1_000, this.#stopped.signal);
    }
  }

  async #recordSession(plan: RecordingPlan, journal: JournalWriter): Promise<void> {
    const watched = this.#watch(plan);
    try {
      const ended = await this.#recordThroughFullDisk(plan, journal, watched).catch(async (error: unknown) => {
        await watched.ahead?.abandon();
        throw error;
      });
      this.#ending.push(this.#endSession(plan, ended, watched));
      // Not beside the next session: both would answer on one address.
      await watched.health.retire();
    } catch (error) {
      await watched.health.stop(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** Seals while the next window of a schedule may begin, and the work beside the session ends, told of to its last; then old ones may go. */
  async #endSession(plan: RecordingPlan, { result, beside }: EndedRecording, { ahead, health, log }: Watched): Promise<void> {
    const done = Promise.all(beside.map((companion) => closeOrTell(companion, log)));
    const sealed = ahead === undefined ? {} : await this.#sealOrTell(plan.session, ahead);
    this.#options.onSession({ ...result, session: plan.session, ...sealed });
    await done;
    await health.stop();
    if (!this.#stopped.signal.aborted) this.#startRetention(plan);
  }

  /** A copy that cannot be made is told, and no reason to miss the next window: the journal has everything, and can be sealed later. */
  async #sealOrTell(session: string, ahead: SealAhead): Promise<Pick<RecordedSession, 'parts' | 'sealProblem'>> {
    const progress = new Progress(`seal ${session}`);
    try {
      const { parts } = await ahead.finish((rows) => progress.report(rows, 'rows'));
      return { parts };
    } catch (error) {
      const sealProblem = error instanceof Error ? error.message : String(error);
      warn(`${session} is closed and whole, but was not sealed: ${sealProblem}; later: tapedeck seal ${session}`);
      process.exitCode = 1;
      return { sealProblem };
    } finally {
      progress.done();
    }
  }

  /** What is beside a session from its start to its end, through full disks too. */
  #watch(plan: RecordingPlan): Watched {
    const { config, variables, clock, startMonitor } = this.#options;
    const health = planHealth(config, variables);
    const log = openSessionLog(plan, health, clock);
    const running: Running = {};
    const watch = startRecordingHealth({
      plan,
      health,
      clock,
      log,
      status: () => running.recording?.status(),
      commits: () => running.journal?.commits,
      ...(startMonitor === undefined ? {} : { startMonitor }),
    });
    return { log, health: watch, running, ahead: this.#options.isSealing ? this.#sealAhead(plan, log) : undefined };
  }

  #sealAhead({ dataDir, session, limits }: RecordingPlan, log: RecorderLog): SealAhead {
    return this.#seals.ahead({
      dataDir,
      session,
      hasRoom: async () => (await freeBytesOf(dataDir)) >= AHEAD_FLOORS * limits.diskFreeMinBytes,
      onFailure: (message) => log.warn(`${session} is not sealed while it is recorded, but when it is closed: ${message}`),
    });
  }

  /** A disk that others filled ends a recording with its session open and whole; it goes on with it when there is room. */
  async #recordThroughFullDisk(plan: RecordingPlan, journal: JournalWriter, watched: Watched): Promise<EndedRecording> {
    for (let writer = journal; ; ) {
      try {
        return await this.#recordOnce(plan, writer, watched);
      } catch (error) {
        if (!isDiskFull(error) || this.#stopped.signal.aborted) throw error;
        writer = await this.#reopenWithRoom(plan, error, watched.log);
      }
    }
  }

  async #recordOnce(plan: RecordingPlan, journal: JournalWriter, { log, health, running, ahead }: Watched): Promise<EndedRecording> {
    const { companions = [] } = this.#options;
    const pastRecords = journal.records;
    for (const cut of journal.cuts) log.warn(`the last run of ${plan.session} left bytes that are no record: ${JSON.stringify(cut)}`);
    const recording = Recording.start({ ...this.#settings(plan, (news) => sayNews(log, news)), journal });
    this.#recording = recording;
    Object.assign(running, { recording, journal });
    if (ahead !== undefined) journal.tellClosedSegments((segments) => ahead.segmentsClosed(segments));
    const beside = companions.map((start) => start({ plan, journal, recording, pastRecords, tell: health.tell }));
    // Stopped while the journal was opened, which takes its time after a crash: there was no recording yet to tell.
    if (this.#stopped.signal.aborted) this.stop();
    const result = await recording.finished.catch(async (error: unknown) => {
      await Promise.all(beside.map((companion) => companion.abandoned()));
      throw error;
    });
    return { result, beside };
  }

  async #reopenWithRoom(plan: RecordingPlan, failure: unknown, log: RecorderLog): Promise<JournalWriter> {
    const { clock } = this.#options;
    const { dataDir, session, stopAtUs = Number.POSITIVE_INFINITY } = plan;
    const wanted = Math.max(ROOM_BYTES_MIN, plan.limits.diskFreeMinBytes * ROOM_SHARE);
    log.warn(`the disk of ${dataDir} is full: ${session} stays open and goes on when ${wanted} bytes are free`);
    this.#startRetention(plan);
    const untilUs = Math.min(stopAtUs, this.#nowUs() + ROOM_WAIT_MAX_US);
    while (this.#nowUs() < untilUs) {
      await clock.sleep(ROOM_LOOK_MS, this.#stopped.signal);
      if (this.#stopped.signal.aborted) break;
      if ((await freeBytesOf(dataDir)) < wanted) continue;
      try {
        const journal = await JournalWriter.reopen(dataDir, session, JOURNAL_OPTIONS);
        log.warn(`the disk of ${dataDir} has room again: ${session} goes on`);
        return journal;
      } catch (error) {
        // Somebody was faster; what recovery had begun it does again.
        if (!isDiskFull(error)) throw error;
      }
    }
    throw failure;
  }

  /** One round at a time; how it ends is told by itself and is not the recording's failure. */
  #startRetention({ dataDir, retention }: RecordingPlan): void {
    const { keepRetention } = this.#options;
    if (retention === undefined || keepRetention === undefined || this.#retention !== undefined) return;
    this.#retention = keepRetention(dataDir, this.#stopped.signal)
      .catch((error: unknown) => warn(`retention: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        this.#retention = undefined;
      });
  }

  #settings(plan: RecordingPlan, tell: TellRecorder): Omit<RecordingOptions, 'journal'> {
    const { stopAtUs } = plan;
    return {
      plan,
      venues: VENUES,
      protocols: PROTOCOLS,
      clock: this.#options.clock,
      ...REAL_EDGES,
      grantStore: new FileGrantStore(plan.dataDir),
      freeBytes: () => freeBytesOf(plan.dataDir),
      makeRoom: () => this.#startRetention(plan),
      tell,
      ...(stopAtUs === undefined ? {} : { untilNs: BigInt(stopAtUs) * 1_000n }),
    };
  }

  #plan(config: RecorderConfig): RecordingPlan {
    return planRecording(config, { protocols: PROTOCOLS, variables: this.#options.variables, nowUs: this.#nowUs() });
  }

  #nowUs(): number {
    return Number(this.#options.clock.wallNs() / 1_000n);
  }
}

/** The session is closed and whole, whatever became of the work beside it. */
async function closeOrTell(companion: Companion, log: RecorderLog): Promise<void> {
  try {
    await companion.closed();
  } catch (error) {
    log.error(`the work beside the session did not end well: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function withoutEnd({ session, ...config }: RecorderConfig): RecorderConfig {
  const { until: _until, duration: _duration, ...rest } = session ?? {};
  return { ...config, session: rest };
}

/** A new session, or one that an earlier run left open: it goes on in a new segment and loses nothing. */
async function openJournal(dataDir: string, session: string): Promise<JournalWriter> {
  const journal = await journalUnlessClosed(dataDir, session);
  if (journal !== undefined) return journal;
  throw usageError(
    'SESSION_CLOSED',
    `session "${session}" in ${dataDir} is closed; choose another with --session, or put {date} into session.name`,
  );
}

/** The same for one window of a schedule. */
async function openNextJournal(dataDir: string, name: string): Promise<{ readonly session: string; readonly journal: JournalWriter }> {
  const session = await nextSessionName(dataDir, name);
  return { session, journal: await openJournal(dataDir, session) };
}

/**
 * The session that a window of a schedule is recorded as: the first that is not closed. Two windows of a day have one name between them, and nobody is there
 * to choose another: the second session is `name-2`.
 */
export async function nextSessionName(dataDir: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const session = number === 1 ? name : `${name}-${number}`;
    if (!(await isClosed(dataDir, session))) return session;
  }
}

async function isClosed(dataDir: string, session: string): Promise<boolean> {
  return (await sessionNames(dataDir)).includes(session) && (await sessionInfo(dataDir, session)).state !== 'open';
}

async function journalUnlessClosed(dataDir: string, session: string): Promise<JournalWriter | undefined> {
  const exists = (await sessionNames(dataDir)).includes(session);
  if (!exists) return JournalWriter.create(dataDir, session, JOURNAL_OPTIONS);
  const { state } = await sessionInfo(dataDir, session);
  return state === 'open' ? JournalWriter.reopen(dataDir, session, JOURNAL_OPTIONS) : undefined;
}

function isDiskFull(error: unknown): boolean {
  return error instanceof TapedeckError && error.code === 'JOURNAL_DISK_FULL';
}

export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

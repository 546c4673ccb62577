import { mkdir, readFile, statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseIsoNanoseconds, usageError } from '#domain';
import {
  callHttp,
  checkRecorderConfig,
  FileGrantStore,
  nextRun,
  nodeCipher,
  openWebSocket,
  parseRecorderConfig,
  planHolidays,
  planRecording,
  type RecorderConfig,
  Recording,
  type RecordingOptions,
  type RecordingPlan,
  type RecordingResult,
  type Rehearsal,
  rehearse,
  systemClock,
} from '#recorder';
import { JournalWriter, sessionInfo, sessionNames } from '#storage';
import { PROTOCOLS, VENUES } from '#venues';
import { onInterrupt } from '../interrupt.ts';
import type { CommonOptions } from '../options.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { newsText } from '../recording-news.ts';
import { readVariables } from './config.ts';
import { sealSession } from './seal.ts';

interface RecordOptions extends CommonOptions {
  readonly envFile?: string;
  readonly session?: string;
  readonly until?: string;
  readonly duration?: string;
  readonly rehearse?: boolean;
  readonly seal: boolean;
  readonly clockScale?: string;
  readonly clockStart?: string;
}

/** What a session of one recording ended as. */
interface RecordedSession extends RecordingResult {
  readonly session: string;
  readonly parts?: number;
}

export function recordCommand(verb: Command): Command {
  return verb
    .argument('<config>', 'configuration in TOML; see docs/configuration.md')
    .option('--env-file <file>', 'KEY=value lines with secrets; variables of the environment go before them')
    .option('--session <name>', 'name of the session, instead of the one in the file; an open one is gone on with')
    .option('--until <time>', 'end at this time: 06:10, or 2026-12-24T06:10:00+09:00')
    .option('--duration <time>', 'end after this time: 90m, 12h')
    .option('--rehearse', 'check keys, tokens, slots, first acknowledgements, disk and clock, write nothing, and end')
    .option('--no-seal', 'do not write the Parquet copy when a session ends')
    .option('--clock-scale <n>', 'let time run n times as fast, to record from tapedeck serve')
    .option('--clock-start <time>', 'begin at this time (ISO 8601), to record from tapedeck serve')
    .action(async (file: string, options: RecordOptions) => {
      const work = await RecordWork.open(file, options, verb.getOptionValueSource('data') === 'default');
      if (options.rehearse === true) showRehearsal(await work.rehearse(), options.json === true);
      else show(await work.record(), options.json === true);
    });
}

class RecordWork {
  readonly #config: RecorderConfig;
  readonly #variables: Readonly<Record<string, string | undefined>>;
  readonly #options: RecordOptions;
  readonly #clock: ReturnType<typeof systemClock>;
  readonly #stopped = new AbortController();
  #recording: Recording | undefined;

  private constructor(config: RecorderConfig, variables: Readonly<Record<string, string | undefined>>, options: RecordOptions) {
    this.#config = config;
    this.#variables = variables;
    this.#options = options;
    this.#clock = clockOf(options);
  }

  static async open(file: string, options: RecordOptions, isDefaultData: boolean): Promise<RecordWork> {
    const config = parseRecorderConfig(await readConfig(file), file);
    const session = {
      ...config.session,
      ...(isDefaultData ? {} : { data: options.data }),
      ...(options.session === undefined ? {} : { name: options.session }),
      ...(options.until === undefined ? {} : { until: options.until }),
      ...(options.duration === undefined ? {} : { duration: options.duration }),
    };
    // Checked again as a whole: what came from the command line is held to the same rules as the file.
    return new RecordWork(checkRecorderConfig({ ...config, session }, file), await readVariables(options.envFile), options);
  }

  async rehearse(): Promise<Rehearsal> {
    const plan = this.#plan();
    await mkdir(plan.dataDir, { recursive: true });
    return rehearse(this.#settings(plan));
  }

  /** One session, or one for each window of the schedule until it is stopped. */
  async record(): Promise<readonly RecordedSession[]> {
    onInterrupt(() => this.#stop());
    const sessions: RecordedSession[] = [];
    do {
      const plan = await this.#nextPlan();
      if (plan === undefined) break;
      sessions.push(await this.#recordSession(plan));
    } while (this.#plan().schedule.length > 0 && !this.#stopped.signal.aborted);
    return sessions;
  }

  #stop(): void {
    this.#stopped.abort();
    void this.#recording?.stop().catch(() => undefined); // Its failure is told by `record`.
  }

  /** The plan of the next session, once its window has come; `undefined` when it was stopped before. */
  async #nextPlan(): Promise<RecordingPlan | undefined> {
    for (;;) {
      const plan = this.#plan();
      if (plan.schedule.length === 0) return plan;
      const run = nextRun(plan.schedule, this.#nowUs(), planHolidays(plan));
      if (run === undefined)
        throw usageError('SCHEDULE_EMPTY', 'the schedule has no session in the next 60 days; check its days and the holidays');
      const waitMs = (run.startUs - this.#nowUs()) / 1_000;
      if (waitMs <= 0) return { ...plan, stopAtUs: Math.min(plan.stopAtUs ?? Number.POSITIVE_INFINITY, run.stopUs) };
      warn(`waiting for ${new Date(run.startUs / 1_000).toISOString()}, when the next session starts`);
      await this.#clock.sleep(waitMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return undefined;
    }
  }

  async #recordSession(plan: RecordingPlan): Promise<RecordedSession> {
    const journal = await openJournal(plan.dataDir, plan.session);
    for (const cut of journal.cuts) warn(`the last run of ${plan.session} ended in the middle of a write: ${JSON.stringify(cut)}`);
    this.#recording = Recording.start({ ...this.#settings(plan), journal });
    const result = await this.#recording.finished;
    if (!this.#options.seal) return { ...result, session: plan.session };
    const progress = new Progress(`seal ${plan.session}`);
    const { parts } = await sealSession(plan.dataDir, plan.session, (rows) => progress.report(rows, 'rows'));
    progress.done();
    return { ...result, session: plan.session, parts };
  }

  #settings(plan: RecordingPlan): Omit<RecordingOptions, 'journal'> {
    const { stopAtUs } = plan;
    return {
      plan,
      venues: VENUES,
      protocols: PROTOCOLS,
      clock: this.#clock,
      random: Math.random,
      openSocket: openWebSocket,
      callHttp,
      cipher: nodeCipher,
      grantStore: new FileGrantStore(plan.dataDir),
      freeBytes: () => freeBytesOf(plan.dataDir),
      tell: (news) => warn(`${new Date(this.#nowUs() / 1_000).toISOString()} ${newsText(news)}`),
      ...(stopAtUs === undefined || !Number.isFinite(stopAtUs) ? {} : { untilNs: BigInt(stopAtUs) * 1_000n }),
    };
  }

  #plan(): RecordingPlan {
    return planRecording(this.#config, { protocols: PROTOCOLS, variables: this.#variables, nowUs: this.#nowUs() });
  }

  #nowUs(): number {
    return Number(this.#clock.wallNs() / 1_000n);
  }
}

/** A new session, or one that an earlier run left open: it goes on in a new segment and loses nothing. */
async function openJournal(dataDir: string, session: string): Promise<JournalWriter> {
  const exists = (await sessionNames(dataDir)).includes(session);
  if (!exists) return JournalWriter.create(dataDir, session);
  const { state } = await sessionInfo(dataDir, session);
  if (state === 'open') return JournalWriter.reopen(dataDir, session);
  throw usageError(
    'SESSION_CLOSED',
    `session "${session}" in ${dataDir} is closed; choose another with --session, or put {date} into session.name`,
  );
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function clockOf({ clockScale, clockStart }: RecordOptions): ReturnType<typeof systemClock> {
  const scale = clockScale === undefined ? 1 : Number(clockScale);
  if (!(scale > 0 && scale <= 100_000)) throw usageError('CLOCK_SCALE', `--clock-scale ${clockScale}: must be a number above 0`);
  if (clockStart === undefined) return systemClock({ scale });
  const startAtNs = parseIsoNanoseconds(clockStart, 0);
  if (startAtNs === undefined)
    throw usageError('CLOCK_START', `--clock-start ${clockStart}: must be a time such as 2026-11-20T08:30:00+09:00`);
  return systemClock({ scale, startAtNs });
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError('CONFIG_UNREADABLE', `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function show(sessions: readonly RecordedSession[], isJson: boolean): void {
  const rows = sessions.map((result) => ({
    ...result,
    firstReceivedAtNs: String(result.firstReceivedAtNs),
    lastReceivedAtNs: String(result.lastReceivedAtNs),
  }));
  if (isJson) standardOutput.json({ sessions: rows });
  else {
    for (const { session, records, frames, framesShed, reconnects, tapeDigest, reason } of rows) {
      standardOutput.text(
        [
          `recorded ${session}: ${formatCount(records)} records, ${formatCount(frames)} frames, ${formatCount(framesShed)} shed, ${formatCount(reconnects)} reconnects; ended: ${reason}`,
          `tape digest ${tapeDigest}`,
          `next: tapedeck inspect ${session}`,
        ].join('\n'),
      );
    }
  }
}

function showRehearsal({ isOk, checks }: Rehearsal, isJson: boolean): void {
  if (isJson) standardOutput.json({ ok: isOk, checks });
  else standardOutput.text(checks.map((check) => `${check.isOk ? 'ok    ' : 'FAILED'}  ${check.name}: ${check.detail}`).join('\n'));
  if (!isOk) process.exitCode = 1;
}

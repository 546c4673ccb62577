import type { Command } from 'commander';
import { TapedeckError, usageError } from '#domain';
import { planRecording, systemClock } from '#recorder';
import { type ParityReport, parityText } from '#replay';
import { PROTOCOLS } from '#venues';
import { addStrategyOptions, readStrategyOptions, type StrategyCommandOptions } from '../backtest-options.ts';
import { onInterrupt } from '../interrupt.ts';
import { FollowPrinter, parseFollow } from '../live/follow-printer.ts';
import { LiveEngine, runOf, type SessionEnd } from '../live/live-engine.ts';
import { unfinishedRun } from '../live/live-run.ts';
import { startMonitor } from '../monitor.ts';
import { formatCount, standardOutput, warn } from '../output.ts';
import { parityInProcess } from '../parity-process.ts';
import { addRecordingOptions, type RecordingCommandOptions, readClock, readRecordingConfig } from '../recording-options.ts';
import { nextSessionName, type RecordedSession, RecordingWork, type RunningSession } from '../recording-work.ts';
import { retentionInProcess } from '../retention-process.ts';
import { readVariables } from './config.ts';
import { sessionJson, showSession } from './record.ts';

interface LiveOptions extends RecordingCommandOptions, StrategyCommandOptions {
  readonly run?: string;
  readonly follow?: string;
  readonly followFile?: string;
  readonly parity: boolean;
}

const DIFFERENT = 3;

/** What one session of `live` came to. */
interface LiveSession {
  readonly end: SessionEnd;
  readonly parity?: ParityReport;
}

export function liveCommand(verb: Command): Command {
  return addStrategyOptions(addRecordingOptions(verb))
    .option('--run <id>', 'name of the run; live-SESSION unless told; an unfinished one of the same strategy is gone on with')
    .option('--follow <kinds>', 'print these as they happen: candles, signals, orders, fills, status, subscriptions')
    .option('--follow-file <file>', 'add the same as JSON lines to a file')
    .option('--no-parity', 'do not replay the session when it ends')
    .action(async (file: string, options: LiveOptions) => runLive(verb, file, options));
}

async function runLive(verb: Command, file: string, options: LiveOptions): Promise<void> {
  const isJson = options.json === true;
  const clockOptions = readClock(options);
  const clock = systemClock(clockOptions);
  const config = await readRecordingConfig(file, options, verb.getOptionValueSource('data') === 'default');
  const variables = await readVariables(options.envFile);
  const follow = parseFollow(options.follow ?? (options.followFile === undefined ? undefined : 'candles,signals,orders,fills'));
  // On the clock of the recording: the name of the session may hold its date.
  const plan = planRecording(config, { protocols: PROTOCOLS, variables, nowUs: Number(clock.wallNs() / 1_000n) });
  if (plan.schedule.length > 0 && options.run !== undefined) {
    throw usageError('RUN_OF_SCHEDULE', '--run names one run, and a schedule makes one for each session: leave it out');
  }
  // Before anything is recorded: a strategy that cannot be loaded, or a run that is another's, is told at once.
  const session = plan.schedule.length > 0 ? await nextSessionName(plan.dataDir, plan.session) : plan.session;
  await unfinishedRun(plan.dataDir, session, runOf(options.run, session), await readStrategyOptions('live', options));
  const printer = await FollowPrinter.open(options.follow !== undefined && !isJson, options.followFile);
  const recorded: RecordedSession[] = [];
  const lives: LiveSession[] = [];
  const failures: TapedeckError[] = [];
  const engineOf = (session: RunningSession): LiveEngine =>
    new LiveEngine(session, {
      strategy: strategyWords(options),
      run: options.run,
      clock: clockOptions,
      follow,
      onFollowed: printer.print,
      onAlert: session.tell,
      onNote: (text) => warn(text),
      onFailed: (error) => {
        failures.push(error);
        warn(`${error.code}: ${error.message}`);
      },
      onEnd: async (end, dataDir) => {
        const parity = end.isFinished && options.parity ? await parityInProcess(dataDir, end.run) : undefined;
        lives.push({ end, ...(parity === undefined ? {} : { parity }) });
        if (!isJson) showLive(end, parity);
      },
    });
  const work = new RecordingWork({
    config,
    variables,
    clock,
    isSealing: options.seal,
    startMonitor,
    keepRetention: (dataDir, signal) => retentionInProcess(file, dataDir, signal),
    onSession: (session) => {
      recorded.push(session);
      if (!isJson) showSession(session);
    },
    companions: [engineOf],
  });
  onInterrupt(() => work.stop());
  try {
    await work.record();
  } finally {
    await printer.close();
  }
  if (isJson) standardOutput.json({ sessions: recorded.map(sessionJson), runs: lives.map(({ end, parity }) => ({ ...end, parity })) });
  const [failure] = failures;
  if (failure !== undefined) throw new TapedeckError(failure.code, failure.message, { exitCode: failure.exitCode, cause: failure });
  if (lives.some(({ parity }) => parity?.isSame === false)) process.exitCode = DIFFERENT;
}

/** Plain data for the engine's thread. */
function strategyWords({ strategy, set, risk, model, cash, interval, lateness }: LiveOptions): StrategyCommandOptions {
  return {
    ...(strategy === undefined ? {} : { strategy }),
    set: [...set],
    risk: [...risk],
    model: [...model],
    cash: [...cash],
    interval: [...interval],
    ...(lateness === undefined ? {} : { lateness }),
  };
}

function showLive({ run, isFinished, audits, lag, runHash, recorderLoop }: SessionEnd, parity: ParityReport | undefined): void {
  const ms = (us: number): string => `${(us / 1_000).toFixed(1)} ms`;
  const lines = [
    `run ${run}: ${isFinished ? `run hash ${runHash}` : 'unfinished, the next start goes on with it'}, ${formatCount(audits)} audits`,
    `lag, frame to decision: p50 ${ms(lag.p50Us)}, p99 ${ms(lag.p99Us)}, max ${ms(lag.maxUs)} of ${formatCount(lag.records)} records`,
    `recorder's event loop: p50 ${recorderLoop.p50Ms} ms, p99 ${recorderLoop.p99Ms} ms late`,
  ];
  if (parity !== undefined) lines.push(parityText(parity));
  standardOutput.text(lines.join('\n'));
}

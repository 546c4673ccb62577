import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { formatMoney, type RunSummary } from '#domain';
import { type BacktestOptions, backtest } from '#replay';
import { runText } from '#report';
import { createRun, type RunWriter } from '#storage';
import { STARTER_FILE_TEXT } from '#strategies';
import { addBacktestOptions, type BacktestCommandOptions, readBacktestOptions } from '../backtest-options.ts';
import { interruptible } from '../interrupt.ts';
import { standardOutput, warn } from '../output.ts';
import { Progress } from '../progress.ts';
import { keepRun, runEnvironment } from '../run-files.ts';
import { newRunId } from '../run-id.ts';

interface ReplayOptions extends BacktestCommandOptions {
  readonly printStarter?: boolean;
}

export function replayCommand(verb: Command): Command {
  return addBacktestOptions(verb.argument('[sessions...]', 'sessions to play; several are merged by tape time'))
    .option('--print-starter', 'print a strategy file to start from, and exit')
    .action(async (sessions: string[], options: ReplayOptions) => {
      if (options.printStarter) return standardOutput.text(STARTER_FILE_TEXT);
      const summary = await replaySessions(sessions, options);
      if (options.json) standardOutput.json(replayJson(summary));
      else standardOutput.text(runText(summary));
    });
}

/** Runs the back-test, keeps it as a run (audits, summary, report page) and returns its summary. A run that fails, or is interrupted, is not kept. */
export async function replaySessions(sessions: readonly string[], options: BacktestCommandOptions): Promise<RunSummary> {
  const { strategyFrom, ...settings } = await readBacktestOptions('replay', sessions, options);
  const run = await createRun(options.data, newRunId());
  try {
    const summary = await playRun(run, settings, `replay ${sessions.join(' + ')}`);
    await keepRun(run, summary, { strategyFrom, settings, mode: 'replay' });
    await run.done();
    if (!options.json) warn(`run ${run.paths.id}: report ${run.paths.report}`);
    for (const currency of Object.keys(settings.startMinor ?? {})) {
      if (!summary.currencies.some((used) => used.currency === currency)) warn(`--cash ${currency}: nothing was traded in ${currency}`);
    }
    return summary;
  } catch (error) {
    await discardRun(run);
    throw error;
  }
}

async function playRun(run: RunWriter, settings: BacktestOptions, what: string): Promise<RunSummary> {
  const progress = new Progress(what);
  const checkInterrupt = interruptible();
  const startedAtMs = performance.now();
  const result = await backtest({
    ...settings,
    onAuditLine: (line) => run.appendAudit(line),
    betweenBatches: () => {
      checkInterrupt();
      return run.drain();
    },
    onProgress: (records) => progress.report(records, 'records'),
  });
  progress.done();
  return { ...result, run: run.paths.id, environment: runEnvironment(startedAtMs) };
}

/** Nothing of a failed run is of use: the tape still has it all, and `report` must not find half of one. */
async function discardRun(run: RunWriter): Promise<void> {
  // Closes the file. A failure of it is what made the run fail, or hides behind what did.
  await run.done().catch(() => undefined);
  await rm(run.paths.runDir, { recursive: true, force: true });
}

function replayJson(summary: RunSummary) {
  const { counts, environment, identity } = summary;
  const seconds = environment.elapsedMs / 1000;
  return {
    run: summary.run,
    runHash: summary.runHash,
    tapeDigests: identity.tapeDigests,
    sessions: summary.sessions,
    strategy: identity.strategy.name,
    sourceHash: identity.strategy.sourceHash,
    parameters: identity.strategy.parameters,
    settings: identity.settings,
    records: counts.records,
    frames: counts.frames,
    events: counts.events,
    candles: counts.candles,
    intents: counts.intents,
    refused: counts.refused,
    refusals: summary.refusals,
    orders: counts.orders,
    fills: counts.fills,
    trades: counts.trades,
    netPnl: moneyByCurrency(summary, 'netMinor'),
    grossPnl: moneyByCurrency(summary, 'grossMinor'),
    fees: moneyByCurrency(summary, 'feesMinor'),
    elapsedMs: environment.elapsedMs,
    framesPerSecond: Math.round(counts.frames / Math.max(seconds, 0.001)),
    peakRssMb: environment.peakRssMb,
    lost: { ...summary.lost },
  };
}

function moneyByCurrency(summary: RunSummary, field: 'netMinor' | 'grossMinor' | 'feesMinor'): Record<string, number> {
  return Object.fromEntries(
    summary.currencies.map((currency) => [currency.currency, Number(formatMoney(currency[field], currency.currency))]),
  );
}

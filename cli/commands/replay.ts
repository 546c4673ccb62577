import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { formatMoney, type JsonValue, type RunSummary, type Tape, usageError } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import { type BacktestOptions, backtest, openTape } from '#replay';
import { runHtml, runText } from '#report';
import { createRun, type RunWriter } from '#storage';
import { STARTER_FILE_TEXT, STRATEGIES } from '#strategies';
import { VENUES } from '#venues';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, collect, LATENESS_OPTION, parseLateness, parseStore, STORE_OPTION } from '../options.ts';
import { standardOutput, warn } from '../output.ts';
import { packageVersion } from '../package-root.ts';
import { Progress } from '../progress.ts';
import { newRunId } from '../run-id.ts';
import { parseCash, resolveParameters, settingsObject } from '../settings.ts';
import { loadStrategy } from '../strategy-loader.ts';

export interface ReplayOptions extends CommonOptions {
  readonly strategy: string;
  readonly set: readonly string[];
  readonly risk: readonly string[];
  readonly model: readonly string[];
  readonly cash: readonly string[];
  readonly interval: readonly string[];
  readonly lateness?: string;
  readonly from?: string;
  readonly printStarter?: boolean;
}

export function replayCommand(verb: Command): Command {
  return verb
    .argument('[sessions...]', 'sessions to play; several are merged by tape time')
    .option(
      '--strategy <name>',
      `built in: ${STRATEGIES.map((strategy) => strategy.name).join(', ')}; or the path of your own .ts or .js file`,
    )
    .option('--set <key=value>', 'a parameter of the strategy (repeatable)', collect, [])
    .option('--risk <key=value>', 'a risk limit, for example stopLoss.percent=1 (repeatable)', collect, [])
    .option('--model <key=value>', 'a model, for example latency.orderUs=5000 (repeatable)', collect, [])
    .option('--cash <currency=amount>', 'starting cash, for returns and ratios (repeatable)', collect, [])
    .option('--interval <interval>', 'candles besides the strategy’s own: 1m, 5m, 1h, 100t, 50v, 1000000q (repeatable)', collect, [])
    .option(...LATENESS_OPTION)
    .option(...STORE_OPTION)
    .option('--print-starter', 'print a strategy file to start from, and exit')
    .action(async (sessions: string[], options: ReplayOptions) => {
      if (options.printStarter) return standardOutput.text(STARTER_FILE_TEXT);
      if (options.strategy === undefined)
        throw usageError('STRATEGY_MISSING', 'replay needs --strategy NAME or the path of a strategy file');
      if (sessions.length === 0) throw usageError('SESSION_MISSING', 'replay needs the name of a session; tapedeck sessions lists them');
      const summary = await replaySessions(sessions, options);
      if (options.json) standardOutput.json(replayJson(summary));
      else standardOutput.text(runText(summary));
    });
}

/** Runs the back-test, keeps it as a run (audits, summary, report page) and returns its summary. A run that fails, or is interrupted, is not kept. */
export async function replaySessions(sessions: readonly string[], options: ReplayOptions): Promise<RunSummary> {
  const settings = await backtestSettings(sessions, options);
  const run = await createRun(options.data, newRunId());
  try {
    const summary = await playRun(run, settings, `replay ${sessions.join(' + ')}`);
    await keepRun(run, summary);
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

/** All that can be checked before a run exists. */
async function backtestSettings(sessions: readonly string[], options: ReplayOptions): Promise<BacktestOptions> {
  const { definition, sourceHash } = await loadStrategy(options.strategy);
  const from = parseStore(options.from);
  const latenessUs = parseLateness(options.lateness);
  const tapes: Tape[] = [];
  for (const session of sessions) tapes.push(await openTape(options.data, session, from));
  return {
    tapes,
    venues: VENUES,
    strategy: definition,
    sourceHash,
    parameters: resolveParameters(definition, options.set),
    candles: options.interval,
    ...(latenessUs === undefined ? {} : { latenessUs }),
    risk: settingsObject(options.risk, '--risk') as RiskSettings,
    models: settingsObject(options.model, '--model') as ModelSettings,
    startMinor: parseCash(options.cash),
  };
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
  const environment = {
    version: packageVersion(),
    node: process.version,
    elapsedMs: Math.round(performance.now() - startedAtMs),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  return { ...result, run: run.paths.id, environment };
}

async function keepRun(run: RunWriter, summary: RunSummary): Promise<void> {
  const { runHash, sessions, identity, environment } = summary;
  await run.writeRunJson(plainJson({ run: run.paths.id, runHash, sessions, ...identity, environment }));
  await run.writeSummary(plainJson(summary));
  await run.writeReport(runHtml(summary));
  await run.done();
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

/** As JSON would carry it: NaN becomes null, `undefined` members go. */
function plainJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

import type { Command } from 'commander';
import { formatMoney, type JsonValue, minorDecimals, parseDecimal, type RunSummary, rescale, usageError } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import { backtest, openTape } from '#replay';
import { runHtml, runText } from '#report';
import { createRun } from '#storage';
import { STARTER_FILE_TEXT, STRATEGIES } from '#strategies';
import { VENUES } from '#venues';
import { type CommonOptions, collect, command, LATENESS_OPTION, parseLateness, parseStore, STORE_OPTION } from '../options.ts';
import { standardOutput, warn } from '../output.ts';
import { packageVersion } from '../package-root.ts';
import { Progress } from '../progress.ts';
import { newRunId } from '../run-id.ts';
import { parsePairs, resolveParameters, settingsObject } from '../settings.ts';
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

export function replayCommand(): Command {
  return command('replay', 'play sessions through a strategy, risk rules and a paper broker')
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

/** Runs the back-test, keeps it as a run (audits, summary, report page) and returns its summary. */
export async function replaySessions(sessions: readonly string[], options: ReplayOptions): Promise<RunSummary> {
  const strategy = await loadStrategy(options.strategy);
  const parameters = resolveParameters(strategy.definition, options.set);
  const from = parseStore(options.from);
  const latenessUs = parseLateness(options.lateness);
  const tapes = [];
  for (const session of sessions) tapes.push(await openTape(options.data, session, from));
  const progress = new Progress(`replay ${sessions.join(' + ')}`);
  const startedAtMs = performance.now();
  const run = await createRun(options.data, newRunId());
  const result = await backtest({
    tapes,
    venues: VENUES,
    strategy: strategy.definition,
    sourceHash: strategy.sourceHash,
    parameters,
    candles: options.interval,
    ...(latenessUs === undefined ? {} : { latenessUs }),
    risk: settingsObject(options.risk, '--risk') as RiskSettings,
    models: settingsObject(options.model, '--model') as ModelSettings,
    startMinor: parseCash(options.cash),
    onAuditLine: (line) => run.appendAudit(line),
    betweenBatches: () => run.drain(),
    onProgress: (records) => progress.report(records, 'records'),
  });
  progress.done();
  const environment = {
    version: packageVersion(),
    node: process.version,
    elapsedMs: Math.round(performance.now() - startedAtMs),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  const summary: RunSummary = { ...result, run: run.paths.id, environment };
  await run.writeRunJson(
    plainJson({ run: run.paths.id, runHash: summary.runHash, sessions: summary.sessions, ...summary.identity, environment }),
  );
  await run.writeSummary(plainJson(summary));
  await run.writeReport(runHtml(summary));
  await run.done();
  if (!options.json) warn(`run ${run.paths.id}: report ${run.paths.report}`);
  return summary;
}

function parseCash(pairs: readonly string[]): Record<string, number> {
  const cash: Record<string, number> = {};
  for (const [currency, text] of parsePairs(pairs, '--cash')) {
    const amount = parseDecimal(text);
    if (amount === undefined || amount.units < 0n)
      throw usageError('CASH_INVALID', `--cash ${currency}=${text}: write a positive amount such as ${currency}=10000`);
    cash[currency] = Number(rescale(amount.units, amount.decimals, minorDecimals(currency), 'against-us'));
  }
  return cash;
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

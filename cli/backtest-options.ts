import type { Command } from 'commander';
import { type Tape, usageError } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import type { BacktestOptions, Store } from '#replay';
import { STRATEGIES } from '#strategies';
import { VENUES } from '#venues';
import { openSession } from './open-session.ts';
import { type CommonOptions, collect, LATENESS_OPTION, parseLateness, parseStore, STORE_OPTION } from './options.ts';
import { parseCash, resolveParameters, settingsObject } from './settings.ts';
import { loadStrategy } from './strategy-loader.ts';

// One way to write and read what decides a run, for every verb that runs a strategy: each takes the same words and means the same by them.

/** What decides a run besides its tape, as it stands on the command line: the repeatable ones are lists of `key=value`. */
export interface StrategyCommandOptions {
  readonly strategy?: string;
  readonly set: readonly string[];
  readonly risk: readonly string[];
  readonly model: readonly string[];
  readonly cash: readonly string[];
  readonly interval: readonly string[];
  readonly lateness?: string;
}

/** The same for verbs that play recorded sessions, which can be read from the journal or from Parquet. */
export interface BacktestCommandOptions extends StrategyCommandOptions, CommonOptions {
  readonly from?: string;
}

/** A run without its tapes: what `backtest` or an `Engine` needs besides them. */
export interface StrategySetup extends Omit<BacktestOptions, 'tapes' | 'onAuditLine' | 'onProgress' | 'betweenBatches' | 'signal'> {
  /** The built-in name or the path of the file, as it was written: `loadStrategy` finds the same again, on another thread too. */
  readonly strategyFrom: string;
}

/** Adds `--strategy`, `--set`, `--risk`, `--model`, `--cash`, `--interval` and `--lateness`: read them with `readStrategyOptions`. */
export function addStrategyOptions(verb: Command): Command {
  return verb
    .option(
      '--strategy <name>',
      `built in: ${STRATEGIES.map((strategy) => strategy.name).join(', ')}; or the path of your own .ts or .js file`,
    )
    .option('--set <key=value>', 'a parameter of the strategy (repeatable)', collect, [])
    .option('--risk <key=value>', 'a risk limit, for example stopLoss.percent=1 (repeatable)', collect, [])
    .option('--model <key=value>', 'a model, for example latency.orderUs=5000 (repeatable)', collect, [])
    .option('--cash <currency=amount>', 'starting cash, for returns and ratios (repeatable)', collect, [])
    .option('--interval <interval>', 'candles besides the strategy’s own: 1m, 5m, 1h, 100t, 50v, 1000000q (repeatable)', collect, [])
    .option(...LATENESS_OPTION);
}

/** Adds those and `--from journal|parquet`: read them with `readBacktestOptions`. */
export function addBacktestOptions(verb: Command): Command {
  return addStrategyOptions(verb).option(...STORE_OPTION);
}

/**
 * Loads the strategy and reads its parameters, limits and models; `verb` is for messages. Throws usage errors (exit code 2), `STRATEGY_MISSING`
 * and those of `loadStrategy` and `cli/settings.ts`. Names and values of limits, models and intervals are checked by the engine when it starts.
 */
export async function readStrategyOptions(verb: string, options: StrategyCommandOptions): Promise<StrategySetup> {
  const { strategy } = options;
  if (strategy === undefined) throw usageError('STRATEGY_MISSING', `${verb} needs --strategy NAME or the path of a strategy file`);
  const { definition, sourceHash } = await loadStrategy(strategy);
  const latenessUs = parseLateness(options.lateness);
  return {
    venues: VENUES,
    strategy: definition,
    strategyFrom: strategy,
    sourceHash,
    parameters: resolveParameters(definition, options.set),
    candles: options.interval,
    ...(latenessUs === undefined ? {} : { latenessUs }),
    risk: settingsObject(options.risk, '--risk') as RiskSettings,
    models: settingsObject(options.model, '--model') as ModelSettings,
    startMinor: parseCash(options.cash),
  };
}

/** The same with the sessions opened, in merge order. Throws `SESSION_MISSING` when none is named, and the errors of `openTape`. */
export async function readBacktestOptions(
  verb: string,
  sessions: readonly string[],
  options: BacktestCommandOptions,
): Promise<StrategySetup & { readonly tapes: readonly Tape[] }> {
  const setup = await readStrategyOptions(verb, options);
  if (sessions.length === 0) throw usageError('SESSION_MISSING', `${verb} needs the name of a session; tapedeck sessions lists them`);
  return { ...setup, tapes: await openSessions(options.data, sessions, parseStore(options.from)) };
}

/** Opens sessions by name, in the order given. */
export async function openSessions(dataDir: string, sessions: readonly string[], from: Store | undefined): Promise<readonly Tape[]> {
  const tapes: Tape[] = [];
  for (const session of sessions) tapes.push(await openSession(dataDir, session, from));
  return tapes;
}

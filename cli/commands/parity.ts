import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { JsonValue, Parameters, RunIdentity } from '#domain';
import { integrityError } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import { type BacktestOptions, type ParityReport, parity, type RecordPlace } from '#replay';
import { readAudits, readRun } from '#storage';
import { VENUES } from '#venues';
import { openSessions } from '../backtest-options.ts';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, collect, parseStore, STORE_OPTION } from '../options.ts';
import { formatCount, standardOutput } from '../output.ts';
import { Progress } from '../progress.ts';
import { resolveParameters, settingsObject } from '../settings.ts';
import { loadStrategy, strategySources } from '../strategy-loader.ts';

interface ParityCommandOptions extends CommonOptions {
  readonly from?: string;
  readonly strategy?: string;
  readonly set: readonly string[];
  readonly risk: readonly string[];
  readonly model: readonly string[];
}

const DIFFERENT = 3;
const AUDIT_CHARACTERS_MAX = 600;

export function parityCommand(verb: Command): Command {
  return verb
    .argument('<run>', 'a run, live or replayed; its session is replayed and every decision compared')
    .option('--strategy <name>', 'instead of the one of the run: where its file is now, or one to compare with')
    .option('--set <key=value>', 'a parameter instead of the run’s (repeatable)', collect, [])
    .option('--risk <key=value>', 'a risk limit instead of the run’s (repeatable)', collect, [])
    .option('--model <key=value>', 'a model instead of the run’s (repeatable)', collect, [])
    .option(...STORE_OPTION)
    .action(async (run: string, options: ParityCommandOptions) => {
      const report = await parityOfRun(options.data, run, options);
      if (options.json) standardOutput.json(report);
      else standardOutput.text(parityText(report));
      if (!report.isSame) process.exitCode = DIFFERENT;
    });
}

/** What `run.json` holds, as far as a replay needs it. */
interface StoredIdentity {
  readonly sessions: readonly string[];
  readonly strategyFrom: string;
  readonly strategy: RunIdentity['strategy'];
  readonly settings: RunIdentity['settings'];
  readonly options: {
    readonly candles: readonly string[];
    readonly latenessUs?: number;
    readonly models: ModelSettings;
    readonly risk: RiskSettings;
    readonly startMinor: Readonly<Record<string, number>>;
  };
  readonly tapeDigests?: readonly string[];
  readonly runHash?: string;
}

/** Replays the session of a run with the run's own settings (and what is told otherwise) and compares. */
export async function parityOfRun(dataDir: string, id: string, changes: Partial<ParityCommandOptions> = {}): Promise<ParityReport> {
  const { paths, run } = await readRun(dataDir, id);
  const stored = storedIdentity(run, paths.runJson);
  const progress = new Progress(`parity ${id}`);
  const checkInterrupt = interruptible();
  const settings = await replayOptions(dataDir, stored, changes);
  const report = await parity({
    run: id,
    identity: { strategy: stored.strategy, settings: stored.settings, tapeDigests: stored.tapeDigests ?? [] },
    runHash: stored.runHash,
    audits: readAudits(paths),
    replay: {
      ...settings,
      onProgress: (records) => progress.report(records, 'records'),
      betweenBatches: async () => checkInterrupt(),
    },
    sources: await sourcesOf(changes.strategy ?? stored.strategyFrom),
  });
  progress.done();
  return report;
}

async function replayOptions(dataDir: string, stored: StoredIdentity, changes: Partial<ParityCommandOptions>): Promise<BacktestOptions> {
  const { definition, sourceHash } = await loadStrategy(changes.strategy ?? stored.strategyFrom);
  const { candles, latenessUs, models, risk, startMinor } = stored.options;
  const { set = [], risk: riskWords = [], model = [] } = changes;
  const told = set.length === 0 ? {} : resolveParameters(definition, set);
  const names = new Set(set.map((pair) => pair.slice(0, pair.indexOf('='))));
  const changed = Object.fromEntries(Object.entries(told).filter(([name]) => names.has(name)));
  return {
    tapes: await openSessions(dataDir, stored.sessions, parseStore(changes.from)),
    venues: VENUES,
    strategy: definition,
    sourceHash,
    parameters: { ...(stored.strategy.parameters as Parameters), ...changed },
    candles,
    ...(latenessUs === undefined ? {} : { latenessUs }),
    models: merged({ ...models }, settingsObject(model, '--model')) as ModelSettings,
    risk: merged({ ...risk }, settingsObject(riskWords, '--risk')) as RiskSettings,
    startMinor,
  };
}

type Settings = { readonly [name: string]: unknown };

/** `changes` over `settings`, member by member. */
function merged(settings: Settings, changes: Settings): Settings {
  const result: Record<string, unknown> = { ...settings };
  for (const [name, value] of Object.entries(changes)) {
    const before = result[name];
    result[name] = isSettings(before) && isSettings(value) ? merged(before, value) : value;
  }
  return result;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function sourcesOf(strategyFrom: string) {
  const sources = [];
  for (const file of strategySources(strategyFrom)) sources.push({ file, text: await readFile(file, 'utf8') });
  return sources;
}

function storedIdentity(run: JsonValue, path: string): StoredIdentity {
  const stored = run as unknown as Partial<StoredIdentity> | null;
  if (
    stored?.strategyFrom === undefined ||
    stored.options === undefined ||
    stored.sessions === undefined ||
    stored.strategy === undefined
  ) {
    throw integrityError('RUN_TOO_OLD', `${path} does not say what the run was made with; replay its session again`);
  }
  return stored as StoredIdentity;
}

/** "same N decisions", or the first that differs with its record, both values and the likely cause. */
export function parityText(report: ParityReport): string {
  const { run, isSame, isFinished, audits, decisions, difference, causes, runHash } = report;
  if (isSame) {
    const end = isFinished ? `run hash ${runHash.replay}` : 'the run is not finished: compared as far as it goes';
    return `parity ${run}: same ${formatCount(decisions)} decisions (${formatCount(audits.run)} audits), ${end}`;
  }
  const lines = [`parity ${run}: differs after ${formatCount(decisions)} decisions`];
  if (difference === undefined) lines.push('  all audits are the same; what they were made with is not');
  else {
    const what = { different: 'decided otherwise', missing: 'not decided by the replay', extra: 'decided by the replay only' }[
      difference.kind
    ];
    lines.push(`  ${what} at ${placeText(difference.record, difference.event)}`);
    for (const { path, expected, found } of difference.fields) {
      lines.push(`    ${path}: the run has ${JSON.stringify(expected) ?? 'nothing'}, the replay ${JSON.stringify(found) ?? 'nothing'}`);
    }
    lines.push(`  run    ${cut(difference.run)}`, `  replay ${cut(difference.replay)}`);
  }
  return [...lines, ...causes.map(({ kind, text }) => `  likely cause (${kind}): ${text}`)].join('\n');
}

function placeText(record: RecordPlace | undefined, event: number): string {
  if (record === undefined) return 'a record that the tape does not have';
  const { sequence, session, kind, venue, channel, receivedAt } = record;
  const words = [kind, venue, channel].filter((word) => word !== '').join(' ');
  return `record ${sequence} of ${session} (${words}, ${receivedAt})${event < 0 ? '' : `, event ${event}`}`;
}

function cut(line: string | undefined): string {
  if (line === undefined) return 'nothing';
  return line.length <= AUDIT_CHARACTERS_MAX ? line : `${line.slice(0, AUDIT_CHARACTERS_MAX)}… (${line.length} characters)`;
}

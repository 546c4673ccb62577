import { integrityError, type JsonValue, type Parameters, type RunIdentity } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import type { PlaySettings } from '#replay';
import { type RunPaths, readRun } from '#storage';
import { VENUES } from '#venues';
import { resolveParameters, settingsObject } from './settings.ts';
import { loadStrategy } from './strategy-loader.ts';

/** What `run.json` holds, as far as the same run can be made again from it. */
export interface StoredSettings {
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

/** What is told instead of the run's own, as on the command line. */
export interface RunChanges {
  readonly strategy?: string;
  readonly set?: readonly string[];
  readonly risk?: readonly string[];
  readonly model?: readonly string[];
}

/** Reads a run; `RUN_UNKNOWN`, `RUN_CORRUPT`, `RUN_TOO_OLD`. */
export async function storedRun(dataDir: string, id: string): Promise<{ readonly paths: RunPaths; readonly stored: StoredSettings }> {
  const { paths, run } = await readRun(dataDir, id);
  return { paths, stored: storedSettings(run, paths.runJson) };
}

/** Everything that decides the run, with its strategy loaded as it is now. */
export async function settingsOfRun(stored: StoredSettings, changes: RunChanges = {}): Promise<PlaySettings> {
  const { definition, sourceHash } = await loadStrategy(changes.strategy ?? stored.strategyFrom);
  const { candles, latenessUs, models, risk, startMinor } = stored.options;
  const { set = [], risk: riskWords = [], model = [] } = changes;
  const told = set.length === 0 ? {} : resolveParameters(definition, set);
  const names = new Set(set.map((pair) => pair.slice(0, pair.indexOf('='))));
  const changed = Object.fromEntries(Object.entries(told).filter(([name]) => names.has(name)));
  return {
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

function storedSettings(run: JsonValue, path: string): StoredSettings {
  const stored = run as unknown as Partial<StoredSettings> | null;
  if (
    stored?.strategyFrom === undefined ||
    stored.options === undefined ||
    stored.sessions === undefined ||
    stored.strategy === undefined
  ) {
    throw integrityError('RUN_TOO_OLD', `${path} does not say what the run was made with; replay its session again`);
  }
  return stored as StoredSettings;
}

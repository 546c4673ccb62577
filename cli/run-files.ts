import type { JsonValue, RunIdentity, RunSummary } from '#domain';
import type { PlaySettings } from '#replay';
import { runHtml } from '#report';
import type { RunWriter } from '#storage';
import { packageVersion } from './package-root.ts';

/** What `run.json` says of a run that has begun: enough to play it again. */
export interface BegunRun {
  readonly sessions: readonly string[];
  readonly identity: RunIdentity;
  /** The built-in name or the path of the file, as it was given. */
  readonly strategyFrom: string;
  readonly settings: PlaySettings;
}

/** Of this process, for a run that began at `startedAtMs` of `performance.now`. */
export function runEnvironment(startedAtMs: number): RunSummary['environment'] {
  return {
    version: packageVersion(),
    node: process.version,
    elapsedMs: Math.round(performance.now() - startedAtMs),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** Writes `run.json` of a live run as it begins: it has no hash before its session is closed. */
export async function beginRun(run: RunWriter, { sessions, identity, strategyFrom, settings }: BegunRun): Promise<void> {
  const { strategy, settings: resolved } = identity;
  const options = givenOptions(settings);
  await run.writeRunJson(plainJson({ run: run.paths.id, mode: 'live', sessions, strategyFrom, options, strategy, settings: resolved }));
}

/** Writes everything of a finished run but its audits. */
export async function keepRun(
  run: RunWriter,
  summary: RunSummary,
  { strategyFrom, settings, mode }: { readonly strategyFrom: string; readonly settings: PlaySettings; readonly mode: 'replay' | 'live' },
): Promise<void> {
  const { runHash, sessions, identity, environment } = summary;
  const options = givenOptions(settings);
  await run.writeRunJson(plainJson({ run: run.paths.id, mode, runHash, sessions, strategyFrom, options, ...identity, environment }));
  await run.writeSummary(plainJson(summary));
  await run.writeReport(runHtml(summary));
}

/** The settings as they were given, defaults left out: what the same run is made with again. */
function givenOptions({ candles = [], latenessUs, models = {}, risk = {}, startMinor = {} }: PlaySettings): object {
  return { candles, ...(latenessUs === undefined ? {} : { latenessUs }), models, risk, startMinor };
}

/** As JSON would carry it: NaN becomes null, `undefined` members go. */
function plainJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

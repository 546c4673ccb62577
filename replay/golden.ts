import { integrityError, type JsonValue, type Parameters, type StrategyDefinition, type Tape, usageError } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import { type Golden, type GoldenPaths, type GoldenWriter, readGolden, readGoldenLines } from '#storage';
import type { Venue } from '#venues';
import { type BacktestOptions, type BacktestResult, backtest } from './backtest.ts';
import { AuditComparison, type AuditPair, placeOfPair } from './comparison/audit-comparison.ts';
import { type JsonDifference, jsonDifferences, plainMembers } from './comparison/json-difference.ts';
import { findRecord, type RecordPlace } from './comparison/record-place.ts';
import { causesOf, type GoldenCause, recordCausesOf } from './golden/golden-causes.ts';
import { fingerprintLines } from './golden/record-fingerprints.ts';

/** Members of one difference that are listed. */
const FIELDS_MAX = 20;

/** The first decision that differs. */
export interface GoldenDifference {
  readonly kind: 'different' | 'missing' | 'extra';
  readonly record: RecordPlace | undefined;
  /** Index of the event within the record; -1 for the step that only moves time. */
  readonly event: number;
  /** The audits as lines of canonical JSON; `undefined` where one side has none. */
  readonly expected: string | undefined;
  readonly found: string | undefined;
  /** Member by member, at most 20; none for a missing or an extra audit. */
  readonly fields: readonly JsonDifference[];
}

export interface GoldenReport {
  readonly name: string;
  readonly isSame: boolean;
  readonly runHash: { readonly expected: string; readonly found: string };
  readonly audits: { readonly expected: number; readonly found: number };
  /** Absent where all decisions are the same. */
  readonly difference?: GoldenDifference;
  /** The likely causes, the likeliest first; none when it is the same. */
  readonly causes: readonly GoldenCause[];
  /** It is the same, and still a decoder says something else that no decision depends on. */
  readonly note?: GoldenCause;
}

/** A replay to keep: what `backtest` needs, and where the strategy is found again. */
export interface GoldenReplay {
  readonly options: BacktestOptions;
  /** Name of a built-in strategy, or the path of its file from the folder of the golden. */
  readonly strategyFrom: string;
  readonly name: string;
}

/** Replays, and keeps what it decided. `finish` is left to the writer's owner: nothing is a golden before. */
export async function makeGolden(
  replay: GoldenReplay,
  writer: GoldenWriter,
): Promise<{ readonly golden: Golden; readonly fingerprints: string[] }> {
  const { options } = replay;
  let audits = 0;
  const result = await backtest({
    ...options,
    onAuditLine: (line) => {
      audits += 1;
      writer.appendAudit(line);
    },
    betweenBatches: () => writer.drain(),
  });
  const { onProgress } = options;
  const fingerprints = await fingerprintLines(options.tapes, options.venues, onProgress === undefined ? {} : { onProgress });
  return { golden: goldenOf(replay, result, audits), fingerprints };
}

/** Who plays a golden again: its tapes and its strategy as they are now. */
export interface GoldenCheck {
  readonly tapes: readonly Tape[];
  readonly venues: ReadonlyMap<string, Venue>;
  readonly strategy: StrategyDefinition;
  /** The golden's own when absent: then nothing is said of the strategy's source. */
  readonly sourceHash?: string;
  /** Instead of the golden's. */
  readonly parameters?: Parameters;
  readonly onProgress?: (records: number) => void;
}

/** Replays a golden, and says whether it decides the same; else where it first differs, and why it likely does. */
export async function checkGolden(paths: GoldenPaths, check: GoldenCheck): Promise<GoldenReport> {
  const golden = await readGolden(paths);
  const { result, comparison } = await playAgain(golden, paths, check);
  const report = {
    name: golden.name,
    isSame: result.runHash === golden.runHash,
    runHash: { expected: golden.runHash, found: result.runHash },
    audits: { expected: golden.audits, found: comparison.foundCount },
  };
  const recordCauses = await recordCausesOf(golden, paths, result, check.tapes, check.venues);
  if (report.isSame) {
    const note = recordCauses.find(({ kind }) => kind === 'decoder');
    return { ...report, causes: [], ...(note === undefined ? {} : { note }) };
  }
  const difference = comparison.first === undefined ? {} : { difference: await differenceOf(comparison.first, check) };
  return { ...report, ...difference, causes: causesOf(golden, result, recordCauses) };
}

async function playAgain(
  golden: Golden,
  paths: GoldenPaths,
  check: GoldenCheck,
): Promise<{ readonly result: BacktestResult; readonly comparison: AuditComparison }> {
  const comparison = new AuditComparison(readGoldenLines(paths.audits));
  try {
    const result = await backtest({
      ...replayOptions(golden, check),
      onAuditLine: (line) => comparison.add(line),
      betweenBatches: () => comparison.compare(),
      ...(check.onProgress === undefined ? {} : { onProgress: check.onProgress }),
    });
    await comparison.finish();
    const { expectedCount } = comparison;
    if (expectedCount === golden.audits) return { result, comparison };
    throw integrityError(
      'GOLDEN_CORRUPT',
      `${paths.audits} holds ${expectedCount} audits, its golden says ${golden.audits}; make it anew with: tapedeck golden add ${golden.name} --replace`,
    );
  } finally {
    await comparison.close();
  }
}

/** A golden's settings with the tapes and the strategy of now. */
function replayOptions(golden: Golden, check: GoldenCheck): BacktestOptions {
  const { candles, latenessUs, models, risk, startMinor } = golden.options;
  return {
    tapes: check.tapes,
    venues: check.venues,
    strategy: check.strategy,
    sourceHash: check.sourceHash ?? golden.strategy.sourceHash,
    parameters: parametersNow(golden, check),
    candles,
    ...(latenessUs === undefined ? {} : { latenessUs }),
    models: models as ModelSettings,
    risk: risk as RiskSettings,
    startMinor,
  };
}

/** The golden's, for the parameters that the strategy has now: one that is new has its default, one that is gone is told as a difference. */
function parametersNow(golden: Golden, { strategy, parameters = {} }: GoldenCheck): Parameters {
  const names = Object.keys(strategy.parameters);
  const unknown = Object.keys(parameters).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.join(', ') || 'none';
    throw usageError('PARAMETER_UNKNOWN', `strategy ${strategy.name} has no parameter "${unknown}"; it has: ${known}`);
  }
  const kept = golden.strategy.parameters as Parameters;
  return Object.fromEntries(
    Object.entries(strategy.parameters).map(([name, spec]) => [name, parameters[name] ?? kept[name] ?? spec.default]),
  );
}

function goldenOf({ options, strategyFrom, name }: GoldenReplay, result: BacktestResult, audits: number): Golden {
  const { identity, runHash, counts } = result;
  const tapes = options.tapes.map(({ session }, i) => ({ session, digest: identity.tapeDigests[i]! }));
  const { candles = [], latenessUs, models = {}, risk = {}, startMinor = {} } = options;
  return {
    version: 1,
    name,
    tapes,
    strategy: { from: strategyFrom, ...identity.strategy, parameters: { ...identity.strategy.parameters } },
    options: {
      candles: [...candles],
      ...(latenessUs === undefined ? {} : { latenessUs }),
      models: plainMembers(models),
      risk: plainMembers(risk),
      startMinor: { ...startMinor },
    },
    settings: plainMembers(identity.settings),
    runHash,
    counts: { ...counts },
    audits,
  };
}

async function differenceOf(pair: AuditPair, { tapes, venues }: GoldenCheck): Promise<GoldenDifference> {
  const { kind, audit } = placeOfPair(pair);
  const { sequence, tape, event } = audit;
  const record = await findRecord(tapes, venues, (candidate, at) => candidate.sequence === sequence && at === tape);
  const { expected, found } =
    kind === 'missing' ? { ...pair, found: undefined } : kind === 'extra' ? { ...pair, expected: undefined } : pair;
  const fields = expected === undefined || found === undefined ? [] : jsonDifferences(parse(expected), parse(found));
  return { kind, record, event, expected, found, fields: fields.slice(0, FIELDS_MAX) };
}

function parse(line: string): JsonValue {
  return JSON.parse(line) as JsonValue;
}

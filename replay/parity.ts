import { canonicalJson, type JsonValue, type RunIdentity } from '#domain';
import { type BacktestOptions, type BacktestResult, backtest } from './backtest.ts';
import { AuditComparison, type AuditPair, placeOfPair } from './comparison/audit-comparison.ts';
import { type JsonDifference, jsonDifferences } from './comparison/json-difference.ts';
import { findRecord, type RecordPlace } from './comparison/record-place.ts';
import { isSameInAnotherOrder } from './parity/another-order.ts';
import { impureCalls, type SourceText } from './parity/impure-calls.ts';

/** Why a replay decides other than the run did, as far as it can be told. */
export type ParityCauseKind = 'tape' | 'parameter' | 'setting' | 'source' | 'order' | 'impure' | 'unrepeatable' | 'engine';

export interface ParityCause {
  readonly kind: ParityCauseKind;
  readonly text: string;
}

export interface ParityDifference {
  /** `missing`: the replay does not decide it; `extra`: only the replay does. */
  readonly kind: 'different' | 'missing' | 'extra';
  readonly record: RecordPlace | undefined;
  /** Index of the event in the record; -1 where time alone decided. */
  readonly event: number;
  /** The audits as they stand in the run and as the replay makes them. */
  readonly run: string | undefined;
  readonly replay: string | undefined;
  /** Members that differ: `expected` is the run's, `found` the replay's; at most `FIELDS_MAX`. */
  readonly fields: readonly JsonDifference[];
}

export interface ParityReport {
  readonly run: string;
  readonly isSame: boolean;
  /** False: the run was not finished; its audits are compared as far as they go. */
  readonly isFinished: boolean;
  readonly audits: { readonly run: number; readonly replay: number };
  /** Intents, orders, fills, refusals, rules and the like in the audits that are the same. */
  readonly decisions: number;
  readonly runHash: { readonly run: string | undefined; readonly replay: string };
  readonly difference?: ParityDifference;
  readonly causes: readonly ParityCause[];
}

export interface ParityOptions {
  readonly run: string;
  /** As the run says of itself; without tape digests where it was not finished. */
  readonly identity: RunIdentity;
  readonly runHash: string | undefined;
  readonly audits: AsyncIterable<string>;
  /** The run's tapes, strategy and settings as they are now. */
  readonly replay: BacktestOptions;
  /** The strategy's source, to name what in it does not come from the tape. */
  readonly sources?: readonly SourceText[];
}

const FIELDS_MAX = 20;
/** Entries that are no decision but what the market did. */
const MARKET_ENTRIES = /"kind":"(?:candle|late-trade|book|feed|status)"/g;
const ENTRIES = /"kind":"[a-z-]+"/g;

/** Replays the sessions of a run and holds every audit against the run's, one by one. */
export async function parity(options: ParityOptions): Promise<ParityReport> {
  const { run, runHash, replay } = options;
  const comparison = new AuditComparison(options.audits);
  let decisions = 0;
  const { onAuditLine, betweenBatches } = replay;
  let result: BacktestResult;
  try {
    result = await backtest({
      ...replay,
      onAuditLine: (line) => {
        comparison.add(line);
        if (comparison.first === undefined) decisions += decisionsOf(line);
        onAuditLine?.(line);
      },
      betweenBatches: async () => {
        await comparison.compare();
        await betweenBatches?.();
      },
    });
    await comparison.finish();
  } finally {
    await comparison.close();
  }
  const isFinished = runHash !== undefined;
  const first = isFinished || comparison.first?.expected !== undefined ? comparison.first : undefined;
  const report = {
    run,
    isSame: first === undefined && (runHash === undefined || runHash === result.runHash),
    isFinished,
    audits: { run: comparison.expectedCount, replay: comparison.foundCount },
    decisions,
    runHash: { run: runHash, replay: result.runHash },
  };
  if (report.isSame) return { ...report, causes: [] };
  const difference = first === undefined ? {} : { difference: await differenceOf(first, replay) };
  return { ...report, ...difference, causes: await causesOf(options, result, first) };
}

async function differenceOf(pair: AuditPair, { tapes, venues }: BacktestOptions): Promise<ParityDifference> {
  const { kind, audit } = placeOfPair(pair);
  const { sequence, tape, event } = audit;
  const record = await findRecord(tapes, venues, (candidate, at) => candidate.sequence === sequence && at === tape);
  const run = kind === 'extra' ? undefined : pair.expected;
  const found = kind === 'missing' ? undefined : pair.found;
  const fields = run === undefined || found === undefined ? [] : jsonDifferences(parse(run), parse(found));
  return { kind, record, event, run, replay: found, fields: fields.slice(0, FIELDS_MAX) };
}

async function causesOf(options: ParityOptions, result: BacktestResult, first: AuditPair | undefined): Promise<readonly ParityCause[]> {
  const causes = identityCauses(options.identity, result.identity);
  if (first?.expected !== undefined && first.found !== undefined && isSameInAnotherOrder(first.expected, first.found)) {
    const text =
      'the same decisions in another order: the strategy goes through a set, a map or a list whose order does not come from the tape; sort it, or fill it from the tape alone';
    causes.push({ kind: 'order', text });
  }
  if (causes.some(({ kind }) => kind !== 'order')) return causes;
  // Same tape, same settings, same source: what is left is a strategy that looks elsewhere, or code of ours that changed.
  const again = await backtest(options.replay);
  const calls = impureCalls(options.sources ?? []);
  for (const { file, line, call } of calls) {
    causes.push({
      kind: 'impure',
      text: `${file}:${line} calls ${call}, which does not come from the tape; use desk.nowUs and the tape's own events`,
    });
  }
  if (again.runHash !== result.runHash) {
    causes.push({
      kind: 'unrepeatable',
      text: 'two replays of the same tape differ from each other: the strategy does not decide by the tape alone',
    });
  } else if (causes.length === 0) {
    const text =
      'the replay repeats itself, and tape, settings and strategy are the same: the strategy reads something else (a file, the network, state kept outside create), or the code of the engine or a decoder changed since';
    causes.push({ kind: 'engine', text });
  }
  return causes;
}

/** What decides a run and is not as it was. */
function identityCauses(before: RunIdentity, now: RunIdentity): ParityCause[] {
  const causes: ParityCause[] = [];
  if (before.tapeDigests.length > 0 && canonicalJson([...before.tapeDigests]) !== canonicalJson([...now.tapeDigests])) {
    causes.push({
      kind: 'tape',
      text: `the tape is another: digest ${before.tapeDigests.join(', ')} then, ${now.tapeDigests.join(', ')} now`,
    });
  }
  if (before.strategy.sourceHash !== now.strategy.sourceHash) {
    causes.push({ kind: 'source', text: `the source of strategy ${now.strategy.name} was changed since the run` });
  }
  for (const [kind, a, b] of [
    ['parameter', before.strategy.parameters, now.strategy.parameters],
    ['setting', before.settings, now.settings],
  ] as const) {
    for (const { path, expected, found } of jsonDifferences(plain(a), plain(b))) {
      causes.push({ kind, text: `${path}: the run had ${valueText(expected)}, the replay has ${valueText(found)}` });
    }
  }
  return causes;
}

function decisionsOf(line: string): number {
  return (line.match(ENTRIES)?.length ?? 0) - (line.match(MARKET_ENTRIES)?.length ?? 0);
}

function valueText(value: JsonValue | undefined): string {
  return value === undefined ? 'nothing' : canonicalJson(value);
}

function plain(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function parse(line: string): JsonValue {
  return JSON.parse(line) as JsonValue;
}

import type { JsonValue, Tape } from '#domain';
import { type Golden, type GoldenPaths, readGoldenLines } from '#storage';
import type { Venue } from '#venues';
import type { BacktestResult } from '../backtest.ts';
import { jsonDifferences, plainMembers, valueText } from '../comparison/json-difference.ts';
import { findRecord, type RecordPlace } from '../comparison/record-place.ts';
import { fingerprintDifferences } from './record-fingerprints.ts';

/** Why decisions can differ. `engine` is what is left when everything else is the same. */
export type GoldenCauseKind = 'tape' | 'strategy' | 'parameter' | 'setting' | 'decoder' | 'engine';

export interface GoldenCause {
  readonly kind: GoldenCauseKind;
  /** What differs, with both values. */
  readonly text: string;
  /** The first record that differs, for `tape` and `decoder`; one of `recordsMax` from there on where the fingerprints are coarse. */
  readonly record?: RecordPlace;
  readonly recordsMax?: number;
}

/** Everything that is not as it was. Where all of it is, only the engine is left, or a strategy that does not repeat itself. */
export function causesOf(golden: Golden, result: BacktestResult, recordCauses: readonly GoldenCause[]): readonly GoldenCause[] {
  const causes = [
    ...recordCauses,
    ...memberCauses('parameter', golden.strategy.parameters, plainMembers(result.identity.strategy.parameters)),
    ...memberCauses('setting', golden.settings, plainMembers(result.identity.settings)),
    ...strategyCauses(golden, result),
  ];
  if (causes.length > 0) return causes;
  return [
    {
      kind: 'engine',
      text: 'tape, decoded events, strategy, parameters and settings are the same: the engine or a model decides otherwise, or the strategy does not repeat itself',
    },
  ];
}

/** Records that are others, or that say something else, each the first; known only by playing the tape once more. */
export async function recordCausesOf(
  golden: Golden,
  paths: GoldenPaths,
  { identity, counts }: BacktestResult,
  tapes: readonly Tape[],
  venues: ReadonlyMap<string, Venue>,
): Promise<readonly GoldenCause[]> {
  const isSameTape =
    jsonDifferences(
      golden.tapes.map(({ digest }) => digest),
      [...identity.tapeDigests],
    ).length === 0;
  const causes: GoldenCause[] = [];
  for (const { kind, ordinal, records } of await fingerprintDifferences(readGoldenLines(paths.records), tapes, venues)) {
    const record = await findRecord(tapes, venues, (_, __, at) => at === ordinal);
    const place = { ...(record === undefined ? {} : { record }), ...(records > 1 ? { recordsMax: records } : {}) };
    if (kind === 'events') causes.push({ kind: 'decoder', text: 'a decoder says other events of the same bytes', ...place });
    else if (!isSameTape) causes.push({ kind: 'tape', text: tapeText(golden, counts.records), ...place });
  }
  if (!isSameTape && causes.every(({ kind }) => kind !== 'tape')) causes.unshift({ kind: 'tape', text: tapeText(golden, counts.records) });
  return causes;
}

function tapeText({ counts }: Golden, found: number): string {
  const expected = counts.records ?? found;
  return expected === found ? 'the tape holds other bytes' : `the tape holds ${found} records, it held ${expected}`;
}

function memberCauses(kind: 'parameter' | 'setting', expected: JsonValue, found: JsonValue): GoldenCause[] {
  return jsonDifferences(expected, found).map((difference) => ({
    kind,
    text: `${kind} ${difference.path} was ${valueText(difference.expected)} and is ${valueText(difference.found)}`,
  }));
}

function strategyCauses({ strategy }: Golden, { identity }: BacktestResult): GoldenCause[] {
  const { name, sourceHash } = identity.strategy;
  if (strategy.name !== name) return [{ kind: 'strategy', text: `the strategy was ${strategy.name} and is ${name}` }];
  if (strategy.sourceHash === sourceHash) return [];
  return [{ kind: 'strategy', text: `the source of ${name} was ${strategy.sourceHash.slice(0, 16)}… and is ${sourceHash.slice(0, 16)}…` }];
}

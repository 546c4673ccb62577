/// <reference types="vitest" preserve="true" />

/**
 * For tests of your own: a recorded session that must replay to the same decisions. Works with vitest (and with every `expect` that is
 * extended the same way); see `docs/testing.md`.
 */

import { type Parameters, type StrategyDefinition, type Tape, usageError } from '#domain';
import { checkGolden, type GoldenCheck, goldenText } from '#replay';
import { type Golden, goldenPathsOf, readGolden } from '#storage';
import { STRATEGIES } from '#strategies';
import { VENUES } from '#venues';

export type { GoldenCause, GoldenDifference, GoldenReport } from '#replay';

export interface ReplayAsOptions {
  /** Your own strategy, as your test imports it. Not needed for a built-in one. */
  readonly strategy?: StrategyDefinition;
  /** What your program sets now, where it differs from the golden's; what is not named is as the golden has it. */
  readonly parameters?: Parameters;
}

/** What a matcher gives back. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * `await expect(tape).toReplayAs(golden)`: replays the tape (or several, in merge order) with the strategy and settings of a golden, made by
 * `tapedeck golden add`, and passes when every decision is the same. `golden` is the path of its `NAME.json`.
 * The source of a strategy that is handed over is not compared: what it decides is.
 */
export async function toReplayAs(tapes: Tape | readonly Tape[], golden: string, options: ReplayAsOptions = {}): Promise<MatcherResult> {
  const paths = goldenPathsOf(golden);
  const strategy = options.strategy ?? builtIn(await readGolden(paths));
  const check: GoldenCheck = {
    tapes: isList(tapes) ? tapes : [tapes],
    venues: VENUES,
    strategy,
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
  };
  const report = await checkGolden(paths, check);
  return {
    pass: report.isSame,
    message: () => (report.isSame ? `expected the tape to replay otherwise than ${golden}` : goldenText(report)),
  };
}

function builtIn({ name, strategy }: Golden): StrategyDefinition {
  const known = STRATEGIES.find((candidate) => candidate.name === strategy.from);
  if (known !== undefined) return known;
  throw usageError(
    'GOLDEN_STRATEGY',
    `golden ${name} was made with the file ${strategy.from}: import its strategy in the test and hand it over, toReplayAs(golden, { strategy })`,
  );
}

function isList(tapes: Tape | readonly Tape[]): tapes is readonly Tape[] {
  return Array.isArray(tapes);
}

declare module 'vitest' {
  interface Matchers<T> {
    /** The tape replays to the decisions of the golden in this file; see `tapedeck golden add`. */
    toReplayAs(golden: string, options?: ReplayAsOptions): Promise<T>;
  }
}

/**
 * tapedeck as a library: open a recorded tape, look at its records and events, replay it through a strategy, read a run.
 * Everything here is what the command line is made of; see `docs/embedding.md`.
 */

import { createHash } from 'node:crypto';
import type { Parameters, RunSummary, StrategyDefinition, Tape } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import {
  type BacktestResult,
  backtest,
  type InspectReport,
  inspectTape as inspectTapeWith,
  type TapeEvent,
  tapeEvents as tapeEventsWith,
} from '#replay';
import { readAudits, readRun as readStoredRun } from '#storage';
import { VENUES } from '#venues';

export {
  type AuditEntry,
  type BookView,
  type Candle,
  type Desk,
  type Fill,
  type Instrument,
  type MarketEvent,
  type Order,
  type OrderIntent,
  type ParameterSpec,
  type Parameters,
  type Position,
  type RecordBatch,
  type RecordKind,
  type RunSummary,
  type RunTrade,
  type StepAudit,
  type Strategy,
  type StrategyDefinition,
  type SymbolId,
  type Tape,
  TapedeckError,
  TapeRecord,
} from '#domain';
export type { ModelSettings, RiskSettings } from '#engine';
export { type InspectReport, openTape, type Store, type TapeEvent } from '#replay';
export { runHtml, runText } from '#report';
export { JournalWriter, listSessions, type SessionInfo } from '#storage';
export { BOOK_IMBALANCE, SMA_CROSS, STRATEGIES } from '#strategies';

/** Every decoded event of a tape in order, each an own copy. Comfortable rather than fast; `replay` is the fast way. */
export function tapeEvents(tape: Tape): AsyncGenerator<TapeEvent> {
  return tapeEventsWith(tape, VENUES);
}

/** Counts everything on a tape: what `tapedeck inspect --json` prints. */
export function inspectTape(
  tape: Tape,
  options: { readonly interval?: string; readonly latenessUs?: number } = {},
): Promise<InspectReport> {
  return inspectTapeWith(tape, { venues: VENUES, ...options });
}

export interface ReplayOptions {
  readonly tapes: readonly Tape[];
  readonly strategy: StrategyDefinition;
  /** Parameters that differ from the strategy's defaults. */
  readonly parameters?: Parameters;
  /** What stands for the strategy's source in the run hash: its text, a version. The text of its `create` when absent. */
  readonly source?: string;
  readonly candles?: readonly string[];
  readonly latenessUs?: number;
  readonly risk?: RiskSettings;
  readonly models?: ModelSettings;
  /** Starting cash in minor units by currency. */
  readonly startMinor?: Readonly<Record<string, number>>;
  /** Every audit as a line of canonical JSON, in order. */
  readonly onAuditLine?: (line: string) => void;
}

/** Plays tapes through a strategy and returns what `summary.json` of a run holds, without its name and environment. */
export function replay(options: ReplayOptions): Promise<BacktestResult> {
  const { strategy, parameters, source, ...rest } = options;
  const defaults = Object.fromEntries(Object.entries(strategy.parameters).map(([name, spec]) => [name, spec.default]));
  const sourceHash = createHash('sha256')
    .update(source ?? strategy.create.toString())
    .digest('hex');
  return backtest({ ...rest, venues: VENUES, strategy, sourceHash, parameters: { ...defaults, ...parameters } });
}

/** A stored run: its summary, and its audits as lines of canonical JSON read as they are asked for. */
export async function readRun(
  dataDir: string,
  id: string,
): Promise<{ readonly summary: RunSummary | undefined; readonly audits: AsyncGenerator<string> }> {
  const stored = await readStoredRun(dataDir, id);
  return { summary: stored.summary as unknown as RunSummary | undefined, audits: readAudits(stored.paths) };
}

/**
 * tapedeck as a library: open a recorded tape, look at its records and events, replay it through a strategy, read a run; record venues and
 * serve tapes from a program of your own.
 * Everything here is what the command line is made of; see `docs/embedding.md`.
 */

import { createHash } from 'node:crypto';
import type { InspectReport, Parameters, RunSummary, StepAudit, StopSignal, StrategyDefinition, Tape } from '#domain';
import type { ModelSettings, RiskSettings } from '#engine';
import { systemClock } from '#recorder';
import {
  type BacktestResult,
  backtest,
  DERIVED_TABLES,
  type DecodeOptions,
  type DerivedTable,
  live as followLive,
  inspectTape as inspectTapeWith,
  type LiveResult,
  makeDecoded as makeDecodedWith,
  openDecoded as openDecodedWith,
  type TapeEvent,
  tapeEvents as tapeEventsWith,
} from '#replay';
import { createRun, type DecodedEntry, type DecodedTable, type OpenDecodedOptions, readAudits, readRun as readStoredRun } from '#storage';
import { VENUES } from '#venues';

export {
  type AuditEntry,
  type BookView,
  type Candle,
  type Clock,
  type Desk,
  type Fill,
  type InspectReport,
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
  type StopSignal,
  type Strategy,
  type StrategyDefinition,
  type SymbolId,
  type Tape,
  TapedeckError,
  type TapeHealth,
  TapeRecord,
} from '#domain';
export type { ModelSettings, RiskSettings } from '#engine';
// Recording: a configuration, its plan, and the recorder with its sockets, clock and files handed in.
export {
  /** Something that happened once, for `HealthDesk.tell`. */
  type AlertEvent,
  /** REST calls over the network. */
  type CallHttp,
  callHttp,
  /** Keeps tokens below the data folder, mode 0600. */
  FileGrantStore,
  type GrantStore,
  /** Watches a recording: alerts, webhooks, `/metrics`; see `docs/operations.md`. */
  HealthDesk,
  type HealthDeskOptions,
  type HealthPlan,
  /** Encryption and signatures by `node:crypto`. */
  nodeCipher,
  type OpenSocket,
  /** A rotated log of JSON lines, with secrets masked. */
  openRecorderLog,
  /** Websockets over the network. */
  openWebSocket,
  /** The `[health]` of a configuration, resolved. */
  planHealth,
  /** A configuration as the recorder carries it out; throws one error with every problem. */
  planRecording,
  type RecorderConfig,
  type RecorderConfigBuilder,
  type RecorderLog,
  type RecorderNews,
  /** One recording: `Recording.start`, then `finished` or `stop()`. */
  Recording,
  type RecordingOptions,
  type RecordingPlan,
  type RecordingResult,
  type RecordingStatus,
  /** Builds what a TOML file would say. */
  recorderConfig,
  type SessionJournal,
  /** The machine's clock; with a scale or a start of its own for tests. */
  systemClock,
  type Variables,
} from '#recorder';
export {
  DERIVED_TABLES,
  type DerivedTable,
  type FaultPlan,
  type FeedSpeed,
  type FeedTarget,
  type LiveResult,
  openTape,
  type ParityReport,
  /** Replays the session of a run and holds every audit against the run's. */
  parity,
  /** Reads the text of a fault plan: `cut@30s,drop:0.01`. */
  parseFaults,
  type RunningServer,
  type ServedVenue,
  type ServeOptions,
  type Store,
  /** Serves a tape over its venues' own protocols. */
  startServer,
  type TapeEvent,
} from '#replay';
export { morningText, runHtml, runText } from '#report';
export {
  type ArrowColumn,
  type ArrowTable,
  /** Copies a closed and sealed session to another data folder and reads it back. */
  copySession,
  type DecodedBatch,
  type DecodedEntry,
  type DecodedTable,
  type FrameFilter,
  JournalWriter,
  /** One round of copies and removals by rule: what `tapedeck retention` does. */
  keepRetention,
  type ListColumn,
  listSessions,
  type OpenDecodedOptions,
  /** An exported table, or a folder of Parquet parts, as an Arrow table. */
  openTable,
  type RepairReport,
  type RetentionPolicy,
  type RetentionReport,
  /** Records of a sealed session by time, venue or channel. */
  readFrames,
  /** Removes the decoded tables of a session: they are made again when they are opened. */
  removeDecoded,
  /** Brings an open or damaged session to its best readable state: what `tapedeck repair` does. */
  repairSession,
  type SessionInfo,
  type TextColumn,
  /** The same as `openTable` a record batch at a time. */
  tableBatches,
  /** A column of an Arrow table as one typed array. */
  typedColumn,
  type VerifyReport,
  /** Checks every byte of a session. */
  verifySession,
} from '#storage';
export { BOOK_IMBALANCE, SMA_CROSS, STRATEGIES } from '#strategies';
export {
  type Cipher,
  /** By venue id: what can be recorded. */
  PROTOCOLS,
  /** By venue id: what can be served. */
  SERVERS,
  type ServerProtocol,
  type Subscription,
  /** By venue id: what can be decoded. */
  VENUES,
  type Venue,
  type VenueProtocol,
} from '#venues';

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

/** What decoded candles depend on beyond the tape and the decoders: intervals (`1m` unless told) and lateness (each venue's own unless told). */
export type DecodedSettings = Omit<DecodeOptions, 'venues' | 'disk'>;

/**
 * A table of a closed session as columns over the bytes of a file in `DATA/decoded`, which is made when it is not there, or was made from another
 * tape, by other decoders or with other settings. `SESSION_UNKNOWN`, `SESSION_OPEN`, `DECODED_…`.
 */
export function openDecoded(
  dataDir: string,
  session: string,
  table: DerivedTable,
  options: DecodedSettings & OpenDecodedOptions = {},
): Promise<DecodedTable> {
  return openDecodedWith(dataDir, session, table, { venues: VENUES, ...options });
}

/** Makes several tables (all unless told) in one pass over the tape, where they are not there, whole by their SHA-256, and up to date. */
export function makeDecoded(
  dataDir: string,
  session: string,
  tables: readonly DerivedTable[] = DERIVED_TABLES,
  settings: DecodedSettings = {},
): Promise<readonly DecodedEntry[]> {
  return makeDecodedWith(dataDir, session, tables, { venues: VENUES, ...settings });
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
  return backtest({ ...options, ...settingsOf(options) });
}

function settingsOf({ strategy, parameters, source }: Pick<ReplayOptions, 'strategy' | 'parameters' | 'source'>) {
  const defaults = Object.fromEntries(Object.entries(strategy.parameters).map(([name, spec]) => [name, spec.default]));
  const sourceHash = createHash('sha256')
    .update(source ?? strategy.create.toString())
    .digest('hex');
  return { venues: VENUES, strategy, sourceHash, parameters: { ...defaults, ...parameters } };
}

export interface LiveRunOptions extends Omit<ReplayOptions, 'tapes' | 'onAuditLine'> {
  readonly dataDir: string;
  /** A session that is being recorded, by this program or another. */
  readonly session: string;
  /** Name of the run; `live-SESSION` unless told. `RUN_EXISTS` when there is one. */
  readonly run?: string;
  /** Records that survive a power cut (`JournalWriter.durableRecords`): audits of later ones wait. Where it is not known, what can be read counts. */
  readonly durableRecords?: () => number;
  readonly signal?: StopSignal;
  /** Every audit in the moment it is made, as a line of canonical JSON: candles, signals, orders, fills. */
  readonly onAudit?: (line: string, audit: StepAudit) => void;
}

/** Trades on paper on a growing session, in whatever thread it is called; resolves when the session is closed, or on `signal`. */
export async function live(options: LiveRunOptions): Promise<LiveResult> {
  const { dataDir, session, run = `live-${session}`, durableRecords = () => Number.POSITIVE_INFINITY, onAudit, ...rest } = options;
  return followLive({
    ...rest,
    ...settingsOf(rest),
    dataDir,
    session,
    run: await createRun(dataDir, run),
    pastRecords: 0,
    durableRecords,
    clock: systemClock(),
    ...(onAudit === undefined ? {} : { onAudit: (line, audit) => onAudit(line, audit) }),
  });
}

/** A stored run: its summary, and its audits as lines of canonical JSON read as they are asked for. */
export async function readRun(
  dataDir: string,
  id: string,
): Promise<{ readonly summary: RunSummary | undefined; readonly audits: AsyncGenerator<string> }> {
  const stored = await readStoredRun(dataDir, id);
  return { summary: stored.summary as unknown as RunSummary | undefined, audits: readAudits(stored.paths) };
}

export { auditLine } from './audit-line.ts';
export { type BacktestOptions, type BacktestResult, backtest } from './backtest.ts';
export type { RecordPlace } from './comparison/record-place.ts';
export type { CutBook } from './cut/book-starts.ts';
export type { CutPlace } from './cut/cut-range.ts';
export type { LeftOut } from './cut/cut-survey.ts';
export { type CutOptions, type CutResult, cutTape } from './cut.ts';
export { type DecodeOptions, makeDecoded, openDecoded } from './decoded.ts';
export { type DerivedRowSink, type DeriveOptions, deriveTables, type RowPlace, TableDeriver, tableMarks } from './derive.ts';
export { DERIVED_COLUMNS, DERIVED_SCHEMA_VERSION, DERIVED_TABLES, type DerivedTable } from './derived-tables.ts';
export { type DriveOptions, drive } from './drive.ts';
export { type ExportAllOptions, type ExportOptions, exportAll, exportTape } from './export.ts';
export type { GoldenCause, GoldenCauseKind } from './golden/golden-causes.ts';
export { goldenText } from './golden/golden-text.ts';
export {
  checkGolden,
  type GoldenCheck,
  type GoldenDifference,
  type GoldenReplay,
  type GoldenReport,
  makeGolden,
} from './golden.ts';
export { Inspection, type InspectOptions, inspectTape, tapeHealth } from './inspect.ts';
export type { LiveCheckpoint } from './live/checkpoint.ts';
export type { LagReport } from './live/lag-meter.ts';
export { checkpointOf, type LiveOptions, type LiveResult, live } from './live.ts';
export { MONITOR_HEALTH_MS, type MonitorOptions, monitorJournal } from './monitor.ts';
export { openTape, type QuestStore, type Store } from './open-tape.ts';
export type { SourceText } from './parity/impure-calls.ts';
export { parityText } from './parity/parity-text.ts';
export { type ParityCause, type ParityDifference, type ParityOptions, type ParityReport, parity } from './parity.ts';
export { type OnAudit, Play, type PlayResult, type PlaySettings } from './play.ts';
export { RunHash } from './run-hash.ts';
export { FAULT_KINDS, parseFaults } from './serve/fault-text.ts';
export type { FaultPlan } from './serve/faults.ts';
export { ProducedTape } from './serve/produced-tape.ts';
export { FrameDigest } from './serve/served-frames.ts';
export { type RunningServer, type ServedVenue, type ServeOptions, startServer } from './serve/server.ts';
export type { FeedSpeed, FeedTarget } from './serve/tape-feed.ts';
export { venuesOfTape } from './serve/tape-venues.ts';
export { syntheticStartUs } from './synthetic/market-start.ts';
export { recordSyntheticSession, SYNTHETIC_VENUES, type SyntheticSessionOptions } from './synthetic-session.ts';
export { type TapeEvent, tapeEvents } from './tape-events.ts';

export { isJournalWhole, listSessions, type SessionInfo, sessionInfo } from './catalogue.ts';
export type { DecodedEntry } from './decoded/decoded-manifest.ts';
export type { DecodedBatch, DecodedTable, ListColumn, Marks, OpenDecodedOptions, TextColumn } from './decoded/decoded-types.ts';
export type { DecodedSink, MakeDecodedOptions } from './decoded/make-decoded.ts';
export type { DecodedFinding, DecodedMarks } from './decoded/open-decoded.ts';
export { removeDecoded } from './decoded/remove-decoded.ts';
export { makeDecodedTables, openDecodedTable } from './decoded-tables.ts';
export type { Golden } from './golden-schema.ts';
export {
  createGolden,
  type GoldenPaths,
  GoldenWriter,
  goldenFolder,
  goldenPaths,
  goldenPathsOf,
  listGoldens,
  readGolden,
  readGoldenLines,
} from './golden-store.ts';
export { type Disk, type DiskFile, nodeDisk } from './journal-disk.ts';
export { type FollowOptions, followJournal } from './journal-follow.ts';
export type { JournalCut } from './journal-recovery.ts';
export { JournalTape } from './journal-tape.ts';
export { type ClosedJournal, JournalWriter, type JournalWriterOptions } from './journal-writer.ts';
export { type ArrowColumn, type ArrowTable, openTable, tableBatches, typedColumn } from './open-table.ts';
export { type FrameCounts, type FrameFilter, FrameSelection, readFrames } from './parquet-frames.ts';
export { type ParquetManifest, type ParquetPart, readParquetManifest } from './parquet-manifest.ts';
export { openParquetTape, ParquetTape } from './parquet-tape.ts';
export { type ParquetVerification, verifyParquet } from './parquet-verify.ts';
export type { LockAttempt, SessionWriter } from './process-lock.ts';
export { copyDerived, type DerivedCopyOptions, type DerivedCopyResult, type DerivedSink } from './questdb/derived-copy.ts';
export type { DerivedShape } from './questdb/derived-schema.ts';
export {
  type FrameSyncOptions,
  type FrameSyncResult,
  PATIENCE_CLOSED_MS,
  PATIENCE_OPEN_MS,
  type SyncNews,
  syncFrames,
} from './questdb/frame-sync.ts';
export { FRAMES_TABLE, type QuestAddress, type QuestPort } from './questdb/quest-address.ts';
export { type DoctorReport, type DoctorSession, examineQuest } from './questdb/quest-doctor.ts';
export { openQuestTape, type QuestTape, type QuestTapeOptions } from './questdb/quest-tape.ts';
export type { DoctorFinding } from './questdb/server-settings.ts';
export { type RecordSource, recordSource } from './questdb/sync-source.ts';
export { META_BYTES_MAX, NAME_BYTES_MAX, PAYLOAD_BYTES_MAX, RECORD_BYTES_MAX } from './record-codec.ts';
export type { RepairAction, RepairKind, RepairReport } from './repair/repair-report.ts';
export { type RepairOptions, repairSession } from './repair/repair-session.ts';
export { type CopyOptions, type CopyResult, copySession } from './retention/copy-session.ts';
export { keepRetention, type RetentionOptions, type RetentionOutcome, type RetentionReport } from './retention/keep-retention.ts';
export type { RetentionPolicy, RetentionRule } from './retention/retention-policy.ts';
export { type ResumedRun, resumeRun } from './run-resume.ts';
export { createRun, listRuns, type RunPaths, RunWriter, readAudits, readRun, runPaths, type StoredRun } from './run-store.ts';
export { type SealOptions, type SealResult, SessionSeal, sealTape } from './seal.ts';
export { sessionWriters, unlockSealing } from './session-lock.ts';
export { sessionNames, unknownSession } from './session-lookup.ts';
export type { SessionManifest } from './session-manifest.ts';
export { isSessionName, parquetRoot, runsDir, type SessionPaths, sessionPaths, sessionsDir } from './session-paths.ts';
export { type VerifyReport, verifySession } from './session-verify.ts';
export { type FolderResult, type FolderTable, TableFolder } from './table-folder.ts';
export type { OpenTableOptions, TableColumn, TableType, TableValue, TableWriter } from './table-types.ts';
export { createTableWriter, TABLE_FORMATS, type TableFormat } from './table-writer.ts';
export { EMPTY_TAPE_DIGEST, TapeDigest } from './tape-digest.ts';
export type { TapeStart } from './tape-start.ts';
export { type JournalVerification, verifyJournal } from './verify.ts';
export type { VerifyKind, VerifyProblem } from './verify-findings.ts';

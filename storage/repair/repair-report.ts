import type { VerifyProblem } from '../verify-findings.ts';

/**
 * `records-restored` from a copy of the tape · `records-lost` placeholders stand for them · `bytes-set-aside` bytes that are no record, kept beside their file ·
 * `segment-written`, `index-written`, `manifest-written` a file was made anew · `file-restored` brought back from the copy folder · `copy-sealed` the Parquet copy was made anew ·
 * `copy-set-aside` a Parquet copy that holds another tape was renamed · `rest-removed` a temporary file of a write that was interrupted.
 */
export type RepairKind =
  | 'records-restored'
  | 'records-lost'
  | 'bytes-set-aside'
  | 'segment-written'
  | 'index-written'
  | 'manifest-written'
  | 'file-restored'
  | 'copy-sealed'
  | 'copy-set-aside'
  | 'rest-removed';

/** One thing that a repair did, or would do. */
export interface RepairAction {
  readonly kind: RepairKind;
  /** Path within the session's folder, or within the data folder for the sealed copy. */
  readonly file: string;
  readonly message: string;
  readonly records?: number;
  readonly offset?: number;
  readonly bytes?: number;
}

/** What `tapedeck repair` says. */
export interface RepairReport {
  readonly session: string;
  readonly isDryRun: boolean;
  /** What was wrong before. */
  readonly found: readonly VerifyProblem[];
  readonly actions: readonly RepairAction[];
  /** Records that are in no store any more. */
  readonly recordsLost: number;
  /** What is still wrong: nothing after most repairs, everything that was found after a dry run. */
  readonly remaining: readonly VerifyProblem[];
  readonly records: number;
  readonly tapeDigest: string;
}

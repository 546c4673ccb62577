import { type Disk, nodeDisk, parquetError } from './journal-disk.ts';
import { verifyParquet } from './parquet-verify.ts';
import { unknownSession } from './session-lookup.ts';
import { sessionPaths } from './session-paths.ts';
import { isSystemError } from './system-error.ts';
import { verifyJournal } from './verify.ts';
import type { VerifyProblem } from './verify-findings.ts';

/** What `tapedeck verify` says. */
export interface VerifyReport {
  readonly session: string;
  readonly ok: boolean;
  readonly records: number;
  readonly tapeDigest: string;
  /** What was looked at. */
  readonly stores: readonly ('journal' | 'parquet')[];
  /** Segments of the journal; 0 where there is none. */
  readonly segments: number;
  readonly problems: readonly VerifyProblem[];
  /** No damage, but worth knowing: the torn tail of an open session. */
  readonly notes: readonly string[];
}

/**
 * Checks every byte of every store of a session, and that they hold the same tape. A session in no store is `SESSION_UNKNOWN`; a file that cannot be read is
 * `JOURNAL_IO` or `PARQUET_IO`.
 */
export async function verifySession(dataDir: string, session: string, options: { readonly disk?: Disk } = {}): Promise<VerifyReport> {
  try {
    return await verifyStores(options.disk ?? nodeDisk, dataDir, session);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw parquetError(error, `cannot verify session "${session}" in ${dataDir}`);
  }
}

async function verifyStores(disk: Disk, dataDir: string, session: string): Promise<VerifyReport> {
  const paths = sessionPaths(dataDir, session);
  const hasJournal = (await disk.sizeOf(paths.journalDir)) !== undefined || (await disk.sizeOf(paths.manifestPath)) !== undefined;
  const journal = hasJournal ? await verifyJournal(dataDir, session, { disk }) : undefined;
  const parquet = await verifyParquet(dataDir, session, disk);
  const first = journal ?? parquet;
  if (first === undefined) throw await unknownSession(dataDir, session, disk);
  const problems: VerifyProblem[] = [
    ...(journal?.problems ?? []),
    ...(parquet?.problems ?? []).map((problem) => ({ ...problem, file: `parquet/session=${session}/${problem.file}` })),
  ];
  if (journal !== undefined && parquet !== undefined && problems.length === 0 && journal.tapeDigest !== parquet.tapeDigest) {
    const message = `the sealed copy has digest ${parquet.tapeDigest}, the journal ${journal.tapeDigest}: one of them is of another tape`;
    problems.push({ file: `parquet/session=${session}/_manifest.json`, kind: 'manifest-differs', message });
  }
  if (journal?.state === 'removed' && parquet === undefined) {
    const message = 'retention removed the journal, and the sealed copy is missing too: bring it back with "tapedeck repair --copy FOLDER"';
    problems.push({ file: `parquet/session=${session}/_manifest.json`, kind: 'file-missing', message });
  }
  const hasSegments = journal !== undefined && journal.state !== 'removed';
  return {
    session,
    ok: problems.length === 0,
    records: journal?.records ?? parquet?.rows ?? 0,
    tapeDigest: first.tapeDigest,
    stores: [...(hasSegments ? (['journal'] as const) : []), ...(parquet === undefined ? [] : (['parquet'] as const))],
    segments: journal?.segments ?? 0,
    problems,
    notes: (journal?.notes ?? []).map((note) => `${note.file}: ${note.message}`),
  };
}

import type { RecordBatch, StopSignal } from '#domain';
import { isJournalWhole, sessionInfo } from '../catalogue.ts';
import { followJournal } from '../journal-follow.ts';
import { openParquetTape } from '../parquet-tape.ts';

/** How often the end of a growing journal is looked at: often enough for a copy, and the recorder does not feel it. */
const POLL_MS = 50;

export interface SourceStart {
  readonly fromSequence: number;
  /** Called, and awaited, where nothing is there to read; it waits about `waitMs` itself. */
  readonly whenIdle?: (waitMs: number) => Promise<void>;
  readonly signal?: StopSignal;
}

/** The records of one session from any record on, as often as it is asked. It ends with the session, or on `signal`. */
export type RecordSource = (start: SourceStart) => AsyncIterable<RecordBatch>;

/**
 * Where a session is copied from: its journal, which may still grow, else its sealed copy. `follow` false ends at what an open journal
 * holds now. Throws `SESSION_UNKNOWN`.
 */
export async function recordSource(
  dataDir: string,
  session: string,
  { follow }: { readonly follow: boolean },
): Promise<{ readonly source: RecordSource; readonly isOpen: boolean }> {
  const info = await sessionInfo(dataDir, session);
  const isOpen = info.state === 'open';
  if (!isOpen && info.sealed && !(await isJournalWhole(dataDir, session))) {
    const tape = await openParquetTape(dataDir, session);
    return { source: ({ fromSequence }) => tape.batches({ fromSequence }), isOpen };
  }
  return { source: journalSource(dataDir, session, follow), isOpen };
}

function journalSource(dataDir: string, session: string, follow: boolean): RecordSource {
  return ({ fromSequence, whenIdle, signal }) => {
    const ended = new AbortController();
    const wait = async (waitMs: number): Promise<void> => {
      if (follow) await whenIdle?.(waitMs);
      else ended.abort();
    };
    const stop = follow ? signal : eitherOf(ended.signal, signal);
    return followJournal(dataDir, session, { fromSequence, pollMs: POLL_MS, wait, ...(stop === undefined ? {} : { signal: stop }) });
  };
}

function eitherOf(first: AbortSignal, second: StopSignal | undefined): StopSignal {
  return {
    get aborted() {
      return first.aborted || second?.aborted === true;
    },
    addEventListener(type, listener, options) {
      first.addEventListener(type, listener, options);
      second?.addEventListener(type, listener, options);
    },
    removeEventListener(type, listener) {
      first.removeEventListener(type, listener);
      second?.removeEventListener(type, listener);
    },
  };
}

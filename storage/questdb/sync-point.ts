import type { Clock } from '#domain';
import type { QuestHttp } from './quest-http.ts';
import type { CursorFile } from './sync-cursor.ts';

/** A place between two records: the next one, and the tape time of the one before. */
export interface TapePoint {
  readonly nextSequence: number;
  readonly tapeTimeNs: bigint;
}

/** Where a copy goes on, and the table as it was seen then. */
export interface StartPoint {
  readonly point: TapePoint;
  readonly tableId: number;
  readonly sequencerTxn: number;
  /** True when the server has less than the cursor says it acknowledged. */
  readonly isRewind: boolean;
}

/** Where a session's rows go, and what is kept of it here. */
export interface SendTarget {
  readonly http: QuestHttp;
  readonly table: string;
  readonly session: string;
  readonly cursor: CursorFile;
  readonly clock: Clock;
  readonly batchRowsMax: number;
}

import { assert, type Clock, type RecordBatch, type StopSignal, TapedeckError, TapeRecord, usageError } from '#domain';
import { type Disk, journalError, nodeDisk } from '../journal-disk.ts';
import { BatchSender } from './batch-sender.ts';
import { BATCH_ROWS_MAX } from './frame-lines.ts';
import { ensureTable, framesTable } from './frames-schema.ts';
import { checkTableName, FRAMES_TABLE, type QuestAddress } from './quest-address.ts';
import { QuestHttp } from './quest-http.ts';
import { LinesRefused, QuestTrouble, type TroubleKind } from './quest-trouble.ts';
import { RetryPause } from './retry-pause.ts';
import { differs } from './session-differs.ts';
import { CursorFile, cursorFolder } from './sync-cursor.ts';
import type { TapePoint } from './sync-point.ts';
import type { RecordSource } from './sync-source.ts';
import { findStart } from './sync-start.ts';
import { sessionRows } from './table-state.ts';
import { tapeTime } from './tape-time.ts';

/** Rows wait at most this long for others to be sent with. */
const BATCH_WAIT_MS_MAX = 250;
/** A tape that stands still this long is looked at on the server, if something was sent since the last look. */
const IDLE_CHECK_MS = 2_000;
/** How long a copy keeps trying without getting anywhere: of a session that is still written, and of one that is closed. */
export const PATIENCE_OPEN_MS = 12 * 3_600_000;
export const PATIENCE_CLOSED_MS = 60_000;

/** What is told while a session is copied. */
export type SyncNews =
  | { readonly kind: 'table-made'; readonly table: string }
  /** Something went wrong and is tried again after `retryMs`. */
  | { readonly kind: 'trouble'; readonly trouble: TroubleKind; readonly message: string; readonly retryMs: number }
  /** The copy goes on at this record; `isRewind` when the server had less than it acknowledged. */
  | { readonly kind: 'started'; readonly sequence: number; readonly isRewind: boolean };

export interface FrameSyncOptions {
  readonly dataDir: string;
  readonly session: string;
  readonly source: RecordSource;
  readonly server: QuestAddress;
  /** `frames` unless told. */
  readonly table?: string;
  /** The label of a record for its column; storage knows no venues. */
  readonly channelOf: (record: TapeRecord) => string;
  readonly clock: Clock;
  /** Ends the copy after the batch that is on its way. */
  readonly signal?: StopSignal;
  readonly patienceMs: number;
  /** Rows of a batch; 10,000 unless told. */
  readonly batchRowsMax?: number;
  /** Where the cursor is kept; the real disk unless told. */
  readonly disk?: Disk;
  readonly onNews?: (news: SyncNews) => void;
  /** Records of the session that the server has acknowledged. */
  readonly onProgress?: (records: number) => void;
}

export interface FrameSyncResult {
  readonly session: string;
  readonly table: string;
  /** Records of the session that are in the table, counted there, none missing. */
  readonly records: number;
  /** Rows sent by this call, those sent again included. */
  readonly rowsSent: number;
  /** How often the server had less than it had acknowledged, or was not there. */
  readonly troubles: number;
  /** False when it was stopped before the end of the tape; `records` are then those acknowledged. */
  readonly isWhole: boolean;
}

/**
 * Copies a session into a table of QuestDB: every record once, in sequence, exactly. What the server acknowledged is kept in a durable cursor
 * and compared with what it shows; after any failure the rows are built again from the tape, from the first one that is missing.
 * Throws `QUESTDB_UNREACHABLE` when it got nowhere for `patienceMs`, `QUESTDB_REFUSED` with the record the server will not take,
 * `QUESTDB_SCHEMA_DIFFERS`, `QUESTDB_SESSION_DIFFERS` when the table holds another tape under this name, `QUESTDB_SYNC_RUNNING`.
 */
export async function syncFrames(options: FrameSyncOptions): Promise<FrameSyncResult> {
  const table = checkTableName(options.table ?? FRAMES_TABLE);
  const disk = options.disk ?? nodeDisk;
  const folder = cursorFolder(options.dataDir, options.session);
  const release = await lockCursors(disk, folder, options.session);
  try {
    return await new FrameSync(options, table, new CursorFile(disk, options.dataDir, options.session, table)).run();
  } finally {
    await release();
  }
}

async function lockCursors(disk: Disk, folder: string, session: string): Promise<() => Promise<void>> {
  try {
    await disk.makeDirectory(folder, { recursive: true });
    const attempt = await disk.lock(folder);
    if (attempt.kind === 'taken') return attempt.release;
    throw usageError(
      'QUESTDB_SYNC_RUNNING',
      `session "${session}" is being copied to QuestDB by process ${attempt.pid}; wait for it, or stop it`,
    );
  } catch (error) {
    throw journalError(error, `cannot lock ${folder}`);
  }
}

class FrameSync {
  readonly #options: FrameSyncOptions;
  readonly #table: string;
  readonly #cursor: CursorFile;
  #rowsSent = 0;
  #acknowledged = 0;
  #confirmed = -1;
  readonly #retry: RetryPause;

  constructor(options: FrameSyncOptions, table: string, cursor: CursorFile) {
    this.#options = options;
    this.#table = table;
    this.#cursor = cursor;
    const { clock, patienceMs, signal, onNews } = options;
    const onTrouble = ({ trouble, message }: QuestTrouble, retryMs: number) => onNews?.({ kind: 'trouble', trouble, message, retryMs });
    this.#retry = new RetryPause({ clock, patienceMs, signal, onTrouble });
  }

  async run(): Promise<FrameSyncResult> {
    while (!this.#isStopped()) {
      // A new connection each time: one that knew a table dropped since loses the first rows for the new one.
      const http = new QuestHttp(this.#options.server.http);
      try {
        const records = await this.#copy(http);
        if (records !== undefined) return this.#result(records, true);
      } catch (error) {
        if (!(error instanceof QuestTrouble)) throw error;
        await this.#retry.after(error);
      } finally {
        http.close();
      }
    }
    return this.#result(this.#acknowledged, false);
  }

  /** Copies to the end of the tape and returns its records; `undefined` when it was stopped before. */
  async #copy(http: QuestHttp): Promise<number | undefined> {
    const { session, source, clock, batchRowsMax, onNews } = this.#options;
    const table = this.#table;
    if (await ensureTable(http, framesTable(table))) onNews?.({ kind: 'table-made', table });
    const target = { http, table, session, cursor: this.#cursor, clock, batchRowsMax: batchRowsMax ?? BATCH_ROWS_MAX };
    const start = await findStart(target, source);
    onNews?.({ kind: 'started', sequence: start.point.nextSequence, isRewind: start.isRewind });
    this.#acknowledged = start.point.nextSequence;
    this.#confirm(start.point);
    const sender = new BatchSender(target, start, {
      onAcknowledged: (point, rows) => this.#acknowledge(point, rows),
      onConfirmed: (point) => this.#confirm(point),
    });
    try {
      const records = await this.#sendTape(sender, start.point);
      await this.#send(sender);
      await this.#settled(sender, () => sender.check());
      if (this.#isStopped()) return undefined;
      await this.#checkWhole(http, records);
      return records;
    } finally {
      http.close();
      await sender.ended();
    }
  }

  /** Sends the tape from a point on, to its end or until it is stopped; returns the sequence after the last record. */
  async #sendTape(sender: BatchSender, start: TapePoint): Promise<number> {
    const { channelOf } = this.#options;
    let { nextSequence, tapeTimeNs } = start;
    const record = new TapeRecord();
    for await (const batch of this.#records(sender, nextSequence)) {
      while (batch.next(record)) {
        assert(record.sequence === nextSequence, `record ${nextSequence} is next, not ${record.sequence}`);
        if (sender.isFullFor(record)) await this.#send(sender);
        tapeTimeNs = tapeTime(tapeTimeNs, record.receivedAtNs, record.sequence);
        sender.add(record, channelOf(record), tapeTimeNs);
        nextSequence += 1;
      }
      if (this.#isStopped()) break;
    }
    return nextSequence;
  }

  /** The tape from a record on; where it stands still, what waits is sent and what was sent is looked at. */
  #records(sender: BatchSender, fromSequence: number): AsyncIterable<RecordBatch> {
    const { source, clock, signal } = this.#options;
    return source({
      fromSequence,
      whenIdle: async (waitMs) => {
        if (sender.waitingMs() >= BATCH_WAIT_MS_MAX) await this.#send(sender);
        else if (sender.uncheckedMs() >= IDLE_CHECK_MS) await this.#settled(sender, () => sender.check());
        await clock.sleep(waitMs, signal);
      },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #send(sender: BatchSender): Promise<void> {
    return this.#settled(sender, () => sender.send());
  }

  /** A refusal of lines is the record's fault only while the table is the one we made: else everything is looked at again. */
  async #settled(sender: BatchSender, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LinesRefused)) throw error;
      if (!(await sender.isSameTable())) throw new QuestTrouble('replaced', `table ${this.#table} was replaced or dropped`, error);
      throw new TapedeckError(
        'QUESTDB_REFUSED',
        `QuestDB refuses record ${sender.refusedRecord(error)} of session ${this.#options.session}: ${error.message}; records before that batch are copied, nothing after`,
        { cause: error },
      );
    }
  }

  #acknowledge(point: TapePoint, rows: number): void {
    this.#rowsSent += rows;
    this.#acknowledged = point.nextSequence;
    this.#options.onProgress?.(point.nextSequence);
  }

  // Only what the server shows is progress: it acknowledges rows for a suspended table too.
  #confirm({ nextSequence }: TapePoint): void {
    if (nextSequence === this.#confirmed) return;
    this.#confirmed = nextSequence;
    this.#retry.progressed();
  }

  async #checkWhole(http: QuestHttp, records: number): Promise<void> {
    const { rows, firstMissing } = await sessionRows(http, this.#table, this.#options.session);
    if (rows === records && firstMissing === records) return;
    if (firstMissing < records) throw new QuestTrouble('lost', `${this.#table} shows no row for record ${firstMissing}`);
    throw differs(this.#table, this.#options.session, `it has ${rows} rows for ${records} records`);
  }

  #result(records: number, isWhole: boolean): FrameSyncResult {
    const { session } = this.#options;
    return { session, table: this.#table, records, rowsSent: this.#rowsSent, troubles: this.#retry.troubles, isWhole };
  }

  #isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }
}

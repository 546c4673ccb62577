import type { Clock, TapeRecord } from '#domain';
import { FrameLines } from './frame-lines.ts';
import type { QuestHttp } from './quest-http.ts';
import { type LinesRefused, QuestTrouble } from './quest-trouble.ts';
import type { CursorFile } from './sync-cursor.ts';
import type { SendTarget, StartPoint, TapePoint } from './sync-point.ts';
import { waitUntilApplied } from './sync-start.ts';
import { rowsBetween, tableState } from './table-state.ts';

/** Acknowledged batches after which the server is asked whether it really has them. */
const CHECK_BATCHES = 16;

/** Who is told how far the server is. */
export interface SendListener {
  /** The server took a batch of `rows`, and the cursor is on disk. */
  onAcknowledged(point: TapePoint, rows: number): void;
  /** The server was seen to have everything before this point. */
  onConfirmed(point: TapePoint): void;
}

/**
 * Sends batches over one connection: while one is on its way the next is built. A batch counts when the server answered 204 and the cursor
 * is on disk; every few batches the server is asked for the table, its transactions and the rows since the last look.
 */
export class BatchSender {
  readonly #http: QuestHttp;
  readonly #table: string;
  readonly #session: string;
  readonly #cursor: CursorFile;
  readonly #clock: Clock;
  readonly #tableId: number;
  readonly #listener: SendListener;
  #building: FrameLines;
  #spare: FrameLines;
  #buildingFrom: number;
  #builtTapeTimeNs: bigint;
  #buildingSinceNs = 0n;
  #onTheWay: Promise<void> | undefined;
  #sentFrom = 0;
  /** Up to here the server was seen to have the rows; up to `#acknowledged` it said so. */
  #confirmed: TapePoint;
  #acknowledged: TapePoint;
  #sequencerTxn: number;
  #batchesSince = 0;
  #lastSentNs = 0n;

  constructor({ http, table, session, cursor, clock, batchRowsMax }: SendTarget, start: StartPoint, listener: SendListener) {
    this.#http = http;
    this.#table = table;
    this.#session = session;
    this.#cursor = cursor;
    this.#clock = clock;
    this.#tableId = start.tableId;
    this.#sequencerTxn = start.sequencerTxn;
    this.#listener = listener;
    this.#building = new FrameLines(table, session, batchRowsMax);
    this.#spare = new FrameLines(table, session, batchRowsMax);
    this.#confirmed = start.point;
    this.#acknowledged = start.point;
    this.#buildingFrom = start.point.nextSequence;
    this.#builtTapeTimeNs = start.point.tapeTimeNs;
  }

  isFullFor(record: TapeRecord): boolean {
    return this.#building.isFullFor(record);
  }

  add(record: TapeRecord, channel: string, tapeTimeNs: bigint): void {
    if (this.#building.rows === 0) this.#buildingSinceNs = this.#clock.monotonicNs();
    this.#building.add(record, channel, tapeTimeNs);
    this.#builtTapeTimeNs = tapeTimeNs;
  }

  /** How long the oldest row that was not sent has waited; 0 when there is none. */
  waitingMs(): number {
    return this.#building.rows === 0 ? 0 : this.#msSince(this.#buildingSinceNs);
  }

  /** How long ago the last batch was sent that was not looked at; 0 when all were. */
  uncheckedMs(): number {
    return this.#batchesSince === 0 && this.#onTheWay === undefined ? 0 : this.#msSince(this.#lastSentNs);
  }

  /** Puts what was built on its way when the batch before has arrived. */
  async send(): Promise<void> {
    await this.#arrived();
    if (this.#batchesSince >= CHECK_BATCHES) await this.#look();
    const lines = this.#building;
    if (lines.rows === 0) return;
    this.#building = this.#spare;
    this.#spare = lines;
    this.#sentFrom = this.#buildingFrom;
    this.#buildingFrom += lines.rows;
    this.#lastSentNs = this.#clock.monotonicNs();
    const onTheWay = this.#deliver(lines, { nextSequence: this.#buildingFrom, tapeTimeNs: this.#builtTapeTimeNs });
    // Its failure is met by whoever waits for it next; until then it must not count as nobody's.
    onTheWay.catch(() => undefined);
    this.#onTheWay = onTheWay;
  }

  /** Waits for what is on its way, and asks the server whether it has all that it acknowledged: throws `QuestTrouble` when not. */
  async check(): Promise<void> {
    await this.#arrived();
    if (this.#batchesSince > 0) await this.#look();
  }

  /** Waits for the end of what is on its way, however it ends: then nothing of this sender touches the cursor any more. */
  async ended(): Promise<void> {
    await this.#arrived().catch(() => undefined);
  }

  /** False when the table is gone, or another one under the same name. */
  async isSameTable(): Promise<boolean> {
    return (await tableState(this.#http, this.#table))?.id === this.#tableId;
  }

  /** The record of the batch that was refused last. */
  refusedRecord({ line }: LinesRefused): string {
    return line === undefined ? `${this.#sentFrom} or one after it` : String(this.#sentFrom + line - 1);
  }

  async #arrived(): Promise<void> {
    const onTheWay = this.#onTheWay;
    this.#onTheWay = undefined;
    await onTheWay;
  }

  async #deliver(lines: FrameLines, point: TapePoint): Promise<void> {
    await this.#http.write(lines.bytes());
    const { rows } = lines;
    lines.clear();
    this.#batchesSince += 1;
    this.#acknowledged = point;
    await this.#keepCursor();
    this.#listener.onAcknowledged(point, rows);
  }

  async #look(): Promise<void> {
    const { sequencerTxn } = await waitUntilApplied(this.#http, this.#table, this.#clock, this.#tableId);
    if (sequencerTxn - this.#sequencerTxn < this.#batchesSince) {
      throw new QuestTrouble(
        'lost',
        `table ${this.#table} took ${sequencerTxn - this.#sequencerTxn} of ${this.#batchesSince} batches that were acknowledged`,
      );
    }
    const wanted = this.#acknowledged.nextSequence - this.#confirmed.nextSequence;
    const { tapeTimeNs: after } = this.#confirmed;
    const rows = await rowsBetween(this.#http, this.#table, this.#session, after, this.#acknowledged.tapeTimeNs);
    if (rows < wanted) throw new QuestTrouble('lost', `table ${this.#table} shows ${rows} of ${wanted} rows that were acknowledged`);
    this.#confirmed = this.#acknowledged;
    this.#sequencerTxn = sequencerTxn;
    this.#batchesSince = 0;
    await this.#keepCursor();
    this.#listener.onConfirmed(this.#confirmed);
  }

  #keepCursor(): Promise<void> {
    return this.#cursor.write({
      table: this.#table,
      session: this.#session,
      tableId: this.#tableId,
      sequencerTxn: this.#sequencerTxn,
      batchesSince: this.#batchesSince,
      nextSequence: this.#acknowledged.nextSequence,
      lastTapeTimeNs: this.#acknowledged.tapeTimeNs,
    });
  }

  #msSince(ns: bigint): number {
    return Number((this.#clock.monotonicNs() - ns) / 1_000_000n);
  }
}

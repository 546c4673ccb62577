import { join } from 'node:path';
import { assert, assertNever, type DelayHistogram, type TapedeckError } from '#domain';
import { CommitTimes } from './commit-times.ts';
import { type Disk, type DiskFile, journalError, writeAtomically, writeFully } from './journal-disk.ts';
import type { ClosedSegment } from './segment-builder.ts';
import { SEGMENT_HEADER_BYTES } from './segment-format.ts';
import { BLOCK_BYTES_MAX } from './segment-index.ts';
import { indexName, segmentName } from './session-paths.ts';
import { leaveUnsyncedMark } from './unsynced-mark.ts';

/** Parts handed to one write call; more wait for the next one. */
const WRITE_PARTS_MAX = 64;

/** Memory that records are appended to; `[handed, filled)` was not yet given to the committer. */
export class AppendBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  filled = 0;
  handed = 0;
  written = 0;
  /** Where the last record begins. */
  lastStart = 0;
  /** No record will be added: it may be used again once it is written. */
  isRetired = false;

  constructor(capacity = BLOCK_BYTES_MAX) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  reset(): void {
    this.filled = 0;
    this.handed = 0;
    this.written = 0;
    this.lastStart = 0;
    this.isRetired = false;
  }
}

/** What the files must go through, in this order. */
export type CommitStep =
  | { readonly kind: 'open'; readonly number: number; readonly header: () => Promise<Uint8Array> }
  | { readonly kind: 'write'; readonly buffer: AppendBuffer; readonly start: number; readonly end: number; readonly recordsAfter: number }
  | { readonly kind: 'close'; readonly number: number; readonly finish: (recordsEnd: number) => Promise<ClosedSegment> };

type WriteStep = CommitStep & { readonly kind: 'write' };

export interface CommitterOptions {
  /** How often written bytes are made durable while there are new ones; 0: only when asked and when a segment closes. */
  readonly syncIntervalMs: number;
  /** Called when a retired buffer is written. */
  readonly onWritten: (buffer: AppendBuffer) => void;
  /** Called when the file of a segment holds whole records up to `recordsEnd`. */
  readonly onGrown: (number: number, recordsEnd: number) => void;
  /** Called when a segment is closed: its footer and its index are durable. */
  readonly onClosed: (number: number) => void;
}

/**
 * The file side of the writer: takes steps in order, one write in flight. A sync runs beside the writes, so that a slow
 * disk delays durability but not what followers see. The first failure stops it for good and is kept in `failure`.
 */
export class JournalCommitter {
  readonly #disk: Disk;
  readonly #journalDir: string;
  readonly #options: CommitterOptions;
  readonly #steps: CommitStep[] = [];
  #waiting: (() => void)[] = [];
  #file: DiskFile | undefined;
  #path: string;
  #number = 0;
  #position = 0;
  #isRunning = false;
  #syncing: Promise<void> | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #failure: TapedeckError | undefined;
  readonly #commits = new CommitTimes();
  #writtenBytes = 0;
  #writtenRecords: number;
  #durableRecords: number;

  constructor(disk: Disk, journalDir: string, records: number, options: CommitterOptions) {
    this.#disk = disk;
    this.#journalDir = journalDir;
    this.#path = journalDir;
    this.#writtenRecords = records;
    this.#durableRecords = records;
    this.#options = options;
  }

  get failure(): TapedeckError | undefined {
    return this.#failure;
  }

  /** Bytes of records written since it was made. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Records of the session that followers can see. */
  get writtenRecords(): number {
    return this.#writtenRecords;
  }

  /** Records of the session that survive a power cut. */
  get durableRecords(): number {
    return this.#durableRecords;
  }

  /** How long the syncs took that made records durable. */
  get commits(): DelayHistogram {
    return this.#commits.histogram;
  }

  push(step: CommitStep): void {
    this.#steps.push(step);
    if (!this.#isRunning && this.#failure === undefined) void this.#run();
  }

  /** Stops the writer for a reason found elsewhere. */
  fail(error: unknown): void {
    this.#fail(error);
    this.#wake();
  }

  /** Resolves when the condition holds; looks again after every step. Throws the failure. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (condition()) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when all steps are done. */
  idle(): Promise<void> {
    return this.until(() => this.#steps.length === 0 && !this.#isRunning);
  }

  /** Resolves when everything pushed before is durable. */
  async sync(records: number): Promise<void> {
    await this.until(() => this.#writtenRecords >= records);
    while (this.#durableRecords < records) {
      await (this.#syncing ?? this.#startSync());
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Stops timers and gives the file back, whatever happened before. */
  async release(): Promise<void> {
    clearTimeout(this.#syncTimer);
    await this.#syncing;
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch((error: unknown) => this.#fail(error));
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      for (let step = this.#steps[0]; step !== undefined && this.#failure === undefined; step = this.#steps[0]) {
        await this.#do(step);
        this.#wake();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isRunning = false;
      this.#wake();
    }
  }

  async #do(step: CommitStep): Promise<void> {
    switch (step.kind) {
      case 'open':
        await this.#open(step.number, await step.header());
        this.#steps.shift();
        return;
      case 'write':
        return this.#write();
      case 'close':
        await this.#close(step.number, await step.finish(this.#position));
        this.#steps.shift();
        this.#options.onClosed(step.number);
        return;
      default:
        assertNever(step);
    }
  }

  async #open(number: number, header: Uint8Array): Promise<void> {
    this.#path = join(this.#journalDir, segmentName(number));
    this.#number = number;
    this.#file = await this.#disk.open(this.#path, 'create');
    await writeFully(this.#file, [header], 0);
    this.#position = SEGMENT_HEADER_BYTES;
    await this.#disk.syncDirectory(this.#journalDir);
  }

  async #write(): Promise<void> {
    const steps = this.#leadingWrites();
    const parts = steps.map((step) => step.buffer.bytes.subarray(step.start, step.end));
    this.#position += await writeFully(this.#openFile(), parts, this.#position);
    this.#steps.splice(0, steps.length);
    for (const step of steps) {
      this.#writtenBytes += step.end - step.start;
      this.#writtenRecords = step.recordsAfter;
      step.buffer.written = step.end;
      if (step.buffer.isRetired && step.buffer.written === step.buffer.filled) this.#options.onWritten(step.buffer);
    }
    this.#options.onGrown(this.#number, this.#position);
    this.#armSync();
  }

  async #close(number: number, { footer, index }: ClosedSegment): Promise<void> {
    const file = this.#openFile();
    await writeFully(file, [footer], this.#position);
    await this.#syncing;
    if (this.#failure !== undefined) throw this.#failure;
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    await this.#startSync();
    if (this.#failure !== undefined) throw this.#failure;
    this.#file = undefined;
    await file.close();
    this.#path = join(this.#journalDir, indexName(number));
    await writeAtomically(this.#disk, this.#journalDir, this.#path, index);
  }

  #leadingWrites(): WriteStep[] {
    const writes: WriteStep[] = [];
    for (const step of this.#steps) {
      if (step.kind !== 'write' || writes.length === WRITE_PARTS_MAX) break;
      writes.push(step);
    }
    return writes;
  }

  #armSync(): void {
    if (this.#options.syncIntervalMs <= 0 || this.#syncTimer !== undefined || this.#syncing !== undefined) return;
    this.#syncTimer = setTimeout(() => {
      this.#syncTimer = undefined;
      if (this.#file !== undefined && this.#syncing === undefined) void this.#startSync();
    }, this.#options.syncIntervalMs);
  }

  // Never rejects: a failed sync is the writer's failure, found at its next call.
  #startSync(): Promise<void> {
    const records = this.#writtenRecords;
    const number = this.#number;
    const startedMs = performance.now();
    this.#syncing = this.#openFile()
      .datasync()
      .then(
        () => {
          // A success after a failure proves nothing, see `storage/unsynced-mark.ts`.
          if (this.#failure !== undefined) return;
          this.#durableRecords = Math.max(this.#durableRecords, records);
          this.#commits.add((performance.now() - startedMs) / 1_000);
        },
        (error: unknown) => {
          this.#fail(error);
          return leaveUnsyncedMark(this.#disk, this.#journalDir, number);
        },
      )
      .finally(() => {
        this.#syncing = undefined;
        if (this.#durableRecords < this.#writtenRecords && this.#failure === undefined) this.#armSync();
        this.#wake();
      });
    return this.#syncing;
  }

  #openFile(): DiskFile {
    assert(this.#file !== undefined, 'a segment is open while records are written');
    return this.#file;
  }

  #fail(error: unknown): void {
    this.#failure ??= journalError(error, `cannot write ${this.#path}`);
    this.#steps.length = 0;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

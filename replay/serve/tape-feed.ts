import { type Clock, type Tape, TapeRecord } from '#domain';

/** `max`: as fast as the clients take it. */
export type FeedSpeed = number | 'max';

/** Where to go on: at the first record with this sequence or a later one, or received at this time or later. */
export type FeedTarget =
  | { readonly kind: 'sequence'; readonly sequence: number }
  /** Microseconds since the epoch. */
  | { readonly kind: 'time'; readonly timeUs: number };

export interface TapeFeedOptions {
  readonly tape: Tape;
  readonly clock: Clock;
  /** Tape seconds in a second of the clock. */
  readonly speed: FeedSpeed;
  /** Starts over at the end of the tape. */
  readonly isLooping: boolean;
  /** Every record in order; `isServed` is false for those that only bring the market up to date. */
  readonly visit: (record: TapeRecord, isServed: boolean) => void;
  /** Before the first record of every pass over the tape. */
  readonly onPass: () => void;
  /** Before the first frame that is served. */
  readonly onBegin: () => void;
  /** The end of the tape, where it does not start over. */
  readonly onEnd: () => void;
  /** Awaited between two runs of records: where slow clients are waited for. */
  readonly settle: (isPaced: boolean) => Promise<void>;
}

export interface FeedPosition {
  /** Of the last record that was visited; -1 before the first. */
  readonly sequence: number;
  /** Tape time of it, µs since the epoch: the latest receive time so far. */
  readonly timeUs: number;
  /** How often the tape was begun. */
  readonly passes: number;
  readonly isPaused: boolean;
  readonly isAtEnd: boolean;
}

/** Records and bytes that are handed out before the sockets get their turn. */
const RUN_RECORDS = 256;
const RUN_BYTES = 256 * 1024;
/** A shorter wait may be less than a clock can tell: it would end where it began. */
const WAIT_MIN_MS = 0.001;

/**
 * Plays a tape against a clock: a record is due as long after the one it started from as it was received after it, divided by the speed.
 * It is never early. What comes before the first frame (the session's masters) is visited at once, also while it is paused.
 */
export class TapeFeed {
  readonly #options: TapeFeedOptions;
  #speed: FeedSpeed;
  #isPaused = true;
  #isStopped = false;
  #isAtEnd = false;
  #hasBegun = false;
  #passes = 0;
  #sequence = -1;
  /** Latest receive time up to the record at hand, which may still wait. */
  #tapeUs = Number.NEGATIVE_INFINITY;
  #visitedUs = Number.NEGATIVE_INFINITY;
  /** The pass at hand is given up for a new one. */
  #isRestarting = false;
  /** Frames were not reached yet in this pass. */
  #isPrelude = true;
  #target: FeedTarget | undefined;
  #onReached: (() => void)[] = [];
  #burstLeft = 0;
  /** This moment of the tape was at that time of the clock; undefined: the next record says. */
  #anchor: { readonly tapeUs: number; readonly clockMs: number } | undefined;
  #clockMs = Number.NEGATIVE_INFINITY;
  #wake = new AbortController();

  constructor(options: TapeFeedOptions) {
    this.#options = options;
    this.#speed = options.speed;
  }

  get position(): FeedPosition {
    return {
      sequence: this.#sequence,
      timeUs: this.#visitedUs,
      passes: this.#passes,
      isPaused: this.#isPaused,
      isAtEnd: this.#isAtEnd,
    };
  }

  /** Plays until `stop`. Rejects when the tape cannot be read. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const isWhole = await this.#pass();
      // A tape without frames must not spin.
      await this.#betweenRuns();
      if (!isWhole || this.#options.isLooping) continue;
      this.#isAtEnd = true;
      this.#reached();
      this.#options.onEnd();
      while (!this.#isStopped && !this.#isRestarting) await this.#change();
      this.#isAtEnd = false;
    }
  }

  pause(): void {
    if (this.#isPaused) return;
    const tapeUs = this.#tapeNowUs();
    this.#isPaused = true;
    this.#anchorAt(tapeUs);
  }

  /** Goes on from where it stood, also for the first time. */
  resume(): void {
    if (!this.#isPaused) return;
    const tapeUs = this.#anchor?.tapeUs;
    this.#isPaused = false;
    this.#anchorAt(tapeUs);
  }

  setSpeed(speed: FeedSpeed): void {
    const tapeUs = this.#tapeNowUs();
    this.#speed = speed;
    this.#anchorAt(tapeUs);
  }

  /** Goes there without serving what lies between; resolves when the market is as of that moment. It stays paused if it was. */
  seek(target: FeedTarget): Promise<void> {
    const isBehind = target.kind === 'sequence' ? target.sequence <= this.#sequence : target.timeUs <= this.#tapeUs;
    this.#target = target;
    this.#isRestarting = this.#isRestarting || isBehind || this.#isAtEnd;
    const reached = new Promise<void>((resolve) => this.#onReached.push(resolve));
    this.#anchorAt(undefined);
    return reached;
  }

  /** Serves the next `frames` without waiting. */
  burst(frames: number): void {
    this.#burstLeft += frames;
    this.#changed();
  }

  stop(): void {
    this.#isStopped = true;
    this.#reached();
    this.#changed();
  }

  /** One pass over the tape; false when it was given up before its end. */
  async #pass(): Promise<boolean> {
    this.#isRestarting = false;
    this.#isPrelude = true;
    this.#anchor = undefined;
    this.#sequence = -1;
    this.#tapeUs = Number.NEGATIVE_INFINITY;
    this.#visitedUs = Number.NEGATIVE_INFINITY;
    this.#passes += 1;
    this.#options.onPass();
    const record = new TapeRecord();
    let runRecords = 0;
    let runBytes = 0;
    for await (const batch of this.#options.tape.batches()) {
      while (batch.next(record)) {
        if (record.receivedAtUs > this.#tapeUs) this.#tapeUs = record.receivedAtUs;
        if (!this.#isDue(record)) {
          runRecords = 0;
          runBytes = 0;
          if (!(await this.#waitFor(record))) return false;
        }
        this.#visit(record);
        runRecords += 1;
        runBytes += record.payloadLength;
        if (runRecords < RUN_RECORDS && runBytes < RUN_BYTES) continue;
        runRecords = 0;
        runBytes = 0;
        await this.#betweenRuns();
        if (this.#isStopped || this.#isRestarting) return false;
      }
    }
    return true;
  }

  #visit(record: TapeRecord): void {
    const isServed = record.kind === 'frame-in' && this.#target === undefined;
    if (isServed && !this.#hasBegun) {
      this.#hasBegun = true;
      this.#options.onBegin();
    }
    this.#sequence = record.sequence;
    this.#visitedUs = this.#tapeUs;
    this.#options.visit(record, isServed);
    if (!isServed || this.#burstLeft === 0) return;
    this.#burstLeft -= 1;
    // The burst took the tape ahead of its times: it goes on from there, without a silence.
    if (this.#burstLeft === 0) this.#anchor = undefined;
  }

  /** Whether the record's time has come; the quick way for records that are late already. */
  #isDue(record: TapeRecord): boolean {
    if (this.#isStopped || this.#isRestarting) return false;
    if (this.#target !== undefined) {
      if (isBefore(record, this.#tapeUs, this.#target)) return true;
      this.#target = undefined;
      this.#isPrelude = false;
      this.#reached();
    }
    if (this.#isPrelude) {
      if (record.kind !== 'frame-in') return true;
      this.#isPrelude = false;
    }
    if (this.#isPaused) return false;
    if (this.#speed === 'max' || this.#burstLeft > 0) return true;
    const dueMs = this.#dueMs(this.#speed);
    if (dueMs <= this.#clockMs) return true;
    this.#clockMs = this.#nowMs();
    return dueMs <= this.#clockMs;
  }

  /** Waits until the record is due; false when the pass is over. */
  async #waitFor(record: TapeRecord): Promise<boolean> {
    while (!this.#isDue(record)) {
      if (this.#isStopped || this.#isRestarting) return false;
      if (this.#isPaused || this.#speed === 'max') await this.#change();
      else await this.#options.clock.sleep(Math.max(WAIT_MIN_MS, this.#dueMs(this.#speed) - this.#nowMs()), this.#wake.signal);
    }
    return true;
  }

  async #betweenRuns(): Promise<void> {
    await this.#options.settle(this.#speed !== 'max');
    await new Promise((resolve) => setImmediate(resolve));
  }

  #dueMs(speed: number): number {
    if (this.#anchor === undefined) {
      this.#clockMs = this.#nowMs();
      this.#anchor = { tapeUs: this.#tapeUs, clockMs: this.#clockMs };
    }
    return this.#anchor.clockMs + (this.#tapeUs - this.#anchor.tapeUs) / 1000 / speed;
  }

  /** Where the tape is at this moment of the clock, between two records too; undefined before it was anchored. */
  #tapeNowUs(): number | undefined {
    if (this.#anchor === undefined || this.#isPaused || this.#speed === 'max') return this.#anchor?.tapeUs;
    return this.#anchor.tapeUs + (this.#nowMs() - this.#anchor.clockMs) * 1000 * this.#speed;
  }

  #anchorAt(tapeUs: number | undefined): void {
    this.#anchor = tapeUs === undefined || this.#speed === 'max' ? undefined : { tapeUs, clockMs: this.#nowMs() };
    this.#changed();
  }

  #reached(): void {
    this.#target = undefined;
    const waiting = this.#onReached;
    this.#onReached = [];
    for (const resolve of waiting) resolve();
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs()) / 1e6;
  }

  /** Whoever waits looks again. */
  #changed(): void {
    const wake = this.#wake;
    this.#wake = new AbortController();
    wake.abort();
  }

  #change(): Promise<void> {
    const { signal } = this.#wake;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

function isBefore(record: TapeRecord, tapeUs: number, target: FeedTarget): boolean {
  return target.kind === 'sequence' ? record.sequence < target.sequence : tapeUs < target.timeUs;
}

import { type Clock, type JsonValue, type StopSignal, TapeRecord } from '#domain';
import { followJournal, type RunWriter, readAudits } from '#storage';
import { AuditGate } from './live/audit-gate.ts';
import { CheckpointKeeper, type LiveCheckpoint } from './live/checkpoint.ts';
import { LagMeter, type LagReport } from './live/lag-meter.ts';
import { openTape } from './open-tape.ts';
import { type OnAudit, Play, type PlayResult, type PlaySettings } from './play.ts';
import { RunHash } from './run-hash.ts';

export interface LiveOptions extends PlaySettings {
  readonly dataDir: string;
  readonly session: string;
  readonly run: RunWriter;
  /** Records that were on the tape when the engine started: its state is rebuilt from them. */
  readonly pastRecords: number;
  /** What an earlier engine left of the same run. */
  readonly resumed?: { readonly kept: AsyncIterable<string>; readonly checkpoint?: LiveCheckpoint };
  /** Records of the session that survive a power cut, as the recorder says at this moment. */
  readonly durableRecords: () => number;
  /** The clock that stamps the records. */
  readonly clock: Clock;
  readonly signal?: StopSignal;
  /** Each audit in the moment it is made; `isPast` for those of the rebuilding, which were told before. */
  readonly onAudit?: (...audit: [...Parameters<OnAudit>, isPast: boolean]) => void;
  /** At most once a second. */
  readonly onLag?: (lag: LagReport & { readonly doneRecords: number }) => void;
  /** Once, when the past is rebuilt and the engine is at the end of the tape. */
  readonly onCaughtUp?: () => void;
}

export interface LiveResult {
  /** False when it was stopped before the session was closed: the run can go on. */
  readonly isFinished: boolean;
  readonly records: number;
  readonly audits: number;
  readonly lag: LagReport;
  /** Of a finished run. */
  readonly result?: PlayResult & { readonly runHash: string };
}

const LAG_EVERY_MS = 1_000;
const CHECKPOINT_EVERY_MS = 10_000;
const NS_PER_US = 1_000n;
const US_PER_MS = 1_000;

/**
 * Live mode: the engine of a back-test over a journal that is still growing. It reads what was written to the files, never a socket, in
 * whatever thread it is called; its audits reach the run only after their records are durable. Ends when the session is closed, or on `signal`.
 * Throws what the strategy throws, `RUN_DIFFERS` and `CHECKPOINT_DIFFERS` (a restart that does not arrive where the engine was), `JOURNAL_…`.
 */
export async function live(options: LiveOptions): Promise<LiveResult> {
  return new Live(options).run();
}

class Live {
  readonly #options: LiveOptions;
  readonly #gate: AuditGate;
  readonly #play: Play;
  readonly #checkpoints: CheckpointKeeper;
  readonly #lag = new LagMeter();
  #lagToldMs = Number.NEGATIVE_INFINITY;
  #checkpointMs: number;
  #isCaughtUp = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    const { resumed, run, pastRecords, onAudit } = options;
    this.#gate = new AuditGate(run, resumed?.kept);
    this.#play = new Play(options, (line, audit, symbols) => {
      this.#gate.add(audit.sequence, line);
      this.#checkpoints.add(line);
      onAudit?.(line, audit, symbols, audit.sequence < pastRecords);
    });
    this.#checkpoints = new CheckpointKeeper(() => this.#play.state(), resumed?.checkpoint);
    this.#checkpointMs = this.#nowMs();
  }

  async run(): Promise<LiveResult> {
    const { dataDir, session, signal } = this.#options;
    const record = new TapeRecord();
    const follow = { ...(signal === undefined ? {} : { signal }), wait: (milliseconds: number) => this.#wait(milliseconds) };
    this.#tellWhenCaughtUp();
    for await (const batch of followJournal(dataDir, session, follow)) {
      let oldestUs = Number.NaN;
      let fresh = 0;
      while (batch.next(record)) {
        this.#play.visit(record, 0);
        this.#checkpoints.afterRecord(this.#play.records);
        if (record.sequence < this.#options.pastRecords) continue;
        if (fresh === 0) oldestUs = record.receivedAtUs;
        fresh += 1;
      }
      if (fresh > 0) this.#lag.add(this.#nowUs() - oldestUs, fresh);
      await this.#settle();
      this.#tellLag();
      this.#tellWhenCaughtUp();
      if (signal?.aborted === true) break;
    }
    return signal?.aborted === true ? this.#stopped() : this.#finished();
  }

  /** Nothing new on the tape: time to write what became durable. */
  async #wait(milliseconds: number): Promise<void> {
    this.#tellLag();
    await this.#settle();
    await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
  }

  async #settle(): Promise<void> {
    const { durableRecords, signal } = this.#options;
    await this.#gate.release(durableRecords());
    while (this.#gate.isFull && signal?.aborted !== true) {
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
      await this.#gate.release(durableRecords());
    }
    await this.#keepCheckpoint();
  }

  /** Only of records that are durable, so that no restart finds a checkpoint that its tape has not reached. */
  async #keepCheckpoint(): Promise<void> {
    const nowMs = this.#nowMs();
    const { records } = this.#play;
    if (nowMs - this.#checkpointMs < CHECKPOINT_EVERY_MS || this.#options.durableRecords() < records) return;
    this.#checkpointMs = nowMs;
    await this.#options.run.writeCheckpoint({ ...this.#checkpoints.take(records) });
  }

  async #stopped(): Promise<LiveResult> {
    await this.#gate.release(this.#options.durableRecords());
    await this.#options.run.done();
    return { isFinished: false, records: this.#play.records, audits: this.#gate.written, lag: this.#lag.report() };
  }

  async #finished(): Promise<LiveResult> {
    const { dataDir, session, run } = this.#options;
    this.#play.finish();
    // The session is closed: all of it is durable.
    await this.#gate.release(Number.POSITIVE_INFINITY);
    await run.done();
    const digests = [await (await openTape(dataDir, session)).digest()];
    const hash = new RunHash(this.#play.identity(digests));
    for await (const line of readAudits(run.paths)) hash.add(line);
    const result = { ...this.#play.result([session], digests), runHash: hash.hex() };
    return { isFinished: true, records: this.#play.records, audits: this.#gate.written, lag: this.#lag.report(), result };
  }

  #tellWhenCaughtUp(): void {
    if (this.#isCaughtUp || this.#play.records < this.#options.pastRecords) return;
    this.#isCaughtUp = true;
    this.#options.onCaughtUp?.();
  }

  #tellLag(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lagToldMs < LAG_EVERY_MS) return;
    this.#lagToldMs = nowMs;
    this.#options.onLag?.({ ...this.#lag.report(), doneRecords: this.#play.records });
  }

  #nowUs(): number {
    return Number(this.#options.clock.wallNs() / NS_PER_US);
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / NS_PER_US) / US_PER_MS;
  }
}

/** The checkpoint that a run holds; `undefined` when it has none, or one of another version. */
export function checkpointOf(stored: JsonValue | undefined): LiveCheckpoint | undefined {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return undefined;
  const { records, audits, auditsDigest, state } = stored as { readonly [name: string]: JsonValue };
  if (typeof records !== 'number' || typeof audits !== 'number' || typeof auditsDigest !== 'string' || state === undefined)
    return undefined;
  return { records, audits, auditsDigest, state };
}

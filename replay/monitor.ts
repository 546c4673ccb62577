import { type Clock, type StopSignal, TapedeckError, type TapeHealth, TapeRecord } from '#domain';
import { followJournal, sessionInfo } from '#storage';
import type { Venue } from '#venues';
import { Inspection } from './inspect.ts';

export interface MonitorOptions {
  readonly dataDir: string;
  readonly session: string;
  readonly venues: ReadonlyMap<string, Venue>;
  /** What the pauses below are counted in. */
  readonly clock: Clock;
  /** Lateness for every venue, microseconds; each venue's own unless told. */
  readonly latenessUs?: number;
  /** Called when records came, at most once in `MONITOR_HEALTH_MS`; at once when damage is found, and at the end. It must not throw. */
  readonly onHealth: (health: TapeHealth) => void;
  /** Ends the monitor once it has read what is written by then. */
  readonly signal?: StopSignal;
}

/** The shortest time between two healths. */
export const MONITOR_HEALTH_MS = 1_000;
/** How often it looks for new records. */
const LOOK_MS = 100;
/** A tape that cannot be read is tried again from its start: after this, then twice as long each time. */
const RETRY_MS = 30_000;
const RETRY_MS_MAX = 600_000;

/**
 * Follows a session that is being written, in whatever thread it is called, and says its health from its records alone. A damaged record or a disk that fails
 * does not end it: the health then carries `damage`, and the tape is tried again until it can be read on. Resolves when the session is closed and read to its
 * end, or on `signal`; rejects only for a session that is not there (`SESSION_UNKNOWN`) and for bugs.
 */
export async function monitorJournal(options: MonitorOptions): Promise<void> {
  await new Monitor(options).run();
}

class Monitor {
  readonly #options: MonitorOptions;
  readonly #inspection: Inspection;
  readonly #record = new TapeRecord();
  /** Aborts once nothing more can be read after the caller's own signal. */
  readonly #ended = new AbortController();
  #damage: string | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #hasNews = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    const { session, venues, latenessUs } = options;
    this.#inspection = new Inspection(session, { venues, ...(latenessUs === undefined ? {} : { latenessUs }) });
  }

  async run(): Promise<void> {
    for (let pauseMs = RETRY_MS; !(await this.#follow()); pauseMs = Math.min(RETRY_MS_MAX, 2 * pauseMs)) {
      this.#tell();
      if (this.#isStopped || (await this.#isClosed())) break;
      await this.#options.clock.sleep(pauseMs, this.#options.signal);
      if (this.#isStopped) break;
    }
    this.#inspection.finish();
    this.#tell();
  }

  get #isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Reads on until the end of the session; false when the tape could not be read any further. */
  async #follow(): Promise<boolean> {
    const { dataDir, session } = this.#options;
    try {
      for await (const batch of followJournal(dataDir, session, {
        pollMs: LOOK_MS,
        signal: this.#ended.signal,
        wait: (ms) => this.#wait(ms),
      })) {
        while (batch.next(this.#record)) this.#visit();
        this.#tellWhenDue();
      }
      return true;
    } catch (error) {
      if (!(error instanceof TapedeckError) || error.code === 'SESSION_UNKNOWN') throw error;
      this.#damage = error.message;
      return false;
    }
  }

  #visit(): void {
    // After damage the tape is read again from its start: what was counted is not counted twice.
    if (this.#record.sequence < this.#inspection.records) return;
    this.#damage = undefined;
    this.#inspection.visit(this.#record);
    this.#hasNews = true;
  }

  /** All that is written has been read. */
  async #wait(ms: number): Promise<void> {
    this.#tellWhenDue();
    if (this.#isStopped) this.#ended.abort();
    else await this.#options.clock.sleep(ms, this.#options.signal);
  }

  #tellWhenDue(): void {
    if (this.#hasNews && this.#nowMs() - this.#toldAtMs >= MONITOR_HEALTH_MS) this.#tell();
  }

  #tell(): void {
    this.#toldAtMs = this.#nowMs();
    this.#hasNews = false;
    const health = this.#inspection.health();
    this.#options.onHealth(this.#damage === undefined ? health : { ...health, damage: this.#damage });
  }

  async #isClosed(): Promise<boolean> {
    const { dataDir, session } = this.#options;
    return (await sessionInfo(dataDir, session)).state !== 'open';
  }

  #nowMs(): number {
    return Number(this.#options.clock.monotonicNs() / 1_000_000n);
  }
}
